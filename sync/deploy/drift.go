package deploy

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"golang.org/x/sync/errgroup"
)

// DriftOptions configures a drift report.
type DriftOptions struct {
	Only     sync.Filter
	Policies sync.Policies
	// Owners limits the report to what was deployed for some owners, by the CODEOWNERS of
	// the working tree.
	Owners []string
	// Filters limits the report to what has some values: in the spec that it was deployed
	// from, or in Panther for what was never deployed. Except leaves out what it matches.
	Filters repo.Filters
	Except  sync.Filter
}

// Drift compares the last deployment with the live entities. If no deployment
// is recorded, it compares the repository instead, and the report says so.
func (s *Session) Drift(ctx context.Context, api sync.Lister, o DriftOptions) (*sync.Drift, error) {
	var live sync.Fetched
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := s.recall(gctx, false); err != nil {
			return err
		}
		if s.last == nil && s.o.Base == "" {
			return s.standIn(gctx)
		}
		if err := s.loadOwners(gctx); err != nil {
			return err
		}
		return s.loadBase(gctx)
	})
	g.Go(func() (err error) {
		only := o.Only
		if len(o.Owners) > 0 {
			only = nil // which kinds they own is not known yet
		}
		live, err = sync.Fetch(gctx, api, only)
		return err
	})
	err := g.Wait()
	var within []string
	if len(o.Owners)+len(o.Filters)+len(o.Except) > 0 {
		within = o.Only.Texts()
	}
	if err == nil {
		o.Only, err = s.narrowDrift(o, live)
	}
	if err != nil {
		return nil, err
	}
	only := o.Only
	if err := s.resume(ctx, live.Live, only, live.Unreadable); err != nil {
		return nil, err
	}
	if err := s.checkMatches(only, nil, live); err != nil {
		return nil, err
	}
	sync.ChooseSQL(&repo.Repo{}, s.base, live.Live, s.o.SQL)
	d := sync.FindDrift(ctx, s.base, live.Live, sync.DriftOptions{Tenant: s.o.Tenant, Only: only, Policies: o.Policies.On(s.o.Now()), Unreadable: live.Unreadable, Owners: o.Owners, Filters: o.Filters.Texts(), Except: o.Except.Texts(), Within: within})
	s.nameActors(ctx, api, func(each func(panther.Key, *sync.Edit)) {
		for _, e := range slices.Concat(d.Entities, d.Accepted) {
			each(panther.Key{Kind: cmp.Or(e.LiveKind, e.Kind), ID: e.ID}, e.Edited)
		}
	})
	s.ownDrift(d)
	s.notes = append(s.notes, s.owners.Diagnostics()...)
	d.Diagnostics = append(d.Diagnostics, live.Diagnostics...)
	d.Diagnostics = append(d.Diagnostics, s.notes...)
	return d, nil
}

// standIn uses the repository as the last deployment.
func (s *Session) standIn(ctx context.Context) error {
	r, err := s.load(ctx, Source{})
	if err != nil {
		return err
	}
	s.repo = r
	if err := r.CheckLoaded(s.o.Root, s.o.Content); err != nil && !s.o.AcceptNothing {
		return fmt.Errorf("no deployment to %s is recorded, and %w", s.o.Tenant, err)
	}
	s.base, err = sync.NewBase(ctx, r, sync.BaseInfo{Revision: r.RevisionText()})
	if err != nil {
		return err
	}
	for _, d := range r.Diagnostics {
		if d.Severity == repo.SeverityError {
			s.notes = append(s.notes, d)
		}
	}
	s.notes = append(s.notes, repo.SkippedNotes(r.Skipped)...)
	s.note(repo.SeverityInfo, "no deployment to %s is recorded; comparing with the working tree, so commits that are not applied yet also show as drift", s.o.Tenant)
	return nil
}
