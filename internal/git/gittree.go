package git

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// GitTree is a commit or the index, as git stores it. It is safe for concurrent
// use. Close releases files and processes.
type GitTree struct {
	repo     *Repository
	entries  []Entry
	objects  map[string]fileObject
	folders  map[string]bool
	revision Revision
	nested   []string
	staged   []string
	// committed is what an index's parent holds.
	committed []fileObject
	// borrowed is set if another tree closes the repository.
	borrowed bool
}

// Commit opens the files below root as they are in a revision: a branch, a tag,
// a hash or the start of one, HEAD~1, origin/main and whatever else git knows.
// Root may be any folder of a git repository; nothing is checked out.
func Commit(ctx context.Context, root, rev string, o Options) (*GitTree, error) {
	r, err := open(root, fmt.Sprintf("revision %q", rev), false, o)
	if err != nil {
		return nil, err
	}
	commit, err := r.resolve(ctx, rev)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	files, err := ask(ctx, r, func(e engine) ([]fileObject, error) { return e.files(ctx, commit) })
	if errors.Is(err, errNoFolder) {
		err = &RevisionError{Rev: rev, noFolder: true, Reason: fmt.Sprintf("(commit %.12s) has no folder %q; name another revision or another folder", commit, r.dir)}
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return newGitTree(r, files, Revision{Commit: commit, Ref: rev, Kind: KindCommit})
}

// Index opens the files below root as they are staged for the next commit,
// without those that are only marked for later ("git add -N").
func Index(ctx context.Context, root string, o Options) (*GitTree, error) {
	r, err := open(root, "the index", false, o)
	if err != nil {
		return nil, err
	}
	rev := Revision{Kind: KindIndex}
	files, err := ask(ctx, r, func(e engine) ([]fileObject, error) { return e.staged(ctx) })
	var committed []fileObject
	if err == nil {
		committed, rev.Commit, err = r.headFiles(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	// Git keeps both in the same order.
	rev.Dirty = rev.Commit != "" && !slices.Equal(files, committed)
	t, err := newGitTree(r, files, rev)
	if err != nil {
		return nil, err
	}
	t.committed = committed
	if rev.Dirty {
		t.staged = slices.Sorted(maps.Keys(Differences(byPath(committed), byPath(files))))
	}
	return t, nil
}

// Parent returns the commit that an index follows, or nil before the first commit and for
// a tree that is no index. It uses the same open repository, so call it before the index is
// read, and don't use it after the index is closed.
func (t *GitTree) Parent() (*GitTree, error) {
	if t.revision.Kind != KindIndex || t.revision.Commit == "" {
		return nil, nil
	}
	p, err := newGitTree(t.repo, t.committed, Revision{Commit: t.revision.Commit, Ref: t.revision.Commit, Kind: KindCommit})
	if err != nil {
		return nil, err
	}
	p.borrowed = true
	return p, nil
}

func byPath(files []fileObject) map[string]fileObject {
	out := make(map[string]fileObject, len(files))
	for _, f := range files {
		out[f.path] = f
	}
	return out
}

// Differences returns what happened to the paths at which two states of files
// differ.
func Differences[V comparable](before, after map[string]V) map[string]ChangeKind {
	out := map[string]ChangeKind{}
	for path := range before {
		if _, is := after[path]; !is {
			out[path] = Deleted
		}
	}
	for path, now := range after {
		if was, there := before[path]; !there || was != now {
			out[path] = kindOf(there, true)
		}
	}
	return out
}

// headFiles lists what HEAD holds; nothing before the first commit, or where
// the folder is new.
func (r *Repository) headFiles(ctx context.Context) ([]fileObject, string, error) {
	commit, err := r.head(ctx)
	if err != nil || commit == "" {
		return nil, "", err
	}
	files, err := ask(ctx, r, func(e engine) ([]fileObject, error) { return e.files(ctx, commit) })
	if errors.Is(err, errNoFolder) {
		err = nil
	}
	return files, commit, err
}

func newGitTree(r *Repository, files []fileObject, rev Revision) (*GitTree, error) {
	t := &GitTree{repo: r, revision: rev, objects: make(map[string]fileObject, len(files)), entries: make([]Entry, 0, len(files))}
	for _, f := range files {
		// Only a forged repository has such names; git itself refuses them.
		if f.path == "" || strings.Contains("/"+f.path+"/", "//") || strings.ContainsRune(f.path, 0) {
			return nil, errors.Join(fmt.Errorf("git stores a file with the invalid name %q; don't trust this repository", f.path), r.Close())
		}
		if f.nested {
			t.nested = append(t.nested, f.path)
			continue
		}
		t.objects[f.path] = f
		t.entries = append(t.entries, Entry{Path: f.path, Size: -1, Link: f.link, Hash: f.hash})
		r.wanted = append(r.wanted, f.hash)
	}
	slices.SortFunc(t.entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	t.folders = foldersOf(t.objects)
	return t, nil
}

// Entries lists the files, sorted by path.
func (t *GitTree) Entries(ctx context.Context) ([]Entry, error) {
	return slices.Clone(t.entries), ctx.Err()
}

// Nested lists the submodules, which Entries skips, sorted.
func (t *GitTree) Nested() []string { return slices.Sorted(slices.Values(t.nested)) }

// Staged lists the paths at which the index differs from the last commit, sorted.
// It is empty for a revision.
func (t *GitTree) Staged() []string { return slices.Clone(t.staged) }

// Describe says which revision it is.
func (t *GitTree) Describe() Revision { return t.revision }

// Close releases files and processes.
func (t *GitTree) Close() error {
	if t.borrowed {
		return nil
	}
	return t.repo.Close()
}

// Read returns the content of a file of at most limit bytes, following links.
// The errors are *PathError, *LinkError and *SizeError where the file is at fault.
func (t *GitTree) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	o, err := t.find(ctx, path)
	if err != nil {
		return nil, err
	}
	return t.repo.read(ctx, path, o.hash, limit)
}

// read reads a blob and names its path in errors.
func (r *Repository) read(ctx context.Context, path, hash string, limit int64) ([]byte, error) {
	content, err := r.blob(ctx, hash, limit)
	var size *SizeError
	if errors.As(err, &size) {
		return nil, &SizeError{Path: path, Size: size.Size, Limit: limit}
	}
	if err != nil {
		return nil, fmt.Errorf("read %q from git: %w", path, err)
	}
	return content, nil
}

// find returns the object that a path names.
func (t *GitTree) find(ctx context.Context, path string) (fileObject, error) {
	if err := CheckPath(path); err != nil {
		return fileObject{}, err
	}
	if o, ok := t.objects[path]; ok && !o.link {
		return o, nil
	}
	at, err := follow(path, func(p string) (node, error) { return storedNode(ctx, t.repo, t.objects, t.folders, p) })
	return t.objects[at], err
}

// storedNode looks at a path in what git stores.
func storedNode(ctx context.Context, r *Repository, objects map[string]fileObject, folders map[string]bool, path string) (node, error) {
	o, ok := objects[path]
	switch {
	case ok && !o.link:
		return node{kind: nodeFile}, nil
	case ok:
		const maxTarget = 4096 // as on Linux
		target, err := r.read(ctx, path, o.hash, maxTarget)
		var size *SizeError
		if errors.As(err, &size) {
			return node{kind: nodeForeign, reason: "is a link whose target is too long"}, nil
		}
		return node{kind: nodeLink, target: string(target)}, err
	case folders[path]:
		return node{kind: nodeFolder}, nil
	}
	return node{kind: nodeMissing}, nil
}
