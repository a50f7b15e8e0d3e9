package main

import (
	"context"
	"fmt"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/repo"
	"github.com/spf13/cobra"
)

type fmtOptions struct{ check, diff bool }

func newFmt(a *app) *cobra.Command {
	o := &fmtOptions{}
	cmd := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "Format specs",
		Long: `Put the keys of specs into the conventional order and indent them by two spaces.
Values, quotes, comments and blank lines stay as they are, and the meaning of
every spec is preserved. The order is that of Panther's public specs; two keys
whose order varies there, and what can't be arranged, such as aliases, are left
as they are.

Paths are files or folders, relative to the current folder or to -C, as for
pdac lint; without paths, the whole repository is formatted. A file that you name
is formatted even if it is not content. With --check nothing is written. The exit
code is 1 if a spec can't be read, or with --check or --diff isn't formatted.`,
		Example: `  pdac fmt
  pdac fmt --check
  pdac fmt --diff rules/okta_rules`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.format(cmd.Context(), o, args) },
	}
	cmd.Flags().BoolVar(&o.check, "check", false, "write nothing; list the files that would change, and exit with 1 if there are any")
	cmd.Flags().BoolVar(&o.diff, "diff", false, "write nothing; show how the files would change")
	return cmd
}

func (a *app) format(ctx context.Context, o *fmtOptions, args []string) error {
	p, err := a.place()
	if err != nil {
		return err
	}
	paths, err := a.paths(p, args, false)
	if err != nil {
		return err
	}
	t, err := repo.OpenWorktree(ctx, p.root)
	if err != nil {
		return err
	}
	t = repo.WithHidden(t, p.root, paths, p.cfg.RepoOptions())
	defer t.Close()
	found, err := repo.FormatTree(ctx, t, repo.FormatOptions{Content: p.cfg.RepoOptions(), Paths: paths})
	if err != nil {
		return err
	}
	for _, f := range found.Failed {
		fmt.Fprintf(a.Err, "%s: not formatted: %s\n", report.Clean(f.Path), report.Clean(f.Err.Error()))
	}
	a.skipped(found.Skipped)
	a.outside(found.Outside)
	missing, err := a.contentNotes(found.Notes)
	if err != nil {
		return err
	}
	if found.Specs == 0 && len(paths) == 0 {
		return &repo.EmptyError{Root: p.root, Include: p.cfg.Content.Include, Only: p.cfg.Content.Only, Skipped: found.Skipped}
	}
	switch {
	case o.diff:
		if err := report.Diffs(a.Out, found.Changes, a.color(a.OutTerminal)); err != nil {
			return err
		}
	case !o.check:
		if err := repo.WriteChanges(p.root, found.Changes); err != nil {
			return err
		}
	}
	if !o.diff && !a.quiet {
		for _, c := range found.Changes {
			fmt.Fprintln(a.Out, report.Clean(c.Path))
		}
	}
	if missing || len(found.Failed) > 0 || (o.check || o.diff) && len(found.Changes) > 0 {
		return exitCode(exitError)
	}
	return nil
}

// skipped says which specs a command did not look at, and why.
func (a *app) skipped(all []repo.Skipped) {
	for _, d := range repo.SkippedNotes(all) {
		a.note("%s", report.Clean(d.String()))
	}
}
