package yamledit_test

import (
	"testing"

	"github.com/pdac-dev/pdac/internal/yamledit"
)

// TestSpan: keys and values are found to the byte whatever comes before them
// on the line, or above it.
func TestSpan(t *testing.T) {
	for _, tc := range []struct {
		name, src  string
		p          yamledit.Path
		key, value string
	}{
		{"plain", "a: b # c\n", yamledit.Path{"a"}, "a", "b"},
		{"after characters of several bytes", "日本: {é: ü, \"k\": 'v'}\n", yamledit.Path{"日本", "k"}, `"k"`, "'v'"},
		{"after a tab", "a:\tb\t# c\n", yamledit.Path{"a"}, "a", "b"},
		{"CRLF", "x: y\r\na: b\r\n", yamledit.Path{"a"}, "a", "b"},
		{"byte-order mark", "\xef\xbb\xbfa: b\n", yamledit.Path{"a"}, "a", "b"},
		{"version line", "%YAML 1.2\n---\na: b\n", yamledit.Path{"a"}, "a", "b"},
		{"Unicode line break in a comment", "x: y # c\u2028a: b\n", yamledit.Path{"a"}, "a", "b"},
		{"Unicode line break in quotes", "x: \"y\u2028 z\"\na: b\n", yamledit.Path{"a"}, "a", "b"},
		{"several lines of plain text", "a: b\n  c\n\n  d # e\nf: g\n", yamledit.Path{"a"}, "a", "b\n  c\n\n  d"},
		{"several lines in quotes", "a: 'b\n  ''c''\n  d' # e\n", yamledit.Path{"a"}, "a", "'b\n  ''c''\n  d'"},
		{"escapes", `a: "b\"c\\" # d` + "\n", yamledit.Path{"a"}, "a", `"b\"c\\"`},
		{"block scalar", "a: |  # c\n\n  b\n   d\n\n# e\nf: g\n", yamledit.Path{"a"}, "a", "|  # c\n\n  b\n   d"},
		{"block scalar that keeps", "a: |+\n  b\n\nf: g\n", yamledit.Path{"a"}, "a", "|+\n  b\n"},
		{"explicit indentation", "a:\n  b: >2-\n      c\n    d\n  e: f\n", yamledit.Path{"a", "b"}, "b", ">2-\n      c\n    d"},
		{"list not indented", "a:\n- b\n- c\nd: e\n", yamledit.Path{"a"}, "a", "- b\n- c"},
		{"list in a list", "a:\n- - b\n  - c\n", yamledit.Path{"a", 0, 1}, "", "c"},
		{"mapping in a list", "- a: b\n  c: {d: e}\n", yamledit.Path{0, "c", "d"}, "d", "e"},
		{"flow over lines", "a: [\n  b, # c, ]\n  d,\n]\n", yamledit.Path{"a"}, "a", "[\n  b, # c, ]\n  d,\n]"},
		{"anchor and tag", "a: &x !!str b\nc: *x\n", yamledit.Path{"a"}, "a", "&x !!str b"},
		{"alias", "a: &x b\nc: *x # d\n", yamledit.Path{"c"}, "c", "*x"},
		{"nothing", "a:   # c\nb: d\n", yamledit.Path{"a"}, "a", ""},
		{"JSON", `{"a":{"b":[1,2]}}`, yamledit.Path{"a", "b"}, `"b"`, "[1,2]"},
		{"question mark", "? a\n: b\nc: d\n", yamledit.Path{"a"}, "a", "b"},
	} {
		d, err := yamledit.Parse([]byte(tc.src))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		key, value, ok := d.Span(tc.p)
		if k, v := tc.src[key.Start:key.End], tc.src[value.Start:value.End]; !ok || k != tc.key || v != tc.value {
			t.Errorf("%s: %q and %q (%v), want %q and %q", tc.name, k, v, ok, tc.key, tc.value)
		}
	}
}
