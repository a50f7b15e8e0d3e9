package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/spf13/cobra"
)

// failsWith marks a command whose errors end pdac with another code than 1.
const failsWith = "exit code of errors"

// failOnWords are the values of --fail-on.
var failOnWords = []string{"error", "warning", "info", string(report.FailNever)}

type lintOptions struct {
	ref, changedSince    string
	staged, live         bool
	format, failOn       string
	outputs              []string
	fix, diff            bool
	selected, ignored    []string
	baseline             string
	writeBaseline, fresh bool
	owners, filters      []string
	lintModes
}

func newLint(a *app) *cobra.Command {
	o := &lintOptions{}
	cmd := &cobra.Command{
		Use:   "lint [PATH...]",
		Short: "Find what would break in Panther or mislead an analyst",
		Long: `Check every spec and Python file of the repository, and report what would break
in Panther or mislead an analyst: where, why, and how to fix it. This needs
neither Panther nor Python.

With paths, --staged or --changed-since, pdac still checks the whole repository,
but shows only the findings in these files and those that a change to them caused
elsewhere. Paths are relative to the current folder, or to -C. A file that you
name is checked even if it is not content.

The exit code is 0 if no finding has the severity of --fail-on or a higher one, 1
if one has, and 2 if the repository could not be checked.`,
		Example: `  pdac lint
  pdac lint rules/aws_rules global_helpers
  pdac lint --fix
  pdac lint --staged                                     before a commit
  pdac lint --changed-since origin/main --format github  in a pull request
  pdac lint --output sarif=lint.sarif --output junit=lint.xml
  pdac lint --select PD2,PD301 --fail-on warning
  pdac lint --baseline lint-baseline.json --write-baseline
  pdac lint --statistics --fail-on none
  pdac lint --stdin-filename rules/a.yml --format concise < unsaved.yml
  pdac lint --select PD505 --add-ignore "runbooks follow in Q3"`,
		Annotations: map[string]string{failsWith: "2"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			return a.lint(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.ref, "ref", "", "check this git revision instead of the working tree")
	f.BoolVar(&o.live, "live", false, "also ask Panther which log types it has, and report all others (PD215)")
	f.BoolVar(&o.staged, "staged", false, "check what is staged in git, and show what the next commit changes")
	f.StringVar(&o.changedSince, "changed-since", "", "show what the working tree changes, compared with this git revision")
	addFormat(cmd, &o.format, report.FindingsView)
	f.StringArrayVar(&o.outputs, "output", nil, "also write FORMAT=FILE, such as sarif=lint.sarif (repeatable)")
	addOwners(cmd, &o.owners, "show only findings in files of this owner, by CODEOWNERS (repeatable)")
	addFilter(cmd, &o.filters, "show only findings in specs with this value, such as Severity=High,Critical, and in their Python (repeatable)")
	f.BoolVar(&o.fix, "fix", false, "fix what can be fixed safely, in the working tree")
	f.BoolVar(&o.diff, "diff", false, "show what --fix would change, without writing anything")
	f.StringSliceVar(&o.selected, "select", nil, "rules to run: ids, the start of ids (PD2), names, default or all")
	f.StringSliceVar(&o.ignored, "ignore", nil, "rules not to run")
	f.StringVar(&o.failOn, "fail-on", "error", "lowest severity that makes the exit code 1: error, warning or info; none for no finding")
	f.StringVar(&o.baseline, "baseline", "", "file of known findings, which don't count")
	f.BoolVar(&o.writeBaseline, "write-baseline", false, "write all current findings to the baseline")
	o.lintModes.addFlags(cmd)
	f.BoolVar(&o.fresh, "no-cache", false, "check every file again, and store nothing in .pdac/cache")
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(failOnWords, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// check refuses flags that make no sense alone or together.
func (o *lintOptions) check(cmd *cobra.Command) error {
	for _, name := range changedFlags(cmd, "ref", "changed-since", "baseline", "format", "fail-on", "select") {
		if v := cmd.Flags().Lookup(name).Value.String(); v == "" || v == "[]" {
			return fmt.Errorf("--%s is empty; give it a value, or omit it", name)
		}
	}
	for _, group := range [][]string{
		{"ref", "staged", "changed-since"}, {"fix", "diff"}, {"fix", "write-baseline"}, {"diff", "write-baseline"},
		{"staged", "write-baseline"}, {"changed-since", "write-baseline"},
		{"owner", "write-baseline"}, {"owner", "fix"}, {"owner", "diff"},
		{"filter", "write-baseline"}, {"filter", "fix"}, {"filter", "diff"},
	} {
		if set := changedFlags(cmd, group...); len(set) > 1 {
			return fmt.Errorf("--%s and --%s can't be used together", set[0], set[1])
		}
	}
	if set := changedFlags(cmd, "ref", "staged"); o.fix && len(set) > 0 {
		return fmt.Errorf("--fix edits the working tree, but --%s checks %s; use --diff to see what it would change", set[0], map[string]string{"ref": "a revision", "staged": "the index"}[set[0]])
	}
	if !slices.Contains(failOnWords, o.failOn) {
		return fmt.Errorf("unknown --fail-on %q; use error, warning, info or none", o.failOn)
	}
	if err := o.lintModes.check(cmd); err != nil {
		return err
	}
	if _, err := repo.ParseFilters("--filter", o.filters); err != nil {
		return err
	}
	return checkOwners(o.owners)
}

// baselineFile is the flag's file, relative to the current folder, else that of
// pdac.yaml, relative to the root; "" for none.
func (o *lintOptions) baselineFile(p place) (string, error) {
	switch {
	case o.baseline != "":
		return o.baseline, nil
	case p.cfg.Lint.Baseline != "":
		return filepath.Join(p.root, filepath.FromSlash(p.cfg.Lint.Baseline)), nil
	case o.writeBaseline:
		return "", errors.New("name the file for the baseline: with --baseline FILE, or as lint.baseline in pdac.yaml")
	}
	return "", nil
}

func (a *app) lint(ctx context.Context, o *lintOptions, args []string) error {
	defer a.moreMemory()()
	shown := report.FindingsView
	if o.showSettings != "" {
		shown = report.SettingsView
	}
	format, err := parseFormat(o.format, shown)
	if err != nil {
		return err
	}
	files, err := parseOutputs(o.outputs, report.FindingsView, "sarif=lint.sarif")
	if err != nil {
		return err
	}
	p, err := a.placeOf(cmp.Or(o.stdinName, o.showSettings))
	if err != nil {
		return err
	}
	opts := a.lintConfig(p)
	opts.Select, opts.Ignore = o.selected, o.ignored
	if !o.fresh {
		opts.Cache = lint.UserCache(p.root, a.Getenv)
	}
	baseline, err := o.baselineFile(p)
	if err != nil {
		return err
	}
	if baseline != "" && !o.writeBaseline {
		if opts.Baseline, err = lint.ReadBaseline(baseline); err != nil {
			return err
		}
	}
	paths, err := a.paths(p, args, o.ref != "" || o.staged || o.changedSince != "")
	if err != nil {
		return err
	}
	if len(paths) > 0 && (o.stdinName != "" || o.showSettings != "") {
		return fmt.Errorf("--%s names the file; omit the paths", map[bool]string{true: "stdin-filename", false: "show-settings"}[o.stdinName != ""])
	}
	if o.writeBaseline && len(paths) > 0 {
		return errors.New("a baseline covers the whole repository; omit the paths with --write-baseline")
	}
	if o.writeBaseline && len(o.selected)+len(o.ignored) > 0 {
		if _, err := os.Stat(baseline); err == nil {
			return fmt.Errorf("the baseline %q would lose what other rules found; omit --select and --ignore, or delete the file first", baseline)
		}
	}
	in, err := lint.Open(ctx, p.root, lint.State{Ref: o.ref, Staged: o.staged, ChangedSince: o.changedSince})
	if err != nil {
		return err
	}
	defer func() { in.Close() }()
	in.Paths = paths
	switch {
	case o.showFiles:
		return a.showLintFiles(ctx, p, in, opts)
	case o.showSettings != "":
		return a.showLintSettings(ctx, p, o.showSettings, in.Tree, opts, format)
	case o.stdinName != "":
		if err := a.readUnsaved(p, o.stdinName, &in, opts); err != nil {
			return err
		}
	}
	if t, ok := in.Tree.(repo.TreeCloser); ok && o.ref == "" && !o.staged {
		in.Tree = repo.WithHidden(t, p.root, paths, opts.Content)
	}
	if o.ref != "" || o.staged || o.changedSince != "" {
		if err := unknownPaths(ctx, in, p.root, o.changedSince != "", args); err != nil {
			return err
		}
	}

	if o.live {
		if err := a.addLogTypes(ctx, p, &opts); err != nil {
			return err
		}
	}
	res, err := a.lintRun(ctx, p, o, in, opts)
	if err != nil {
		return err
	}
	if err := a.ownFindings(ctx, p, o, in, res); err != nil {
		return err
	}
	if err := filterFindings(ctx, in, opts, o.filters, res); err != nil {
		return err
	}
	if o.writeBaseline {
		b := res.Baseline()
		write := func() error { return b.WriteIn(p.root, p.cfg.Lint.Baseline) }
		if o.baseline != "" {
			write = func() error { return b.Write(baseline) }
		}
		if err := write(); err != nil {
			return err
		}
		a.note("%s written to %s.", report.Count(len(b.Entries), "finding", "findings"), report.Clean(baseline))
		return nil
	}
	missing, err := a.lintNotes(res)
	if err != nil {
		return err
	}
	nothing := nothingLinted(p, in, res)
	if nothing != nil && (res.Files == 0 || len(paths) > 0) {
		return nothing
	}
	if err := a.showFindings(p, o, res, format, files); err != nil {
		return err
	}
	switch {
	case nothing != nil:
		return nothing
	case missing:
		return exitCode(exitFailed)
	}
	if slices.ContainsFunc(res.Findings, a.findingsView(p, o).Fails) {
		return exitCode(exitError)
	}
	return nil
}

// filterFindings limits findings to those of --filter.
func filterFindings(ctx context.Context, in lint.Input, opts lint.Options, texts []string, res *lint.Result) error {
	filters, err := repo.ParseFilters("--filter", texts)
	if err != nil {
		return err
	}
	content := opts.Content
	content.Named = in.Paths
	content.Documents = repo.NewDocuments(repo.DocumentStore(opts.Cache))
	return res.Filter(ctx, in.Tree, content, filters)
}

// lintConfig returns the options of lint that pdac.yaml sets.
func (a *app) lintConfig(p place) lint.Options {
	return lint.Options{Config: p.cfg.Lint, SQL: string(p.cfg.Deploy.SQL), Content: p.cfg.RepoOptions(), Now: a.Now()}
}

// moreMemory makes the garbage collector run less often until the returned function
// is called. Most memory of lint lives as long as the run: this takes a third less
// time, and half as much memory again, as long as that is not much.
func (a *app) moreMemory() func() {
	if a.Getenv("GOGC") != "" || a.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	const much = 400 << 20
	before, limit := debug.SetGCPercent(300), debug.SetMemoryLimit(much)
	return func() { debug.SetGCPercent(before); debug.SetMemoryLimit(limit) }
}

// lintRun lints, and applies or shows the fixes if a flag says so.
func (a *app) lintRun(ctx context.Context, p place, o *lintOptions, in lint.Input, opts lint.Options) (*lint.Result, error) {
	switch {
	case o.adding:
		return a.addIgnores(ctx, p, o, in, opts)
	case !o.fix && !o.diff:
		return lint.Run(ctx, in, opts)
	}
	fixed, err := lint.FixAll(ctx, in, opts)
	if err != nil {
		return nil, err
	}
	for _, r := range fixed.Refused {
		a.note("a fix was not applied, because it would have changed more than it declares (please report this): %s", report.Clean(r))
	}
	if o.diff {
		if err := report.FixDiff(a.Out, fixed, report.FindingsOptions{Color: a.color(a.OutTerminal), TextRoot: rootFromHere(p.root), TextFolder: hereFromRoot(p.root)}); err != nil {
			return nil, fmt.Errorf("show the fixes: %w", err)
		}
		return fixed.Before, nil
	}
	if o.stdinName != "" {
		return fixed.Result, a.writeUnsaved(ctx, in, opts, fixed)
	}
	if err := fixed.Write(p.root); err != nil {
		return nil, err
	}
	if fixed.Applied > 0 {
		a.note("Applied %s in %s.", report.Count(fixed.Applied, "fix", "fixes"), report.Count(len(fixed.Files), "file", "files"))
	}
	return fixed.Result, nil
}

// findingsView says how findings are shown.
func (a *app) findingsView(p place, o *lintOptions) report.FindingsOptions {
	return report.FindingsOptions{
		Color: a.color(a.OutTerminal), Width: a.Width(), Quiet: a.quiet, FailOn: lint.Severity(o.failOn), Version: buildVersion(),
		TextRoot: rootFromHere(p.root), TextFolder: hereFromRoot(p.root), WorkRoot: rootFromTop(p.root), Links: a.terminalLinks(p.root), Statistics: o.statistics,
	}
}

// showFindings writes the findings to the files of --output, and shows them.
func (a *app) showFindings(p place, o *lintOptions, res *lint.Result, format report.Format, files []output) error {
	view := a.findingsView(p, o)
	for _, f := range files {
		v := view
		v.Format, v.Color, v.Width, v.Links, v.Statistics = f.format, false, 0, report.Hyperlinks{}, false
		if err := atomicfile.Write(f.path, 0o644, func(w io.Writer) error { return report.Findings(w, res, v) }); err != nil {
			return fmt.Errorf("write the findings to %q: %w", f.path, err)
		}
	}
	if o.diff {
		return nil
	}
	view.Format = format
	to := a.Out
	if o.fix && o.stdinName != "" { // standard output has the fixed file
		to, view.Color, view.Links = a.Err, a.color(a.ErrTerminal), report.Hyperlinks{}
	}
	if err := report.Findings(to, res, view); err != nil {
		return fmt.Errorf("show the findings: %w", err)
	}
	return nil
}

// lintNotes says what was not looked at, and reports whether pdac.yaml names
// content that is missing.
func (a *app) lintNotes(res *lint.Result) (missing bool, err error) {
	a.skipped(res.Skipped)
	missing, err = a.contentNotes(res.Notes)
	a.outside(res.Outside)
	return missing, err
}

// outside says which paths hold nothing to look at.
func (a *app) outside(paths []string) {
	const maxNamed = 3
	// pre-commit passes every YAML file, those of other programs too.
	outside := slices.DeleteFunc(slices.Clone(paths), func(p string) bool {
		return p == config.FileName || strings.HasPrefix(p, ".") || strings.Contains(p, "/.")
	})
	if n := len(outside); n > maxNamed {
		a.note("%s hold no content and were skipped: %s, …", report.Count(n, "path", "paths"), report.Clean(strings.Join(outside[:maxNamed], ", ")))
	} else if n > 0 {
		a.note("no content, skipped: %s", report.Clean(strings.Join(outside, ", ")))
	}
}
