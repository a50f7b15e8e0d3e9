// Package sandbox is an embedded Panther: an HTTP handler with the contract that panther/openapi.yaml describes, on a
// single file. It lets someone without a Panther account try pdac out, and it is what pdac's own tests talk to.
//
// A [Server] keeps the seven collections of content, one API token and a list of alerts. It checks every request
// against the description, stores what it acknowledges before it answers, and, like a real server, gives back values
// in another form than they were sent in. [Faults] make it slow, busy, broken or edited by someone else; [Contract]
// checks both directions of any HTTP client's traffic against the same description.
//
// What it does not do: it runs no Python, so unit tests are checked only as far as Options.CheckTests says.
package sandbox
