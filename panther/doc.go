// Package panther is the model of what Panther holds, and a client for its REST
// API.
//
// An Entity is one rule, policy, query and so on, as plain data. The field table
// (Kind.Fields, Field) has a row for every field of every Kind: its key in a
// spec, its name in the API, its type and its default. Entity.Fingerprint,
// Field.Equal and Field.Canonical compare by meaning.
//
// NewClient makes a Client that lists, reads, creates, updates and deletes
// entities. It limits its rate, repeats what is safe to repeat, and never puts
// the token into an error or a log. IsNotFound, IsExists and Uncertain tell
// errors apart; APIError has Panther's own words.
//
// Package panther/sandbox is a Panther to try it with.
package panther
