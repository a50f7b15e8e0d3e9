package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type driftOptions struct {
	memoryFlags
	narrowFlags
	impact         impactFlag
	format, failOn string
	owners         []string
	issue, dryRun  bool
	repository     string
}

func newDrift(a *app) *cobra.Command {
	o := &driftOptions{}
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "Report changes made in Panther since the last deployment",
		Long: `Compare the live content of Panther with the last deployment. Report entities
that were edited or deleted in the console, and entities that were never
deployed from this repository. Nothing is written. If no deployment has been
recorded, compare with the repository. The exit code is 0 without drift that
--fail-on lists, 2 with such drift, and 1 if the drift can't be determined.

With --issue, the report is also an issue on GitHub or GitLab: it is opened for the
drift that --fail-on lists (for any with none), updated in place, closed when the
drift is gone, and reopened when it returns. The token in GITHUB_TOKEN (or GH_TOKEN,
or GITLAB_TOKEN) is only sent to GITHUB_API_URL (or CI_API_V4_URL).`,
		Example: `  pdac drift
  pdac drift --fail-on edited,deleted
  pdac drift --base origin/main --format markdown
  pdac drift --only 'rule/*' --format json
  pdac drift --format html > drift.html
  pdac drift --issue --fail-on none             keep an issue about it`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(o.memoryFlags.check(cmd), checkOwners(o.owners), o.checkIssue()); err != nil {
				return err
			}
			return a.drift(cmd, o)
		},
	}
	o.memoryFlags.add(cmd)
	cmd.Flags().StringVar(&o.failOn, "fail-on", "edited,deleted,unmanaged", "the drift that sets the exit code to 2, or none")
	o.impact.add(cmd)
	addOwners(cmd, &o.owners, "limit to what was deployed from files of this owner, by CODEOWNERS of the working tree (repeatable)")
	o.narrowFlags.add(cmd)
	cmd.Flags().Lookup("filter").Usage = "limit to what was deployed from specs with this value, or is live with it, such as Severity=High,Critical (repeatable)"
	cmd.Flags().BoolVar(&o.issue, "issue", false, "open, update or close an issue about the drift")
	cmd.Flags().StringVar(&o.repository, "repo", "", "with --issue: the repository of the issue (default: that of the CI job)")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "with --issue: print the issue, and send nothing")
	addFormat(cmd, &o.format, report.DriftView)
	return cmd
}

func (a *app) drift(cmd *cobra.Command, o *driftOptions) error {
	ctx := cmd.Context()
	format, err := parseFormat(o.format, report.DriftView)
	if err != nil {
		return err
	}
	states, err := sync.ParseDriftStates("--fail-on", o.failOn)
	if err != nil {
		return err
	}
	only, err := sync.ParseFilter(o.only)
	if err != nil {
		return err
	}
	filters, except, err := o.narrowFlags.parse()
	if err != nil {
		return err
	}
	return a.with(ctx, func(p place, t *target) error {
		policies, err := o.managed(p.cfg)
		if err != nil {
			return err
		}
		s, err := a.session(ctx, p, t, o.memoryFlags)
		if err != nil {
			return err
		}
		d, err := s.Drift(ctx, t.client, deploy.DriftOptions{Only: only, Policies: policies, Owners: o.owners, Filters: filters, Except: except})
		if err != nil {
			return err
		}
		if err := o.impact.count(ctx, p.cfg, t, a.Now(), d.CountImpact); err != nil {
			return err
		}
		view := report.DriftOptions{PlanOptions: a.planView(format)}
		view.Next = afterDrift(cmd, d)
		if view.Deployments, err = timeline(ctx, s, format); err != nil {
			return err
		}
		for _, state := range sync.DriftStates() {
			if !slices.Contains(states, state) {
				view.Tolerated = append(view.Tolerated, state)
			}
		}
		if !o.dryRun {
			if err := report.Drift(a.Out, d, view); err != nil {
				return fmt.Errorf("show the drift: %w", err)
			}
		}
		if o.issue {
			if err := a.reportIssue(ctx, o, d, states, view); err != nil {
				return err
			}
		}
		switch {
		case len(d.Errors()) > 0:
			return exitCode(exitError)
		case d.Any(states):
			return exitCode(exitChanges)
		}
		return nil
	})
}
