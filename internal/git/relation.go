package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Relation is how the histories of two commits, ours and theirs, relate.
type Relation struct {
	// Has says that theirs is ours or one of its ancestors.
	Has bool
	// Bases are the best common ancestors; none if the histories are unrelated.
	Bases []string
	// Ours are the commits that ours has and theirs lacks, and Theirs the others,
	// the newest first.
	Ours, Theirs []string
	// Missing are those of the two commits that the repository lacks, and Cut the
	// commits in their histories at which a shallow clone ends. If there are any,
	// the relation is unknown.
	Missing, Cut []string
}

// Known says that the histories are complete enough for an answer.
func (r Relation) Known() bool { return r.Has || len(r.Missing)+len(r.Cut) == 0 }

// maxOneSided bounds how many commits of one side are listed.
const maxOneSided = 1_000

// Relate compares the histories of two commits, given by their full hashes.
func (r *Repository) Relate(ctx context.Context, ours, theirs string) (Relation, error) {
	for _, hash := range []string{ours, theirs} {
		if !isFullHash(hash) {
			return Relation{}, fmt.Errorf("%q is not the full hash of a commit", OneLine(hash, 80))
		}
	}
	if ours == theirs {
		return Relation{Has: true, Bases: []string{ours}}, nil
	}
	for _, hash := range []string{ours, theirs} {
		_, err := ask(ctx, r, func(e engine) (LogEntry, error) { return e.commit(ctx, hash) })
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return Relation{}, ctx.Err()
		case errors.Is(err, ErrNoObject) || r.isShallow():
			return Relation{Missing: []string{hash}}, nil
		default:
			return Relation{}, fmt.Errorf("read commit %.12s: %w", hash, err)
		}
	}
	edge, err := r.edge()
	if err != nil {
		return Relation{}, err
	}
	return askProgram(r, func(e engine) (Relation, error) { return e.relate(ctx, ours, theirs, edge) })
}

func (p *program) relate(ctx context.Context, ours, theirs string, edge map[string]bool) (Relation, error) {
	list := func(args ...string) ([]string, error) {
		out, err := p.run(ctx, noLazyFetch, nil, args...)
		return strings.Fields(out), err
	}
	bases, err := list("merge-base", "--all", ours, theirs)
	var failed *programError
	if errors.As(err, &failed) && failed.said == "" {
		bases, err = nil, nil // git answers with 1 if there are none
	}
	if err != nil {
		return Relation{}, err
	}
	has := slices.Contains(bases, theirs)
	switch {
	case has:
	case !slices.Contains(bases, ours) && len(edge) > 0:
		// What is cut off may hold theirs, or a better base.
		all, err := list("rev-list", ours, theirs, "--")
		if err != nil {
			return Relation{}, err
		}
		if cut := slices.DeleteFunc(all, func(hash string) bool { return !edge[hash] }); len(cut) > 0 {
			return Relation{Cut: cut}, nil
		}
	}
	limit := fmt.Sprintf("--max-count=%d", maxOneSided)
	out := Relation{Has: has, Bases: bases}
	if out.Ours, err = list("rev-list", limit, ours, "^"+theirs, "--"); err == nil {
		out.Theirs, err = list("rev-list", limit, theirs, "^"+ours, "--")
	}
	return out, err
}

