package lookalike_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/lookalike"
	"pgregory.net/rapid"
)

func TestReveal(t *testing.T) {
	for name, c := range map[string]struct{ a, b, wantA, wantB string }{
		"composed and decomposed": {"caf\u00e9", "cafe\u0301", `caf\u00e9`, `cafe\u0301`},
		"only the accent differs": {"\u00fc caf\u00e9", "\u00fc cafe\u0301", "\u00fc caf\\u00e9", "\u00fc cafe\\u0301"},
		"no-break space":          {"a b", "a\u00a0b", `a\x20b`, `a\u00a0b`},
		"two blanks":              {"a b", "a  b", "a b", `a \x20b`},
		"blank at the end":        {"a", "a ", "a", `a\x20`},
		"tab for blanks":          {"\treturn", "    return", `\treturn`, `\x20\x20\x20\x20return`},
		"zero width":              {"ab", "a\u200bb", "ab", `a\u200bb`},
		"byte-order mark":         {"ab", "\ufeffab", "ab", `\ufeffab`},
		"carriage return":         {"ab", "ab\r", "ab", `ab\x0d`},
		"Cyrillic":                {"admin", "\u0430dmin", "admin", `\u0430dmin`},
		"Cyrillic capital":        {"ADMIN", "\u0410DMIN", "ADMIN", `\u0410DMIN`},
		"Kelvin":                  {"K", "\u212a", "K", `\u212a`},
		"full width":              {"A1", "\uff21\uff11", "A1", `\uff21\uff11`},
		"typographic quotes":      {`"x"`, "\u201cx\u201d", `"x"`, `\u201cx\u201d`},
		"beyond 16 bits":          {"A", "\U0001d400", "A", `\U0001d400`},

		"different letters":   {"abc", "abd", "abc", "abd"},
		"different case":      {"Abc", "abc", "Abc", "abc"},
		"visible indentation": {"  x", "    x", "  x", "    x"},
		"equal":               {"caf\u00e9", "caf\u00e9", "caf\u00e9", "caf\u00e9"},
		"nothing":             {"", "x", "", "x"},
	} {
		a, b := lookalike.Reveal(c.a, c.b)
		if a != c.wantA || b != c.wantB {
			t.Errorf("%s: got %s and %s, want %s and %s", name, strconv.Quote(a), strconv.Quote(b), strconv.Quote(c.wantA), strconv.Quote(c.wantB))
		}
	}
	long := strings.Repeat("caf\u00e9 ", 2000)
	if a, b := lookalike.Reveal(long, long+"\u200b"); a == b || !strings.HasSuffix(b, `\u200b`) {
		t.Error("long texts look the same")
	}
}

// What is revealed never looks the same, and differs only if it is the case of the
// input.
func TestRevealProperty(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ae\u00e9\u0301 \t\u00a0\u200b\u0430A\u0410\n\r\ufffd")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		x, y := text.Draw(t, "x"), text.Draw(t, "y")
		a, b := lookalike.Reveal(x, y)
		if (x == y) != (a == b) {
			t.Fatalf("%q and %q became %q and %q", x, y, a, b)
		}
		if lookalike.Same(a, b) {
			t.Fatalf("%q and %q still look the same", a, b)
		}
		if lookalike.Same(x, y) != lookalike.Same(y, x) {
			t.Fatal("not symmetric")
		}
	})
}
