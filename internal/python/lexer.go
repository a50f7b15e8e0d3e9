package python

import (
	"fmt"
	"strings"
)

// Limits of CPython's tokenizer.
const (
	maxBrackets    = 200
	maxIndentation = 100
	tabSize        = 8
)

// Character classes of ASCII.
const (
	cIdent = 1 << iota // starts or continues an identifier (bytes >= 0x80 too)
	cDigit
	cHex
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c >= 0x80:
			t[c] = cIdent
		case c >= '0' && c <= '9':
			t[c] = cDigit | cHex
		}
		if c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' {
			t[c] |= cHex
		}
	}
	return t
}()

type bracket struct {
	char byte
	pos  int32
}

// lexer converts src[pos:end] to tokens in one go: with all tokens available,
// the parser can look ahead and backtrack for free.
type lexer struct {
	src      string
	pos, end int
	lines    lineTable
	tokens   []token
	comments []Comment
	brackets []bracket
	indent   [maxIndentation]int32 // columns with tabs to the next multiple of eight
	alt      [maxIndentation]int32 // and with tabs as one column
	depth    int
	strict   bool // f-strings end where those of 3.11 do
	failure  *rawError
}

func newLexer(src string, lines lineTable, strict bool) *lexer {
	return &lexer{src: src, end: len(src), lines: lines, strict: strict, tokens: make([]token, 0, len(src)/4+16)}
}

func (l *lexer) at(i int) byte {
	if i < l.end {
		return l.src[i]
	}
	return 0
}

func (l *lexer) emit(k kind, start, end int) {
	l.tokens = append(l.tokens, token{k, uint8(len(l.brackets)), int32(start), int32(end)})
}

// fail ends the tokens with an error at the character before cur, which is the
// position of CPython's tokenizer at that point.
func (l *lexer) fail(cur int, msg string) bool {
	start := max(cur-1, 0)
	for start > 0 && start < len(l.src) && l.src[start]&0xC0 == 0x80 {
		start--
	}
	return l.failAt(&rawError{start: int32(start), end: -1, msg: msg})
}

func (l *lexer) failAt(e *rawError) bool {
	l.failure = e
	l.emit(tError, min(l.pos, l.end), min(l.pos, l.end))
	return false
}

// run lexes everything. The last token is tEnd, or tError if it returns false.
func (l *lexer) run() bool {
	for {
		blank, ok := l.lineStart()
		if !ok {
			return false
		}
		more, ok := l.lineRest(blank)
		if !ok {
			return false
		}
		if !more {
			break
		}
	}
	if len(l.brackets) > 0 {
		return l.failAt(&rawError{start: int32(l.end), end: -1, soft: true, msg: "unexpected EOF while parsing"})
	}
	for ; l.depth > 0; l.depth-- {
		l.emit(tDedent, l.end, l.end)
	}
	l.emit(tEnd, l.end, l.end)
	return true
}

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

func openKind(c byte) kind {
	switch c {
	case '(':
		return tLPar
	case '[':
		return tLSqb
	}
	return tLBrace
}

func (l *lexer) close(c byte, i int) bool {
	if len(l.brackets) == 0 {
		return l.fail(i+1, fmt.Sprintf("unmatched '%c'", c))
	}
	open := l.brackets[len(l.brackets)-1]
	var k kind
	var want byte
	switch c {
	case ')':
		k, want = tRPar, '('
	case ']':
		k, want = tRSqb, '['
	case '}':
		k, want = tRBrace, '{'
	}
	l.brackets = l.brackets[:len(l.brackets)-1]
	if open.char != want {
		msg := fmt.Sprintf("closing parenthesis '%c' does not match opening parenthesis '%c'", c, open.char)
		if at, here := l.lines.line(open.pos), l.lines.line(int32(i)); at != here {
			msg += fmt.Sprintf(" on line %d", at)
		}
		return l.fail(i+1, msg)
	}
	l.emit(k, i, i+1)
	return true
}

// operator returns the operator at i and its length, longest first.
func (l *lexer) operator(i int, c byte) (kind, int) {
	d := l.at(i + 1)
	// pick chooses between the operator alone and with = after it.
	pick := func(single, eq kind) (kind, int) {
		if d == '=' {
			return eq, 2
		}
		return single, 1
	}
	double := func(single, eq, dbl, dblEq kind) (kind, int) {
		if d == c {
			if l.at(i+2) == '=' {
				return dblEq, 3
			}
			return dbl, 2
		}
		return pick(single, eq)
	}
	switch c {
	case ',':
		return tComma, 1
	case ':':
		return pick(tColon, tWalrus)
	case ';':
		return tSemi, 1
	case '~':
		return tTilde, 1
	case '.':
		if d == '.' && l.at(i+2) == '.' {
			return tEllipsis, 3
		}
		return tDot, 1
	case '=':
		return pick(tEqual, tEqEq)
	case '!':
		if d == '=' {
			return tNotEq, 2
		}
		return tBad, 1
	case '+':
		return pick(tPlus, tPlusEq)
	case '-':
		if d == '>' {
			return tArrow, 2
		}
		return pick(tMinus, tMinusEq)
	case '*':
		return double(tStar, tStarEq, tDoubleStar, tDoubleStarEq)
	case '/':
		return double(tSlash, tSlashEq, tDoubleSlash, tDoubleSlashEq)
	case '<':
		if d == '>' {
			return tLtGt, 2
		}
		return double(tLess, tLessEq, tLShift, tLShiftEq)
	case '>':
		return double(tGreater, tGreaterEq, tRShift, tRShiftEq)
	case '%':
		return pick(tPercent, tPercentEq)
	case '@':
		return pick(tAt, tAtEq)
	case '&':
		return pick(tAmp, tAmpEq)
	case '|':
		return pick(tBar, tBarEq)
	case '^':
		return pick(tCaret, tCaretEq)
	case '$', '?', '`':
		return tBad, 1
	}
	return 0, 0
}
