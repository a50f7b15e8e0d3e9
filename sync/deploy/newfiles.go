package deploy

import (
	"errors"
	"fmt"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// newFile contains the new files of an entity.
type newFile struct {
	key   panther.Key
	files map[string][]byte
	// lost lists the fields that a spec can't express.
	lost []string
	err  error
}

// newFiles creates a spec for each entity, next to similar ones.
func newFiles(r *repo.Repo, entries []git.Entry, content repo.Options, entities []panther.Entity) []newFile {
	placer := repo.NewPlacer(r, entries, content)
	// In Panther kinds may share an id; in specs some may not.
	type space struct{ key, id string }
	holder := map[space]string{}
	for _, it := range r.Items {
		holder[space{it.Type.IDKey(), it.ID}] = it.Path
	}
	out := make([]newFile, 0, len(entities))
	for _, e := range entities {
		n := newFile{key: e.Key}
		if why := e.GarbledReason(); why != "" {
			n.err = errors.New(why)
			out = append(out, n)
			continue
		}
		var path string
		id := space{e.Kind.SpecIDKey(), e.ID}
		if other, taken := holder[id]; taken {
			n.err = fmt.Errorf("%s %q is already the id of %s, and no two specs may share an id; delete one of the two in Panther, or give it another id", id.key, e.ID, other)
			out = append(out, n)
			continue
		}
		if path, n.err = placer.Place(e); n.err == nil {
			var spec repo.NewFiles
			if spec, n.err = repo.NewSpec(e, repo.NewSpecOptions{Path: path}); n.err == nil {
				n.files, n.lost = spec.Files(), spec.Lost
				holder[id] = path
			}
		}
		out = append(out, n)
	}
	return out
}
