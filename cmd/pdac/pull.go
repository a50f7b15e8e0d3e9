package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type pullOptions struct {
	memoryFlags
	format                     string
	adopt, force, take, dryRun bool
	updatePacks                bool
	branch                     string
	push                       bool
}

func newPull(a *app) *cobra.Command {
	o := &pullOptions{}
	cmd := &cobra.Command{
		Use:   "pull [ID-GLOB...]",
		Short: "Write edits made in the console back to the files",
		Long: `Write the changes made in the console since the last deployment to the specs and
Python files. The edits are minimal: comments, order and quoting are kept. Files
of entities that were deleted in the console are removed; on a terminal pdac asks
whether to take them out of the packs that list them, too. Nothing is written to
Panther, and files with uncommitted changes are not touched without --force.
After a commit, the next plan shows no drift for these entities.

With --branch, the changes of the last commit are committed on that branch instead,
and the working tree, the index and the branch that is checked out stay as they are.
If the branch exists, it must have nothing but an earlier pull, which is made again.`,
		Example: `  pdac pull
  pdac pull 'AWS.*' 'global/*'
  pdac pull --dry-run                   show the changes without writing them
  pdac pull --adopt 'rule/Console.*'    create files for entities that were never deployed
  pdac pull --branch pdac/drift --push  commit on a branch, for a pull request`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.memoryFlags.check(cmd); err != nil {
				return err
			}
			if len(args) > 0 && len(o.only) > 0 {
				return fmt.Errorf("--only and the argument %q can't be used together", args[0])
			}
			if err := o.checkBranch(cmd); err != nil {
				return err
			}
			return a.pull(cmd.Context(), o, args)
		},
	}
	o.memoryFlags.add(cmd)
	cmd.Flags().BoolVar(&o.adopt, "adopt", false, "also create files for live entities that were never deployed from this repository")
	cmd.Flags().BoolVar(&o.take, "take-conflicts", false, "use Panther's value if both sides changed")
	cmd.Flags().BoolVar(&o.updatePacks, "update-packs", false, "take what was deleted in the console out of the packs that list it, without asking")
	cmd.Flags().BoolVar(&o.force, "force", false, "overwrite files with uncommitted changes")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "show the changes without writing them")
	cmd.Flags().StringVar(&o.branch, "branch", "", "commit the changes on this branch, based on the last commit, and leave the working tree alone")
	cmd.Flags().BoolVar(&o.push, "push", false, "with --branch: push the branch")
	addFormat(cmd, &o.format, report.PullView)
	return cmd
}

func (o *pullOptions) checkBranch(cmd *cobra.Command) error {
	switch {
	case o.push && o.branch == "":
		return errors.New("--push needs --branch; without it, nothing is committed")
	case o.branch != "" && o.force:
		return errors.New("--force overwrites files, but --branch writes none; use one of the two")
	case o.branch != "":
		_, err := git.CheckBranch(o.branch)
		return err
	}
	return notEmpty(cmd, "branch")
}

// branchSource returns the last commit for a pull on a branch, or the working tree.
func (o *pullOptions) branchSource(ctx context.Context, root string) (deploy.Source, error) {
	if o.branch == "" {
		return deploy.Source{}, nil
	}
	head, err := git.Head(ctx, root, git.Options{})
	if err == nil && head == "" {
		err = errors.New("--branch needs a commit to start from; commit the files first")
	}
	return deploy.Source{Ref: head}, err
}

func (a *app) pull(ctx context.Context, o *pullOptions, args []string) error {
	format, err := parseFormat(o.format, report.PullView)
	if err != nil {
		return err
	}
	only, err := sync.ParsePatterns("the argument", append(sync.IDPatterns(args), o.only...))
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
		src, err := o.branchSource(ctx, p.root)
		if err != nil {
			return err
		}
		if !o.dryRun && o.branch == "" {
			restored, err := s.Recover(ctx)
			if err != nil {
				return err
			}
			if restored > 0 {
				a.note("an earlier pull was interrupted: restored %s that it had written", report.Count(restored, "file", "files"))
			}
		}
		pull, err := s.Pull(ctx, t.client, deploy.PullOptions{
			Only: only, Policies: policies, Adopt: o.adopt, TakeConflicts: o.take, Source: src,
		})
		if err != nil {
			return err
		}
		if err := a.updatePacks(ctx, o, pull); err != nil {
			return err
		}
		switch {
		case o.dryRun:
		case o.branch != "":
			if pull.Branch, err = s.Commit(ctx, pull, o.onBranch(p)); err != nil {
				return err
			}
		default:
			if err := s.Write(pull, o.force); err != nil {
				return err
			}
		}
		if err := report.Pull(a.Out, pull, report.PullOptions{Format: format, Color: a.color(a.OutTerminal), Verbose: a.verbose, Quiet: a.quiet, Dry: o.dryRun}); err != nil {
			return fmt.Errorf("show the pull: %w", err)
		}
		if pull.Count(deploy.PullConflict)+pull.Count(deploy.PullFailed) > 0 {
			return exitCode(exitError)
		}
		return a.incomplete(pull.Unreadable, pull.Diagnostics, "pulled")
	})
}

func (o *pullOptions) onBranch(p place) deploy.BranchOptions {
	out := deploy.BranchOptions{Name: o.branch, Push: o.push}
	out.Remote, out.Guessed = p.cfg.Deployments.RemoteOf(true)
	return out
}

// updatePacks takes what was deleted out of packs, if the flag or the answer to a
// question says so.
func (a *app) updatePacks(ctx context.Context, o *pullOptions, pull *deploy.Pull) error {
	var packs []string
	ids := 0
	for _, l := range pull.Packs {
		if l.Reason == "" {
			packs, ids = append(packs, report.Clean(l.Path)), ids+len(l.IDs)
		}
	}
	switch {
	case len(packs) == 0:
		return nil
	case !o.updatePacks && (o.dryRun || !a.InTerminal):
		return nil // the report says which packs list it
	case !o.updatePacks:
		yes, err := a.ask(ctx, fmt.Sprintf("%s of what was deleted in the console: take %s out of %s? Only \"yes\" will be accepted: ",
			report.Count(len(packs), "pack lists something", "packs list something"), report.Count(ids, "id", "ids"), strings.Join(packs, ", ")))
		if err != nil || !yes {
			return err
		}
	}
	pull.UpdatePacks()
	return nil
}
