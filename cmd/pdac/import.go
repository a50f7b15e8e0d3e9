package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type importOptions struct {
	only        []string
	skipManaged bool
	format      string
}

func newImport(a *app) *cobra.Command {
	o := &importOptions{}
	cmd := &cobra.Command{
		Use:   "import DIR",
		Short: "Create a new repository from the live content",
		Long: `Create a new folder with a spec and the Python file of every live entity, and
make it a git repository. A plan from that repository is empty. Nothing is
written to Panther.`,
		Example: `  pdac import detections
  pdac import detections --skip-managed        without the content of Panther's packs
  pdac import detections --only 'rule/AWS.*'`,
		Args: needs("folder for the new repository", "pdac import detections"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.importInto(cmd.Context(), o, args[0]) },
	}
	cmd.Flags().StringArrayVar(&o.only, "only", nil, "limit to kind/id-glob, such as rule/AWS.* (repeatable)")
	cmd.Flags().BoolVar(&o.skipManaged, "skip-managed", false, "skip the content of Panther's own packs")
	addFormat(cmd, &o.format, report.ImportView)
	return cmd
}

func (a *app) importInto(ctx context.Context, o *importOptions, dir string) error {
	format, err := parseFormat(o.format, report.ImportView)
	if err != nil {
		return err
	}
	only, err := sync.ParseFilter(o.only)
	if err != nil {
		return err
	}
	return a.with(ctx, func(p place, t *target) error {
		pull, err := deploy.Import(ctx, t.client, deploy.ImportOptions{
			Dir: dir, Only: only, SkipManaged: o.skipManaged, Config: newConfig(p, t), Tenant: t.tenant,
		})
		if err != nil {
			return err
		}
		if err := report.Import(a.Out, pull, filepath.Clean(dir), report.PullOptions{Format: format, Color: a.color(a.OutTerminal), Quiet: a.quiet}); err != nil {
			return fmt.Errorf("show the import: %w", err)
		}
		if pull.Count(deploy.PullFailed) > 0 {
			return exitCode(exitError)
		}
		return nil
	})
}

// newConfig is the pdac.yaml of a new repository.
func newConfig(p place, t *target) []byte {
	if t.sandbox {
		return config.ForImport("", "")
	}
	return config.ForImport(t.client.Address().Short(), p.cfg.API.TokenEnv)
}
