package yamledit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
)

func TestReindent(t *testing.T) {
	for _, tc := range []struct{ name, src, want string }{
		{"two spaces below each key",
			"a:\n    b: 1\n    c:\n        - x\n        - y: 2\n          z: 3\n",
			"a:\n  b: 1\n  c:\n    - x\n    - y: 2\n      z: 3\n"},
		{"dashes at their key's column",
			"a:\n- x\n-   y: 2\n    z: 3\n- - n\n  - m\n",
			"a:\n  - x\n  - y: 2\n    z: 3\n  - - n\n    - m\n"},
		{"comments go with what follows them",
			"# top\na:\n      # of b\n      b: 1 # behind\n\n      # of c\n      c: 2\n# the end\n",
			"# top\na:\n  # of b\n  b: 1 # behind\n\n  # of c\n  c: 2\n# the end\n"},
		{"block texts keep their own indentation",
			"a:\n      b: |\n            one\n              two\n\n            three\n      c: >-\n       folded\n       text\n",
			"a:\n  b: |\n    one\n      two\n\n    three\n  c: >-\n    folded\n    text\n"},
		{"a block text that says its indentation keeps it",
			"a:\n    b: |2\n        two deeper\n      one\n",
			"a:\n  b: |2\n      two deeper\n    one\n"},
		{"plain, quoted and flow values of several lines",
			"a:\n     b: one\n        two\n     c: \"three\n\n       four\"\n     d: [x,\n        y, {z: 'it''s ]'}]\n     e: 5\n",
			"a:\n  b: one\n     two\n  c: \"three\n\n    four\"\n  d: [x,\n     y, {z: 'it''s ]'}]\n  e: 5\n"},
		{"line ends of Windows",
			"a:\r\n    b: 1\r\n",
			"a:\r\n  b: 1\r\n"},
		{"values on lines of their own",
			"a:\n    -\n        b: 1\n    -\n        - c\nd:\n    e\n",
			"a:\n  -\n    b: 1\n  -\n    - c\nd:\n  e\n"},
		{"what is right stays", "a:\n  - b: 1\n    c: {d: 2}\n", "a:\n  - b: 1\n    c: {d: 2}\n"},
		{"no document", "# nothing\n", "# nothing\n"},
		{"two documents are none of ours", "a:\n    b: 1\n---\nc: 2\n", "a:\n    b: 1\n---\nc: 2\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := yamledit.Reindent([]byte(tc.src))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again, err := yamledit.Reindent(got); err != nil || string(again) != string(got) {
				t.Errorf("a second time it gives %q, %v", again, err)
			}
		})
	}
	if _, err := yamledit.Reindent([]byte("a: [\n")); err == nil || !strings.Contains(err.Error(), "line 1, column 4") {
		t.Errorf("of what is no YAML: %v", err)
	}
}

// FuzzReindent: what comes out means the same, and only spaces differ.
func FuzzReindent(f *testing.F) {
	for _, s := range []string{"a:\n    b: 1\n", "- - a\n-   b: |\n      c\n    # d\n", "a: 'b\n\n  c' # d\ne: [f,\n g]\n", "? a\n: - b\n", "a: &x\n    b: 1\nc: *x\n", "a:\n\t- b\n", "|\n a\n  b\n", "é:\n    ü: [ß]\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got, err := yamledit.Reindent(src)
		if err != nil {
			return
		}
		was, err := yamlcore.DecodeText(string(src))
		if err != nil {
			return // such as several documents
		}
		if is, err := yamlcore.DecodeText(string(got)); err != nil || !yamlcore.Equal(was, is) {
			t.Fatalf("%q became %q (%v)", src, got, err)
		}
		if strip(string(src)) != strip(string(got)) {
			t.Fatalf("%q became %q", src, got)
		}
	})
}

func strip(s string) string { return strings.NewReplacer(" ", "", "\t", "").Replace(s) }
