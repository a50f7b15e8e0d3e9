package diff_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/diff"
)

func list(words ...any) []any { return words }

func TestSets(t *testing.T) {
	for name, c := range map[string]struct {
		before, after  any
		added, removed []string
	}{
		"nothing on either side":    {nil, nil, nil, nil},
		"order means nothing":       {list("a", "b"), list("b", "a"), nil, nil},
		"repetitions mean nothing":  {list("a"), list("a", "a"), nil, nil},
		"from nothing, sorted":      {nil, list("c", "a", "b"), []string{"a", "b", "c"}, nil},
		"to nothing":                {list("b", "a"), list(), nil, []string{"a", "b"}},
		"both":                      {list("a", "b"), list("b", "c"), []string{"c"}, []string{"a"}},
		"what is no text is passed": {list("a", nil, true), "a", nil, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			added, removed := diff.Sets(c.before, c.after)
			if d := cmp.Diff(c.added, added); d != "" {
				t.Errorf("added (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.removed, removed); d != "" {
				t.Errorf("removed (-want +got):\n%s", d)
			}
		})
	}
}

func TestSetMaps(t *testing.T) {
	before := map[string]any{"CIS": list("1.1", "1.2"), "MITRE ATT&CK": list("TA0001"), "Same": list("x", "y"), "Void": list()}
	after := map[string]any{"CIS": list("1.2", "1.3"), "NIST": list("b", "a"), "Same": list("y", "x")}
	want := []diff.SetChange{
		{Name: "CIS", Added: []string{"1.3"}, Removed: []string{"1.1"}},
		{Name: "MITRE ATT&CK", Removed: []string{"TA0001"}},
		{Name: "NIST", Added: []string{"a", "b"}},
	}
	if d := cmp.Diff(want, diff.SetMaps(before, after)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := diff.SetMaps(nil, nil); got != nil {
		t.Errorf("got %v for nothing", got)
	}
	if len(before) != 4 || len(after) != 3 {
		t.Error("the maps were changed")
	}
}
