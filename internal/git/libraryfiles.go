package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/pdac-dev/pdac/internal/readfile"
)

func (l *library) files(ctx context.Context, commit string) (out []fileObject, err error) {
	err = l.with(ctx, func(s *store) error {
		c, err := object.GetCommit(s, plumbing.NewHash(commit))
		if err != nil {
			return err
		}
		at := c.TreeHash
		if l.dir != "" {
			for part := range strings.SplitSeq(l.dir, "/") {
				t, err := s.getTree(at)
				if err != nil {
					return err
				}
				i := slices.IndexFunc(t.Entries, func(e object.TreeEntry) bool { return e.Name == part && e.Mode == filemode.Dir })
				if i < 0 {
					return errNoFolder
				}
				at = t.Entries[i].Hash
			}
		}
		out, err = walkTree(ctx, s, at, "", nil, l.budget("the commit", commit))
		return err
	})
	return out, err
}

func walkTree(ctx context.Context, s *store, at plumbing.Hash, dir string, out []fileObject, b *budget) ([]fileObject, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t, err := s.getTree(at)
	if err != nil {
		return nil, err
	}
	for _, e := range t.Entries {
		p := dir + e.Name
		if err := b.spend(p); err != nil {
			return nil, err
		}
		switch {
		case strings.HasPrefix(e.Name, "."):
		case e.Mode == filemode.Dir:
			if out, err = walkTree(ctx, s, e.Hash, p+"/", out, b); err != nil {
				return nil, err
			}
		default:
			out = append(out, fileObject{path: p, hash: e.Hash.String(), link: e.Mode == filemode.Symlink, nested: e.Mode == filemode.Submodule})
		}
	}
	return out, nil
}

func (l *library) staged(ctx context.Context) ([]fileObject, error) {
	entries, err := l.readIndex(ctx, l.index)
	if err != nil {
		return nil, err
	}
	var out []fileObject
	var conflicts []string
	for _, e := range entries {
		switch {
		case e.stage != 0:
			conflicts = append(conflicts, e.path)
		case !e.later:
			out = append(out, e.fileObject)
		}
	}
	return out, conflict(conflicts)
}

func (l *library) skipped(ctx context.Context) ([]fileObject, error) {
	entries, err := l.readIndex(ctx, filepath.Join(l.gitDir, "index"))
	if err != nil {
		return nil, err
	}
	var out []fileObject
	for _, e := range entries {
		if e.skip && e.stage == 0 {
			out = append(out, e.fileObject)
		}
	}
	return out, nil
}

// indexEntry is a file of the index, with the flags that matter here.
type indexEntry struct {
	fileObject
	stage int
	// later is what "git add -N" marks; skip what a sparse checkout omits.
	later, skip bool
}

func (l *library) readIndex(ctx context.Context, file string) (out []indexEntry, err error) {
	text, err := readfile.Bounded(file, maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nothing was ever staged
	}
	if err != nil {
		return nil, fmt.Errorf("read the git index: %w", err)
	}
	var idx index.Index
	err = l.with(ctx, func(*store) error { return index.NewDecoder(bytes.NewReader(text)).Decode(&idx) })
	// With index.skipHash git writes no checksum.
	if errors.Is(err, index.ErrInvalidChecksum) && bytes.HasSuffix(text, make([]byte, 20)) {
		err = nil
	}
	if errors.Is(err, index.ErrUnknownExtension) {
		return nil, l.oddIndex(err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the git index: %w", err)
	}
	for _, e := range idx.Entries {
		p, ok := l.below(e.Name)
		if !ok || hidden(p) {
			continue
		}
		out = append(out, indexEntry{
			fileObject: fileObject{path: p, hash: e.Hash.String(), link: e.Mode == filemode.Symlink, nested: e.Mode == filemode.Submodule},
			stage:      int(e.Stage), later: e.IntentToAdd, skip: e.SkipWorktree,
		})
	}
	return out, nil
}

// oddIndex explains an index that go-git can't read.
func (l *library) oddIndex(err error) error {
	what, undo := "sparse", `run "git sparse-checkout reapply --no-sparse-index"`
	if parts, _ := filepath.Glob(filepath.Join(l.gitDir, "sharedindex.*")); len(parts) > 0 {
		what, undo = "split", `run "git update-index --no-split-index"`
	}
	return &UnsupportedError{
		Feature: fmt.Sprintf("the git index is %s; reading it needs git, which was not found on PATH", what),
		Next:    "install git, or " + undo,
		Err:     err,
	}
}
