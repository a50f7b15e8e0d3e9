package lint

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo"
)

// Overlay is a tree with some files replaced or added. Without a Base it is a
// tree in memory.
type Overlay struct {
	Base  repo.Tree
	Files map[string][]byte
}

// Entries lists the files of both, sorted by path.
func (o Overlay) Entries(ctx context.Context) ([]git.Entry, error) {
	var out []git.Entry
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
		out = append(out, git.Entry{Path: p, Size: int64(len(text))})
	}
	slices.SortFunc(out, func(a, b git.Entry) int { return cmp.Or(strings.Compare(a.Path, b.Path)) })
	return out, nil
}

// Read gives one file.
func (o Overlay) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	text, ok := o.Files[path]
	switch {
	case !ok && o.Base != nil:
		return o.Base.Read(ctx, path, limit)
	case !ok:
		return nil, fmt.Errorf("read %s: %w", path, fs.ErrNotExist)
	case int64(len(text)) > limit:
		return nil, &git.SizeError{Path: path, Size: int64(len(text)), Limit: limit}
	}
	return text, nil
}

// Describe tells the revision of the tree below.
func (o Overlay) Describe() git.Revision {
	if o.Base != nil {
		return o.Base.Describe()
	}
	return git.Revision{}
}
