package deploy

import (
	"context"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"golang.org/x/sync/errgroup"
)

// Drift holds what was deployed last against what is live. Without a memory the
// repository itself stands for what was deployed, and the report says so.
func (s *Session) Drift(ctx context.Context, api sync.Lister, only sync.Filter, policies sync.Policies) (*sync.Drift, error) {
	var live sync.Live
	var odd []repo.Diagnostic
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := s.recall(gctx, false); err != nil {
			return err
		}
		if s.last != nil || s.o.Base != "" {
			return s.loadBase(gctx)
		}
		return s.standIn(gctx)
	})
	g.Go(func() (err error) {
		live, odd, err = sync.Fetch(gctx, api, only)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	d := sync.FindDrift(ctx, s.base, live, sync.DriftOptions{Tenant: s.o.Tenant, Only: only, Policies: policies})
	d.Diagnostics = append(d.Diagnostics, odd...)
	d.Diagnostics = append(d.Diagnostics, s.notes...)
	return d, nil
}

// standIn takes the repository as it is for what was deployed last.
func (s *Session) standIn(ctx context.Context) error {
	r, err := s.load(ctx, Source{})
	if err != nil {
		return err
	}
	s.repo = r
	s.base, err = sync.NewBase(ctx, r, sync.BaseInfo{Revision: r.RevisionText()})
	if err != nil {
		return err
	}
	for _, d := range r.Diagnostics {
		if d.Severity == repo.SeverityError {
			s.notes = append(s.notes, d)
		}
	}
	s.note(repo.SeverityInfo, "no deployment to %s is remembered, so Panther is held against the repository as it is here; what was committed and not applied shows as drift too", s.o.Tenant)
	return nil
}
