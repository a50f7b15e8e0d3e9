package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Part is a part of a file whose origin is looked for, such as one key of a spec.
type Part struct {
	// Path is the file, relative to the root, and Name the part, as Split names it.
	// Identity is the file's part of that name; "" if it has none.
	Path, Name, Identity string
	// Now is the value at the revision, and Was an older one, at which the search
	// ends.
	Now, Was string
	// Whole asks for all commits that made Now of Was, because the value has
	// several lines; otherwise only the newest one is named.
	Whole bool
	// Renamed says to go on at the old path where the file was renamed.
	Renamed bool
}

// Origin is where the value of a part comes from.
type Origin struct {
	// Commits lists the commits that changed it, the newest first.
	Commits []Change
	// Reached reports that the search ended at Since with the same value, so that
	// no commit after it changed the part.
	Reached bool
	// Cut says why the search ended before a change was found.
	Cut Cut
}

// OriginsOptions says where to look and how far.
type OriginsOptions struct {
	// Revision is where the search starts; "" means HEAD. Since is a full hash: it
	// and its ancestors are not looked at; "" for none.
	Revision, Since string
	// MaxCommits bounds how many commits are looked at; 0 means all.
	MaxCommits int
	// MaxFileBytes bounds the size of the files that are read.
	MaxFileBytes int64
	// Split returns the parts of a file by name. The part "" identifies what is in
	// the file, if something does. It is nil if the content can't be read.
	Split func(path string, content []byte) map[string]string
	// Was reports whether a file of a hash has the value Was in all its parts that have
	// one, which saves reading it; it may be nil.
	Was func(path, blob string) bool
}

