package yamledit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamledit"
)

// TestListsKeepTheirCommentsOnce: the text of an element, with its comments, comes
// to stand at one place, however often its value is wanted.
func TestListsKeepTheirCommentsOnce(t *testing.T) {
	word := func(w string) any { return map[string]any{"k": w} }
	for name, tc := range map[string]struct {
		src, want string
		to        []any
	}{
		"an element twice": {
			"Tags:\n  - a # one\n  - b # two\n", "Tags:\n  - a # one\n  - b # two\n  - a\n", []any{"a", "b", "a"}},
		"twice in a row": {
			"Tags:\n  # above\n  - a # one\n", "Tags:\n  # above\n  - a # one\n  - a\n", []any{"a", "a"}},
		"moved, and wanted twice": {
			"Tags:\n  - k: a # one\n  - k: b # two\n  - k: c # three\n", "Tags:\n  - k: c # three\n  - k: a # one\n  - k: c\n  - k: b # two\n",
			[]any{word("c"), word("a"), word("c"), word("b")}},
		"turned round": {
			"Tags:\n  - k: a # one\n  - k: b # two\n  - k: c # three\n", "Tags:\n  - k: c # three\n  - k: b # two\n  - k: a # one\n",
			[]any{word("c"), word("b"), word("a")}},
		"texts turned round": {
			"Tags:\n  - a # one\n  - b # two\n  - c # three\n", "Tags:\n  - c # three\n  - b # two\n  - a # one\n", []any{"c", "b", "a"}},
		"one goes and one comes": {
			"Tags:\n  - a # one\n  - b # two\n", "Tags:\n  - b # two\n  - c\n", []any{"b", "c"}},
		"the first goes to the end and another one takes its place": {
			"Tags:\n  - a # one\n  - b # two\n  - c # three\n  - d # four\n", "Tags:\n  - e\n  - b # two\n  - c # three\n  - a # one\n", []any{"e", "b", "c", "a"}},
		"the last comes first and another one takes its place": {
			"Tags:\n  - a # one\n  - b # two\n  - c # three\n  - d # four\n", "Tags:\n  - d # four\n  - b # two\n  - c # three\n  - e\n", []any{"d", "b", "c", "e"}},
		"one becomes another": {
			"Tags:\n  - a # one\n  - b # two\n  - c # three\n", "Tags:\n  - a # one\n  - d # two\n  - c # three\n", []any{"a", "d", "c"}},
		"two of one value, and one is left": {
			"Tags:\n  - a # one\n  - b # two\n  - a # three\n", "Tags:\n  - b # two\n  - a # three\n", []any{"b", "a"}},
		"flow, twice": {
			"Tags: [a, b]\n", "Tags: [a, b, a]\n", []any{"a", "b", "a"}},
		"mappings twice": {
			"Tags:\n  - k: 1 # one\n    l: 2 # two\n", "Tags:\n  - k: 1 # one\n    l: 2 # two\n  - k: 1\n    l: 2\n",
			[]any{map[string]any{"k": 1, "l": 2}, map[string]any{"k": 1, "l": 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := yamledit.Parse([]byte(tc.src))
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Set(yamledit.Path{"Tags"}, tc.to); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(d.Bytes())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
