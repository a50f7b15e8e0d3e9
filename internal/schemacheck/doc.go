// Package schemacheck compares specs with their JSON Schemas and says what is
// wrong in words that people understand, at the key or value where it stands.
//
// It works on yaml.v3 nodes with yamlcore's reading of scalars, so that
// positions are those of the file. Where a schema takes a text or a number,
// the scalar counts as it is written: 1.10 is the text "1.10". A key with
// nothing after it counts as if it weren't there, and is reported about.
//
// Everything here is safe for concurrent use.
package schemacheck
