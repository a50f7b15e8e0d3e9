package python

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// RegexpError is why a pattern of Python's re module does not compile. Pos is the byte
// of the pattern.
type RegexpError struct {
	Msg string
	Pos int
}

func (e *RegexpError) Error() string { return e.Msg }

// CheckRegexp checks a pattern of Python 3.11's re module. It finds only what never
// compiles; what depends on the flags or on what look-behinds match is not checked.
func CheckRegexp(pattern string) (err *RegexpError) {
	r := &regexpReader{s: pattern, names: map[string]bool{}}
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(*RegexpError)
			if !ok {
				panic(x)
			}
			err = e
		}
	}()
	r.alternatives()
	if r.pos < len(r.s) {
		r.fail(r.pos, "unbalanced parenthesis")
	}
	return nil
}

type regexpReader struct {
	s   string
	pos int
	// groups counts the groups that were opened, and open are those not yet closed.
	groups int
	open   []int
	names  map[string]bool
	depth  int
	// gone is set where the check gave up.
	gone bool
}

// maxRegexpDepth limits the nesting of groups.
const maxRegexpDepth = 200

func (r *regexpReader) fail(at int, format string, args ...any) {
	panic(&RegexpError{Msg: fmt.Sprintf(format, args...), Pos: at})
}

// giveUp ends the check without an error.
func (r *regexpReader) giveUp() { r.pos, r.gone = len(r.s), true }

func (r *regexpReader) more() bool { return r.pos < len(r.s) }

func (r *regexpReader) at(c byte) bool { return r.pos < len(r.s) && r.s[r.pos] == c }

func (r *regexpReader) accept(text string) bool {
	if strings.HasPrefix(r.s[r.pos:], text) {
		r.pos += len(text)
		return true
	}
	return false
}

func (r *regexpReader) alternatives() {
	if r.depth++; r.depth > maxRegexpDepth {
		r.giveUp()
		return
	}
	for first := r.depth == 1; ; first = false {
		r.sequence(first)
		if !r.accept("|") {
			break
		}
	}
	r.depth--
}

// sequence reads items up to "|" or ")". first is set for the first one of a pattern,
// which may begin with flags.
func (r *regexpReader) sequence(first bool) {
	// What can be repeated: whether there is something, and whether it is already.
	item, repeated := false, false
	for r.more() && !r.at('|') && !r.at(')') {
		start := r.pos
		switch c := r.s[r.pos]; c {
		case '*', '+', '?':
			r.pos++
			r.repeat(start, item, repeated)
			repeated = true
			continue
		case '{':
			if low, high, ok := r.count(); ok {
				if high >= 0 && high < low {
					r.fail(start+1, "min repeat greater than max repeat")
				}
				r.repeat(start, item, repeated)
				repeated = true
				continue
			}
			r.pos++
			item = true
		case '^', '$':
			r.pos++
			item, first = false, false
		case '[':
			r.set()
			item = true
		case '(':
			if !r.group(first && !item) {
				continue
			}
			item = true
		case '\\':
			item, first = r.escape(), false
		default:
			_, size := utf8.DecodeRuneInString(r.s[r.pos:])
			r.pos += size
			item = true
		}
		repeated = false
	}
}

// repeat checks what a repetition is for, and reads the ? or + behind it.
func (r *regexpReader) repeat(start int, item, repeated bool) {
	switch {
	case !item:
		r.fail(start, "nothing to repeat")
	case repeated:
		r.fail(start, "multiple repeat")
	}
	if r.at('?') || r.at('+') {
		r.pos++
	}
}

// count reads {n}, {n,}, {,m} or {n,m}; anything else is a text.
func (r *regexpReader) count() (low, high int, ok bool) {
	end := strings.IndexByte(r.s[r.pos:], '}')
	if end < 0 {
		return 0, 0, false
	}
	text := r.s[r.pos+1 : r.pos+end]
	from, to, comma := strings.Cut(text, ",")
	number := func(s string, none int) (int, bool) {
		if s == "" {
			return none, true
		}
		n, err := strconv.Atoi(s)
		return n, err == nil && n >= 0 && s[0] != '+' && s[0] != '-'
	}
	low, fine := number(from, 0)
	high, also := number(to, -1)
	if !fine || !also || text == "" {
		return 0, 0, false
	}
	if !comma {
		high = low
	}
	r.pos += end + 1
	return low, high, true
}

