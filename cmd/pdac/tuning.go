package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type tuningOptions struct {
	memoryFlags
	format string
}

func newTuning(a *app) *cobra.Command {
	o := &tuningOptions{}
	cmd := &cobra.Command{
		Use:   "tuning",
		Short: "List filters and thresholds: why, whose, and until when",
		Long: `List the tunings that comments explain: a filter, a threshold or a condition
that keeps alerts away. Write the comment above it, or on its line:

  # pdac:tuning INC-91 owner=ada until=2026-12-31 -- reason

With access to Panther, also list the filters, thresholds, dedup periods and
switches that were changed in the console since the last deployment. pdac lint
reports tunings that have expired (PD006), and those without an owner, or with
neither a ticket nor a reason (PD005).`,
		Example: `  pdac tuning
  pdac tuning --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			return a.tuning(cmd, o)
		},
	}
	o.add(cmd)
	addFormat(cmd, &o.format, report.TuningView)
	return cmd
}

// tunedFields are the fields of the API that tunings are made with.
var tunedFields = []string{"inlineFilters", "threshold", "dedupPeriodMinutes", "enabled", "createAlert", "suppressions"}

func (a *app) tuning(cmd *cobra.Command, o *tuningOptions) error {
	ctx := cmd.Context()
	format, err := parseFormat(o.format, report.TuningView)
	if err != nil {
		return err
	}
	p, err := a.place()
	if err != nil {
		return err
	}
	opts := a.lintConfig(p)
	opts.Select = []string{"PD005", "PD006"}
	in, err := lint.Open(ctx, p.root, lint.State{})
	if err != nil {
		return err
	}
	defer in.Close()
	res, err := lint.Run(ctx, in, opts)
	if err != nil {
		return err
	}
	if _, err := a.lintNotes(res); err != nil {
		return err
	}
	list := report.Tunings{List: res.Tunings}
	t, err := a.open(ctx, p)
	switch {
	case errors.Is(err, config.ErrNoHost), errors.Is(err, config.ErrNoToken):
		a.note("what was changed in the console is not listed: %v", err)
	case err != nil:
		return err
	default:
		list.Read = true
		list.Console, err = a.consoleTunings(cmd, o, p, t)
		if err := errors.Join(err, t.close()); err != nil {
			return err
		}
	}
	if err := report.ShowTunings(a.Out, list, report.TuningOptions{Format: format, Color: a.color(a.OutTerminal)}); err != nil {
		return fmt.Errorf("show the tunings: %w", err)
	}
	return nil
}

// consoleTunings returns the entities whose tuning was changed in the console, with
// only those fields.
func (a *app) consoleTunings(cmd *cobra.Command, o *tuningOptions, p place, t *target) (out []sync.DriftedEntity, err error) {
	only, err := sync.ParseFilter(o.only)
	if err != nil {
		return nil, err
	}
	policies, err := o.managed(p.cfg)
	if err != nil {
		return nil, err
	}
	s, err := a.session(cmd.Context(), p, t, o.memoryFlags)
	if err != nil {
		return nil, err
	}
	policies.Accepted = nil // an accepted edit is a tuning in the console, too
	d, err := s.Drift(cmd.Context(), t.client, deploy.DriftOptions{Only: only, Policies: policies})
	if err != nil {
		return nil, err
	}
	for _, e := range d.Entities {
		if e.State != sync.DriftEdited {
			continue
		}
		e.Fields = slices.DeleteFunc(slices.Clone(e.Fields), func(f sync.DriftedField) bool { return !slices.Contains(tunedFields, f.Name) })
		if len(e.Fields) > 0 {
			out = append(out, e)
		}
	}
	return out, nil
}
