package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/pdac-dev/pdac/sync/record"
	"github.com/spf13/cobra"
)

type planOptions struct {
	planFlags
	impact           impactFlag
	behaviour        behaviourFlag
	out, format      string
	next             string
	detailedExitCode bool
}

func newPlan(a *app) *cobra.Command {
	o := &planOptions{}
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show the changes that apply would make in Panther",
		Long: `Compare the repository with the live content of Panther and with the last
deployment. Show the differences field by field, and their origin: a commit or
an edit in the console. Nothing is written to Panther.`,
		Example: `  pdac plan
  pdac plan --on-drift fail                        fail on edits made in the console
  pdac plan --only 'rule/AWS.*' --only 'global/*'
  pdac plan --impact                               and how many alerts it is about
  pdac plan --behaviour                            and what detections do differently
  pdac plan --ref v3.94.0 --format markdown
  pdac plan --out plan.json --detailed-exitcode    exit with 2 if there are changes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.planFlags.check(cmd); err != nil {
				return err
			}
			o.next = afterPlan(cmd, o)
			return a.plan(cmd.Context(), o)
		},
	}
	o.planFlags.add(cmd)
	o.impact.add(cmd)
	o.behaviour.add(cmd)
	cmd.Flags().StringVar(&o.out, "out", "", "also save the plan to this file, for pdac apply")
	addFormat(cmd, &o.format, report.PlanView)
	cmd.Flags().BoolVar(&o.detailedExitCode, "detailed-exitcode", false, "exit with 2 if there are changes")
	return cmd
}

func (a *app) plan(ctx context.Context, o *planOptions) error {
	format, err := parseFormat(o.format, report.PlanView)
	if err != nil {
		return err
	}
	return a.with(ctx, func(p place, t *target) error {
		s, err := a.session(ctx, p, t, o.memoryFlags)
		if err != nil {
			return err
		}
		plan, err := a.makePlan(ctx, p, s, t, o.planFlags, false)
		if err != nil {
			return err
		}
		err = o.impact.count(ctx, p.cfg, t, a.Now(), func(ctx context.Context, api sync.AlertCounter, now time.Time) error {
			return sync.CountImpact(ctx, api, plan, now)
		})
		if err != nil {
			return err
		}
		if err := a.addBehaviour(ctx, p, s, plan, o.behaviour); err != nil {
			return err
		}
		if err := savePlan(plan, o.out); err != nil {
			return err
		}
		view := a.planView(format)
		if view.Deployments, err = timeline(ctx, s, format); err != nil {
			return err
		}
		view.Next = o.next
		// apply --delete allows its deletes; applying a plan file doesn't.
		view.HoldDeletes = p.cfg.Deploy.Deletes != "allow" && (!o.delete || o.out != "")
		switch {
		case plan.CheckOlder(sync.OlderOptions{HoldDeletes: view.HoldDeletes}) != nil:
			view.Next = "" // it would be refused
		case onlyGuarded(plan):
			view.Next = "" // nothing would be applied; the guards say what lets it through
		case view.HoldDeletes && onlyDeletes(plan):
			view.Next += " --allow-delete"
		}
		if err := report.Plan(a.Out, plan, view); err != nil {
			return fmt.Errorf("show the plan: %w", err)
		}
		switch {
		case len(plan.Errors()) > 0:
			return exitCode(exitError)
		case o.detailedExitCode && !plan.Empty():
			return exitCode(exitChanges)
		}
		return nil
	})
}

func (a *app) planView(format report.Format) report.PlanOptions {
	return report.PlanOptions{Format: format, Color: a.color(a.OutTerminal), Width: a.Width(), Verbose: a.verbose, Quiet: a.quiet, Links: a.links(format)}
}

// timeline returns the recorded deployments that a page shows; none for other formats.
func timeline(ctx context.Context, s *deploy.Session, format report.Format) ([]record.Deployment, error) {
	if format != report.HTML {
		return nil, nil
	}
	return s.History(ctx, report.MaxDeployments)
}

// savePlan writes a plan to a file; "" for none.
func savePlan(plan *sync.Plan, name string) error {
	if name == "" {
		return nil
	}
	if err := atomicfile.Write(name, 0o600, func(w io.Writer) error { return sync.WritePlan(w, plan) }); err != nil {
		return fmt.Errorf("write the plan to %q: %w", name, err)
	}
	return nil
}
