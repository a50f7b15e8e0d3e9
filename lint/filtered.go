package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// Filter leaves out the findings and the entries of the baseline that are not in specs
// with some values, or in their Python files. Findings in files that can't be read as
// specs stay, since they may have the values.
func (r *Result) Filter(ctx context.Context, t repo.Tree, content repo.Options, filters repo.Filters) error {
	if len(filters) == 0 {
		return nil
	}
	loaded, err := repo.Load(ctx, t, content)
	if err != nil {
		return fmt.Errorf("find the specs of --filter: %w", err)
	}
	content.Documents.Save()
	files := map[string]bool{}
	for _, it := range loaded.Items {
		if filters.Match(it.Root) {
			files[it.Path], files[it.BodyPath] = true, true
		}
	}
	if len(files) == 0 {
		return fmt.Errorf("no spec has %s; check the keys and values of --filter", strings.Join(filters.Texts(), " and "))
	}
	for _, path := range loaded.Unread {
		files[path] = true
	}
	all := len(r.Findings)
	r.Filters = filters.Texts()
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return !files[f.Path] })
	r.OtherSpecs = all - len(r.Findings)
	r.Stale = slices.DeleteFunc(r.Stale, func(e BaselineEntry) bool { return !files[e.Path] })
	return nil
}
