package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
)

func newDiff(a *app) *cobra.Command {
	var format string
	f := &memoryFlags{}
	cmd := &cobra.Command{
		Use:   "diff KIND/ID",
		Short: "Compare one entity: as deployed, here and live",
		Long: `Compare one entity on three sides: as it was deployed last, as the repository has it
now, and as it is live in Panther. Show the fields that differ, and who changed them.
Nothing is written.

The exit code is 0 if Panther matches the repository, 2 if they differ or only one
of them has the entity, and 1 if they can't be compared.`,
		Example: `  pdac diff rule/AWS.Root.Login
  pdac diff rule/AWS.Root.Login --format json
  pdac diff rule/AWS.Root.Login --base v1.4.0`,
		Args: needs("kind and an id", "pdac diff rule/AWS.Root.Login"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			return a.compare(cmd.Context(), f, args[0], format)
		},
	}
	f.add(cmd)
	_ = cmd.Flags().MarkHidden("only") // the argument says it
	addFormat(cmd, &format, report.ComparisonView)
	return cmd
}

func (a *app) compare(ctx context.Context, f *memoryFlags, arg, asked string) error {
	format, err := parseFormat(asked, report.ComparisonView)
	if err != nil {
		return err
	}
	if len(f.only) > 0 {
		return errors.New("pdac diff compares one entity; name it as the argument, without --only")
	}
	key, err := parseKey(arg)
	if err != nil {
		return err
	}
	defer a.moreMemory()()
	return a.with(ctx, func(p place, t *target) error {
		policies, err := f.managed(p.cfg)
		if err != nil {
			return err
		}
		s, err := a.session(ctx, p, t, *f)
		if err != nil {
			return err
		}
		c, err := s.Compare(ctx, t.client, key, policies)
		if err != nil {
			return err
		}
		if c == nil {
			if err := severalNamed(key); err != nil {
				return err
			}
			return fmt.Errorf("%s is neither in the repository, nor in the last deployment, nor live in %s%s", key, t.tenant, nearest(key, s.Known(key.Kind)))
		}
		if err := report.Comparison(a.Out, c, a.planView(format)); err != nil {
			return fmt.Errorf("show the comparison: %w", err)
		}
		a.problems(concerning(c))
		switch {
		case c.Entity.State == sync.StateUnknown:
			return fmt.Errorf("%s can't be compared, because Panther does not list its kind", key)
		case c.Differs():
			return exitCode(exitChanges)
		}
		return nil
	})
}

// concerning returns the diagnostics that are about an entity, and those of the run.
func concerning(c *sync.Comparison) []repo.Diagnostic {
	return slices.DeleteFunc(slices.Clone(c.Diagnostics), func(d repo.Diagnostic) bool {
		return d.Path != "" && d.Path != c.Entity.Path && d.ID != c.Entity.ID
	})
}
