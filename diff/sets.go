package diff

import (
	"maps"
	"slices"
)

// Sets compares two lists of strings as sets and returns what was added and
// removed, sorted. Values are in the JSON model; nil is the empty set.
func Sets(before, after any) (added, removed []string) {
	b, a := words(before), words(after)
	return without(a, b), without(b, a)
}

// SetChange is what was added to and removed from one set in a map of sets.
type SetChange struct {
	Name           string
	Added, Removed []string
}

// SetMaps compares two maps of sets and returns the sets that differ, by name.
// A missing set is empty.
func SetMaps(before, after any) []SetChange {
	b, _ := before.(map[string]any)
	a, _ := after.(map[string]any)
	names := slices.AppendSeq(slices.Collect(maps.Keys(b)), maps.Keys(a))
	slices.Sort(names)
	var out []SetChange
	for _, name := range slices.Compact(names) {
		added, removed := Sets(b[name], a[name])
		if len(added)+len(removed) > 0 {
			out = append(out, SetChange{name, added, removed})
		}
	}
	return out
}

func words(v any) map[string]bool {
	list, _ := v.([]any)
	out := make(map[string]bool, len(list))
	for _, e := range list {
		if s, ok := e.(string); ok {
			out[s] = true
		}
	}
	return out
}

func without(of, other map[string]bool) []string {
	var out []string
	for w := range of {
		if !other[w] {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}
