package main

import (
	"context"
	"time"

	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
)

// impactFlag is --impact, which overrides pdac.yaml.
type impactFlag struct {
	cmd *cobra.Command
	on  bool
}

func (f *impactFlag) add(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().BoolVar(&f.on, "impact", false, "count the alerts of the last 7 days that each changed detection raised (also: impact: true under deploy in pdac.yaml)")
}

// count calls what counts, if that is wanted.
func (f *impactFlag) count(ctx context.Context, cfg *config.Config, t *target, now time.Time, count func(context.Context, sync.AlertCounter, time.Time) error) error {
	if given := f.cmd.Flags().Changed("impact"); given && !f.on || !given && !cfg.Deploy.Impact {
		return nil
	}
	return count(ctx, t.client, now)
}
