package python

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// strings parses adjacent string literals as one constant or f-string.
func (p *parser) strings() Expr {
	first := p.pos
	for p.kind() == tString {
		p.pos++
	}
	last := p.pos - 1
	span := Span{p.toks[first].start, p.toks[last].end}
	if first == last {
		// The common case needs no copy.
		t := p.toks[first]
		if c := p.src[t.start]; c == '"' || c == '\'' {
			body := p.src[t.start+1 : t.end-1]
			if strings.HasPrefix(body, p.src[t.start:t.start+1]) && len(body) >= 4 {
				body = body[2 : len(body)-2]
			}
			if strings.IndexByte(body, '\\') < 0 {
				return p.newString(span, Str, body, false)
			}
		}
	}
	u := p.src[span.Start] == 'u'
	var anyBytes, anyText, anyFormat bool
	for i := first; i <= last; i++ {
		pre, _ := p.literalParts(p.toks[i])
		anyBytes = anyBytes || pre.bytes
		anyText = anyText || !pre.bytes
		anyFormat = anyFormat || pre.format
	}
	if anyBytes && anyText {
		p.saw(p.pos)
		p.raiseLast("cannot mix bytes and nonbytes literals")
	}
	if anyFormat {
		return p.joined(first, last, span, u)
	}
	kind := Str
	if anyBytes {
		kind = Bytes
	}
	var buf []byte
	for i := first; i <= last; i++ {
		t := p.toks[i]
		pre, body := p.literalParts(t)
		value := p.literalValue(t, pre, body)
		if first == last {
			return p.newString(span, kind, value, u)
		}
		buf = append(buf, value...)
	}
	return p.newString(span, kind, string(buf), u)
}

func (p *parser) newString(span Span, kind ConstKind, value string, u bool) *Constant {
	n := p.constant.new()
	n.Span, n.Kind, n.Value, n.U = span, kind, value, u
	return n
}

// literalParts splits a string token into its prefix and what is between the
// quotes.
func (p *parser) literalParts(t token) (prefix, Span) {
	quote := t.start
	for c := p.src[quote]; c != '"' && c != '\''; c = p.src[quote] {
		quote++
	}
	pre, _ := stringPrefix(p.src[t.start:quote])
	size := int32(1)
	if t.end-quote >= 6 && p.src[quote+1] == p.src[quote] && p.src[quote+2] == p.src[quote] {
		size = 3
	}
	return pre, Span{quote + size, t.end - size}
}

// literalValue evaluates a string that is not an f-string.
func (p *parser) literalValue(t token, pre prefix, body Span) string {
	text := p.src[body.Start:body.Stop]
	if pre.bytes {
		for i := 0; i < len(text); i++ {
			if text[i] >= 0x80 {
				p.raise(t.start, t.end, "bytes can only contain ASCII literal characters")
			}
		}
	}
	if pre.raw {
		return text
	}
	return p.unescape(text, pre.bytes)
}

// unescape evaluates escape sequences. Errors in them are reported, as in CPython, at the token
// after the strings.
func (p *parser) unescape(text string, bytes bool) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var out string
	var msg string
	if bytes {
		out, msg = unescapeBytes(text)
	} else {
		out, msg = unescapeText(text)
	}
	if msg != "" {
		p.saw(p.pos)
		p.raiseLast(msg)
	}
	return out
}

// simpleEscape returns the byte of a one-letter escape.
func simpleEscape(c byte) (byte, bool) {
	switch c {
	case '\\', '\'', '"':
		return c, true
	case 'a':
		return 7, true
	case 'b':
		return 8, true
	case 'f':
		return 12, true
	case 'n':
		return 10, true
	case 'r':
		return 13, true
	case 't':
		return 9, true
	case 'v':
		return 11, true
	}
	return 0, false
}

func hexDigits(s string, max int) (value rune, n int) {
	for n < max && n < len(s) && class[s[n]]&cHex != 0 {
		c := rune(s[n])
		switch {
		case c <= '9':
			c -= '0'
		case c >= 'a':
			c -= 'a' - 10
		default:
			c -= 'A' - 10
		}
		value = value<<4 | c
		n++
	}
	return value, n
}

