package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type fmtOptions struct{ check, diff bool }

func newFmt(a *app) *cobra.Command {
	o := &fmtOptions{}
	cmd := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "Put specs into their canonical form",
		Long: `Put the keys of specs into the conventional order and indent them by two
spaces. Values, quotes, comments and blank lines stay as they are, and no spec
means anything else afterwards. Paths are files or folders; without one, the
whole repository is looked at. With --check nothing is written, and the exit code
is 1 when a spec isn't in its canonical form.`,
		Example: `  pdac fmt
  pdac fmt --check
  pdac fmt --diff rules/okta_rules`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.format(cmd.Context(), o, args) },
	}
	cmd.Flags().BoolVar(&o.check, "check", false, "write nothing; name the files that would change, and exit with 1 if there are any")
	cmd.Flags().BoolVar(&o.diff, "diff", false, "write nothing; show how the files would change")
	return cmd
}

func (a *app) format(ctx context.Context, o *fmtOptions, args []string) error {
	p, err := a.place()
	if err != nil {
		return err
	}
	paths, err := below(p.root, args)
	if err != nil {
		return err
	}
	t, err := git.Worktree(ctx, p.root, git.Options{})
	if err != nil {
		return err
	}
	defer t.Close()
	entries, err := t.Entries(ctx)
	if err != nil {
		return err
	}
	found, err := repo.FindContent(entries, content(p))
	if err != nil {
		return err
	}
	var changed []deploy.FileChange
	failed := 0
	for _, e := range found.Specs {
		if e.Link || !within(e.Path, paths) {
			continue
		}
		src, err := os.ReadFile(filepath.Join(p.root, filepath.FromSlash(e.Path)))
		if err != nil {
			return fmt.Errorf("read a spec: %w", err)
		}
		out, err := repo.Format(e.Path, src)
		if err != nil {
			failed++
			fmt.Fprintf(a.Err, "%s: left as it is: %s\n", report.Clean(e.Path), report.Clean(err.Error()))
			continue
		}
		if string(out) != string(src) {
			changed = append(changed, deploy.FileChange{Path: e.Path, Before: src, After: out})
		}
	}
	if o.diff {
		if err := report.Diffs(a.Out, changed, a.color(a.OutTerminal)); err != nil {
			return err
		}
	}
	if !o.check && !o.diff {
		for _, c := range changed {
			if err := replaceFile(filepath.Join(p.root, filepath.FromSlash(c.Path)), c.Before, c.After); err != nil {
				return fmt.Errorf("write %s: %w", c.Path, err)
			}
		}
	}
	if !o.diff && !a.quiet {
		for _, c := range changed {
			fmt.Fprintln(a.Out, report.Clean(c.Path))
		}
	}
	if failed > 0 || (o.check || o.diff) && len(changed) > 0 {
		return exitCode(exitError)
	}
	return nil
}

// below gives paths that somebody named from the repository's root.
func below(root string, args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		if _, err := os.Stat(arg); err != nil {
			return nil, fmt.Errorf("look for %q: %w", arg, errors.Unwrap(err))
		}
		rel, err := relative(root, arg)
		if err != nil {
			return nil, fmt.Errorf("%q is outside the repository %s", arg, root)
		}
		out = append(out, rel)
	}
	return out, nil
}

// within tells whether a path is one of some, or below one; none are all.
func within(path string, paths []string) bool {
	if len(paths) == 0 {
		return true
	}
	for _, p := range paths {
		if p == "." || path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}
