package sync

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Applied is an apply whose outcome is to be remembered.
type Applied struct {
	Plan   *Plan
	Result *Result
	// Repo holds the files that the plan was made from, and Base those of the
	// deployment before; nil for none.
	Repo *repo.Repo
	Base *Base
	// Moved says that Base isn't the one that the plan was made against.
	Moved bool
	// Live is what Panther holds now, where another apply was recorded meanwhile:
	// it tells whose write was the last one. It is nil where none was.
	Live Live
	// Root is the folder, from the top of the git repository, that the record is
	// for, and From the one from which the paths in Repo are.
	Root, From string
}

// Recorded gives the files of all that is live by pdac's hand after an apply: the
// new ones of what succeeded, and of everything else those of the deployment
// before. They never run ahead of what is live: what is unsure stays as it was.
func (a Applied) Recorded(ctx context.Context) (map[string][]byte, error) {
	only, err := ParseFilter(a.Plan.Only)
	if err != nil {
		return nil, err
	}
	var items []*repo.Item
	for _, it := range a.Repo.Items {
		if it.Deployable() {
			items = append(items, it)
		}
	}
	decoded, err := decode(ctx, items, a.Base, func(int, repo.Decoded) {})
	if err != nil {
		return nil, err
	}
	r := recorder{Applied: a, only: only, whole: contentDigest(a.Repo, planned(items, only)) == a.Plan.Content && !a.Moved,
		changes: map[panther.Key]Change{}, kept: map[panther.Key]Change{}, results: map[panther.Key]ChangeResult{}}
	for _, c := range a.Plan.Changes {
		r.changes[c.Key()] = c
	}
	for _, c := range a.Plan.Kept {
		r.kept[c.Key()] = c
	}
	for _, c := range a.Result.Changes {
		r.results[c.Key()] = c
	}
	files := fileSet{}
	stay := map[panther.Key]bool{}
	if a.Base != nil {
		for key := range a.Base.entities {
			stay[key] = true
		}
	}
	for _, key := range a.Plan.Gone {
		if k, err := panther.ParseKey(key); err == nil && !a.Moved {
			delete(stay, k)
		}
	}
	for key := range stay {
		if c, ok := r.changes[key]; ok && c.Action == Delete && r.took(key) {
			if _, again := r.Live[key]; again {
				continue // the other apply made it anew
			}
			delete(stay, key)
		}
	}
	written := map[panther.Key]bool{}
	for i, it := range items {
		if !decoded[i].OK() {
			continue
		}
		if set, ok := r.fresh(it, decoded[i].Entity); ok {
			files.put(rerooted(set, a.From, a.Root))
			delete(stay, it.Key())
			written[it.Key()] = true
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(stay), panther.Key.Compare) {
		files.put(a.before(filesOf(a.Base.Repo, a.Base.items[key])))
	}
	if a.Base != nil {
		// A newer version may have written them, and reads them again.
		for _, it := range a.Base.unread {
			if !written[it.Key()] {
				files.put(a.before(filesOf(a.Base.Repo, it)))
			}
		}
		for _, p := range a.Base.Repo.Unread {
			if text, ok := a.Base.Repo.Sources[p]; ok {
				files.put(a.before([]recordedFile{{p, text}}))
			}
		}
	}
	return files, nil
}

// before gives files of the deployment before their place in this one.
func (a Applied) before(files []recordedFile) []recordedFile {
	return rerooted(files, a.Base.Info.Root, a.Root)
}

func rerooted(files []recordedFile, from, to string) []recordedFile {
	out := slices.Clone(files)
	for i, f := range out {
		out[i].path = Reroot(f.path, from, to)
	}
	return out
}

// planned sorts items as a plan does, and leaves out those it didn't look at.
func planned(items []*repo.Item, only Filter) []*repo.Item {
	out := slices.DeleteFunc(slices.Clone(items), func(it *repo.Item) bool { return !only.matchItem(it) })
	slices.SortStableFunc(out, func(x, y *repo.Item) int { return x.Key().Compare(y.Key()) })
	return out
}

type recorder struct {
	Applied
	only Filter
	// whole says that Repo is to the byte what the plan was made from, and that
	// nothing was deployed since.
	whole   bool
	changes map[panther.Key]Change
	kept    map[panther.Key]Change
	results map[panther.Key]ChangeResult
}

// took tells whether the plan's change of an entity is live now.
func (r recorder) took(key panther.Key) bool {
	res, ok := r.results[key]
	return ok && (res.Outcome == Done || res.Outcome == Already) && !r.Result.Undone(key)
}

// fresh gives the files of an entity whose wanted state is live now.
func (r recorder) fresh(it *repo.Item, e panther.Entity) ([]recordedFile, bool) {
	key := it.Key()
	if !r.only.matchItem(it) {
		return nil, false
	}
	change, planned := r.changes[key]
	kept, keeps := r.kept[key]
	switch {
	case planned && (!r.took(key) || change.Action == Delete):
		return nil, false
	case planned && !r.whole && e.Fingerprint() != change.WantedFingerprint:
		return nil, false // other files than those that were planned
	case planned && !change.gives(e):
		return nil, false // the plan was edited, and something else was written
	case !planned && !r.whole:
		return nil, false
	case planned && r.Live != nil && !r.Live.holds(e):
		return nil, false // the other apply wrote it after us
	case keeps && (kept.Action != Update || !planned && kept.Cause == CauseAdopt):
		return nil, false
	}
	out := filesOf(r.Repo, it)
	if !keeps {
		return out, true
	}
	was, ok := r.Base.Entity(key)
	if !ok {
		return nil, false
	}
	// The repository's value of these never became live by our hand.
	var old []string
	for _, f := range kept.Fields {
		if field, _ := it.Kind.Field(f.Name); !field.Equal(was.Fields[f.Name], e.Fields[f.Name]) {
			old = append(old, f.Name)
		}
	}
	if len(old) == 0 {
		return out, true
	}
	src := repo.Source{Spec: r.Repo.Sources[it.Path], Body: r.Repo.Sources[it.BodyPath], BodyPath: it.BodyPath}
	got, err := it.WriteBack(src, was, old)
	if err != nil {
		return nil, false // the record stays behind, and the conflict is shown again
	}
	out[0].content = got.Spec
	if len(out) > 1 {
		out[1].content = got.Body
	}
	return out, true
}

// gives tells whether what the change writes is what the entity has.
func (c Change) gives(e panther.Entity) bool {
	return !slices.ContainsFunc(c.Fields, func(fc FieldChange) bool {
		f, ok := c.Kind.Field(fc.Name)
		return ok && !f.Equal(fc.After, e.Fields[fc.Name])
	})
}

// holds tells whether an entity is live as it is given.
func (l Live) holds(e panther.Entity) bool {
	have, ok := l[e.Key]
	return ok && diff.Same(e, have)
}

type recordedFile struct {
	path    string
	content []byte
}

// filesOf gives the files of an item: its spec, and its body where it has one.
func filesOf(r *repo.Repo, it *repo.Item) []recordedFile {
	out := []recordedFile{{it.Path, r.Sources[it.Path]}}
	if it.BodyPath != "" {
		out = append(out, recordedFile{it.BodyPath, r.Sources[it.BodyPath]})
	}
	return out
}

// fileSet is what a record holds.
type fileSet map[string][]byte

// put adds the files of one entity. Where another one holds a path with other
// content, as when a file was given to another entity whose change failed, they
// go to a folder of their own, together, since a spec names its body's file.
func (s fileSet) put(files []recordedFile) {
	clash := func(prefix string) bool {
		return slices.ContainsFunc(files, func(f recordedFile) bool {
			there, ok := s[prefix+f.path]
			return ok && !bytes.Equal(there, f.content)
		})
	}
	prefix := ""
	for n := 1; clash(prefix); n++ {
		prefix = fmt.Sprintf("kept-%d/", n)
	}
	for _, f := range files {
		s[prefix+f.path] = f.content
	}
}
