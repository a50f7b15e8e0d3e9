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

// Applied is an apply whose result is to be recorded.
type Applied struct {
	Plan   *Plan
	Result *Result
	// Repo contains the files of the plan, and Base those of the last
	// deployment; nil for none.
	Repo *repo.Repo
	Base *Base
	// Begun contains what an interrupted first deployment created; only without Base.
	Begun Begun
	// Moved reports that Base is not the base of the plan.
	Moved bool
	// Live contains the current live entities if another apply was recorded in
	// the meantime; they show whose write was later. Otherwise it is nil.
	Live Live
	// Root is the folder of the record, and From the folder that the paths in
	// Repo are relative to, both from the top of the git repository.
	Root, From string
	// Again is the earlier deployment that is deployed again; nil for none.
	Again *Base
}

// Recorded returns the files of the deployed entities after an apply: the new
// files of what succeeded, and those of the last deployment for everything
// else. They are never ahead of what is live: if it is unknown whether a change
// took effect, the old files are kept. The second result is what else the record
// knows of the live values.
func (a Applied) Recorded(ctx context.Context) (map[string][]byte, *Stored, error) {
	filter, err := ParseFilter(a.Plan.Only)
	if err != nil {
		return nil, nil, err
	}
	only := a.scope(filter)
	var items []*repo.Item
	for _, it := range a.Repo.Items {
		if it.Deployable() && !a.Plan.Policies.releasesItem(it) {
			items = append(items, it)
		}
	}
	decoded, err := decode(ctx, items, a.Base, func(int, repo.Decoded) {})
	if err != nil {
		return nil, nil, err
	}
	r := recorder{Applied: a, only: only, whole: contentDigest(a.Repo, planned(items, only, a.Plan.Unreadable)) == a.Plan.Content && !a.Moved,
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
	for _, key := range slices.Concat(a.Plan.Gone, a.Plan.Released) {
		if k, err := panther.ParseKey(key); err == nil && (!a.Moved || slices.ContainsFunc(k.Siblings(), r.took)) {
			delete(stay, k)
		}
	}
	for _, c := range a.Plan.Changes {
		if old, ok := c.Replaced(); ok && r.took(c.Key()) {
			if _, again := r.Live[old]; !again {
				delete(stay, old)
			}
		}
	}
	for key := range stay {
		if c, ok := r.changes[key]; ok && c.Action == Delete && r.took(key) {
			if _, again := r.Live[key]; again {
				continue // the other apply recreated it
			}
			delete(stay, key)
		}
	}
	written := map[panther.Key]bool{}
	entities := map[panther.Key]panther.Entity{}
	for i, it := range items {
		if !decoded[i].OK() {
			continue
		}
		if set, ok := r.fresh(it, decoded[i].Entity); ok {
			files.put(rerooted(set, a.From, a.Root))
			delete(stay, it.Key())
			written[it.Key()], entities[it.Key()] = true, decoded[i].Entity
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(stay), panther.Key.Compare) {
		files.put(a.before(filesOf(a.Base.Repo, a.Base.items[key])))
		entities[key] = a.Base.entities[key]
	}
	if a.Base != nil {
		// A newer version may have written them, and can read them.
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
	known := r.stored(entities, written)
	known.Origins = r.origins(entities, written)
	for _, it := range items {
		if written[it.Key()] {
			known.putSQL(it)
		}
	}
	for key := range stay {
		if !written[key] {
			known.putSQL(a.Base.items[key])
		}
	}
	return files, known, nil
}

// scope returns what the plan was limited to.
func (a Applied) scope(only Filter) scope {
	known := map[panther.Key]bool{}
	for _, it := range a.Repo.Items {
		if it.Deployable() {
			known[it.Key()] = true
		}
	}
	for _, list := range [][]Change{a.Plan.Changes, a.Plan.Kept} {
		for _, c := range list {
			if old, ok := c.Replaced(); ok {
				known[old] = true
			}
		}
	}
	return scope{only, func(k panther.Key) bool {
		return a.Base.knows(k) || known[k]
	}, a.Plan.Policies.moves()}
}

// before converts files of the last deployment to their paths in this one.
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

// planned sorts items like a plan, and drops those that the plan did not
// include.
func planned(items []*repo.Item, only scope, unreadable Unreadable) []*repo.Item {
	out := slices.DeleteFunc(slices.Clone(items), func(it *repo.Item) bool { return !only.matchItem(it) || unreadable.Has(it.Kind) })
	slices.SortStableFunc(out, func(x, y *repo.Item) int { return x.Key().Compare(y.Key()) })
	return out
}

type recorder struct {
	Applied
	only scope
	// whole reports that Repo is identical to the content of the plan, and
	// nothing was deployed since.
	whole   bool
	changes map[panther.Key]Change
	kept    map[panther.Key]Change
	results map[panther.Key]ChangeResult
}

// took reports whether the plan's change of an entity is live now.
func (r recorder) took(key panther.Key) bool {
	res, ok := r.results[key]
	return ok && (res.Outcome == Done || res.Outcome == Already) && !r.Result.Undone(key) && !r.Result.lost(key)
}

// fresh returns the files of an entity whose wanted state is live now.
func (r recorder) fresh(it *repo.Item, e panther.Entity) ([]recordedFile, bool) {
	key := it.Key()
	if !r.only.matchItem(it) || r.Plan.Unreadable.Has(it.Kind) {
		return nil, false
	}
	change, planned := r.changes[key]
	kept, keeps := r.kept[key]
	switch {
	case planned && (!r.took(key) || change.Action == Delete):
		return nil, false
	case planned && !r.whole && e.Fingerprint() != change.WantedFingerprint:
		return nil, false // the files differ from the planned ones
	case planned && !change.gives(e):
		return nil, false // the plan was edited, so something else was written
	case !planned && !r.whole:
		return nil, false
	case planned && r.Live != nil && !r.live(e):
		return nil, false // the other apply wrote it after this one
	case keeps && (kept.Action != Update || !planned && kept.unaccepted().Cause == CauseAdopt):
		return nil, false
	}
	out := filesOf(r.Repo, it)
	if !keeps {
		return out, true
	}
	was, ok := r.Base.Entity(key)
	if !ok {
		// What is accepted differs from the record, too, as it does from the repository.
		return out, len(kept.unaccepted().Fields) == 0
	}
	// These fields never got the repository's value from this apply.
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
		return nil, false // keep the old record, so the conflict is shown again
	}
	out[0].content = got.Spec
	if len(out) > 1 {
		out[1].content = got.Body
	}
	return out, true
}

// gives reports whether an entity has the values that the change writes.
func (c Change) gives(e panther.Entity) bool {
	return !slices.ContainsFunc(c.Fields, func(fc FieldChange) bool {
		f, ok := c.Kind.Field(fc.Name)
		return ok && !fc.Carried && !f.Equal(fc.After, e.Fields[fc.Name])
	})
}

// live reports whether an entity is live with these values, or with what Panther
// made of them when this apply or an earlier one sent them.
func (r recorder) live(e panther.Entity) bool {
	have, ok := r.Live[e.Key]
	res := r.results[e.Key]
	sent := r.changes[e.Key].values()
	return ok && !slices.ContainsFunc(diff.Entities(e, have), func(d diff.Field) bool {
		f, _ := e.Kind.Field(d.Name)
		if _, did := sent[d.Name]; did && res.Outcome == Done && f.Equal(res.Is.Fields[d.Name], d.Before) {
			return false
		}
		return !r.Base.asSent(e.Key, f, e.Fields[d.Name], d.Before)
	})
}

type recordedFile struct {
	path    string
	content []byte
}

// filesOf returns the files of an item: its spec, and its body if it has one.
func filesOf(r *repo.Repo, it *repo.Item) []recordedFile {
	out := []recordedFile{{it.Path, r.Sources[it.Path]}}
	if it.BodyPath != "" {
		out = append(out, recordedFile{it.BodyPath, r.Sources[it.BodyPath]})
	}
	return out
}

// fileSet is the content of a record.
type fileSet map[string][]byte

// put adds the files of an entity. If another entity has a path with different
// content, for example because a file was moved to an entity whose change
// failed, the files go to a folder of their own. They stay together, because a
// spec names its body's file.
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
