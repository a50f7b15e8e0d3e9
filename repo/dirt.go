package repo

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
)

// headTree is a working tree that knows the content of its last commit.
type headTree interface {
	HeadHashes(ctx context.Context) (map[string]string, string, error)
}

// stagedTree is an index that knows its differences from the last commit.
type stagedTree interface{ Staged() []string }

// hasher is a tree that knows the hash function of git for its files.
type hasher interface{ SHA256() bool }

func (c *fileCache) note(p string, read readFile) {
	c.mu.Lock()
	c.read[p] = read
	c.mu.Unlock()
}

// describeDirt determines whether the content that was read differs from the
// last commit. Only content files are compared: a changed README does not
// change the plan.
func (l *loader) describeDirt(ctx context.Context, r *Repo, content []git.Entry) error {
	if index, ok := l.tree.(stagedTree); ok {
		r.Uncommitted = index.Staged()
	}
	t, ok := l.tree.(headTree)
	if !ok {
		return nil
	}
	head, commit, err := t.HeadHashes(ctx)
	if err != nil {
		// The plan works without this; only its revision is unknown.
		r.Diagnostics = append(r.Diagnostics, Diagnostic{Severity: SeverityWarning, Message: "the plan names no revision: " + err.Error()})
		return nil
	}
	r.Revision.Commit = commit
	if commit == "" {
		return nil
	}
	r.Uncommitted = l.uncommitted(head, content)
	r.Revision.Dirty = len(r.Uncommitted) > 0
	return nil
}

// is reports whether the file has a git hash.
func (f readFile) is(blob string) bool {
	return f.hash != "" && f.hash == blob || f.src != nil && git.SameBlob(f.src, blob)
}

func (l *loader) uncommitted(head map[string]string, content []git.Entry) []string {
	var out []string
	for p, f := range l.files.read {
		if !f.is(head[p]) {
			out = append(out, p)
		}
	}
	loaded := make(map[string]bool, len(content))
	for _, e := range content {
		loaded[e.Path] = true
	}
	gone := make([]git.Entry, 0)
	for p := range head {
		if isYAML(p) && !loaded[p] && !hidden(p) {
			gone = append(gone, git.Entry{Path: p})
		}
	}
	// Content files of the commit that no longer exist.
	counted, _ := l.chooser.choose(gone)
	for _, e := range counted {
		if _, here := l.files.entries[e.Path]; !here {
			out = append(out, e.Path)
		}
	}
	slices.Sort(out)
	return out
}

func hidden(p string) bool {
	return slices.ContainsFunc(strings.Split(path.Clean(p), "/"), func(s string) bool { return strings.HasPrefix(s, ".") })
}
