package python

import (
	"fmt"
	"strings"
)

// lineStart reads the indentation and emits its tokens.
func (l *lexer) lineStart() (blank, ok bool) {
	var col, alt, contCol int32
	i := l.pos
loop:
	for ; i < l.end; i++ {
		switch l.src[i] {
		case ' ':
			col++
			alt++
		case '\t':
			col = (col/tabSize + 1) * tabSize
			alt++
		case '\f':
			col, alt = 0, 0
		case '\\':
			if contCol == 0 {
				contCol = col
			}
			if l.at(i+1) != '\n' {
				l.pos = i
				return false, l.badContinuation(i + 1)
			}
			i++
			if i+1 >= l.end {
				l.pos = i
				return false, l.badContinuation(i + 1)
			}
		default:
			break loop
		}
	}
	l.pos = i
	if c := l.at(i); i >= l.end || c == '#' || c == '\n' {
		return true, true
	}
	if contCol != 0 {
		col, alt = contCol, contCol
	}
	return false, l.indentTo(col, alt)
}

func (l *lexer) indentTo(col, alt int32) bool {
	const tabs = "inconsistent use of tabs and spaces in indentation"
	switch d := l.depth; {
	case col == l.indent[d]:
		if alt != l.alt[d] {
			return l.failAt(&rawError{start: int32(l.pos), end: -1, msg: tabs, kind: "TabError", soft: true})
		}
	case col > l.indent[d]:
		if d+1 >= maxIndentation {
			return l.failAt(&rawError{start: int32(l.pos), end: -1, msg: "too many levels of indentation", kind: "IndentationError", soft: true})
		}
		if alt <= l.alt[d] {
			return l.failAt(&rawError{start: int32(l.pos), end: -1, msg: tabs, kind: "TabError", soft: true})
		}
		l.depth++
		l.indent[l.depth], l.alt[l.depth] = col, alt
		l.emit(tIndent, l.pos, l.pos)
	default:
		drop := 0
		for l.depth > 0 && col < l.indent[l.depth] {
			l.depth--
			drop++
		}
		if col != l.indent[l.depth] {
			end := strings.IndexByte(l.src[l.pos:l.end], '\n')
			return l.failAt(&rawError{start: int32(l.pos + max(end, 0)), end: -1, soft: true, kind: "IndentationError",
				msg: "unindent does not match any outer indentation level"})
		}
		if alt != l.alt[l.depth] {
			return l.failAt(&rawError{start: int32(l.pos), end: -1, msg: tabs, kind: "TabError", soft: true})
		}
		for ; drop > 0; drop-- {
			l.emit(tDedent, l.pos, l.pos)
		}
	}
	return true
}

func (l *lexer) badContinuation(i int) bool {
	if i >= l.end {
		l.pos = l.end
		return l.failAt(&rawError{start: int32(i), end: -1, soft: true, msg: "unexpected EOF while parsing"})
	}
	return l.failAt(&rawError{start: int32(i), end: -1, soft: true, msg: "unexpected character after line continuation character"})
}

// lineRest lexes up to and including the end of the logical line. more is false
// at the end of the text.
func (l *lexer) lineRest(blank bool) (more, ok bool) {
	src, end := l.src, l.end
	i := l.pos
	for {
		if i >= end {
			l.pos = i
			if !blank && len(l.brackets) == 0 {
				l.emit(tNewline, i, i)
			}
			return false, true
		}
		c := src[i]
		cl := class[c]
		if cl&cIdent != 0 {
			j := i + 1
			for j < end && class[src[j]]&(cIdent|cDigit) != 0 {
				j++
			}
			if j < end && (src[j] == '"' || src[j] == '\'') && j-i <= 2 {
				if p, isPrefix := stringPrefix(src[i:j]); isPrefix {
					l.pos = i
					next, ok := l.stringToken(i, j, p)
					if !ok {
						return false, false
					}
					i = next
					continue
				}
			}
			word := src[i:j]
			if c >= 'A' {
				if bad := l.checkIdentifier(i, j); bad {
					return false, false
				}
			}
			l.emit(keyword(word), i, j)
			i = j
			continue
		}
		switch c {
		case ' ', '\t', '\f':
			i++
			continue
		case '\n':
			if blank {
				l.pos = i + 1
				return true, true
			}
			if len(l.brackets) > 0 {
				i++
				continue
			}
			l.emit(tNewline, i, i+1)
			l.pos = i + 1
			return true, true
		case '#':
			j := strings.IndexByte(src[i:end], '\n')
			if j < 0 {
				j = end - i
			}
			l.comments = append(l.comments, Comment{Span{int32(i), int32(i + j)}})
			i += j
			continue
		case '\\':
			l.pos = i
			if l.at(i+1) != '\n' || i+2 >= end {
				if l.at(i+1) == '\n' {
					i++
				}
				return false, l.badContinuation(i + 1)
			}
			i += 2
			continue
		case '"', '\'':
			l.pos = i
			next, ok := l.stringToken(i, i, prefix{})
			if !ok {
				return false, false
			}
			i = next
			continue
		case '(', '[', '{':
			if len(l.brackets) >= maxBrackets {
				l.pos = i
				return false, l.fail(i+1, "too many nested parentheses")
			}
			l.brackets = append(l.brackets, bracket{c, int32(i)})
			l.emit(openKind(c), i, i+1)
			i++
			continue
		case ')', ']', '}':
			l.pos = i
			if !l.close(c, i) {
				return false, false
			}
			i++
			continue
		}
		if cl&cDigit != 0 || c == '.' && class[l.at(i+1)]&cDigit != 0 {
			l.pos = i
			j, ok := l.number(i)
			if !ok {
				return false, false
			}
			l.emit(tNumber, i, j)
			i = j
			continue
		}
		k, n := l.operator(i, c)
		if n == 0 {
			l.pos = i
			if c < ' ' || c == 0x7f {
				return false, l.fail(i+1, fmt.Sprintf("invalid non-printable character U+%04X", c))
			}
			k, n = tBad, 1
		}
		l.emit(k, i, i+n)
		i += n
	}
}
