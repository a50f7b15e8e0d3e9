package deploy

import (
	"fmt"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/tree"
)

// newFile is what an entity that has no files yet gets.
type newFile struct {
	key   panther.Key
	files map[string][]byte
	// lost are the fields that a spec can't hold.
	lost []string
	err  error
}

// newFiles writes a spec for each of some entities, where their siblings are. Of
// two that Panther holds under one id, as a rule and a simple rule, only the
// first gets one: a repository names an id once.
func newFiles(r *repo.Repo, entries []tree.Entry, content repo.Options, entities []panther.Entity) []newFile {
	placer := repo.NewPlacer(r, entries, content)
	out := make([]newFile, 0, len(entities))
	claimed := map[string]string{}
	for _, it := range r.Items {
		if it.ID != "" {
			claimed[it.Type.IDKey()+"\x00"+it.ID] = it.Path
		}
	}
	for _, e := range entities {
		n := newFile{key: e.Key}
		var path string
		id := e.Kind.SpecIDKey() + "\x00" + e.ID
		if by := claimed[id]; by != "" {
			n.err = fmt.Errorf("%s %q is also the id of %s, and a repository can hold it once only; give one of the two another id", e.Kind.SpecIDKey(), e.ID, by)
			out = append(out, n)
			continue
		}
		if path, n.err = placer.Place(e); n.err == nil {
			var spec repo.NewFiles
			if spec, n.err = repo.NewSpec(e, repo.NewSpecOptions{Path: path}); n.err == nil {
				n.files, n.lost = spec.Files(), spec.Lost
				claimed[id] = path
			}
		}
		out = append(out, n)
	}
	return out
}
