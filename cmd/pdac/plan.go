package main

import (
	"context"
	"fmt"
	"io"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
)

type planOptions struct {
	planFlags
	out, format      string
	detailedExitCode bool
}

func newPlan(a *app) *cobra.Command {
	o := &planOptions{}
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what an apply would change in Panther",
		Long: `Compare the repository with Panther and with the last deployment, and show the
difference, field by field, and who made it: a commit, or somebody in the
console. Nothing is written to Panther.`,
		Example: `  pdac plan
  pdac plan --on-drift fail                        stop if the console was used for edits
  pdac plan --only 'rule/AWS.*' --only 'global/*'
  pdac plan --ref v3.94.0 --format markdown
  pdac plan --out plan.json --detailed-exitcode    2 when there are changes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.planFlags.check(cmd); err != nil {
				return err
			}
			return a.plan(cmd.Context(), o)
		},
	}
	o.planFlags.add(cmd)
	cmd.Flags().StringVar(&o.out, "out", "", "also write the plan to this file, for pdac apply")
	addFormat(cmd, &o.format, report.PlanView)
	cmd.Flags().BoolVar(&o.detailedExitCode, "detailed-exitcode", false, "exit with 2 when there are changes")
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
		if o.out != "" {
			if err := atomicfile.Write(o.out, 0o644, func(w io.Writer) error { return sync.WritePlan(w, plan) }); err != nil {
				return fmt.Errorf("write the plan to %q: %w", o.out, err)
			}
		}
		view := a.planView(format)
		// --delete allows the deletes of an apply, but not those of a saved plan.
		view.HoldDeletes = p.cfg.Deploy.Deletes != "allow" && (!o.delete || o.out != "")
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
	return report.PlanOptions{Format: format, Color: a.color(a.OutTerminal), Width: a.Width(), Verbose: a.verbose, Quiet: a.quiet}
}
