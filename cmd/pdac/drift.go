package main

import (
	"context"
	"fmt"

	"github.com/pdac-dev/pdac/report"
	"github.com/spf13/cobra"
)

type driftOptions struct {
	planFlags
	format string
}

func newDrift(a *app) *cobra.Command {
	o := &driftOptions{}
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "Report what differs between Panther and this revision",
		Long: `Compare what is live in Panther with the repository and report what differs:
edited, missing, or only in Panther. Nothing is written. The exit code is 0
when there is no drift, 2 when there is, and 1 when it could not be told.`,
		Example: `  pdac drift
  pdac drift --ref origin/main --format markdown
  pdac drift --only 'rule/*' --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.planFlags.check(cmd); err != nil {
				return err
			}
			return a.drift(cmd.Context(), o)
		},
	}
	o.planFlags.add(cmd)
	addFormat(cmd, &o.format, "text", "json", "markdown")
	return cmd
}

func (a *app) drift(ctx context.Context, o *driftOptions) error {
	format, err := parseFormat(o.format, "text", "json", "markdown")
	if err != nil {
		return err
	}
	return a.with(ctx, func(p place, t *target) error {
		// What is only in Panther is drift too, so it is looked for as a delete is.
		// A part of a repository can't tell, and is held against its own ids alone.
		o.delete = deleteGuard(p) == nil
		plan, err := a.makePlan(ctx, p, t, o.planFlags)
		if err != nil {
			return err
		}
		plan.Drift = true
		if err := report.Drift(a.Out, plan, a.planView(format)); err != nil {
			return fmt.Errorf("show the drift: %w", err)
		}
		switch {
		case len(plan.Errors()) > 0:
			return exitCode(exitError)
		case !plan.Empty():
			return exitCode(exitChanges)
		}
		return nil
	})
}
