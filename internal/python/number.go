package python

import (
	"fmt"
	"strings"
)

// number returns the end of the number at i; i is a digit, or a dot before one.
func (l *lexer) number(i int) (int, bool) {
	c := l.at(i)
	if c == '0' {
		switch l.at(i + 1) {
		case 'x', 'X':
			return l.radix(i+2, "hexadecimal", func(c byte) bool { return class[c]&cHex != 0 })
		case 'o', 'O':
			return l.radix(i+2, "octal", func(c byte) bool { return c >= '0' && c <= '7' })
		case 'b', 'B':
			return l.radix(i+2, "binary", func(c byte) bool { return c == '0' || c == '1' })
		}
		return l.zeros(i)
	}
	j := i
	if c != '.' {
		var ok bool
		if j, ok = l.digits(i); !ok {
			return 0, false
		}
	}
	return l.fraction(i, j)
}

// zeros reads a number that starts with 0. Only zeros may follow unless it is a
// float.
func (l *lexer) zeros(start int) (int, bool) {
	i := start + 1
	for {
		if l.at(i) == '_' {
			i++
			if !isDigit(l.at(i)) {
				return 0, l.fail(i, "invalid decimal literal")
			}
		}
		if l.at(i) != '0' {
			break
		}
		i++
	}
	zeros, nonzero := i, false
	if isDigit(l.at(i)) {
		nonzero = true
		var ok bool
		if i, ok = l.digits(i); !ok {
			return 0, false
		}
	}
	switch l.at(i) {
	case '.', 'e', 'E', 'j', 'J':
		return l.fraction(start, i)
	}
	if nonzero {
		return 0, l.failAt(&rawError{start: int32(start), end: int32(zeros),
			msg: "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"})
	}
	return i, l.numberEnd(i, "decimal")
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digits reads digits with single underscores between them.
func (l *lexer) digits(i int) (int, bool) {
	for {
		for isDigit(l.at(i)) {
			i++
		}
		if l.at(i) != '_' {
			return i, true
		}
		i++
		if !isDigit(l.at(i)) {
			return 0, l.fail(i, "invalid decimal literal")
		}
	}
}

// fraction reads the part after the whole part, which ends at i.
func (l *lexer) fraction(start, i int) (int, bool) {
	var ok bool
	if l.at(i) == '.' {
		i++
		if isDigit(l.at(i)) {
			if i, ok = l.digits(i); !ok {
				return 0, false
			}
		}
	}
	if c := l.at(i); c == 'e' || c == 'E' {
		j := i + 1
		switch d := l.at(j); {
		case d == '+' || d == '-':
			j++
			if !isDigit(l.at(j)) {
				return 0, l.fail(j, "invalid decimal literal")
			}
		case !isDigit(d):
			// Not an exponent: a keyword such as "else" may follow directly.
			return i, l.numberEnd(i, "decimal")
		}
		if i, ok = l.digits(j); !ok {
			return 0, false
		}
	}
	if c := l.at(i); c == 'j' || c == 'J' {
		return i + 1, l.numberEnd(i+1, "imaginary")
	}
	return i, l.numberEnd(i, "decimal")
}

func (l *lexer) radix(i int, name string, digit func(byte) bool) (int, bool) {
	for {
		if l.at(i) == '_' {
			i++
		}
		if c := l.at(i); !digit(c) {
			if isDigit(c) {
				return 0, l.fail(i+1, fmt.Sprintf("invalid digit '%c' in %s literal", c, name))
			}
			return 0, l.fail(i, "invalid "+name+" literal")
		}
		for digit(l.at(i)) {
			i++
		}
		if l.at(i) != '_' {
			break
		}
	}
	if c := l.at(i); isDigit(c) {
		return 0, l.fail(i+1, fmt.Sprintf("invalid digit '%c' in %s literal", c, name))
	}
	return i, l.numberEnd(i, name)
}

// numberEnd reports a number that runs into a word, except for the keywords
// that CPython still allows.
func (l *lexer) numberEnd(i int, name string) bool {
	if i >= l.end || class[l.src[i]]&(cIdent|cDigit) == 0 || l.src[i] >= 0x80 {
		return true
	}
	rest := l.src[i:l.end]
	for _, word := range [...]string{"and", "else", "for", "if", "in", "is", "or", "not"} {
		if strings.HasPrefix(rest, word) {
			return true
		}
	}
	return l.fail(i, "invalid "+name+" literal")
}
