// Package python parses Python source: a lexer, a parser and a syntax tree with
// positions, plus the checks that a Python compiler makes before a program can
// run. It does not need a Python installation.
//
// The language is that of Python 3.11. By default, newer syntax is accepted too
// (f-strings of 3.12, type parameters, the type statement). Parse returns the
// tree of a valid file, or the first error as a *SyntaxError with the message
// and the position of CPython 3.11.
//
// Trees mirror CPython's ast module: they have the same node and field names.
// Dump returns exactly the output of ast.dump(tree, include_attributes=True) in
// 3.11, which the tests use to prove that both parsers agree.
//
// The package has no state, and all functions are safe for concurrent use. A
// tree may be read concurrently.
package python
