package yamledit_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/internal/yamlgen"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// paths lists every place of a document, and which of them hold scalars.
func paths(y *yaml.Node, p yamledit.Path, scalar func(yamledit.Path), collection func(yamledit.Path, *yaml.Node)) {
	add := func(step any) yamledit.Path { return append(p[:len(p):len(p)], step) }
	switch y.Kind {
	case yaml.ScalarNode:
		scalar(p)
	case yaml.SequenceNode:
		collection(p, y)
		for i, c := range y.Content {
			paths(c, add(i), scalar, collection)
		}
	case yaml.MappingNode:
		collection(p, y)
		for i := 0; i+1 < len(y.Content); i += 2 {
			paths(y.Content[i+1], add(y.Content[i].Value), scalar, collection)
		}
	}
}

func allThere(t *rapid.T, comments []string, was, is string) {
	for _, c := range comments {
		// "# note1" begins "# note10" too.
		if n := strings.Count(is+"\n", c) - strings.Count(is, c+"0") - tens(is, c); n != 1 {
			t.Fatalf("the comment %q occurs %d times\n%s\n%s", c, n, was, is)
		}
	}
}

func tens(s, c string) int {
	n := 0
	for d := '1'; d <= '9'; d++ {
		n += strings.Count(s, c+string(d))
	}
	return n
}

// TestEveryCommentSurvives: setting one scalar, or adding a key or an element,
// takes no comment away; a scalar of one line changes one line.
func TestEveryCommentSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src, _, comments := document(t)
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		var scalars, lists, maps []yamledit.Path
		paths(d.Node(nil), nil, func(p yamledit.Path) { scalars = append(scalars, p) }, func(p yamledit.Path, y *yaml.Node) {
			if len(y.Content) == 0 {
				return // what is in the brackets of an empty one goes with them
			}
			if y.Kind == yaml.SequenceNode {
				lists = append(lists, p)
			} else {
				maps = append(maps, p)
			}
		})
		before := strings.Count(src, "\n")
		switch how := rapid.IntRange(0, 2).Draw(t, "how"); {
		case how == 0 && len(scalars) > 0:
			p := rapid.SampledFrom(scalars).Draw(t, "path")
			_, span, _ := d.Span(p)
			old := src[span.Start:span.End]
			err = d.Set(p, yamlgen.Words.Draw(t, "to"))
			if now := string(d.Bytes()); err == nil && !strings.Contains(old, "\n") && strings.Count(now, "\n") == before {
				oneLine(t, src, now)
			}
		case how == 1 && len(lists) > 0:
			p := rapid.SampledFrom(lists).Draw(t, "path")
			i := rapid.IntRange(0, len(d.Node(p).Content)).Draw(t, "index")
			err = d.Insert(p, i, yamlgen.Value(2).Draw(t, "value"))
		case len(maps) > 0:
			p := rapid.SampledFrom(maps).Draw(t, "path")
			key := "fresh key"
			err = d.Set(append(p[:len(p):len(p)], key), yamlgen.Value(2).Draw(t, "value"), yamledit.Place{Order: []string{key, "A", "B", "C"}})
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		allThere(t, comments, src, string(d.Bytes()))
	})
}

func oneLine(t *rapid.T, a, b string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	n := 0
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			n++
		}
	}
	if n > 1 {
		t.Fatalf("%d lines changed\n%s\n%s", n, a, b)
	}
}

// TestOperations: each operation does to the value what it says.
func TestOperations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src, _, _ := document(t)
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		var lists, maps []yamledit.Path
		paths(d.Node(nil), nil, func(yamledit.Path) {}, func(p yamledit.Path, y *yaml.Node) {
			if len(y.Content) > 0 && y.Kind == yaml.SequenceNode {
				lists = append(lists, p)
			} else if len(y.Content) > 0 {
				maps = append(maps, p)
			}
		})
		how := rapid.IntRange(0, 3).Draw(t, "how")
		if how < 2 && len(lists) > 0 {
			p := rapid.SampledFrom(lists).Draw(t, "list")
			was := yamlValue(t, d, p).([]any)
			i := rapid.IntRange(0, len(was)-1).Draw(t, "from")
			want := append([]any{}, was[:i]...)
			want = append(want, was[i+1:]...)
			if how == 0 {
				err = d.Delete(append(p[:len(p):len(p)], i))
			} else {
				j := rapid.IntRange(0, len(was)-1).Draw(t, "to")
				want = append(want[:j], append([]any{was[i]}, want[j:]...)...)
				err = d.Move(p, i, j)
			}
			if got := yamlValue(t, d, p); err != nil || !yamlcore.Equal(got, want) {
				t.Fatalf("%v %v\n%s\n%s", err, want, src, d.Bytes())
			}
			return
		}
		p := rapid.SampledFrom(maps).Draw(t, "map")
		was := yamlValue(t, d, p).(map[string]any)
		key := rapid.SampledFrom(yamlgen.SortedKeys(was)).Draw(t, "key")
		want := clone(was)
		if how == 2 {
			delete(want, key)
			err = d.Delete(append(p[:len(p):len(p)], key))
		} else {
			order := rapid.Permutation(yamlgen.SortedKeys(was)).Draw(t, "order")
			err = d.Arrange(p, order)
			if err == nil {
				for i, k := range order {
					if got := d.Node(p).Content[2*i].Value; got != k {
						t.Fatalf("key %d is %q, want %q\n%s\n%s", i, got, k, src, d.Bytes())
					}
				}
			}
		}
		if got := yamlValue(t, d, p); err != nil || !yamlcore.Equal(got, want) {
			t.Fatalf("%v %v\n%s\n%s", err, want, src, d.Bytes())
		}
	})
}

func yamlValue(t *rapid.T, d *yamledit.Doc, p yamledit.Path) any {
	v, err := yamlcore.Value(d.Node(p))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
