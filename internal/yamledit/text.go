package yamledit

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// text is a source with its lines. Lines break where the YAML parser breaks
// them: at CR, LF, CRLF and at the Unicode breaks NEL, LS and PS.
type text struct {
	src    []byte
	starts []int
	// long are the long lines, each with the offset of every strideth character, since a
	// whole file may be one line.
	long map[int][]int
}

const stride = 256

func newText(src []byte) text {
	t := text{src: src, starts: append(make([]int, 0, bytes.Count(src, []byte("\n"))+1), 0)}
	for i := 0; i < len(src); {
		if n := breakAt(src, i); n > 0 {
			i += n
			t.starts = append(t.starts, i)
			continue
		}
		i++
	}
	for i, start := range t.starts {
		end := len(src)
		if i+1 < len(t.starts) {
			end = t.starts[i+1]
		}
		if end-start < 2*stride {
			continue
		}
		if t.long == nil {
			t.long = map[int][]int{}
		}
		marks := make([]int, 0, (end-start)/stride+1)
		for at, n := start, 0; at < end; n++ {
			if n%stride == 0 {
				marks = append(marks, at)
			}
			_, size := utf8.DecodeRune(src[at:])
			at += size
		}
		t.long[i] = marks
	}
	return t
}

// breakAt returns the length of the line break at i, or 0.
func breakAt(src []byte, i int) int {
	switch c := src[i]; {
	case c == '\n':
		return 1
	case c == '\r':
		if i+1 < len(src) && src[i+1] == '\n' {
			return 2
		}
		return 1
	case c == 0xC2 && i+1 < len(src) && src[i+1] == 0x85:
		return 2
	case c == 0xE2 && i+2 < len(src) && src[i+1] == 0x80 && (src[i+2] == 0xA8 || src[i+2] == 0xA9):
		return 3
	}
	return 0
}

// lines returns the lines with their breaks; the last one is empty if the text ends
// with a break.
func (t text) lines() [][]byte {
	out := make([][]byte, len(t.starts))
	for i, start := range t.starts {
		end := len(t.src)
		if i+1 < len(t.starts) {
			end = t.starts[i+1]
		}
		out[i] = t.src[start:end]
	}
	return out
}

// offset converts the parser's line and column, which count characters from 1,
// to a byte offset, or -1.
func (t text) offset(line, column int) int {
	if line < 1 || line > len(t.starts) {
		return -1
	}
	at := t.starts[line-1]
	if marks := t.long[line-1]; marks != nil && column > stride {
		m := min((column-1)/stride, len(marks)-1)
		at, column = marks[m], column-m*stride
	}
	for ; column > 1; column-- {
		if at >= len(t.src) {
			return -1
		}
		_, n := utf8.DecodeRune(t.src[at:])
		at += n
	}
	return at
}

// line returns the index of the line that contains an offset.
func (t text) line(at int) int {
	return sort.Search(len(t.starts), func(i int) bool { return t.starts[i] > at }) - 1
}

func (t text) lineStart(at int) int { return t.starts[t.line(at)] }

// nextLine returns the start of the line after an offset, or the end of the
// text.
func (t text) nextLine(at int) int {
	if l := t.line(at) + 1; l < len(t.starts) {
		return t.starts[l]
	}
	return len(t.src)
}

// lineEnd returns the end of the line that contains an offset, without its
// break.
func (t text) lineEnd(at int) int {
	if at >= len(t.src) {
		return at
	}
	end := t.nextLine(at)
	for _, size := range []int{3, 2, 1} { // CRLF is one break
		if end-size >= at && breakAt(t.src, end-size) == size {
			return end - size
		}
	}
	return end
}

// column returns the number of bytes before an offset on its line.
func (t text) column(at int) int { return at - t.lineStart(at) }

// indentation returns the offset of the first non-space character on the line
// at start.
func (t text) indentation(start int) int {
	for start < len(t.src) && t.src[start] == ' ' {
		start++
	}
	return start
}

// blank reports whether there are only spaces and tabs from a up to b.
func (t text) blank(a, b int) bool { return len(bytes.Trim(t.src[a:b], " \t")) == 0 }

// blankLine reports whether the line at start is blank.
func (t text) blankLine(start int) bool { return t.blank(start, t.lineEnd(start)) }

// commentLine reports whether the line at start contains only a comment, and in
// which column.
func (t text) commentLine(start int) (column int, ok bool) {
	at := start
	for at < len(t.src) && (t.src[at] == ' ' || t.src[at] == '\t') {
		at++
	}
	return at - start, at < len(t.src) && t.src[at] == '#'
}

// newline returns the most frequent line break of the text.
func (t text) newline() string {
	crlf, lf := bytes.Count(t.src, []byte("\r\n")), bytes.Count(t.src, []byte("\n"))
	switch {
	case crlf > 0 && crlf*2 >= lf:
		return "\r\n"
	case lf == 0 && bytes.IndexByte(t.src, '\r') >= 0:
		return "\r"
	}
	return "\n"
}

// skip skips spaces, breaks and comments.
func (t text) skip(at int) int {
	for at < len(t.src) {
		switch c := t.src[at]; {
		case c == ' ' || c == '\t':
			at++
		case c == '#' && (at == 0 || isBlankOrBreak(t.src, at-1)):
			at = t.lineEnd(at)
		case breakAt(t.src, at) > 0:
			at += breakAt(t.src, at)
		default:
			return at
		}
	}
	return at
}

// isBlankOrBreak reports whether the byte at i is a blank or a break; the last
// byte of a Unicode break counts.
func isBlankOrBreak(src []byte, i int) bool {
	switch src[i] {
	case ' ', '\t', '\n', '\r':
		return true
	}
	return i >= 1 && breakAt(src, i-1) == 2 || i >= 2 && breakAt(src, i-2) == 3
}
