// Package python reads Python source: a lexer, a parser and a syntax tree with
// positions, plus the checks that a Python compiler makes before a program
// may run. It needs no Python on the machine.
//
// The language is that of Python 3.11; by default the later forms that people
// write are read too (f-strings of 3.12, type parameters, the type statement).
// Parse returns the tree of a correct file, or the first mistake as a
// *SyntaxError with the wording and the position that CPython 3.11 gives.
//
// Trees mirror CPython's ast module: same node and field names. Dump writes
// one exactly as ast.dump(tree, include_attributes=True) of 3.11 does, which is
// how the tests prove that both readers agree.
//
// Nothing in this package keeps state between calls; all functions may be
// called concurrently. A tree may be read concurrently.
package python
