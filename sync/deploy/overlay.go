package deploy

import (
	"context"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
)

// overlay is a repository with some files replaced, as it would be after a
// pull, for checking the result before anything is written.
type overlay struct {
	closingTree
	// changed contains the new content of files by path, nil for a removed
	// file.
	changed map[string][]byte
}

func (o overlay) Entries(ctx context.Context) ([]git.Entry, error) {
	entries, err := o.closingTree.Entries(ctx)
	if err != nil {
		return nil, err
	}
	var out []git.Entry
	seen := map[string]bool{}
	for _, e := range entries {
		seen[e.Path] = true
		content, touched := o.changed[e.Path]
		switch {
		case !touched:
			out = append(out, e)
		case content != nil:
			out = append(out, git.Entry{Path: e.Path, Size: int64(len(content))})
		}
	}
	for p, content := range o.changed {
		if !seen[p] && content != nil {
			out = append(out, git.Entry{Path: p, Size: int64(len(content))})
		}
	}
	slices.SortFunc(out, func(a, b git.Entry) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

func (o overlay) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	if content, ok := o.changed[path]; ok && content != nil {
		return content, nil
	}
	return o.closingTree.Read(ctx, path, limit)
}
