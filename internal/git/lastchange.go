package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Change is the commit that last changed a path.
type Change struct {
	// Commit is the full hash, or "" if it is unknown for the reason in Cut.
	Commit string
	Kind   ChangeKind
	About
	// Cut says why the search ended before the change was found.
	Cut Cut
}

// ChangeKind is what happened to a path, compared with the commit's first parent.
type ChangeKind string

// The kinds of change.
const (
	Added    ChangeKind = "added"
	Modified ChangeKind = "modified"
	Deleted  ChangeKind = "deleted"
)

// Cut is why it is unknown which commit changed a path.
type Cut string

// The reasons.
const (
	// NotCut is set with a commit.
	NotCut Cut = ""
	// CutShallow: the change is older than what the shallow clone holds. git
	// itself would name the clone's oldest commit, which is wrong.
	CutShallow Cut = "shallow"
	// CutLimit: the change is older than the newest MaxCommits commits.
	CutLimit Cut = "limit"
)

// LastChangesOptions says where to look and how far.
type LastChangesOptions struct {
	// Revision is where the search starts; "" means HEAD.
	Revision string
	// MaxCommits bounds how many commits are looked at; 0 means all. What is
	// not found by then is CutLimit.
	MaxCommits int
}

// LastChanges returns for each path the newest commit that added, changed or
// deleted it: what "git log -1 REVISION -- PATH" shows, with git's default
// simplification of history. If one parent of a merge has the path as the merge
// has it, the search goes on at that parent; a merge that differs from all of its
// parents made the change. Renames aren't followed. Modes count.
//
// Paths are relative to root, which may be any folder of a git repository. A
// path with no change in the history is not in the result: it was never
// committed, or only on a side whose merges dropped it. Before the first commit
// the result is empty. Uncommitted changes don't count.
//
// All paths are looked for together, in one list of what each commit changed,
// which ends when the last path is found. BenchmarkLastChanges measures it.
func LastChanges(ctx context.Context, root string, paths []string, lo LastChangesOptions, o Options) (found map[string]Change, err error) {
	for _, p := range paths {
		if err := CheckPath(p); err != nil {
			return nil, err
		}
	}
	if len(paths) == 0 {
		return map[string]Change{}, nil
	}
	r, err := open(root, "the history of files", false, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var start string
	if lo.Revision == "" || lo.Revision == "HEAD" {
		start, err = r.head(ctx)
	} else {
		start, err = r.resolve(ctx, lo.Revision)
	}
	if err != nil || start == "" {
		return map[string]Change{}, err
	}
	prefix := ""
	if r.dir != "" {
		prefix = r.dir + "/"
	}
	full := make([]string, len(paths))
	for i, p := range paths {
		full[i] = prefix + p
	}
	slices.Sort(full)
	full = slices.Compact(full)
	byFull, err := askProgram(r, func(e engine) (map[string]Change, error) {
		return lastChanges(ctx, e, start, full, lo.MaxCommits)
	})
	if err != nil {
		return nil, fmt.Errorf("find the last changes of %s: %w", countFiles(len(paths)), err)
	}
	found = make(map[string]Change, len(byFull))
	for p, c := range byFull {
		found[strings.TrimPrefix(p, prefix)] = c
	}
	return found, nil
}

// step is a commit and what it changed.
type step struct {
	hash    string
	parents []string
	// cut says that the parents aren't in this shallow clone.
	cut bool
	// differ returns those of some paths at which the commit differs from one of
	// its parents, by number, or from nothing if it has no parents.
	differ func(parent int, paths []string) ([]string, error)
	// kind says what the commit did to a path at which it differs.
	kind func(path string) (ChangeKind, error)
	// before returns the hash of the file that a parent has at a path at which the
	// commit differs from it; "" for none.
	before func(parent int, path string) (string, error)
	// removed returns files that a parent has and the commit lacks, up to a limit.
	removed func(parent int) ([]fileObject, error)
}

// stepRange says which commits to visit.
type stepRange struct {
	start string
	// since is a commit that is not visited, nor are its ancestors; "" for none.
	since string
	limit int
}

// maxRemoved is how many removed files of a commit are looked at.
const maxRemoved = 1000

// lastWalk looks for the last changes of many paths at once.
//
// Git's default simplification makes the history of one path a chain: at every
// commit either some parent has the path as the commit has it, and then only the
// first such parent matters, or the commit is the answer. So the order in which
// commits are visited doesn't matter. A commit that comes before one of its
// children, as happens when clocks are wrong, is kept for the paths that reach it
// later.
type lastWalk struct {
	// waiting are the paths to look for at commits that haven't been visited yet.
	waiting map[string][]string
	visited map[string]step
	out     map[string]Change
}

func lastChanges(ctx context.Context, e engine, start string, paths []string, limit int) (map[string]Change, error) {
	w := &lastWalk{waiting: map[string][]string{start: paths}, visited: map[string]step{}, out: map[string]Change{}}
	wanted := make(map[string]bool, len(paths))
	for _, path := range paths {
		wanted[path] = true
	}
	err := e.steps(ctx, stepRange{start: start, limit: limit}, wanted, func(s step) (bool, error) {
		w.visited[s.hash] = s
		err := w.visit(s)
		return len(w.waiting) > 0, err
	})
	if err != nil {
		return nil, err
	}
	for _, paths := range w.waiting {
		w.cut(paths, CutLimit)
	}
	about := map[string]About{}
	for p, c := range w.out {
		if c.Commit == "" {
			continue
		}
		if _, known := about[c.Commit]; !known {
			commit, err := e.commit(ctx, c.Commit)
			if err != nil {
				return nil, err
			}
			about[c.Commit] = commit.About
		}
		c.About = about[c.Commit]
		w.out[p] = c
	}
	return w.out, nil
}

// visit decides for each path that waits for a commit whether the commit changed
// it, or which parent it waits for next.
func (w *lastWalk) visit(s step) error {
	paths := w.waiting[s.hash]
	delete(w.waiting, s.hash)
	if len(paths) == 0 {
		return nil
	}
	if s.cut {
		w.cut(paths, CutShallow)
		return nil
	}
	if len(s.parents) == 0 {
		var err error
		if paths, err = s.differ(0, paths); err != nil {
			return err
		}
	}
	for i, p := range s.parents {
		differ, err := s.differ(i, paths)
		if err != nil {
			return err
		}
		if len(differ) < len(paths) {
			changed := make(map[string]bool, len(differ))
			for _, path := range differ {
				changed[path] = true
			}
			for _, path := range paths {
				if !changed[path] {
					w.waiting[p] = append(w.waiting[p], path)
				}
			}
			if parent, early := w.visited[p]; early {
				if err := w.visit(parent); err != nil {
					return err
				}
			}
		}
		if paths = differ; len(paths) == 0 {
			return nil
		}
	}
	for _, path := range paths {
		kind, err := s.kind(path)
		if err != nil {
			return err
		}
		w.out[path] = Change{Commit: s.hash, Kind: kind}
	}
	return nil
}

func (w *lastWalk) cut(paths []string, why Cut) {
	for _, p := range paths {
		w.out[p] = Change{Cut: why}
	}
}

func kindOf(was, is bool) ChangeKind {
	switch {
	case !is:
		return Deleted
	case !was:
		return Added
	}
	return Modified
}
