package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// About is what a commit says of itself.
type About struct {
	// Author and Mail are who made the change; either may be empty. Time is the
	// author's, with a resolution of seconds.
	Author, Mail string
	Time         time.Time
	// Subject is the message's first paragraph on one line, without control
	// characters, of at most 300 characters.
	Subject string
}

// Change is the commit that last changed a path.
type Change struct {
	// Commit is the full hash, or "" where Cut says why it isn't known.
	Commit string
	Kind   ChangeKind
	About
	// Cut says why the search ended before the change was found.
	Cut Cut
}

// ChangeKind is what became of a path, seen from the commit's first parent.
type ChangeKind string

// The kinds of change.
const (
	Added    ChangeKind = "added"
	Modified ChangeKind = "modified"
	Deleted  ChangeKind = "deleted"
)

// Cut is why nobody can tell which commit changed a path.
type Cut string

// The reasons. NotCut stands with a commit.
const (
	NotCut Cut = ""
	// CutShallow: the change is older than what the shallow clone holds. git
	// itself would name the clone's oldest commit, which is wrong.
	CutShallow Cut = "shallow"
	// CutLimit: MaxCommits were looked at.
	CutLimit Cut = "limit"
)

// LastChangesOptions says where to look and how far.
type LastChangesOptions struct {
	// Revision is where the search starts; "" means HEAD.
	Revision string
	// Since leaves out what that revision and the commits before it changed, as
	// "git log SINCE..REVISION" does; "" leaves out nothing.
	Since string
	// MaxCommits bounds how many commits are looked at; 0 means all. What is
	// not found by then is CutLimit.
	MaxCommits int
}

// LastChanges gives for each path the newest commit that added, changed or
// deleted it: what "git log -1 REVISION -- PATH" shows, with git's default
// simplification of history. Where a merge has the path as one of its parents
// has it, that parent's history counts; a merge that differs from all of its
// parents made the change. Renames aren't followed. Modes count.
//
// Paths are relative to root, which may be any folder of a git repository. A
// path with no change in the history is not in the answer: it was never
// committed, or only on a side whose merges left it out. Before the first commit
// the answer is empty.
//
// What isn't committed yet is no change here; Repo.Uncommitted of package repo
// and WorktreeTree.HeadHashes tell.
//
// All paths are looked for in one walk, which ends when the last one is found.
// It costs what it has to look at: a commit and the trees on the way to the
// paths that are still looked for, each read once. go-git reads them, and the git
// program where go-git can't.
//
// go-git's own Log with a file name isn't used: on panther-analysis (1,827
// commits, 138 merges) it took between 0.6 and 21 s for a single path, and in
// its default order named the wrong commit for one path of three. There, on an idle
// machine, this took 17 ms for 1 path, 59 for 10, 92 for 100, 111 for 250, 171 for
// 1,000 and 174 for all 2,493; the git program as the engine 12, 119, 236, 310,
// 359 and 402 ms. All 4,392 paths that its history ever held give what "git log -1"
// gives. BenchmarkLastChanges measures it.
func LastChanges(ctx context.Context, root string, paths []string, lo LastChangesOptions, o Options) (found map[string]Change, err error) {
	for _, p := range paths {
		if err := checkPath(p); err != nil {
			return nil, err
		}
	}
	if len(paths) == 0 {
		return map[string]Change{}, nil
	}
	r, err := openAbsolute(root, "who changed a file", o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	start, err := r.start(ctx, lo.Revision)
	if err != nil || start == "" {
		return map[string]Change{}, err
	}
	since := ""
	if lo.Since != "" {
		if since, err = r.resolve(ctx, lo.Since); err != nil {
			return nil, err
		}
	}
	edge, err := r.edge()
	if err != nil {
		return nil, err
	}
	prefix := ""
	if r.dir != "" {
		prefix = r.dir + "/"
	}
	full := make([]string, len(paths))
	for i, p := range paths {
		full[i] = prefix + p
	}
	byFull, err := ask(ctx, r, func(e engine) (out map[string]Change, err error) {
		err = e.lend(ctx, func(get getObject) error {
			w := newLastWalk(get, full, edge)
			out, err = w.run(ctx, start, since, lo.MaxCommits)
			return err
		})
		return out, err
	})
	if err != nil {
		return nil, fmt.Errorf("find out who changed %s: %w", someFiles(paths), err)
	}
	found = make(map[string]Change, len(byFull))
	for p, c := range byFull {
		found[strings.TrimPrefix(p, prefix)] = c
	}
	return found, nil
}

// Describe gives what commits say of themselves, by their full hashes. Those that
// aren't in the repository around root, and what is no commit, are left out.
func Describe(ctx context.Context, root string, commits []string, o Options) (out map[string]About, err error) {
	r, err := openAbsolute(root, "what commits say", o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	return ask(ctx, r, func(e engine) (map[string]About, error) {
		out := map[string]About{}
		err := e.lend(ctx, func(get getObject) error {
			for _, hash := range commits {
				if len(hash) != hashDigits(r.config.sha256()) || strings.Trim(hash, "0123456789abcdef") != "" {
					continue
				}
				kind, body, err := get(hash)
				if errors.Is(err, errNoObject) {
					continue
				}
				if err != nil {
					return err
				}
				if kind == "commit" {
					out[hash] = describeCommit(body)
				}
			}
			return ctx.Err()
		})
		return out, err
	})
}

func hashDigits(sha256 bool) int {
	if sha256 {
		return 64
	}
	return 40
}

func someFiles(paths []string) string {
	if len(paths) == 1 {
		return fmt.Sprintf("%q", paths[0])
	}
	return fmt.Sprintf("%d files", len(paths))
}

// start gives the commit of a revision; "" before the first commit.
func (r *repository) start(ctx context.Context, rev string) (string, error) {
	if rev == "" || rev == "HEAD" {
		return ask(ctx, r, func(e engine) (string, error) { return e.head(ctx) })
	}
	return r.resolve(ctx, rev)
}

// sortedParts gives the paths, each once, so that those of a folder stand
// together, with their parts.
func sortedParts(paths []string) [][]string {
	out := make([][]string, len(paths))
	for i, p := range paths {
		out[i] = strings.Split(p, "/")
	}
	slices.SortFunc(out, slices.Compare)
	return slices.CompactFunc(out, slices.Equal)
}
