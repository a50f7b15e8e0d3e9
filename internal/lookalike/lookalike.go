// Package lookalike shows how two texts differ that look the same: by the form of an
// accent, by blanks, by invisible characters, or by letters of another alphabet.
package lookalike

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/internal/textdiff"
	"golang.org/x/text/unicode/norm"
)

// Same reports whether two different texts look the same. Different indentation with
// spaces doesn't.
func Same(a, b string) bool {
	if a == b || Skeleton(a) != Skeleton(b) {
		return false
	}
	x, y := indent(a), indent(b)
	return x == y || strings.Trim(x+y, " ") != ""
}

// Reveal returns two texts that look the same with their differences as escapes, such
// as e\u0301 and \u00e9. Others are returned as they are.
func Reveal(a, b string) (string, string) {
	if !Same(a, b) {
		return a, b
	}
	x, y := runes(a), runes(b)
	var pairs []textdiff.Pair
	if len(x) <= maxRunes && len(y) <= maxRunes {
		pairs = textdiff.Match(x, y)
	}
	left, right := make([]bool, len(x)), make([]bool, len(y))
	for _, p := range pairs {
		left[p.A], right[p.B] = true, true
	}
	return escape(x, left), escape(y, right)
}

// maxRunes is the maximum length of texts whose characters are compared one by one.
// Of longer ones every unusual character is escaped.
const maxRunes = 4000

func runes(s string) []string {
	out := make([]string, 0, len(s))
	for len(s) > 0 {
		_, n := utf8.DecodeRuneInString(s)
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

// escape joins characters, and writes those that are not in the other text as escapes
// unless they are plain ASCII.
func escape(list []string, matched []bool) string {
	var b strings.Builder
	for i, c := range list {
		r := []rune(c)[0]
		switch {
		case matched[i], r > ' ' && r < 0x7f:
			b.WriteString(c)
		case r == utf8.RuneError && len(c) == 1:
			fmt.Fprintf(&b, `\x%02x`, c[0])
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// indent returns the blanks at the start of a text.
func indent(s string) string {
	return s[:len(s)-len(strings.TrimLeftFunc(s, unicode.IsSpace))]
}

// Skeleton returns what is left of a text's look: the same for texts that look the
// same.
func Skeleton(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for _, r := range norm.NFKC.String(s) {
		switch {
		case unicode.IsSpace(r) || r == '\u2800':
			blank = true
			continue
		case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		if like, ok := likeLatin[r]; ok {
			r = like
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain reports whether a text is its own skeleton.
func plain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 0x7f || c < ' ' || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			return false
		}
	}
	return true
}

// likeLatin maps letters and signs of other alphabets to those of ASCII that look
// like them.
var likeLatin = table(
	"АВЕЅІЈКМНОРСТУХѴԌԚԜҮΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABESIJKMHOPCTYXVGQWYABEZHIKMNOPTYX",
	"асԁеһіјӏорԛѕԝхуүѵοανρυιҝɡ", "acdehijlopqswxyyvoavpuikg",
	"‐‑‒–—―−", "-------", "‘’‛′ʼ", "'''''", "“”‟″", `""""`, "∕⁄", "//", "։∶", "::", "․", ".", "‚", ",", "∗", "*", "‹›", "<>", "∣ǀ", "||", "；", ";",
)

func table(pairs ...string) map[rune]rune {
	out := map[rune]rune{}
	for i := 0; i < len(pairs); i += 2 {
		to := []rune(pairs[i+1])
		for n, r := range []rune(pairs[i]) {
			out[r] = to[n]
		}
	}
	return out
}
