package glob_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/glob"
)

func TestCheck(t *testing.T) {
	for pattern, want := range map[string]string{
		"rules/**/aws_*.yml":        "",
		"{a,b,{c,d}}*[{,]\\{":       "",
		"{a,b":                      "is not valid",
		"[a":                        "is not valid",
		strings.Repeat("{a,b}", 9):  "",
		strings.Repeat("{a,a}", 10): "has more than 1000 combinations of its {…}",
		strings.Repeat("{a,", 2) + "{" + strings.Repeat("b,", 1100) + "}}}": "has more than 1000 combinations of its {…}",
		strings.Repeat("{a,", 200) + "b" + strings.Repeat("}", 200):         "",
		strings.Repeat("a", 5000): "has more than 4096 bytes",
	} {
		got := ""
		if err := glob.Check(pattern); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.40s: got %q, want %q", pattern, got, want)
		}
	}
}

// A pattern of 60 alternatives in a row would be tried in 2^60 ways.
func TestMatchEnds(t *testing.T) {
	if glob.Match(strings.Repeat("{a,a}", 60)+"b", strings.Repeat("a", 60)) || !glob.Match("{a,b}/**", "b/c/d") || glob.Match("[a", "[a") {
		t.Error("wrong matches")
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("rules/{a,b}/**/[!x]?.yml", "rules/a/b/c/yy.yml")
	f.Add("{a,{b,c}d}*", "bd")
	f.Add("[{,]}{a\\,b,c}", ",}c")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		err := glob.Check(pattern)
		if err != nil && err.Error() == "" {
			t.Error("an error that says nothing")
		}
		if glob.Match(pattern, text) && err != nil {
			t.Errorf("%q matches and %v", pattern, err)
		}
	})
}
