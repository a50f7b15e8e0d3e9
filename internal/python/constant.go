package python

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// String returns None, True, False or Ellipsis as in Python, and the name of
// the type for other constants.
func (k ConstKind) String() string {
	return [...]string{"None", "True", "False", "Ellipsis", "str", "bytes", "int", "float", "complex"}[k]
}

func numberKind(s string) ConstKind {
	switch c := s[len(s)-1]; {
	case len(s) == 1:
		return Int
	case s[0] == '0' && (s[1]|0x20 == 'x' || s[1]|0x20 == 'b' || s[1]|0x20 == 'o'):
		return Int
	case c == 'j' || c == 'J':
		return Imag
	case strings.ContainsAny(s, ".eE"):
		return Float
	}
	return Int
}

// Int returns the value of an Int, which is unbounded in Python.
func (c *Constant) Int() *big.Int {
	s := strings.ReplaceAll(c.Value, "_", "")
	n := new(big.Int)
	if len(s) > 1 && s[0] == '0' && isDigit(s[1]) {
		return n // only zeros may follow a zero
	}
	n.SetString(s, 0)
	return n
}

// Float returns the value of a Float, or the imaginary part of an Imag.
func (c *Constant) Float() float64 {
	s := strings.TrimRight(strings.ReplaceAll(c.Value, "_", ""), "jJ")
	f, _ := strconv.ParseFloat(s, 64) // out of range becomes infinity, as in Python
	return f
}

func (c *Constant) appendValue(b []byte) []byte {
	switch c.Kind {
	case Str:
		return appendRepr(b, c.Value)
	case Bytes:
		return appendBytesRepr(b, c.Value)
	case Int:
		if len(c.Value) < 18 {
			if n, err := strconv.ParseInt(c.Value, 10, 64); err == nil {
				return strconv.AppendInt(b, n, 10)
			}
		}
		return c.Int().Append(b, 10)
	case Float:
		return appendFloat(b, c.Float(), true)
	case Imag:
		return append(appendFloat(b, c.Float(), false), 'j')
	}
	return append(b, c.Kind.String()...)
}

// appendFloat appends a float as in Python's repr. The parts of complex numbers
// have no ".0".
func appendFloat(b []byte, f float64, point bool) []byte {
	if math.IsInf(f, 0) {
		// ast.dump writes repr(inf), which is this.
		return append(b, "inf"...)
	}
	digits := strconv.AppendFloat(nil, f, 'e', -1, 64)
	e := strings.IndexByte(string(digits), 'e')
	exp, _ := strconv.Atoi(string(digits[e+1:]))
	if exp >= -4 && exp < 16 {
		start := len(b)
		b = strconv.AppendFloat(b, f, 'f', -1, 64)
		if point && !strings.Contains(string(b[start:]), ".") {
			b = append(b, ".0"...)
		}
		return b
	}
	return append(b, digits...)
}

const hexLower = "0123456789abcdef"

func quoteFor(s string) byte {
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		return '"'
	}
	return '\''
}

// appendRepr appends a string as in Python's repr.
func appendRepr(b []byte, s string) []byte {
	q := quoteFor(s)
	b = append(b, q)
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			b = appendASCII(b, c, q)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			// A lone surrogate, see appendRune.
			r, n = rune(c&0x0F)<<12|rune(s[i+1]&0x3F)<<6|rune(s[i+2]&0x3F), 3
		}
		switch {
		case pyPrintable(r):
			b = append(b, s[i:i+n]...)
		case r <= 0xFF:
			b = append(b, '\\', 'x', hexLower[r>>4], hexLower[r&15])
		case r <= 0xFFFF:
			b = append(b, '\\', 'u', hexLower[r>>12], hexLower[r>>8&15], hexLower[r>>4&15], hexLower[r&15])
		default:
			b = append(b, '\\', 'U')
			for shift := 28; shift >= 0; shift -= 4 {
				b = append(b, hexLower[r>>shift&15])
			}
		}
		i += n
	}
	return append(b, q)
}

func appendASCII(b []byte, c, q byte) []byte {
	switch {
	case c == q || c == '\\':
		return append(b, '\\', c)
	case c == '\n':
		return append(b, '\\', 'n')
	case c == '\r':
		return append(b, '\\', 'r')
	case c == '\t':
		return append(b, '\\', 't')
	case c < ' ' || c == 0x7F:
		return append(b, '\\', 'x', hexLower[c>>4], hexLower[c&15])
	}
	return append(b, c)
}

func appendBytesRepr(b []byte, s string) []byte {
	q := quoteFor(s)
	b = append(b, 'b', q)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < utf8.RuneSelf {
			b = appendASCII(b, c, q)
		} else {
			b = append(b, '\\', 'x', hexLower[c>>4], hexLower[c&15])
		}
	}
	return append(b, q)
}
