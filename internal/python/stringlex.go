package python

import (
	"fmt"
	"strings"
)

// prefix is the prefix of a string.
type prefix struct{ raw, bytes, format, unicode bool }

func stringPrefix(s string) (p prefix, ok bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i] | 0x20; {
		case c == 'b' && !p.bytes && !p.unicode && !p.format:
			p.bytes = true
		case c == 'u' && p == (prefix{}):
			p.unicode = true
		case c == 'r' && !p.raw && !p.unicode:
			p.raw = true
		case c == 'f' && !p.format && !p.bytes && !p.unicode:
			p.format = true
		default:
			return p, false
		}
	}
	return p, true
}

// stringToken emits the string that starts at start, with its quote at quote,
// and returns its end.
func (l *lexer) stringToken(start, quote int, p prefix) (int, bool) {
	end := -1
	size := quoteSize(l.src[:l.end], quote)
	if p.format && !l.strict {
		s := fscan{src: l.src, end: l.end}
		end = s.body(quote+size, l.src[quote], size, p.raw, 0)
	}
	if end < 0 {
		var stop int
		if end, stop = plainEnd(l.src[:l.end], quote, size); end < 0 {
			what := "string"
			if size == 3 {
				what = "triple-quoted string"
			}
			l.pos = start
			return 0, l.fail(start+1, fmt.Sprintf("unterminated %s literal (detected at line %d)", what, l.lineAt(stop)))
		}
	}
	l.emit(tString, start, end)
	return end, true
}

// lineAt returns the line as CPython's tokenizer counts it: the end of the text
// belongs to the last line.
func (l *lexer) lineAt(off int) int {
	if off >= l.end && off > 0 && l.src[off-1] == '\n' {
		off--
	}
	return l.lines.line(int32(off))
}

func quoteSize(src string, quote int) int {
	if quote+2 < len(src) && src[quote+1] == src[quote] && src[quote+2] == src[quote] {
		return 3
	}
	return 1
}

// plainEnd returns the end of the string, or -1 and the position at which it
// stopped.
func plainEnd(src string, quote, size int) (end, stop int) {
	q := src[quote]
	i := quote + size
	if size == 3 {
		for {
			j := strings.IndexByte(src[i:], q)
			if j < 0 {
				return -1, len(src)
			}
			if k := strings.IndexByte(src[i:i+j], '\\'); k >= 0 {
				i += k + 2
				if i > len(src) {
					return -1, len(src)
				}
				continue
			}
			i += j
			if i+2 < len(src) && src[i+1] == q && src[i+2] == q {
				return i + 3, 0
			}
			i++
		}
	}
	for ; i < len(src); i++ {
		switch src[i] {
		case q:
			return i + 1, 0
		case '\n':
			return -1, i
		case '\\':
			i++
		}
	}
	return -1, len(src)
}

// fscan finds the end of an f-string whose fields may contain anything,
// including its own quotes, as since Python 3.12. All functions return the
// offset after what they read, or -1.
type fscan struct {
	src string
	end int
}

const maxFStringNesting = 100

func (s *fscan) body(i int, quote byte, size int, raw bool, depth int) int {
	if depth > maxFStringNesting {
		return -1
	}
	for i < s.end {
		switch c := s.src[i]; {
		case c == quote && (size == 1 || i+2 < s.end && s.src[i+1] == quote && s.src[i+2] == quote):
			return i + size
		case c == '\n' && size == 1:
			return -1
		case c == '\\' && !raw && strings.HasPrefix(s.src[i:s.end], `\N{`):
			j := strings.IndexAny(s.src[i:s.end], "}\n")
			if j < 0 || s.src[i+j] == '\n' {
				return -1
			}
			i += j + 1
		case c == '\\':
			i++
			if i < s.end && s.src[i] != '{' {
				i++
			}
		case c == '{' && i+1 < s.end && s.src[i+1] == '{':
			i += 2
		case c == '{':
			if i = s.field(i+1, quote, size, raw, depth+1); i < 0 {
				return -1
			}
		default:
			i++
		}
	}
	return -1
}

// field reads a replacement field from after its brace.
func (s *fscan) field(i int, quote byte, size int, raw bool, depth int) int {
	open := 0
	for i < s.end {
		switch c := s.src[i]; c {
		case '(', '[', '{':
			open++
			i++
		case ')', ']':
			open--
			i++
		case '}':
			if open <= 0 {
				return i + 1
			}
			open--
			i++
		case '#':
			j := strings.IndexByte(s.src[i:s.end], '\n')
			if j < 0 {
				return -1
			}
			i += j
		case '"', '\'':
			n := 0
			for n < 2 && class[s.src[i-n-1]]&(cIdent|cDigit) != 0 {
				n++
			}
			p, ok := stringPrefix(s.src[i-n : i])
			if !ok {
				p = prefix{}
			}
			inner := quoteSize(s.src[:s.end], i)
			if p.format {
				i = s.body(i+inner, c, inner, p.raw, depth+1)
			} else {
				i, _ = plainEnd(s.src[:s.end], i, inner)
			}
			if i < 0 {
				return -1
			}
		case ':':
			if open > 0 {
				i++
				continue
			}
			return s.spec(i+1, quote, size, raw, depth)
		default:
			i++
		}
	}
	return -1
}

// spec reads a format specification up to and including the field's brace.
func (s *fscan) spec(i int, quote byte, size int, raw bool, depth int) int {
	if depth > maxFStringNesting {
		return -1
	}
	for i < s.end {
		switch c := s.src[i]; {
		case c == '}':
			return i + 1
		case c == '{':
			if i = s.field(i+1, quote, size, raw, depth+1); i < 0 {
				return -1
			}
		case c == quote && (size == 1 || i+2 < s.end && s.src[i+1] == quote && s.src[i+2] == quote):
			return -1
		case c == '\n' && size == 1:
			return -1
		case c == '\\' && !raw:
			i += 2
		default:
			i++
		}
	}
	return -1
}
