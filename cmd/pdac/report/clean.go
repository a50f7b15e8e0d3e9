package report

import (
	"fmt"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes external text safe to print on one line of a terminal or a CI log.
// Characters that move the cursor, change colors, change the text direction or
// are invisible are written as escapes (\n, \x1b, \u202e). So is the character that
// turns a line into a workflow command of a CI system ("::error::", "##[group]",
// "##vso["). Other characters stay, backslashes included: the result is for people
// and can't be converted back.
func Clean(s string) string { return clean(s, false) }

// cleanLine is Clean for lines of text in which tabs are layout.
func cleanLine(s string) string { return clean(s, true) }

// maxMarks is the maximum number of combining marks on one letter; more of them
// would cover the lines above and below.
const maxMarks = 6

func clean(s string, tabs bool) string {
	if harmless(s, tabs) {
		return s
	}
	tab := `\t`
	if tabs {
		tab = "\t"
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for c := range characters(s, tab, leadingCommand(s)) {
		b.WriteString(c)
	}
	return b.String()
}

// characters returns each character of a text as it is shown: as it is where
// that is safe, else as an escape. command is the place of a colon to escape,
// -1 for none.
func characters(s, tab string, command int) iter.Seq[string] {
	return func(yield func(string) bool) {
		marks := 0
		for i := 0; i < len(s); {
			r, n := utf8.DecodeRuneInString(s[i:])
			if unicode.In(r, unicode.Mn, unicode.Me) {
				marks++
			} else {
				marks = 0
			}
			var shown string
			switch {
			case r == utf8.RuneError && n == 1:
				shown = fmt.Sprintf(`\x%02x`, s[i])
			case i == command:
				shown = `\x3a`
			case r == '#' && i > 0 && s[i-1] == '#' && opensCommand(s[i+1:]):
				shown = `\x23`
			case r == '\t':
				shown = tab
			case seen(r) && marks <= maxMarks:
				shown = s[i : i+n]
			default:
				shown = escape(r)
			}
			if !yield(shown) {
				return
			}
			i += n
		}
	}
}

// harmless is the fast path for nearly every text.
func harmless(s string, tabs bool) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 0x7f || c < ' ' && (c != '\t' || !tabs) || c == '#' && i > 0 && s[i-1] == '#' {
			return false
		}
	}
	return leadingCommand(s) < 0
}

// leadingCommand finds "::" at the start of a text, after any white space, where
// GitHub expects a command. A single colon counts too, because a report might add
// another one after it.
func leadingCommand(s string) int {
	rest := strings.TrimLeftFunc(s, unicode.IsSpace)
	if strings.HasPrefix(rest, "::") || rest == ":" {
		return len(s) - len(rest)
	}
	return -1
}

// opensCommand reports whether the text after "##" makes it a command, as in
// "##[debug]" (GitHub) and "##vso[" (Azure), which work anywhere in a line.
func opensCommand(s string) bool {
	rest := strings.TrimLeftFunc(s, func(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' })
	return strings.HasPrefix(rest, "[")
}

// seen reports whether a character is visible and has a width of its own.
func seen(r rune) bool {
	switch {
	case r < 0x7f:
		return r >= ' '
	case r == '\u3000': // the ideographic space of East Asian text
		return true
	case r == '\ufe0e' || r == '\ufe0f': // text or emoji form of the previous character
		return true
	case r == '\u2800': // a braille pattern without dots
		return false
	}
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// cut shortens a text to a number of characters, and appends how many are missing.
func cut(s string, most int) string {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return fmt.Sprintf("%s… (%s more characters)", string(runes[:most]), number(len(runes)-most))
}

// cutPair shortens two texts so that their first difference stays visible.
func cutPair(a, b string, most int) (string, string) {
	if utf8.RuneCountInString(a) <= most && utf8.RuneCountInString(b) <= most {
		return a, b
	}
	x, y := []rune(a), []rune(b)
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	if lead := same - most/3; lead > 0 {
		x, y = append([]rune{'…'}, x[lead:]...), append([]rune{'…'}, y[lead:]...)
	}
	return cut(string(x), most), cut(string(y), most)
}