// Origins returns for each part the commits that changed it. It follows the history
// as LastChanges does, but part by part: a commit that changed the file and not the
// part is not named, and a merge only if it has lines that none of its parents has.
// A renamed file is followed if nothing of it was read before under its new name.
func Origins(ctx context.Context, root string, parts []Part, oo OriginsOptions, o Options) (out []Origin, err error) {
	out = make([]Origin, len(parts))
	for _, p := range parts {
		if err := CheckPath(p.Path); err != nil {
			return nil, err
		}
	}
	if len(parts) == 0 {
		return out, nil
	}
	r, err := open(root, "the history of files", false, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var start string
	if oo.Revision == "" || oo.Revision == "HEAD" {
		start, err = r.head(ctx)
	} else {
		start, err = r.resolve(ctx, oo.Revision)
	}
	if err != nil || start == "" {
		return out, err
	}
	return askProgram(r, func(e engine) ([]Origin, error) {
		w := &partWalk{
			ctx: ctx, e: e, prefix: r.prefix(), parts: parts, o: oo, out: make([]Origin, len(parts)),
			waiting: map[string][]search{}, visited: map[string]step{}, wanted: map[string]bool{}, met: map[met]bool{}, ended: map[int]bool{}, split: map[string]map[string]string{},
		}
		if err := w.run(start); err != nil {
			return nil, fmt.Errorf("find who changed %s: %w", countFiles(len(w.wanted)), err)
		}
		return w.out, nil
	})
}

// search is a search for the origin of one part that waits for a commit.
type search struct {
	part int
	// path is where the file is in the commit that is waited for, from the top of
	// the repository.
	path string
	// value is the value to explain.
	value string
	// blame is a later commit that made the value unless it is found earlier: the
	// content in between can't be read.
	blame string
}

// partWalk looks for the origins of many parts at once.
type partWalk struct {
	ctx    context.Context
	e      engine
	prefix string
	parts  []Part
	o      OriginsOptions
	out    []Origin

	waiting map[string][]search
	visited map[string]step
	wanted  map[string]bool
	met     map[met]bool
	// ended contains the parts whose old value was found.
	ended map[int]bool
	split map[string]map[string]string
}

func (w *partWalk) run(start string) error {
	for i, p := range w.parts {
		full := w.prefix + p.Path
		w.wanted[full] = true
		w.waiting[start] = append(w.waiting[start], search{part: i, path: full, value: p.Now})
	}
	if start != w.o.Since {
		r := stepRange{start: start, since: w.o.Since, limit: w.o.MaxCommits}
		err := w.e.steps(w.ctx, r, w.wanted, func(s step) (bool, error) {
			w.visited[s.hash] = s
			err := w.visit(s)
			return len(w.waiting) > 0, err
		})
		if err != nil {
			return err
		}
	}
	for hash, searches := range w.waiting {
		for _, s := range searches {
			o := &w.out[s.part]
			switch {
			case s.blame != "":
				w.found(s.part, s.blame)
			case hash == w.o.Since && len(o.Commits) == 0:
				o.Reached = true
			case w.o.Since == "" && len(o.Commits) == 0:
				o.Cut = CutLimit
			}
		}
	}
	for i := range w.out {
		// Without an end these are all the commits of the part, not those after Was.
		if list := w.out[i].Commits; w.o.Since == "" && !w.ended[i] && len(list) > 1 {
			w.out[i].Commits = list[:1]
		}
	}
	return w.describe()
}

// visit decides for each search that waits for a commit whether the commit changed
// the part, and at which parents to go on.
func (w *partWalk) visit(s step) error {
	searches := w.waiting[s.hash]
	delete(w.waiting, s.hash)
	if len(searches) == 0 {
		return nil
	}
	if s.cut {
		for _, at := range searches {
			if at.blame != "" {
				w.found(at.part, at.blame)
			} else if len(w.out[at.part].Commits) == 0 {
				w.out[at.part].Cut = CutShallow
			}
		}
		return nil
	}
	var paths []string
	for _, at := range searches {
		paths = append(paths, at.path)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	differs := make([]map[string]bool, len(s.parents))
	for i := range s.parents {
		list, err := s.differ(i, slices.Clone(paths))
		if err != nil {
			return err
		}
		differs[i] = make(map[string]bool, len(list))
		for _, p := range list {
			differs[i][p] = true
		}
	}
	for _, at := range searches {
		if err := w.step(s, at, differs); err != nil {
			return err
		}
	}
	for _, p := range s.parents {
		if parent, early := w.visited[p]; early {
			if err := w.visit(parent); err != nil {
				return err
			}
		}
	}
	return nil
}

// side is the value of a part in a parent of a commit.
type side struct {
	path, value string
	// broken says that the content can't be read, was that it is the value Was.
	broken, was bool
}

func (w *partWalk) step(s step, at search, differs []map[string]bool) error {
	part := w.parts[at.part]
	var sides []side
	for i, parent := range s.parents {
		if !differs[i][at.path] {
			if at.blame == "" {
				w.wait(parent, at)
				return nil
			}
			sides = append(sides, side{path: at.path, broken: true})
			continue
		}
		v, err := w.side(s, i, at)
		if err != nil {
			return err
		}
		if !v.broken && v.value == at.value && !v.was {
			w.wait(parent, search{part: at.part, path: v.path, value: at.value})
			return nil
		}
		sides = append(sides, v)
	}
	blame := cmp.Or(at.blame, s.hash)
	if len(sides) == 0 && at.value == "" && at.blame == "" {
		return nil // it was never there
	}
	if len(sides) == 1 && sides[0].broken {
		w.wait(s.parents[0], search{part: at.part, path: sides[0].path, value: at.value, blame: blame})
		return nil
	}
	if len(sides) < 2 || !part.Whole || !joined(at.value, sides) {
		w.found(at.part, blame)
	}
	for i, v := range sides {
		switch {
		case v.was || !v.broken && v.value == part.Was:
			w.ended[at.part] = true
		case part.Whole && !v.broken && v.value != "" && len(w.out[at.part].Commits) < maxOrigins:
			w.wait(s.parents[i], search{part: at.part, path: v.path, value: v.value})
		}
	}
	return nil
}

// wait makes a search wait for a commit. The sides of a merge may meet again at one
// commit.
func (w *partWalk) wait(hash string, at search) {
	if w.parts[at.part].Whole {
		key := met{hash, at.path, at.blame, at.part}
		if w.met[key] {
			return
		}
		w.met[key] = true
	}
	w.waiting[hash] = append(w.waiting[hash], at)
}

type met struct {
	hash, path, blame string
	part              int
}

// maxOrigins is the maximum number of commits of one part.
const maxOrigins = 20

func (w *partWalk) found(part int, commit string) {
	o := &w.out[part]
	if !slices.ContainsFunc(o.Commits, func(c Change) bool { return c.Commit == commit }) {
		o.Commits = append(o.Commits, Change{Commit: commit})
	}
}

// side reads a part in a parent whose file differs.
func (w *partWalk) side(s step, parent int, at search) (side, error) {
	part := w.parts[at.part]
	blob, err := s.before(parent, at.path)
	if err != nil {
		return side{}, err
	}
	v := side{path: at.path}
	if blob == "" && part.Renamed {
		if v.path, blob, err = w.renamed(s, parent, at); err != nil {
			return side{}, err
		}
	}
	switch {
	case blob == "":
		v.path = at.path
		return v, nil
	case w.o.Was != nil && part.Was != "" && part.Now != part.Was && w.o.Was(strings.TrimPrefix(v.path, w.prefix), blob):
		v.value, v.was = part.Was, true
		return v, nil
	}
	parts, err := w.read(v.path, blob)
	v.value, v.broken = parts[part.Name], parts == nil
	return v, err
}

// read returns the parts of a file that git stores; nil if they can't be read.
func (w *partWalk) read(full, blob string) (map[string]string, error) {
	key := blob + " " + full
	if parts, ok := w.split[key]; ok {
		return parts, nil
	}
	content, err := w.e.blob(w.ctx, blob, w.o.MaxFileBytes)
	var large *SizeError
	if err != nil && !errors.As(err, &large) {
		return nil, err
	}
	var parts map[string]string
	if err == nil {
		parts = w.o.Split(strings.TrimPrefix(full, w.prefix), content)
	}
	w.split[key] = parts
	return parts, nil
}

// describe adds what the commits say about themselves.
func (w *partWalk) describe() error {
	about := map[string]LogEntry{}
	for i := range w.out {
		list := w.out[i].Commits
		for j, c := range list {
			entry, known := about[c.Commit]
			if !known {
				var err error
				if entry, err = w.e.commit(w.ctx, c.Commit); err != nil {
					return err
				}
				about[c.Commit] = entry
			}
			list[j].About = entry.About
		}
		slices.SortStableFunc(list, func(a, b Change) int {
			return about[b.Commit].Committed.Compare(about[a.Commit].Committed)
		})
	}
	return nil
}
