package repo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
)

// Tree is a set of files to read: a working tree, a revision, the git index, or
// an [Overlay].
type Tree interface {
	// Entries lists the files, sorted by path.
	Entries(ctx context.Context) ([]Entry, error)
	// Read returns the content of a file of at most limit bytes.
	Read(ctx context.Context, path string, limit int64) ([]byte, error)
	// Describe says which state of the repository the tree shows.
	Describe() Revision
}

// Entry is one file of a tree: its slash-separated Path from the root, its Size
// in bytes (-1 if unknown until it is read), whether it is a symbolic Link, and
// the Hash by which git names the content ("" if unknown).
type Entry = git.Entry

// Revision is the state of a repository that a tree shows: the full hash of the
// Commit, whether the tree is Dirty (differs from it), the Ref as given,
// and the Kind of tree. It is zero for a tree in memory.
type Revision = git.Revision

// TopLevel returns the top folder of the git repository around a file or folder,
// in the form that config.FindRoot and config.PartOf need.
func TopLevel(path string) (string, bool) { return git.TopLevel(path) }

// TreeCloser is a tree that keeps files open until it is closed.
type TreeCloser interface {
	Tree
	io.Closer
}

// OpenWorktree opens the files below a folder as they are on disk. The folder
// needs no git repository around it.
func OpenWorktree(ctx context.Context, dir string) (TreeCloser, error) {
	t, err := git.Worktree(ctx, dir, git.Options{})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// OpenCommit opens the files below a folder as they are in a git revision: a
// branch, a tag, a hash, HEAD~1 or anything else that git resolves. Nothing is
// checked out.
func OpenCommit(ctx context.Context, dir, rev string) (TreeCloser, error) {
	t, err := git.Commit(ctx, dir, rev, git.Options{})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// OpenIndex opens the files below a folder as they are staged for the next
// commit. Its Describe names the commit that the next one follows, or "".
func OpenIndex(ctx context.Context, dir string) (TreeCloser, error) {
	t, err := git.Index(ctx, dir, git.Options{})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// OpenIndexAndParent opens the index, and the commit that the next one follows; that is
// an empty tree before the first commit. Close the index when neither is needed.
func OpenIndexAndParent(ctx context.Context, dir string) (index, parent TreeCloser, err error) {
	t, err := git.Index(ctx, dir, git.Options{})
	if err != nil {
		return nil, nil, err
	}
	p, err := t.Parent()
	switch {
	case err != nil:
		return nil, nil, errors.Join(err, t.Close())
	case p == nil:
		return t, Overlay{}, nil
	}
	return t, p, nil
}

// Overlay is a tree with some files replaced, added or, where their content is
// nil, removed. Without a Base it is a tree in memory.
type Overlay struct {
	Base  Tree
	Files map[string][]byte
}

// Entries lists the files of both, sorted by path.
func (o Overlay) Entries(ctx context.Context) ([]Entry, error) {
	var out []Entry
	if o.Base != nil {
		entries, err := o.Base.Entries(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if _, replaced := o.Files[e.Path]; !replaced {
				out = append(out, e)
			}
		}
	}
	for p, text := range o.Files {
		if text != nil {
			out = append(out, Entry{Path: p, Size: int64(len(text))})
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// Read returns the content of a file of at most limit bytes.
func (o Overlay) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	text, replaced := o.Files[path]
	switch {
	case !replaced && o.Base != nil:
		return o.Base.Read(ctx, path, limit)
	case text == nil:
		return nil, fmt.Errorf("read %s: %w", path, fs.ErrNotExist)
	case int64(len(text)) > limit:
		return nil, &git.SizeError{Path: path, Size: int64(len(text)), Limit: limit}
	}
	return text, nil
}

// Describe returns the revision of the base.
func (o Overlay) Describe() Revision {
	if o.Base != nil {
		return o.Base.Describe()
	}
	return Revision{}
}

// Close does nothing: whoever opened the base closes it.
func (o Overlay) Close() error { return nil }

// Nested lists the repositories inside the base.
func (o Overlay) Nested() []string {
	if n, ok := o.Base.(nester); ok {
		return n.Nested()
	}
	return nil
}

// WithFile returns the tree with one file replaced or added, such as by what an editor
// has not saved. Closing it closes the tree.
func WithFile(t TreeCloser, path string, text []byte) TreeCloser {
	if text == nil {
		text = []byte{}
	}
	return overlaid{Overlay{Base: t, Files: map[string][]byte{path: text}}, t}
}

// WithHidden adds specs to the working tree of a folder that a person named, and
// that are in hidden folders, with their Python files. Trees omit all others.
func WithHidden(t TreeCloser, dir string, named []string, o Options) TreeCloser {
	o = o.orDefault()
	files := map[string][]byte{}
	disk, err := os.OpenRoot(dir)
	if err != nil {
		return t
	}
	defer disk.Close()
	read := func(p string) []byte {
		name := filepath.FromSlash(p)
		info, err := disk.Stat(name)
		if err != nil || !info.Mode().IsRegular() || info.Size() > o.MaxFileBytes {
			return nil
		}
		src, err := disk.ReadFile(name)
		if err != nil {
			return nil
		}
		return src
	}
	for _, p := range named {
		if !isYAML(p) || !hidden(p) || strings.HasPrefix(p, ".git/") {
			continue
		}
		src := read(p)
		it := ReadSpec(p, src).Item
		if it == nil {
			continue
		}
		files[p] = src
		if body := it.BodyFile(); body != "" {
			if src := read(body); src != nil {
				files[body] = src
			}
		}
	}
	if len(files) == 0 {
		return t
	}
	return overlaid{Overlay{Base: t, Files: files}, t}
}

// overlaid closes its base.
type overlaid struct {
	Overlay
	base io.Closer
}

func (o overlaid) Close() error { return o.base.Close() }
