package yamlcore

import (
	"regexp"
	"testing"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// TestTextsOfNumbers: the JSON text of every number is a JSON number of the same value.
func TestTextsOfNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[-+]?(\.[0-9]{1,20}|[0-9]{1,25}(\.[0-9]{0,20})?)([eE][-+]?[0-9]{1,3})?|0o[0-7]{1,9}|0x[0-9a-fA-F]{1,9}`).Draw(t, "number")
		got, err := DecodeJSON([]byte(numberText(&yaml.Node{Kind: yaml.ScalarNode, Value: s})))
		if err != nil || got != plain(s) {
			t.Fatalf("%s: %v (%v), want %v", s, got, err, plain(s))
		}
	})
}

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
