package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
)

type driftOptions struct {
	memoryFlags
	format, failOn string
}

func newDrift(a *app) *cobra.Command {
	o := &driftOptions{}
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "Report what was changed in Panther since the last deployment",
		Long: `Hold what is live in Panther against what was deployed last, and report what
somebody edited or deleted in the console, and what was never deployed from
here. Nothing is written. Where no deployment is remembered, the repository
stands for it. The exit code is 0 when there is no drift that --fail-on names,
2 when there is, and 1 when it could not be told.`,
		Example: `  pdac drift
  pdac drift --fail-on edited,deleted
  pdac drift --base origin/main --format markdown
  pdac drift --only 'rule/*' --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.memoryFlags.check(cmd); err != nil {
				return err
			}
			return a.drift(cmd.Context(), o)
		},
	}
	o.memoryFlags.add(cmd)
	cmd.Flags().StringVar(&o.failOn, "fail-on", "edited,deleted,unmanaged", "which drift makes the exit code 2; none for no drift")
	addFormat(cmd, &o.format, "text", "json", "markdown", "junit")
	return cmd
}

// failStates reads --fail-on.
func failStates(text string) ([]sync.DriftState, error) {
	if text == "none" {
		return nil, nil
	}
	legal := []string{"none"}
	for _, s := range sync.DriftStates() {
		legal = append(legal, string(s))
	}
	var out []sync.DriftState
	for _, word := range strings.Split(text, ",") {
		if word == "none" {
			return nil, fmt.Errorf("--fail-on %q: none goes with nothing else; leave one off", text)
		}
		if !slices.Contains(legal, word) {
			return nil, fmt.Errorf("--fail-on %q: %q is not one of %s%s", text, word, strings.Join(legal[1:], ", "), suggest.DidYouMean(word, legal))
		}
		out = append(out, sync.DriftState(word))
	}
	return out, nil
}

func (a *app) drift(ctx context.Context, o *driftOptions) error {
	format, err := parseFormat(o.format, "text", "json", "markdown", "junit")
	if err != nil {
		return err
	}
	states, err := failStates(o.failOn)
	if err != nil {
		return err
	}
	only, err := sync.ParseFilter(o.only)
	if err != nil {
		return err
	}
	return a.with(ctx, func(p place, t *target) error {
		fields, err := o.unmanaged(p.cfg)
		if err != nil {
			return err
		}
		s, err := a.session(ctx, p, t, o.memoryFlags)
		if err != nil {
			return err
		}
		d, err := s.Drift(ctx, t.client, only, sync.Policies{UnmanagedFields: fields})
		if err != nil {
			return err
		}
		view := report.DriftOptions{PlanOptions: a.planView(format)}
		for _, state := range sync.DriftStates() {
			if !slices.Contains(states, state) {
				view.Tolerated = append(view.Tolerated, state)
			}
		}
		if err := report.Drift(a.Out, d, view); err != nil {
			return fmt.Errorf("show the drift: %w", err)
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
