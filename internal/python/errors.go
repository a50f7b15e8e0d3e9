package python

import (
	"fmt"
	"sort"
	"unicode/utf8"
)

// SyntaxError is the first error in a file.
type SyntaxError struct {
	// Line and EndLine count from 1. Line is 0 if the file as a whole can't be
	// read, for example because of an unknown encoding.
	Line, EndLine int
	// Col and EndCol count characters (not bytes) from 1; EndCol is after the
	// last character. Either may be 0 if there is no position in the line.
	Col, EndCol int
	// Msg is the message of CPython 3.11.
	Msg string
	// Kind is "SyntaxError", "IndentationError" or "TabError".
	Kind string
}

// Error returns "line L, column C: message".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Col, e.Msg)
}

// rawError is an error with offsets, which are converted to lines at the end.
type rawError struct {
	start, end int32 // end < 0: unknown
	msg        string
	kind       string
	line       int // if set, the line instead of start's, without a column
	// soft lexical errors count only if the parser reaches them; others take
	// precedence over every grammar error.
	soft bool
}

func (e *rawError) Error() string { return e.msg }

// lineTable contains the offset of the start of each line.
type lineTable []int32

func (t lineTable) line(off int32) int {
	return sort.Search(len(t), func(i int) bool { return t[i] > off })
}

// Position returns the line (from 1) and the column in characters (from 1) of a
// byte offset into Source.
func (m *Module) Position(offset int) (line, col int) {
	return position(m.Source, m.lines, offset)
}

func position(src string, lines lineTable, offset int) (line, col int) {
	offset = min(max(offset, 0), len(src))
	line = max(lines.line(int32(offset)), 1)
	return line, utf8.RuneCountInString(src[lines[line-1]:offset]) + 1
}

func (e *rawError) resolve(src string, lines lineTable) *SyntaxError {
	out := &SyntaxError{Msg: e.msg, Kind: e.kind}
	if out.Kind == "" {
		out.Kind = "SyntaxError"
	}
	if e.line != 0 {
		out.Line, out.EndLine = max(e.line, 0), max(e.line, 0)
		return out
	}
	// The end of the text belongs to its last line.
	if n := int32(len(src)); e.start >= n && n > 0 && src[n-1] == '\n' {
		e.start, e.end = n-1, -1
	}
	out.Line, out.Col = position(src, lines, int(e.start))
	out.EndLine, out.EndCol = out.Line, out.Col
	if e.end >= e.start {
		out.EndLine, out.EndCol = position(src, lines, int(e.end))
	}
	return out
}
