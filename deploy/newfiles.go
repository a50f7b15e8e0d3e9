package deploy

import (
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

// newFiles writes a spec for each of some entities, where their siblings are.
func newFiles(r *repo.Repo, entries []tree.Entry, content repo.Options, entities []panther.Entity) []newFile {
	placer := repo.NewPlacer(r, entries, content)
	out := make([]newFile, 0, len(entities))
	for _, e := range entities {
		n := newFile{key: e.Key}
		var path string
		if path, n.err = placer.Place(e); n.err == nil {
			var spec repo.NewFiles
			if spec, n.err = repo.NewSpec(e, repo.NewSpecOptions{Path: path}); n.err == nil {
				n.files, n.lost = spec.Files(), spec.Lost
			}
		}
		out = append(out, n)
	}
	return out
}
