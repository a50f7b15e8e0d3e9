package sync

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// Fetched is what is live, and what can't be read of it.
type Fetched struct {
	Live Live
	// Unreadable lists the kinds that Panther refuses to list.
	Unreadable Unreadable
	// Unseen lists the kinds that FetchAround could not read around the filter.
	Unseen Unreadable
	// Diagnostics reports queries with the same name, which have the same key.
	// All but one are missing in Live.
	Diagnostics []repo.Diagnostic
}

// Fetch reads the live entities of all kinds that the filter allows, and of those
// that share their ids with them, concurrently. A collection that Panther refuses
// to list is no error unless all of them are: the token may lack one permission,
// and not every Panther has every collection.
func Fetch(ctx context.Context, api Lister, only Filter) (Fetched, error) {
	return fetch(ctx, api, only.families(), nil)
}

// FetchAround is Fetch, and reads the other kinds too, for what depends on what the
// filter allows. That one of those can't be read is no error.
func FetchAround(ctx context.Context, api Lister, only Filter) (Fetched, error) {
	asked := only.families()
	return fetch(ctx, api, asked, slices.DeleteFunc(panther.Kinds(), func(k panther.Kind) bool { return slices.Contains(asked, k) }))
}

// fetch reads the live entities of some kinds, and if possible of others.
func fetch(ctx context.Context, api Lister, asked, others []panther.Kind) (Fetched, error) {
	kinds := slices.Concat(asked, others)
	lists := make([][]panther.Entity, len(kinds))
	errs := make([]error, len(kinds))
	var g errgroup.Group
	listCtx, stop := context.WithCancel(ctx)
	defer stop()
	for i, k := range kinds {
		g.Go(func() error {
			lists[i], errs[i] = api.List(listCtx, k)
			if hopelessAPI(errs[i]) != "" {
				stop() // the other lists would fail alike
			}
			return nil
		})
	}
	// All lists are completed, so that the reported error is always the first
	// in the order of the kinds.
	_ = g.Wait()
	for _, err := range errs {
		if hopelessAPI(err) != "" {
			return Fetched{}, fmt.Errorf("read what is live: %w", err)
		}
	}
	out := Fetched{Live: Live{}}
	for i, err := range errs {
		if err == nil {
			continue
		}
		if i >= len(asked) && ctx.Err() == nil {
			out.Unseen = append(out.Unseen, UnreadableKind{Kind: kinds[i], Reason: err.Error()})
			continue
		}
		refused := refusal(kinds[i], err)
		if refused == nil {
			return Fetched{}, fmt.Errorf("read what is live: %w", err)
		}
		out.Unreadable = append(out.Unreadable, UnreadableKind{Kind: kinds[i], Status: refused.Status, Reason: refused.Error()})
	}
	if n := len(out.Unreadable); n > 0 && n == len(asked) && !(n == 1 && optional(kinds[0])) {
		err := errs[0]
		if n > 1 {
			err = fmt.Errorf("none of the collections can be read, so check the host (some need a path such as /v1) and the token: %w", err)
		}
		return Fetched{}, fmt.Errorf("read what is live: %w", err)
	}
	year := 0
	for i, list := range lists {
		if kinds[i] == panther.CorrelationRule && errs[i] == nil {
			year = panther.CorrelationYear
		}
		for _, e := range list {
			year = max(year, e.Year)
		}
	}
	for _, list := range lists {
		for _, e := range list {
			if _, dup := out.Live[e.Key]; dup {
				out.Diagnostics = append(out.Diagnostics, repo.Diagnostic{Severity: repo.SeverityError, Kind: string(e.Kind), ID: e.ID,
					Message: fmt.Sprintf("Panther has more than one %s named %q; delete or rename all but one in the console", e.Kind, e.ID)})
				continue
			}
			if why := e.GarbledReason(); why != "" {
				out.Diagnostics = append(out.Diagnostics, repo.Diagnostic{Severity: repo.SeverityWarning, Kind: string(e.Kind), ID: e.ID, Message: why})
			}
			// What one entity shows, the deployment has for all.
			e.Year = year
			out.Live[e.Key] = e
		}
	}
	return out, nil
}

// refusal returns Panther's answer if it refuses to list a kind, or nil.
func refusal(kind panther.Kind, err error) *panther.APIError {
	var api *panther.APIError
	if !errors.As(err, &api) {
		return nil
	}
	switch api.Status {
	case http.StatusForbidden, http.StatusNotFound:
		return api
	case http.StatusBadRequest:
		if optional(kind) {
			return api
		}
	}
	return nil
}

// optional reports whether some deployments lack the collection of a kind
// (source: Panther's documentation: correlation rules need Snowflake).
func optional(kind panther.Kind) bool { return kind == panther.CorrelationRule }

// families returns the kinds that the filter can match, and those that share
// their ids with them.
func (f Filter) families() []panther.Kind {
	named := f.kinds()
	return slices.DeleteFunc(panther.Kinds(), func(k panther.Kind) bool {
		return !slices.ContainsFunc(k.Family(), func(o panther.Kind) bool { return slices.Contains(named, o) })
	})
}

// Fetches reports whether Fetch reads a kind for the filter.
func (f Filter) Fetches(k panther.Kind) bool { return slices.Contains(f.families(), k) }

// kinds returns the kinds that the filter can match.
func (f Filter) kinds() []panther.Kind {
	if len(f) == 0 {
		return panther.Kinds()
	}
	return slices.DeleteFunc(panther.Kinds(), func(k panther.Kind) bool {
		return !slices.ContainsFunc(f, func(p Pattern) bool { return p.kind == "" || p.kind == k })
	})
}
