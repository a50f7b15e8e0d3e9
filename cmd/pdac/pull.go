package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type pullOptions struct {
	memoryFlags
	format                     string
	adopt, force, take, dryRun bool
}

func newPull(a *app) *cobra.Command {
	o := &pullOptions{}
	cmd := &cobra.Command{
		Use:   "pull [ID-GLOB...]",
		Short: "Write edits made in the console back into the files",
		Long: `Write what somebody changed in the console since the last deployment into the
specs and Python files: the smallest change of their text, with comments, order
and quoting kept. Files of what was deleted in the console go. Nothing is
written to Panther, and no file that holds uncommitted work is touched without
--force. After a commit, the next plan shows no drift there.`,
		Example: `  pdac pull
  pdac pull 'AWS.*' 'global/*'
  pdac pull --dry-run                   show the change and write nothing
  pdac pull --adopt 'rule/Console.*'    make files for what was never deployed`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.memoryFlags.check(cmd); err != nil {
				return err
			}
			if len(args) > 0 && len(o.only) > 0 {
				return fmt.Errorf("--only and %q say the same in two ways; use one of them", args[0])
			}
			return a.pull(cmd.Context(), o, args)
		},
	}
	o.memoryFlags.add(cmd)
	cmd.Flags().BoolVar(&o.adopt, "adopt", false, "also make files for what is live and was never deployed from here")
	cmd.Flags().BoolVar(&o.take, "take-conflicts", false, "take Panther's value where both sides changed")
	cmd.Flags().BoolVar(&o.force, "force", false, "overwrite files that hold uncommitted work")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
	addFormat(cmd, &o.format, "text", "json")
	return cmd
}

// idGlobs turns globs over ids into patterns of kind/id-glob.
func idGlobs(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		kind, _, ok := strings.Cut(arg, "/")
		if ok && (kind == "*" || slices.ContainsFunc(panther.Kinds(), func(k panther.Kind) bool { return string(k) == kind })) {
			out[i] = arg
		} else {
			out[i] = "*/" + arg
		}
	}
	return out
}

func (a *app) pull(ctx context.Context, o *pullOptions, args []string) error {
	format, err := parseFormat(o.format, "text", "json")
	if err != nil {
		return err
	}
	only, err := sync.ParsePatterns("the argument", append(idGlobs(args), o.only...))
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
		pull, err := s.Pull(ctx, t.client, deploy.PullOptions{
			Only: only, Policies: sync.Policies{UnmanagedFields: fields}, Adopt: o.adopt, TakeConflicts: o.take,
		})
		if err != nil {
			return err
		}
		if !o.dryRun {
			if err := s.Write(pull, o.force); err != nil {
				return err
			}
		}
		if err := report.Pull(a.Out, pull, report.PullOptions{Format: format, Color: a.color(a.OutTerminal), Quiet: a.quiet, Dry: o.dryRun}); err != nil {
			return fmt.Errorf("show the pull: %w", err)
		}
		if pull.Count(deploy.PullConflict)+pull.Count(deploy.PullFailed) > 0 {
			return exitCode(exitError)
		}
		return nil
	})
}
