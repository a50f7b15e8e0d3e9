package python

import (
	"fmt"
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