// set reads [...].
func (r *regexpReader) set() {
	start := r.pos
	r.pos++
	r.accept("^")
	for first := true; ; first = false {
		if !r.more() {
			r.fail(start, "unterminated character set")
		}
		if r.at(']') && !first {
			r.pos++
			return
		}
		from := r.pos
		low, single := r.member()
		if !r.at('-') {
			continue
		}
		if r.pos+1 >= len(r.s) {
			r.fail(start, "unterminated character set")
		}
		if r.s[r.pos+1] == ']' {
			continue
		}
		r.pos++
		high, also := r.member()
		switch {
		case !single || !also:
			r.fail(from, "bad character range %s", r.s[from:r.pos])
		case low >= 0 && high >= 0 && high < low:
			r.fail(from, "bad character range %s", r.s[from:r.pos])
		}
	}
}

// member reads one member of a set. single is false for a class such as \d. The
// character is -1 if it isn't worked out.
func (r *regexpReader) member() (c rune, single bool) {
	if !r.at('\\') {
		c, size := utf8.DecodeRuneInString(r.s[r.pos:])
		r.pos += size
		return c, true
	}
	start := r.pos
	r.pos++
	if !r.more() {
		r.fail(start, "bad escape (end of pattern)")
	}
	c, size := utf8.DecodeRuneInString(r.s[r.pos:])
	switch {
	case strings.ContainsRune("dDsSwW", c):
		r.pos++
		return 0, false
	case strings.ContainsRune("abfnrtv", c):
		r.pos++
		return map[rune]rune{'a': 7, 'b': 8, 'f': 12, 'n': 10, 'r': 13, 't': 9, 'v': 11}[c], true
	case strings.ContainsRune("xuUN", c) || c >= '0' && c <= '9':
		r.number(start)
		return -1, true
	case isASCIILetter(c):
		r.fail(start, "bad escape \\%c", c)
	}
	r.pos += size
	return c, true
}

func isASCIILetter(c rune) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// number reads the escape of a number of a character, from its backslash on.
func (r *regexpReader) number(start int) {
	r.pos = start + 1
	c := r.s[r.pos]
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	r.pos++
	if digits == 0 {
		if c == 'N' {
			end := strings.IndexByte(r.s[r.pos:], '}')
			if !r.at('{') || end < 0 {
				r.fail(start, "bad escape \\N")
			}
			r.pos += end + 1
			return
		}
		for n := 0; n < 2 && r.more() && isDigit(r.s[r.pos]); n++ {
			r.pos++
		}
		return
	}
	for range digits {
		if !r.more() || !isHex(r.s[r.pos]) {
			r.fail(start, "incomplete escape %s", r.s[start:r.pos])
		}
		r.pos++
	}
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// escape reads a backslash and what it is for, outside of sets. It reports whether that
// can be repeated.
func (r *regexpReader) escape() bool {
	start := r.pos
	r.pos++
	if !r.more() {
		r.fail(start, "bad escape (end of pattern)")
	}
	c, size := utf8.DecodeRuneInString(r.s[r.pos:])
	switch {
	case strings.ContainsRune("AbBZ", c):
		r.pos++
		return false
	case strings.ContainsRune("dDsSwWafnrtv", c):
		r.pos++
	case strings.ContainsRune("xuUN", c) || c == '0':
		r.number(start)
	case c >= '1' && c <= '9':
		r.backReference(start)
	case isASCIILetter(c):
		r.fail(start, "bad escape \\%c", c)
	default:
		r.pos += size
	}
	return true
}

// backReference reads \1 to \99. Three octal digits are a character.
func (r *regexpReader) backReference(start int) {
	text := r.s[r.pos:min(r.pos+3, len(r.s))]
	n := 1
	if len(text) > 1 && isDigit(text[1]) {
		n = 2
		if len(text) > 2 && text[0] < '8' && text[1] < '8' && isDigit(text[2]) && text[2] < '8' {
			r.pos += 3
			return
		}
	}
	r.pos += n
	number, _ := strconv.Atoi(text[:n])
	if number > r.groups {
		r.fail(start, "invalid group reference %d", number)
	}
	for _, g := range r.open {
		if g == number {
			r.fail(start, "cannot refer to an open group")
		}
	}
}
