package sync_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// A filter matches what one of its patterns alone matches, also where many sorted ones
// are searched.
func TestManyPatterns(t *testing.T) {
	id := rapid.StringOfN(rapid.SampledFrom([]rune("ab./*?{[")), 1, 3, -1)
	kind := rapid.SampledFrom([]string{"rule", "policy", "*", "query"})
	pattern := rapid.Custom(func(t *rapid.T) string { return kind.Draw(t, "kind") + "/" + id.Draw(t, "id") })
	rapid.Check(t, func(t *rapid.T) {
		texts := slices.DeleteFunc(rapid.SliceOfN(pattern, 1, 12).Draw(t, "patterns"), func(p string) bool {
			_, err := sync.ParseFilter([]string{p})
			return err != nil
		})
		if rapid.Bool().Draw(t, "sorted") {
			slices.Sort(texts)
		}
		if len(texts) == 0 {
			t.Skip("no valid pattern")
		}
		all, err := sync.ParseFilter(texts)
		if err != nil {
			t.Fatal(err)
		}
		keys := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) panther.Key {
			return panther.Key{Kind: rapid.SampledFrom([]panther.Kind{panther.Rule, panther.Policy, panther.Query}).Draw(t, "kind"), ID: id.Draw(t, "id")}
		}), 1, 12).Draw(t, "keys")
		for _, k := range keys {
			want := slices.ContainsFunc(texts, func(p string) bool {
				one, _ := sync.ParseFilter([]string{p})
				return one.MatchKey(k)
			})
			if got := all.MatchKey(k); got != want {
				t.Fatalf("%s by %s: got %v, want %v", k, strings.Join(texts, " "), got, want)
			}
		}
		exact := sync.Exactly(keys)
		for _, k := range keys {
			if !exact.MatchKey(k) {
				t.Fatalf("%s is not matched by the filter of all keys", k)
			}
			if other := (panther.Key{Kind: panther.Global, ID: k.ID}); exact.MatchKey(other) {
				t.Fatalf("%s is matched", other)
			}
		}
	})
}
