package yamledit_test

import (
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"gopkg.in/yaml.v3"
)

// FuzzSet edits any text that can be read: each edit either is made and holds,
// or is refused and changes nothing. It never panics.
func FuzzSet(f *testing.F) {
	for _, s := range []string{
		"a: 1\n", "a: &x [1]\nb: *x\n", "? a\n: b", "<<: {a: b}\nc: d", "- - - a\n- b", "a: |+\n  x\n\n\nb: >-\n  y\n  z", "{a: b, c: [d, e], }",
		"a: 'x\n  y'\nb: \"\\\n  z\"", "\xef\xbb\xbf%YAML 1.2\n---\na: b\n...\n", "a:\r\n- b # c\r\n# d\r\n- e", "a: é\u2028b\nc: d", "? |\n  k\n: - v\n  - w", "!!map {a: !!str b}",
		"a: [\n  b, # c\n  d,\n]\n", "a:\n\n  # c\n\n  b: 1\n   # e\n", "\"a\" : b\n'c':   d", "a: b: c", "x:\n  |\n   y\n", "- # c\n  a: 1\n  b:\n  - 2\n",
	} {
		f.Add([]byte(s), "v", uint8(0))
	}
	f.Fuzz(func(t *testing.T, src []byte, s string, which uint8) {
		if len(src) > 4096 {
			return
		}
		d, err := yamledit.Parse(src)
		if err != nil || d.Node(nil) == nil {
			return
		}
		if string(d.Bytes()) != string(src) {
			t.Fatalf("%q is %q before any edit", src, d.Bytes())
		}
		var all []yamledit.Path
		paths(d.Node(nil), nil, func(p yamledit.Path) { all = append(all, p) }, func(p yamledit.Path, _ *yaml.Node) { all = append(all, p) })
		p := all[int(which)%len(all)]
		for i, edit := range []func() error{
			func() error { return d.Set(p, s) },
			func() error { return d.Set(p, []any{s, true}) },
			func() error { return d.Set(append(p[:len(p):len(p)], "new"), s) },
			func() error { return d.Delete(p) },
			func() error { return d.Insert(p, 0, s) },
			func() error { return d.Arrange(p, []string{"c", "b", "a"}) },
		} {
			before := string(d.Bytes())
			if err := edit(); err != nil {
				if string(d.Bytes()) != before {
					t.Fatalf("edit %d was refused (%v) and changed %q to %q", i, err, before, d.Bytes())
				}
				continue
			}
			if i == 0 {
				got, err := yamlcore.Value(d.Node(p))
				if err != nil || got != s {
					t.Fatalf("%s of %q is %v (%v), want %q: %q", p, before, got, err, s, d.Bytes())
				}
			}
			if d.Node(nil) == nil {
				return
			}
		}
	})
}
