package yamlcore

import "strings"

// flowReader checks a value in brackets.
type flowReader struct {
	l *locator
	// start is the offset of the value.
	start int
	open  []int
	// done is set after a key or a value, so that a separator must follow. colon is
	// set if the current entry has had its colon.
	done, colon bool
	// plain is set if the last one had no quotes or brackets; last is where it
	// started.
	plain bool
	last  int
}

// flow reads the value in brackets at an offset and returns the offset after it.
func (l *locator) flow(at int) int {
	f := &flowReader{l: l, start: at, last: at}
	for i := at; l.fault == nil; {
		s := l.src
		if i >= len(s) {
			f.unclosed(len(s))
			break
		}
		switch c := s[i]; {
		case c == '\n':
			i++
			if f.leaves(i) {
				f.unclosed(i)
			}
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '#' && i > 0 && strings.IndexByte(" \t\n", s[i-1]) >= 0:
			if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(s)
			}
		case c == '"' || c == '\'':
			end := quoteEnd(s, i)
			switch {
			case f.done:
				f.missing(i)
			case end < 0:
				l.fault = &mistake{from: len(s)}
			default:
				f.done, f.plain, f.last, i = true, false, i, end
			}
		case c == '{' || c == '[':
			switch {
			case f.done && f.plain && s[i-1] == ':':
				f.fault(f.last, "a space is missing after the colon of %q; write \"key: value\"", s[f.last:i])
			case f.done:
				f.missing(i)
			}
			f.open = append(f.open, i)
			f.done, f.colon = false, false
			i++
		case c == '}' || c == ']':
			opening := f.open[len(f.open)-1]
			if want := closer(s[opening]); want != c {
				f.fault(i, "%q here, but %q is open; close it with %q first, or remove this one", string(c), s[opening:opening+1], string(want))
				break
			}
			i++
			f.open = f.open[:len(f.open)-1]
			f.done, f.plain, f.colon = true, false, true
			if len(f.open) == 0 {
				return i
			}
		case c == ',':
			if !f.done && !f.colon {
				f.fault(i, "a comma with no value before it; remove it, or add the value")
			}
			f.done, f.colon = false, false
			i++
		case c == ':' && f.done && (!f.plain || i+1 >= len(s) || strings.IndexByte(" \t\r\n,", s[i+1]) >= 0):
			if f.colon {
				f.missing(f.last)
			}
			f.done, f.colon = false, true
			i++
		default:
			if f.done && !f.plain {
				f.missing(i)
				break
			}
			f.done, f.plain, f.last = true, true, i
			i = plainEnd(s, i)
		}
	}
	return len(l.src)
}

func closer(open byte) byte {
	if open == '{' {
		return '}'
	}
	return ']'
}

// plainEnd returns the end of plain text inside brackets, on its line.
func plainEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case strings.IndexByte(",{}[]\n", c) >= 0:
			return i
		case c == ':' && (i+1 >= len(s) || strings.IndexByte(" \t\r\n,}]", s[i+1]) >= 0):
			return i
		case c == '#' && (s[i-1] == ' ' || s[i-1] == '\t'):
			return i
		}
	}
	return i
}

// leaves reports whether the line at an offset has a key that is not indented
// deeper than the value's own key.
func (f *flowReader) leaves(at int) bool {
	line, _, _ := strings.Cut(f.l.src[at:], "\n")
	return topKey().MatchString(line) && len(line)-len(strings.TrimLeft(line, " ")) <= f.l.owner
}

// fault reports a mistake; the value must be broken up to the end of its brackets.
func (f *flowReader) fault(at int, format string, args ...any) {
	f.l.report(at, f.start, f.end(at), format, args...)
}

func (f *flowReader) missing(at int) {
	word := f.l.src[at:plainEnd(f.l.src, at)]
	if c := f.l.src[at]; c == '"' || c == '\'' {
		if end := quoteEnd(f.l.src, at); end > 0 && end-at <= 60 && !strings.Contains(f.l.src[at:end], "\n") {
			word = f.l.src[at:end]
		}
	}
	if at > 0 && (f.l.src[at-1] == '"' || f.l.src[at-1] == '\'') {
		f.fault(at, "text after the closing quote: %s; write \\\" for a quote inside double quotes, or add a comma", shortened(word))
		return
	}
	if f.colon || f.l.src[f.open[len(f.open)-1]] == '[' {
		f.fault(at, "a comma is missing before %s", shortened(word))
		return
	}
	f.fault(at, "a colon or a comma is missing before %s", shortened(word))
}

func shortened(word string) string {
	word = strings.TrimSpace(word)
	if r := []rune(word); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return word
}

func (f *flowReader) unclosed(to int) {
	at := f.open[len(f.open)-1]
	f.l.report(at, f.start, to, "the %q that starts here is never closed; add %q, or quote the value if it is meant as text", f.l.src[at:at+1], string(closer(f.l.src[at])))
}

// end returns the offset after the brackets of the value, as far as they match.
func (f *flowReader) end(from int) int {
	s, depth := f.l.src, len(f.open)
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '"', '\'':
			if e := quoteEnd(s, i); e > 0 {
				i = e - 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1
			}
		case '\n':
			if f.leaves(i + 1) {
				return i
			}
		}
	}
	return len(s)
}
