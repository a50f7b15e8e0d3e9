package deploy

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/sync/record"
)

// Changes returns the differences between a record and the previous one, by
// path, like record.Store.Changes. If the previous record was made from another
// folder, files that differ only in their location are not changes.
func Changes(ctx context.Context, s *record.Store, d record.Deployment) ([]record.FileChange, error) {
	out, err := s.Changes(ctx, d)
	if err != nil || d.Parent == "" {
		return out, err
	}
	parent, err := s.Find(ctx, d.Tenant, d.Parent)
	if err != nil || parent.Root == d.Root {
		return out, nil // unknown contents are compared by path
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