func octalDigits(s string) (value rune, n int) {
	for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
		value = value<<3 | rune(s[n]-'0')
		n++
	}
	return value, n
}

func unescapeBytes(s string) (out, msg string) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c := s[i]
		if c != '\\' || i+1 >= len(s) {
			b = append(b, c)
			i++
			continue
		}
		e := s[i+1]
		if v, ok := simpleEscape(e); ok {
			b = append(b, v)
			i += 2
			continue
		}
		switch {
		case e == '\n':
			i += 2
		case e == 'x':
			v, n := hexDigits(s[i+2:], 2)
			if n < 2 {
				return "", fmt.Sprintf(`(value error) invalid \x escape at position %d`, i)
			}
			b = append(b, byte(v))
			i += 4
		case e >= '0' && e <= '7':
			v, n := octalDigits(s[i+1:])
			b = append(b, byte(v))
			i += 1 + n
		default:
			b = append(b, c, e)
			i += 2
		}
	}
	return string(b), ""
}

// appendRune is like utf8.AppendRune, but keeps lone surrogates.
func appendRune(b []byte, r rune) []byte {
	if r >= 0xD800 && r <= 0xDFFF {
		return append(b, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(b, r)
}

func unescapeText(s string) (out, msg string) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '\\')
		if j < 0 || i+j+1 >= len(s) {
			b = append(b, s[i:]...)
			break
		}
		b = append(b, s[i:i+j]...)
		i += j
		e := s[i+1]
		if v, ok := simpleEscape(e); ok {
			b = append(b, v)
			i += 2
			continue
		}
		switch {
		case e == '\n':
			i += 2
		case e == 'x' || e == 'u' || e == 'U':
			r, n, why := codeEscape(s[i+2:], e)
			if why != "" {
				return "", unicodeError(s, i, i+2+n, why)
			}
			b = appendRune(b, r)
			i += 2 + n
		case e >= '0' && e <= '7':
			r, n := octalDigits(s[i+1:])
			b = appendRune(b, r)
			i += 1 + n
		case e == 'N':
			r, n, why := namedEscape(s[i+2:])
			if why != "" {
				return "", unicodeError(s, i, i+2+n, why)
			}
			b = appendRune(b, r)
			i += 2 + n
		default:
			b = append(b, '\\')
			i++
		}
	}
	return string(b), ""
}

// codeEscape reads the digits of \x, \u and \U.
func codeEscape(s string, e byte) (r rune, n int, why string) {
	want, form := 2, `\xXX`
	switch e {
	case 'u':
		want, form = 4, `\uXXXX`
	case 'U':
		want, form = 8, `\UXXXXXXXX`
	}
	r, n = hexDigits(s, want)
	if n < want {
		return 0, n, "truncated " + form + " escape"
	}
	if r > utf8.MaxRune || r < 0 {
		return 0, n, "illegal Unicode character"
	}
	return r, n, ""
}

// namedEscape reads {name} of \N.
func namedEscape(s string) (r rune, n int, why string) {
	const malformed = `malformed \N character escape`
	if !strings.HasPrefix(s, "{") {
		return 0, 0, malformed
	}
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return 0, len(s), malformed
	}
	if end == 1 {
		return 0, 1, malformed
	}
	r, ok := runeNamed(s[1:end])
	if !ok {
		return 0, end + 1, "unknown Unicode character name"
	}
	return r, end + 1, ""
}

// unicodeError returns the message for an error in the escape s[i:j]. CPython counts positions in a
// form of the text in which characters beyond ASCII are escapes of ten characters.
func unicodeError(s string, i, j int, why string) string {
	from := escapedLen(s[:i])
	to := from + escapedLen(s[i:j]) - 1
	if from == to {
		return fmt.Sprintf("(unicode error) 'unicodeescape' codec can't decode byte 0x%02x in position %d: %s", s[i], from, why)
	}
	return fmt.Sprintf("(unicode error) 'unicodeescape' codec can't decode bytes in position %d-%d: %s", from, to, why)
}

func escapedLen(s string) int {
	n := 0
	for _, r := range s {
		if r < 0x80 {
			n++
		} else {
			n += 10
		}
	}
	return n
}
