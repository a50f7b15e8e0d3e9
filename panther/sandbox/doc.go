// Package sandbox is an embedded Panther: an HTTP handler that implements the API in panther/openapi.yaml and stores
// its state in one file. It lets you try pdac without a Panther account, and pdac's own tests run against it.
//
// A [Server] has the seven collections of content, one API token and a list of alerts. It checks every request against
// the description, stores a change before it acknowledges it and, like a real server, returns values in a different
// representation than they were sent in. [Faults] make it slow, busy, broken or edited by someone else. [Contract]
// checks any HTTP client's traffic against the same description, in both directions.
//
// It does not run Python, so it checks unit tests only as described in Options.CheckTests.
package sandbox
