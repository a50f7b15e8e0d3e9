package sync

import (
	"slices"

	"github.com/pdac-dev/pdac/panther"
)

// UsedBy returns which entities use some others by name: the globals that their
// Python imports, the queries that they read and the rules that they combine. The
// lists are sorted.
func UsedBy(entities []panther.Entity, used map[panther.Key]bool) map[panther.Key][]panther.Key {
	if len(used) == 0 {
		return nil
	}
	b := &builder{}
	out := map[panther.Key][]panther.Key{}
	for _, e := range entities {
		for _, k := range b.references(e) {
			if used[k] && k != e.Key && !slices.Contains(out[k], e.Key) {
				out[k] = append(out[k], e.Key)
			}
		}
	}
	for _, list := range out {
		slices.SortFunc(list, panther.Key.Compare)
	}
	return out
}
