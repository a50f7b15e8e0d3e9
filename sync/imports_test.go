package sync

import (
	"strings"
	"testing"
)

func TestImports(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"plain", "import a\nimport b.c as d, e\nfrom f.g import h\n", "a b e f"},
		{"none", "x = 1\n", ""},
		{"a word", "x = 'import a'\n", ""},
		{"in a text block", "'''\nimport a\n'''\nimport b\n", "b"},
		{"in a comment", "# import a\nimport b\n", "b"},
		{"behind a semicolon", "x = 1; import a\n", "a"},
		{"over lines", "from a import (\n    b,\n    c,\n)\nimport d \\\n    , e\n", "a d e"},
		{"inside a function", "def f():\n    import a\n", "a"},
		{"relative", "from . import a\nfrom .b import c\n", ""},
		{"twice", "import a\nimport a.b\n", "a"},
		{"a later Python", "type X = int\nimport a\n", "a"},
		{"can't be parsed", "def f(:\nimport a, b\nfrom c.d import e\n", "a b c"},
	} {
		if got := strings.Join(imports(c.body), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		var r importReader
		for range 2 {
			if got := strings.Join(r.of(c.body), " "); got != c.want {
				t.Errorf("%s, cached: %q, want %q", c.name, got, c.want)
			}
		}
	}
}
