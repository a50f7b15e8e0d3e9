package yamledit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"pgregory.net/rapid"
)

// TestCommentsOfWhatIsDeleted follows the rules in the package's documentation.
func TestCommentsOfWhatIsDeleted(t *testing.T) {
	for name, tc := range map[string]struct {
		src, want string
		path      yamledit.Path
	}{
		"above the first entry": {"# about all\nA: 1\nB: 2\n", "# about all\nB: 2\n", yamledit.Path{"A"}},
		"above the first entry, and parted from others": {
			"# about all\n\n# about A\nA: 1\nB: 2\n", "# about all\n\nB: 2\n", yamledit.Path{"A"}},
		"above the first entry, with a blank line between": {
			"# about all\n\nA: 1\nB: 2\n", "# about all\n\nB: 2\n", yamledit.Path{"A"}},
		"above another entry":             {"A: 1\n# about B\nB: 2\nC: 3\n", "A: 1\nC: 3\n", yamledit.Path{"B"}},
		"above, with a blank line":        {"A: 1\n# about A\n\nB: 2\nC: 3\n", "A: 1\n# about A\n\nC: 3\n", yamledit.Path{"B"}},
		"above, at another indentation":   {"A:\n  - 1\n  # about the list\nB: 2\nC: 3\n", "A:\n  - 1\n  # about the list\nC: 3\n", yamledit.Path{"B"}},
		"below, deeper by one":            {"A: 1\nB: 2\n # about B\nC: 3\n", "A: 1\nC: 3\n", yamledit.Path{"B"}},
		"below, at the same indentation":  {"A: 1\nB: 2\n# about C\nC: 3\n", "A: 1\n# about C\nC: 3\n", yamledit.Path{"B"}},
		"at the end of the line":          {"A: 1 # a\nB: 2 # b\nC: 3 # c\n", "A: 1 # a\nC: 3 # c\n", yamledit.Path{"B"}},
		"the first element on a dash":     {"L:\n  - k: 1 # a\n    l: 2 # b\n", "L:\n  - l: 2 # b\n", yamledit.Path{"L", 0, "k"}},
		"of an element":                   {"L:\n  - 1 # a\n  # about b\n  - 2 # b\n  - 3 # c\n", "L:\n  - 1 # a\n  - 3 # c\n", yamledit.Path{"L", 1}},
		"blank lines below a kept scalar": {"A: |+\n  x\nB: 1\n\nC: 2\n", "A: |+\n  x\nC: 2\n", yamledit.Path{"B"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := yamledit.Parse([]byte(tc.src))
			if err != nil {
				t.Fatal(err)
			}
			err = d.Delete(tc.path)
			if diff := cmp.Diff(tc.want, string(d.Bytes())); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestMovesKeepBlockScalars: a block scalar means the same at another place, also
// where its text there would take blank lines along, or end the document.
func TestMovesKeepBlockScalars(t *testing.T) {
	for _, src := range []string{
		"A: |+\n  x\nB: 1\n\n", "A: |\n  x\nB: 1", "B: 1\nA: |\n  x", "A: >+\n  x\n\nB: 1\n\n\n", "B: |+\n  y\n\nA: |+\n  x\n", "A: |-\n  x\n\nB: 1\n\n",
		"A: |+\n  x\nB: 1\nC: 2\n\n", "B: 1\nC: 2\nA: |\n  x", "A: >+\n  x\n\nC: 2\nB: 1\n\n\n",
	} {
		for _, order := range [][]string{{"A", "B", "C"}, {"B", "A", "C"}, {"B", "C", "A"}, {"C", "B", "A"}} {
			d, err := yamledit.Parse([]byte(src))
			if err != nil {
				t.Fatal(err)
			}
			want, err := yamlcore.Value(d.Node(nil))
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Arrange(nil, order); err != nil {
				t.Errorf("%q in the order %v: %v", src, order, err)
				continue
			}
			got, err := yamlcore.Value(d.Node(nil))
			var keys []string
			for i := 0; i < len(d.Node(nil).Content); i += 2 {
				keys = append(keys, d.Node(nil).Content[i].Value)
			}
			there := slices.DeleteFunc(slices.Clone(order), func(k string) bool { return !slices.Contains(keys, k) })
			if err != nil || !yamlcore.Equal(got, want) || !slices.Equal(keys, there) {
				t.Errorf("%q in the order %v: %q", src, order, d.Bytes())
			}
		}
	}
}

// TestWhatComesBehindABlockScalar: a text that ends without a line end keeps its
// meaning when something is written behind it.
func TestWhatComesBehindABlockScalar(t *testing.T) {
	for src, want := range map[string]string{
		"A: |\n  x":          "A: |-\n  x\nB: 1",
		"A: >\n  x":          "A: >-\n  x\nB: 1",
		"A: |+\n  x\n":       "A: |+\n  x\nB: 1\n",
		"A:\n  in: |\n    x": "A:\n  in: |-\n    x\nB: 1",
		"A: x":               "A: x\nB: 1",
	} {
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		err = d.Set(yamledit.Path{"B"}, 1)
		if diff := cmp.Diff(want, string(d.Bytes())); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", src, err, diff)
		}
	}
}

// TestTheFirstKeyOnADashMoves with its comment, and another one takes its place.
func TestTheFirstKeyOnADashMoves(t *testing.T) {
	d, err := yamledit.Parse([]byte("L:\n  - a: 1 # one\n    b: 2 # two\n    c: 3 # three\n  - d: 4\n"))
	if err != nil {
		t.Fatal(err)
	}
	err = d.Arrange(yamledit.Path{"L", 0}, []string{"b", "c", "a"})
	if diff := cmp.Diff("L:\n  - b: 2 # two\n    c: 3 # three\n    a: 1 # one\n  - d: 4\n", string(d.Bytes())); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestPlacesInLists: an index next to the list is an error, and changes nothing.
func TestPlacesInLists(t *testing.T) {
	const src = "L: [a, b]\nT: t\n"
	l := yamledit.Path{"L"}
	for name, tc := range map[string]struct {
		do   func(d *yamledit.Doc) error
		want string
	}{
		"insert at the start":        {func(d *yamledit.Doc) error { return d.Insert(l, 0, "x") }, "L: [x, a, b]\nT: t\n"},
		"insert at the end":          {func(d *yamledit.Doc) error { return d.Insert(l, 2, "x") }, "L: [a, b, x]\nT: t\n"},
		"insert behind the end":      {func(d *yamledit.Doc) error { return d.Insert(l, 3, "x") }, ""},
		"insert before the start":    {func(d *yamledit.Doc) error { return d.Insert(l, -1, "x") }, ""},
		"insert into a text":         {func(d *yamledit.Doc) error { return d.Insert(yamledit.Path{"T"}, 0, "x") }, ""},
		"move to the end":            {func(d *yamledit.Doc) error { return d.Move(l, 0, 1) }, "L: [b, a]\nT: t\n"},
		"move behind the end":        {func(d *yamledit.Doc) error { return d.Move(l, 0, 2) }, ""},
		"move before the start":      {func(d *yamledit.Doc) error { return d.Move(l, 1, -1) }, ""},
		"move what isn't there":      {func(d *yamledit.Doc) error { return d.Move(l, 2, 0) }, ""},
		"move from before the start": {func(d *yamledit.Doc) error { return d.Move(l, -1, 0) }, ""},
		"delete what isn't there":    {func(d *yamledit.Doc) error { return d.Delete(yamledit.Path{"L", 2}) }, ""},
		"delete the whole":           {func(d *yamledit.Doc) error { return d.Delete(nil) }, ""},
	} {
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		err = tc.do(d)
		want := tc.want
		if want == "" {
			want = src
		}
		var at *yamledit.Error
		if (err == nil) != (tc.want != "") || err != nil && !errors.As(err, &at) || string(d.Bytes()) != want {
			t.Errorf("%s: %v, %q", name, err, d.Bytes())
		}
	}
}

// TestNothingSharedIsChanged: what an alias elsewhere uses is not arranged or
// taken away, whatever the way to it, and the error says where it is.
func TestNothingSharedIsChanged(t *testing.T) {
	const src = "Base: &b\n  k: 1\n  l: 2\nOther: *b\nDeep:\n  in: &d {m: 1}\nLast: [*d]\n"
	for name, do := range map[string]func(d *yamledit.Doc) error{
		"arrange it":    func(d *yamledit.Doc) error { return d.Arrange(yamledit.Path{"Base"}, []string{"l", "k"}) },
		"delete it":     func(d *yamledit.Doc) error { return d.Delete(yamledit.Path{"Base"}) },
		"delete in it":  func(d *yamledit.Doc) error { return d.Delete(yamledit.Path{"Base", "k"}) },
		"delete around": func(d *yamledit.Doc) error { return d.Delete(yamledit.Path{"Deep"}) },
		"set in it":     func(d *yamledit.Doc) error { return d.Set(yamledit.Path{"Base", "k"}, 5) },
		"set around":    func(d *yamledit.Doc) error { return d.Set(yamledit.Path{"Deep"}, "x") },
	} {
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		var at *yamledit.Error
		if err := do(d); !errors.As(err, &at) || at.Line == 0 || string(d.Bytes()) != src {
			t.Errorf("%s: %v\n%s", name, err, d.Bytes())
		}
	}
	// An alias itself becomes a copy, and the anchor stays as it is.
	d, err := yamledit.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Set(yamledit.Path{"Other", "k"}, 5); err != nil || d.Node(yamledit.Path{"Base", "k"}).Value != "1" || d.Node(yamledit.Path{"Other", "k"}).Value != "5" {
		t.Errorf("%v\n%s", err, d.Bytes())
	}
}

// TestPropertyDeletesTakeWholeLines: deleting an entry of a block mapping or list leaves
// every other line as it was, and no comment of another value goes.
func TestPropertyDeletesTakeWholeLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(t, "entries")
		gone := rapid.IntRange(0, n-1).Draw(t, "gone")
		list := rapid.Bool().Draw(t, "list")
		var b, rest strings.Builder
		for i := range n {
			name := string(rune('a' + i))
			mark := name + ": "
			if list {
				mark = "- "
			}
			value := rapid.SampledFrom([]string{"word-" + name, "|\n    text " + name + "\n    more " + name, "[x" + name + ",\n   y" + name + "]", "\n    - item " + name}).Draw(t, "value")
			if list && strings.HasPrefix(value, "\n") {
				value = "word-" + name
			}
			text := "  " + mark + value + "\n"
			if i > 0 && rapid.Bool().Draw(t, "comment above") {
				text = "  # above " + name + "\n" + text
			}
			b.WriteString(text)
			if i != gone {
				rest.WriteString(text)
			}
		}
		around := func(entries string) string { return "# the whole\nTop:\n" + entries + "Rest: 1 # rest\n" }
		src := around(b.String())
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		p := yamledit.Path{"Top", gone}
		if !list {
			p = yamledit.Path{"Top", string(rune('a' + gone))}
		}
		if err := d.Delete(p); err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		if diff := cmp.Diff(around(rest.String()), string(d.Bytes())); diff != "" {
			t.Fatalf("(-want +got):\n%s\nof\n%s", diff, src)
		}
	})
}

// TestPropertyArrangeKeepsEveryLine: another order of keys has the same lines, comments
// at the ends of lines with their keys.
func TestPropertyArrangeKeepsEveryLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,5}`), 2, 5, rapid.ID).Draw(t, "keys")
		var b strings.Builder
		for _, k := range keys {
			b.WriteString("k-" + k + ": 1 # of " + k + "\n")
		}
		src := b.String()
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		order := rapid.Permutation(keys).Draw(t, "order")
		var want strings.Builder
		full := make([]string, len(order))
		for i, k := range order {
			full[i] = "k-" + k
			want.WriteString("k-" + k + ": 1 # of " + k + "\n")
		}
		if err := d.Arrange(nil, full); err != nil || string(d.Bytes()) != want.String() {
			t.Fatalf("%v\n%s\n%s", err, src, d.Bytes())
		}
	})
}
