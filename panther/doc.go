// Package panther has the model of Panther's content and a client for its REST
// API.
//
// An Entity is one rule, policy, query and so on, as plain data. The field table
// (Kind.Fields, Field) has a row for every field of every Kind: its key in a
// spec, its name in the API, its type and its default. Entity.Fingerprint,
// Field.Equal and Field.Canonical compare by meaning.
//
// NewClient makes a Client that lists, reads, creates, updates and deletes
// entities. It limits its rate, retries what is safe to retry, and never puts
// the token into an error or a log. IsNotFound, IsExists and Uncertain
// distinguish errors; APIError has Panther's own words.
//
// Package panther/sandbox is an embedded Panther for trying it out.
package panther
