// Package schemacheck validates specs with their JSON Schemas and reports
// problems in plain words, at the position of the key or value.
//
// It works on yaml.v3 nodes with yamlcore's interpretation of scalars, so
// positions are those of the file. Where a schema allows a string or a number,
// the literal text of the scalar is used: 1.10 is the string "1.10". A key
// without a value is treated as missing, and is reported.
//
// All functions are safe for concurrent use.
package schemacheck
