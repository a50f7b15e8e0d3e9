package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// readReviewed reads the plans of --reviewed.
func (a *app) readReviewed(ctx context.Context, names []string) ([]*sync.Plan, error) {
	var out []*sync.Plan
	for _, name := range names {
		text, err := a.savedText(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("read the plan of --reviewed: %w", err)
		}
		plan, err := sync.ReadPlan(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("read the plan %q of --reviewed: %w", name, err)
		}
		out = append(out, plan)
	}
	return out, nil
}

// checkReviewed refuses a plan that differs from those that were reviewed.
func (a *app) checkReviewed(s *deploy.Session, plan *sync.Plan, reviewed []*sync.Plan) error {
	if len(reviewed) == 0 {
		return nil
	}
	if err := plan.CheckReviewed(reviewed, s.Wants); err != nil {
		return err
	}
	done := 0
	for _, r := range reviewed {
		for _, c := range r.Changes {
			if !slices.ContainsFunc(plan.Changes, func(o sync.Change) bool { return o.Key() == c.Key() }) {
				done++
			}
		}
	}
	if done > 0 {
		a.note("%s already in Panther.", report.Count(done, "change that was reviewed is", "changes that were reviewed are"))
	}
	return nil
}
