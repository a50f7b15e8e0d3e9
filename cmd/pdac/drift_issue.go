package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/forge"
	"github.com/pdac-dev/pdac/sync"
)

// checkIssue rejects flags that the issue of a Panther can't have.
func (o *driftOptions) checkIssue() error {
	switch {
	case o.dryRun && !o.issue:
		return errors.New("--dry-run is about the issue; use it with --issue")
	case o.repository != "" && !o.issue:
		return errors.New("--repo is about the issue; use it with --issue")
	case o.issue && len(o.only)+len(o.owners)+len(o.filters)+len(o.except) > 0:
		return errors.New("--issue is about everything that was deployed; it can't be used with --only, --owner, --filter or --except")
	}
	return nil
}

// reportIssue opens or updates the issue about the drift, or closes it if there is none of
// some states. What can't be compared leaves it open.
func (a *app) reportIssue(ctx context.Context, o *driftOptions, d *sync.Drift, states []sync.DriftState, view report.DriftOptions) error {
	env, err := forge.Detect(a.Getenv)
	if err != nil {
		return err
	}
	if o.repository != "" {
		env.Repository = o.repository
	}
	if len(states) == 0 { // --fail-on none is about the exit code
		states = sync.DriftStates()
	}
	text := forge.IssueText{Open: d.Any(states)}
	view.Links, view.Rest = a.linksOf(env), report.Rest{Run: env.Run}
	if text.Title, text.Body, err = report.DriftIssue(d, view); err != nil {
		return err
	}
	if o.dryRun {
		_, err := fmt.Fprintf(a.Out, "%s\n\n%s", text.Title, text.Body)
		return err
	}
	if !text.Open && len(d.Errors())+len(d.Unreadable) > 0 {
		a.note("The issue stays as it is, because part of the drift is unknown.")
		return nil
	}
	switch {
	case env.Repository == "":
		return errors.New("the repository of the issue is unknown; run this in a job of GitHub Actions or GitLab CI, or use --repo")
	case env.Token == "":
		return fmt.Errorf("no token to write the issue with; set %s in the environment of this step", env.TokenNames)
	}
	issues, err := env.Issues(forge.Options{UserAgent: "pdac/" + buildVersion(), Progress: a.watch.tick, Logger: a.logger(), Now: a.Now})
	if err != nil {
		return err
	}
	outcome, address, err := issues.Put(ctx, []string{report.Marker("drift", d.Tenant)}, text)
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped before the issue was complete; run the command again")
		}
		return fmt.Errorf("the issue of %s: %w", report.Clean(env.Repository), err)
	}
	said := map[forge.Outcome]string{
		forge.Created: "Opened the issue", forge.Updated: "Updated the issue", forge.Unchanged: "The issue is up to date", forge.Reopened: "Reopened the issue", forge.Closed: "Closed the issue",
		forge.Nothing: "There is no open issue",
	}[outcome]
	a.note("%s", strings.TrimSuffix(said+": "+report.Clean(address), ": "))
	return nil
}
