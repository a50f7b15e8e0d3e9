package main

import (
	"context"
	"fmt"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

// behaviourFlag is --behaviour, which overrides pdac.yaml.
type behaviourFlag struct {
	cmd *cobra.Command
	on  bool
}

func (f *behaviourFlag) add(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().BoolVar(&f.on, "behaviour", false, "run what is live and what will be live on the events of all unit tests, and show what changes (also: behaviour: true under deploy in pdac.yaml)")
}

// wanted reports whether to run detections.
func (f *behaviourFlag) wanted(ctx context.Context, p place, s *deploy.Session, plan *sync.Plan) (bool, error) {
	if f.cmd.Flags().Changed("behaviour") {
		return f.on, nil
	}
	return approved(ctx, s, plan, p.cfg.Deploy.Behaviour, "behaviour: true", "--behaviour", func(d *config.Deploy) bool { return d.Behaviour })
}

// addBehaviour adds to a plan what detections do differently after an apply. A plan does not
// fail because they can't be run: it says so.
func (a *app) addBehaviour(ctx context.Context, p place, s *deploy.Session, plan *sync.Plan, flag behaviourFlag) error {
	if plan.Empty() {
		return nil
	}
	if wanted, err := flag.wanted(ctx, p, s, plan); err != nil || !wanted {
		return err
	}
	states := s.States(plan)
	bar := report.NewTestProgress(a.Err, a.ErrTerminal && !a.quiet)
	opts := a.unitTestOptions(ctx, p, &testOptions{fresh: true})
	opts.Content = states.Content
	opts.Progress = func(done, all int) { a.watch.tick(); bar.Show(done, all) }
	res, err := unittest.Compare(ctx, unittest.Sides{
		Before: unittest.Side{Tree: states.Before, Name: "what is live"}, After: unittest.Side{Tree: states.After, Name: "the plan"},
	}, opts)
	bar.End()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		plan.Diagnostics = append(plan.Diagnostics, repo.Diagnostic{Severity: repo.SeverityWarning, Message: fmt.Sprintf("the behaviour is not compared: %v", err)})
		return nil
	}
	if n := len(states.Left); n > 0 {
		plan.Diagnostics = append(plan.Diagnostics, repo.Diagnostic{Severity: repo.SeverityInfo, Message: fmt.Sprintf("the behaviour of %s is not compared, because no spec can express what is live: %s", report.Count(n, "entity", "entities"), states.Left[0])})
	}
	for _, u := range plan.Unreadable {
		if deploy.Runs(u.Kind) {
			plan.Diagnostics = append(plan.Diagnostics, repo.Diagnostic{Severity: repo.SeverityInfo, Message: fmt.Sprintf("the behaviour is compared without entities of the kind %s, which can't be read", u.Kind)})
		}
	}
	withoutLines(res)
	plan.Behaviour = res
	return nil
}

// withoutLines removes the lines of tests: the files that were compared are nowhere.
func withoutLines(r *behaviour.Report) {
	for i := range r.Detections {
		for j := range r.Detections[i].Changes {
			examples := r.Detections[i].Changes[j].Examples
			for k := range examples {
				examples[k].Line = 0
			}
		}
	}
}
