package deploy

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/sync/record"
)

// Changes gives what a record has that the one before it hadn't, by path, as
// record.Store.Changes does; files that only have another place because the one
// before was made from another folder aren't changed.
func Changes(ctx context.Context, s *record.Store, d record.Deployment) ([]record.FileChange, error) {
	out, err := s.Changes(ctx, d)
	if err != nil || d.Parent == "" {
		return out, err
	}
	parent, err := s.Find(ctx, d.Tenant, d.Parent)
	if err != nil || parent.Root == d.Root {
		return out, nil // what can't be found out is told by its path
	}
	before, err := s.Files(ctx, *parent)
	if err != nil {
		return nil, err
	}
	now, err := s.Files(ctx, d)
	if err != nil {
		return nil, err
	}
	before = rerooted(before, parent.Root, d.Root)
	out = nil
	for path, text := range now {
		switch was, there := before[path]; {
		case !there:
			out = append(out, record.FileChange{Path: path, Action: record.Added})
		case !bytes.Equal(was, text):
			out = append(out, record.FileChange{Path: path, Action: record.Modified})
		}
	}
	for path := range before {
		if _, there := now[path]; !there {
			out = append(out, record.FileChange{Path: path, Action: record.Deleted})
		}
	}
	slices.SortFunc(out, func(a, b record.FileChange) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}
