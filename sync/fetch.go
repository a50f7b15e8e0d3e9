package sync

import (
	"context"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"golang.org/x/sync/errgroup"
)

// Lister lists all entities of a kind.
type Lister interface {
	// List returns all entities of a kind, in any order.
	List(ctx context.Context, kind panther.Kind) ([]panther.Entity, error)
}

// Fetch reads the live entities of all kinds that the filter allows, and of those
// that share their ids with them, concurrently. Queries with the same name, which have the same key, are
// skipped and reported.
func Fetch(ctx context.Context, api Lister, only Filter) (Live, []repo.Diagnostic, error) {
	kinds := only.families()
	lists := make([][]panther.Entity, len(kinds))
	errs := make([]error, len(kinds))
	var g errgroup.Group
	for i, k := range kinds {
		g.Go(func() error {
			lists[i], errs[i] = api.List(ctx, k)
			return nil
		})
	}
	// All lists are completed, so that the reported error is always the first
	// in the order of the kinds.
	_ = g.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, nil, fmt.Errorf("read what is live: %w", err)
		}
	}
	year := 0
	for i, list := range lists {
		if kinds[i] == panther.CorrelationRule {
			year = panther.CorrelationYear
		}
		for _, e := range list {
			year = max(year, e.Year)
		}
	}
	live := Live{}
	var twice []repo.Diagnostic
	for _, list := range lists {
		for _, e := range list {
			if _, dup := live[e.Key]; dup {
				twice = append(twice, repo.Diagnostic{Severity: repo.SeverityError, Kind: string(e.Kind), ID: e.ID,
					Message: fmt.Sprintf("Panther has more than one %s named %q; delete or rename all but one in the console", e.Kind, e.ID)})
				continue
			}
			// What one entity shows, the deployment has for all.
			e.Year = year
			live[e.Key] = e
		}
	}
	return live, twice, nil
}

// families returns the kinds that the filter can match, and those that share
// their ids with them.
func (f Filter) families() []panther.Kind {
	named := f.kinds()
	return slices.DeleteFunc(panther.Kinds(), func(k panther.Kind) bool {
		return !slices.ContainsFunc(k.Family(), func(o panther.Kind) bool { return slices.Contains(named, o) })
	})
}

// kinds returns the kinds that the filter can match.
func (f Filter) kinds() []panther.Kind {
	if len(f) == 0 {
		return panther.Kinds()
	}
	return slices.DeleteFunc(panther.Kinds(), func(k panther.Kind) bool {
		return !slices.ContainsFunc(f, func(p Pattern) bool { return p.kind == "" || p.kind == k })
	})
}
