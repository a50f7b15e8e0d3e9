package python

import "strings"

// group reads a group or what else begins with "(". It reports whether that is an item
// of its own. first is set where flags may be.
func (r *regexpReader) group(first bool) bool {
	start := r.pos
	r.pos++
	captures := true
	if r.accept("?") {
		if !r.more() {
			r.fail(start, "unexpected end of pattern")
		}
		captures = false
		switch {
		case r.accept("#"):
			end := strings.IndexByte(r.s[r.pos:], ')')
			if end < 0 {
				r.fail(start, "missing ), unterminated comment")
			}
			r.pos += end + 1
			return false
		case r.accept("P<"):
			captures = true
			r.name(start, '>')
		case r.accept("P="):
			r.reference(start)
			return true
		case r.accept("P"):
			r.fail(start, "unknown extension ?P%s", r.next())
		case r.accept(":"), r.accept(">"), r.accept("="), r.accept("!"), r.accept("<="), r.accept("<!"):
		case r.accept("<"):
			r.fail(start, "unknown extension ?<%s", r.next())
		case r.accept("("):
			r.giveUp() // a condition on a group
			return true
		default:
			if r.flags(start, first) {
				return false
			}
		}
	}
	number := 0
	if captures {
		r.groups++
		number = r.groups
		r.open = append(r.open, number)
	}
	r.alternatives()
	if captures && len(r.open) > 0 {
		r.open = r.open[:len(r.open)-1]
	}
	if !r.accept(")") {
		if r.gone {
			return true
		}
		r.fail(start, "missing ), unterminated subpattern")
	}
	return true
}

// next returns the next character, for messages.
func (r *regexpReader) next() string {
	if !r.more() {
		return ""
	}
	return r.s[r.pos : r.pos+1]
}

// name reads the name of a group.
func (r *regexpReader) name(start int, end byte) {
	i := strings.IndexByte(r.s[r.pos:], end)
	switch {
	case i < 0:
		r.fail(start, "missing %c, unterminated name", end)
	case i == 0:
		r.fail(start, "missing group name")
	}
	name := r.s[r.pos : r.pos+i]
	if !isName(name) {
		r.fail(start, "bad character in group name %q", name)
	}
	if r.names[name] {
		r.fail(start, "redefinition of group name %q", name)
	}
	r.names[name] = true
	r.pos += i + 1
}

// reference reads the rest of (?P=name).
func (r *regexpReader) reference(start int) {
	i := strings.IndexByte(r.s[r.pos:], ')')
	if i < 0 {
		r.fail(start, "missing ), unterminated name")
	}
	if name := r.s[r.pos : r.pos+i]; !r.names[name] {
		r.fail(start, "unknown group name %q", name)
	}
	r.pos += i + 1
}

// isName reports whether a text can be the name of a group; others than ASCII are.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c < 0x80 && c != '_' && !isASCIILetter(rune(c)) && (i == 0 || !isDigit(c)) {
			return false
		}
	}
	return s != ""
}

// flags reads (?flags) or (?flags:. It reports whether it was the whole group.
func (r *regexpReader) flags(start int, first bool) (whole bool) {
	for r.more() {
		switch c := r.s[r.pos]; {
		case c == ')':
			r.pos++
			if !first {
				r.fail(start, "global flags not at the start of the expression")
			}
			return true
		case c == ':':
			r.pos++
			return false
		case strings.IndexByte("aiLmsux-", c) >= 0:
			r.pos++
			if c == 'x' {
				r.giveUp() // blanks and comments don't count
			}
		case isASCIILetter(rune(c)):
			r.fail(start, "unknown flag")
		default:
			r.fail(start, "unknown extension ?%s", r.next())
		}
	}
	if !r.gone {
		r.fail(start, "missing -, : or )")
	}
	return true
}
