package yamlcore

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// TestFormsOfNumbers compares the forms with the regular expressions of YAML 1.2's core schema.
func TestFormsOfNumbers(t *testing.T) {
	for pattern, is := range map[string]func(string) bool{
		`^[-+]?[0-9]+$`: isInt,
		`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`: isFloat,
		`^0o[0-7]+$`:       func(s string) bool { return isBased(s, "0o", "01234567") },
		`^0x[0-9a-fA-F]+$`: func(s string) bool { return isBased(s, "0x", "0123456789abcdefABCDEF") },
	} {
		form := regexp.MustCompile(pattern)
		rapid.Check(t, func(t *rapid.T) {
			s := rapid.StringOfN(rapid.RuneFrom([]rune("01789.eE+-oxafG\n é")), 0, 8, -1).Draw(t, "text")
			if got, want := is(s), form.MatchString(s); got != want {
				t.Fatalf("%q: %v, want %v for %s", s, got, want, pattern)
			}
		})
		rapid.Check(t, func(t *rapid.T) {
			if s := rapid.StringMatching(pattern).Draw(t, "text"); !is(s) {
				t.Fatalf("%q is not of the form %s", s, pattern)
			}
		})
	}
}
