package git

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// GitTree is a commit or the index, as git stores it. It is safe for concurrent
// use. Close lets go of files and of the git program; who doesn't call it keeps
// them until the process ends.
type GitTree struct {
	repo     *repository
	entries  []Entry
	objects  map[string]fileObject
	folders  map[string]bool
	revision Revision
	nested   []string
	staged   []string
}

// Commit opens the files below root as they are in a revision: a branch, a tag,
// a hash or the start of one, HEAD~1, origin/main and whatever else git knows.
// Root may be any folder of a git repository, in which nothing is checked out.
func Commit(ctx context.Context, root, rev string, o Options) (*GitTree, error) {
	r, err := openAbsolute(root, fmt.Sprintf("revision %q", rev), o)
	if err != nil {
		return nil, err
	}
	commit, err := r.resolve(ctx, rev)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	files, err := ask(ctx, r, func(e engine) ([]fileObject, error) { return e.files(ctx, commit) })
	if errors.Is(err, errNoFolder) {
		err = &RevisionError{Rev: rev, Reason: fmt.Sprintf("(commit %.12s) has no folder %q; name a revision that has it, or another folder", commit, r.dir)}
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return newGitTree(r, files, Revision{Commit: commit, Ref: rev, Kind: KindCommit})
}

// Index opens the files below root as they are staged for the next commit. It
// has no file that is only marked for later ("git add -N").
func Index(ctx context.Context, root string, o Options) (*GitTree, error) {
	r, err := openAbsolute(root, "the index", o)
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
		return nil, errors.Join(err, r.close())
	}
	// Git keeps both in the same order.
	rev.Dirty = rev.Commit != "" && !slices.Equal(files, committed)
	t, err := newGitTree(r, files, rev)
	if err == nil && rev.Dirty {
		t.staged = unlike(files, committed)
	}
	return t, err
}

// unlike lists the files that two lists don't have alike, sorted.
func unlike(a, b []fileObject) []string {
	in := func(list []fileObject) map[string]fileObject {
		out := make(map[string]fileObject, len(list))
		for _, f := range list {
			out[f.path] = f
		}
		return out
	}
	as, bs := in(a), in(b)
	var out []string
	for path, f := range as {
		if other, ok := bs[path]; !ok || other != f {
			out = append(out, path)
		}
	}
	for path := range bs {
		if _, ok := as[path]; !ok {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

func openAbsolute(root, want string, o Options) (*repository, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("find the folder %q: %w", root, err)
	}
	return openRepository(abs, want, o)
}

// headFiles lists what HEAD holds; nothing before the first commit, or where
// the folder is new.
func (r *repository) headFiles(ctx context.Context) ([]fileObject, string, error) {
	commit, err := ask(ctx, r, func(e engine) (string, error) { return e.head(ctx) })
	if err != nil || commit == "" {
		return nil, "", err
	}
	files, err := ask(ctx, r, func(e engine) ([]fileObject, error) { return e.files(ctx, commit) })
	if errors.Is(err, errNoFolder) {
		err = nil
	}
	return files, commit, err
}

func newGitTree(r *repository, files []fileObject, rev Revision) (*GitTree, error) {
	t := &GitTree{repo: r, revision: rev, objects: make(map[string]fileObject, len(files)), entries: make([]Entry, 0, len(files))}
	for _, f := range files {
		// Only a forged repository has such names; git itself refuses them.
		if f.path == "" || strings.Contains("/"+f.path+"/", "//") || strings.ContainsRune(f.path, 0) {
			return nil, errors.Join(fmt.Errorf("git stores a file with the impossible name %q; don't trust this repository", f.path), r.close())
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

// Nested lists the submodules, which Entries passes over, sorted.
func (t *GitTree) Nested() []string { return slices.Sorted(slices.Values(t.nested)) }

// Staged lists the files of the index that the last commit hasn't as they are
// staged, or that it has and the index hasn't, sorted. It is empty for a revision.
func (t *GitTree) Staged() []string { return slices.Clone(t.staged) }

// Describe says which revision it is.
func (t *GitTree) Describe() Revision { return t.revision }

// Close lets go of files and of the git program.
func (t *GitTree) Close() error { return t.repo.close() }

// Read gives the content of a file of at most limit bytes, which a link may
// stand for. The errors are *PathError, *LinkError and *SizeError where the
// file is at fault.
func (t *GitTree) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	o, err := t.find(ctx, path)
	if err != nil {
		return nil, err
	}
	return t.repo.read(ctx, path, o.hash, limit)
}

// read names the path in what is wrong with a blob.
func (r *repository) read(ctx context.Context, path, hash string, limit int64) ([]byte, error) {
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

// find gives the object that a path stands for.
func (t *GitTree) find(ctx context.Context, path string) (fileObject, error) {
	if err := checkPath(path); err != nil {
		return fileObject{}, err
	}
	if o, ok := t.objects[path]; ok && !o.link {
		return o, nil
	}
	at, err := follow(path, func(p string) (node, error) { return storedNode(ctx, t.repo, t.objects, t.folders, p) })
	return t.objects[at], err
}

// storedNode looks at a path in what git stores.
func storedNode(ctx context.Context, r *repository, objects map[string]fileObject, folders map[string]bool, path string) (node, error) {
	o, ok := objects[path]
	switch {
	case ok && !o.link:
		return node{kind: nodeFile}, nil
	case ok:
		const longestTarget = 4096 // as on Linux
		target, err := r.read(ctx, path, o.hash, longestTarget)
		var size *SizeError
		if errors.As(err, &size) {
			return node{kind: nodeForeign, reason: "is a link with an impossibly long target"}, nil
		}
		return node{kind: nodeLink, target: string(target)}, err
	case folders[path]:
		return node{kind: nodeFolder}, nil
	}
	return node{kind: nodeMissing}, nil
}
