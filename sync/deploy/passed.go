package deploy

import (
	"context"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/sync"
)

// passed reports whether a deployment that changes nothing must be recorded all the
// same, because commits since the last one have changed the content and another one
// has changed it back. Without a record of that, the job of a commit in between that
// ends later would count as newer.
func (w *writer) passed(ctx context.Context) bool {
	if w.last == nil || w.rollback != nil || w.named || len(w.plan.Only) > 0 || !w.result.OK() || w.result.Count(sync.Held) > 0 {
		return false
	}
	here, was := w.plan.Revision, w.last.Revision
	if here == was || here == "" || was == "" || dirty(here) || dirty(was) {
		return false
	}
	if own, err := w.store.Commits(ctx, []string{here}); err != nil || slices.Contains(own[here].Parents, was) {
		return false // nothing is in between
	}
	rel, err := w.store.Relate(ctx, w.o.Remote, here, was)
	if err != nil || !rel.Has || len(rel.Ours) < 2 {
		return false
	}
	var folders []string
	for path := range w.repo.Sources {
		top, _, _ := strings.Cut(path, "/")
		folders = append(folders, top)
	}
	slices.Sort(folders)
	touching, err := w.store.Touching(ctx, rel.Ours, slices.Compact(folders))
	return err == nil && len(touching) > 1
}