// relate visits both histories as a whole.
func (l *library) relate(ctx context.Context, ours, theirs string, edge map[string]bool) (Relation, error) {
	parents := map[string][]string{}
	read := func(start string) (order []string, cut []string, err error) {
		err = l.log(ctx, start, 0, func(c LogEntry) (bool, error) {
			if edge[c.Hash] && len(c.Parents) > 0 {
				cut = append(cut, c.Hash)
				c.Parents = nil
			}
			parents[c.Hash] = c.Parents
			order = append(order, c.Hash)
			return true, nil
		})
		return order, cut, err
	}
	here, cut, err := read(ours)
	if err != nil {
		return Relation{}, err
	}
	has := slices.Contains(here, theirs)
	there, theirCut, err := read(theirs)
	if err != nil {
		return Relation{}, err
	}
	cut = append(cut, theirCut...)
	if !has && !slices.Contains(there, ours) && len(cut) > 0 {
		slices.Sort(cut)
		return Relation{Cut: slices.Compact(cut)}, nil
	}
	of := func(list []string) map[string]bool {
		out := make(map[string]bool, len(list))
		for _, hash := range list {
			out[hash] = true
		}
		return out
	}
	inOurs, inTheirs := of(here), of(there)
	without := func(list []string, other map[string]bool) []string {
		out := slices.DeleteFunc(slices.Clone(list), func(hash string) bool { return other[hash] })
		return out[:min(len(out), maxOneSided)]
	}
	out := Relation{Has: has, Ours: without(here, inTheirs), Theirs: without(there, inOurs)}
	// A common commit is a best one unless it is an ancestor of another.
	worse := map[string]bool{}
	for _, hash := range here {
		if inTheirs[hash] {
			for _, p := range parents[hash] {
				worse[p] = true
			}
		}
	}
	for _, hash := range here {
		if inTheirs[hash] && !worse[hash] {
			out.Bases = append(out.Bases, hash)
		}
	}
	return out, nil
}

// Touching returns those of some commits that changed one of some paths, which are
// relative to the folder of the repository, in the order given.
func (r *Repository) Touching(ctx context.Context, commits, paths []string) ([]string, error) {
	if len(commits) == 0 || len(paths) == 0 {
		return nil, nil
	}
	full := make([]string, len(paths))
	wanted := make(map[string]bool, len(paths))
	for i, p := range paths {
		if full[i] = p; r.dir != "" {
			full[i] = r.dir + "/" + p
		}
		wanted[full[i]] = true
	}
	want := make(map[string]bool, len(commits))
	for _, hash := range commits {
		want[hash] = true
	}
	return askProgram(r, func(e engine) ([]string, error) {
		found := map[string]bool{}
		err := e.steps(ctx, stepRange{start: commits[0]}, wanted, func(s step) (bool, error) {
			if !want[s.hash] {
				return len(want) > 0, nil
			}
			delete(want, s.hash)
			for i := range max(1, len(s.parents)) {
				differ, err := s.differ(i, slices.Clone(full))
				if err != nil {
					return false, err
				}
				found[s.hash] = found[s.hash] || len(differ) > 0
			}
			return len(want) > 0, nil
		})
		return slices.DeleteFunc(slices.Clone(commits), func(hash string) bool { return !found[hash] }), err
	})
}

// Commits reads commits by their full hashes; it ignores those that the repository
// lacks.
func (r *Repository) Commits(ctx context.Context, hashes []string) (map[string]LogEntry, error) {
	return ask(ctx, r, func(e engine) (map[string]LogEntry, error) {
		out := make(map[string]LogEntry, len(hashes))
		for _, hash := range hashes {
			if len(hash) != r.HashLen() || !isHex(hash) {
				continue
			}
			c, err := e.commit(ctx, hash)
			switch {
			case err == nil:
				out[hash] = c
			case !errors.Is(err, ErrNoObject) && !errors.Is(err, errNotCommit):
				return nil, err
			}
		}
		return out, ctx.Err()
	})
}

// Edge returns the commits at which a shallow clone cuts off the history of some
// commits, sorted. Commits that the repository lacks are ignored.
func (r *Repository) Edge(ctx context.Context, commits ...string) ([]string, error) {
	edge, err := r.edge()
	if err != nil || len(edge) == 0 {
		return nil, err
	}
	var out []string
	for _, start := range commits {
		if have, err := r.Commits(ctx, []string{start}); err != nil {
			return nil, err
		} else if len(have) == 0 {
			continue
		}
		err := r.Log(ctx, start, 0, func(c LogEntry) (bool, error) {
			if c.Cut {
				out = append(out, c.Hash)
			}
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
