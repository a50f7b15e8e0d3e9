package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/lint/coverage"
	"github.com/pdac-dev/pdac/repo"
	"github.com/spf13/cobra"
)

type coverageOptions struct {
	ref, compare, format, output string
	logTypes                     []string
	enabledOnly                  bool
}

func newCoverage(a *app) *cobra.Command {
	o := &coverageOptions{}
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "Show which MITRE ATT&CK techniques the detections cover",
		Long: `Show which tactics and techniques of MITRE ATT&CK the repository's rules,
policies and correlation rules cover, based on their mappings under Reports: as
a table, as JSON, as a layer for the ATT&CK Navigator, or as a page with a heat
map. A technique is covered if an enabled detection is mapped to it or to one of
its sub-techniques. pdac doesn't connect to Panther.

With --compare, it also shows which techniques were gained and lost since another
revision.`,
		Example: `  pdac coverage
  pdac coverage --log-type 'AWS.*' --enabled-only
  pdac coverage --format html --output coverage.html
  pdac coverage --ref v3.94.0 --format navigator --output layer.json
  pdac coverage --compare v3.94.0                     "+3 techniques since v3.94.0"
  pdac coverage -v                                    list every detection`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, flag := range []string{"ref", "compare", "output"} {
				if f := cmd.Flags().Lookup(flag); f.Changed && f.Value.String() == "" {
					what := map[string]string{"ref": "a branch, a tag or a commit", "compare": "a branch, a tag or a commit", "output": "a file"}[flag]
					return fmt.Errorf("--%s is empty; set %s, or omit the flag", flag, what)
				}
			}
			return a.coverage(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.ref, "ref", "", "read this git revision instead of the working tree")
	cmd.Flags().StringVar(&o.compare, "compare", "", "show what changed since this git revision")
	cmd.Flags().StringArrayVar(&o.logTypes, "log-type", nil, "limit to log types or resource types, such as AWS.* (repeatable)")
	cmd.Flags().BoolVar(&o.enabledOnly, "enabled-only", false, "skip detections that are disabled, or not deployed because of their Status")
	cmd.Flags().StringVar(&o.output, "output", "", "write to this file instead of standard output")
	addFormat(cmd, &o.format, report.CoverageView)
	return cmd
}

func (a *app) coverage(ctx context.Context, o *coverageOptions) error {
	if o.output == "-" {
		return errors.New(`--output "-" would write a file of that name; omit it to write to standard output, or write ./- for such a file`)
	}
	format, err := parseFormat(o.format, report.CoverageView)
	if err != nil {
		return err
	}
	p, err := a.place()
	if err != nil {
		return err
	}
	r, err := a.load(ctx, p, o.ref)
	if err != nil {
		return err
	}
	a.skipped(r.Skipped)
	if err := r.CheckLoaded(p.root, p.cfg.RepoOptions()); err != nil {
		return err
	}
	c, err := a.coverageOf(ctx, p, o, r)
	if err != nil {
		return err
	}
	// A file that can't be read can contain any detection.
	if err := report.Diagnostics(a.Err, r.Errors(), report.DiagnosticsOptions{Color: a.color(a.ErrTerminal)}); err != nil {
		return err
	}
	view := report.CoverageOptions{Format: format, Color: o.output == "" && a.color(a.OutTerminal), Verbose: a.verbose, Quiet: a.quiet}
	write := func(w io.Writer) error { return report.Coverage(w, c, view) }
	if o.output == "" {
		if err := write(a.Out); err != nil {
			return fmt.Errorf("show the coverage: %w", err)
		}
	} else {
		if err := atomicfile.Write(o.output, 0o644, write); err != nil {
			return fmt.Errorf("write the coverage to %q: %w", o.output, err)
		}
		a.note("Wrote %s.", o.output)
	}
	// Without a path it is about pdac.yaml: content is missing.
	if len(r.Unread) > 0 || slices.ContainsFunc(r.Errors(), func(d repo.Diagnostic) bool { return d.Path == "" }) {
		return exitCode(exitError)
	}
	return nil
}

// coverageOf computes the coverage, and compares it with a revision if a flag says so.
func (a *app) coverageOf(ctx context.Context, p place, o *coverageOptions, r *repo.Repo) (*coverage.Report, error) {
	f := coverage.Filter{LogTypes: o.logTypes, EnabledOnly: o.enabledOnly}
	if o.compare == "" {
		return coverage.Of(r, f)
	}
	before, err := a.load(ctx, p, o.compare)
	if err != nil {
		return nil, fmt.Errorf("open the revision to compare with: %w", err)
	}
	if len(before.Items) == 0 && len(before.Unread) == 0 {
		a.note("%s has no specs, so everything that is covered now is new", report.Clean(o.compare))
	}
	return coverage.Compared(r, before, o.compare, f)
}

// load reads a repository's content, from the working tree or a revision.
func (a *app) load(ctx context.Context, p place, ref string) (*repo.Repo, error) {
	t, err := opener(ref, false)(ctx, p.root)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return repo.Load(ctx, t, p.cfg.RepoOptions())
}
