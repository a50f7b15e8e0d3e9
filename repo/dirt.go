package repo

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo/tree"
)

// headTree is a working tree that knows what its last commit holds.
type headTree interface {
	HeadHashes(ctx context.Context) (map[string]string, string, error)
}

func (c *fileCache) note(p string, src []byte) {
	c.mu.Lock()
	c.read[p] = src
	c.mu.Unlock()
}

// describeDirt finds out whether what was read differs from the last commit.
// Only files that count are looked at: a changed README makes no other plan.
func (l *loader) describeDirt(ctx context.Context, r *Repo, content []tree.Entry) error {
	t, ok := l.tree.(headTree)
	if !ok {
		return nil
	}
	head, commit, err := t.HeadHashes(ctx)
	if err != nil {
		// The plan is as good without; its revision is just unknown.
		r.Diagnostics = append(r.Diagnostics, Diagnostic{Severity: SeverityWarning, Message: "the plan names no revision: " + err.Error()})
		return nil
	}
	r.Revision.Commit = commit
	if commit == "" {
		return nil
	}
	r.Uncommitted = map[string]bool{}
	for p, src := range l.files.read {
		if !tree.SameBlob(src, head[p]) {
			r.Uncommitted[p] = true
		}
	}
	gone, err := l.removed(head, content)
	for _, p := range gone {
		r.Uncommitted[p] = true
	}
	r.Revision.Dirty = err != nil || len(r.Uncommitted) > 0
	return nil
}

// removed lists the files of the last commit that would count and are gone.
func (l *loader) removed(head map[string]string, content []tree.Entry) ([]string, error) {
	loaded := make(map[string]bool, len(content))
	for _, e := range content {
		loaded[e.Path] = true
	}
	gone := make([]tree.Entry, 0)
	for p := range head {
		if isYAML(p) && !loaded[p] && !hidden(p) {
			gone = append(gone, tree.Entry{Path: p})
		}
	}
	// What the commit had and would count as content, but is here no more.
	counted, _, _, err := choose(gone, l.opts)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range counted {
		if _, here := l.files.entries[e.Path]; !here {
			out = append(out, e.Path)
		}
	}
	return out, nil
}

func hidden(p string) bool {
	return slices.ContainsFunc(strings.Split(path.Clean(p), "/"), func(s string) bool { return strings.HasPrefix(s, ".") })
}
