package main

import (
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
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/spf13/cobra"
)

// failsWith marks a command whose errors end pdac with another code than 1.
const failsWith = "exit code of errors"

type lintOptions struct {
	ref, changedSince    string
	staged               bool
	format, failOn       string
	outputs              []string
	fix, diff            bool
	selected, ignored    []string
	baseline             string
	writeBaseline, fresh bool
}

func newLint(a *app) *cobra.Command {
	o := &lintOptions{}
	cmd := &cobra.Command{
		Use:   "lint [PATH...]",
		Short: "Find what would break in Panther or mislead an analyst",
		Long: `Look at every spec and Python file of the repository, and say what would break
in Panther or mislead an analyst: where, why, and how to mend it. It needs
neither Panther nor Python.

With paths, --staged or --changed-since the whole repository is looked at all the
same; shown are the findings in these files, and those that a change to them
brought about elsewhere. Paths are relative to the current folder, or to -C.

The exit code is 0 when nothing was found that --fail-on names, 1 when
something was, and 2 when the repository could not be looked at.`,
		Example: `  pdac lint
  pdac lint rules/aws_rules global_helpers
  pdac lint --fix
  pdac lint --staged                                     before a commit
  pdac lint --changed-since origin/main --format github  in a pull request
  pdac lint --output sarif=lint.sarif --output junit=lint.xml
  pdac lint --select PD2,PD301 --fail-on warning
  pdac lint --baseline lint-baseline.json --write-baseline`,
		Annotations: map[string]string{failsWith: "2"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			return a.lint(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.ref, "ref", "", "look at this git revision instead of the working tree")
	f.BoolVar(&o.staged, "staged", false, "look at what is staged in git, and show what the next commit brings")
	f.StringVar(&o.changedSince, "changed-since", "", "show what the working tree brings, compared with this git revision")
	formats := make([]string, 0, 6)
	for _, x := range report.FindingsFormats() {
		formats = append(formats, string(x))
	}
	addFormat(cmd, &o.format, formats...)
	f.StringArrayVar(&o.outputs, "output", nil, "also write FORMAT=FILE, such as sarif=lint.sarif (repeatable)")
	f.BoolVar(&o.fix, "fix", false, "mend what can be mended safely, in the working tree")
	f.BoolVar(&o.diff, "diff", false, "show what --fix would change, and write nothing")
	f.StringSliceVar(&o.selected, "select", nil, "the rules to run: ids, their beginnings (PD2), names, default or all")
	f.StringSliceVar(&o.ignored, "ignore", nil, "rules not to run")
	f.StringVar(&o.failOn, "fail-on", "error", "the least severity that makes the exit code 1: error or warning")
	f.StringVar(&o.baseline, "baseline", "", "a file of findings that are known and don't count")
	f.BoolVar(&o.writeBaseline, "write-baseline", false, "write the baseline with all that is found now")
	f.BoolVar(&o.fresh, "no-cache", false, "look at every file anew, and keep nothing in .pdac/cache")
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"error", "warning"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// check refuses flags that make no sense, alone or together.
func (o *lintOptions) check(cmd *cobra.Command) error {
	for _, name := range changedFlags(cmd, "ref", "changed-since", "baseline", "format", "fail-on", "select") {
		if v := cmd.Flags().Lookup(name).Value.String(); v == "" || v == "[]" {
			return fmt.Errorf("--%s is empty; give it a value, or leave it off", name)
		}
	}
	for _, group := range [][]string{
		{"ref", "staged", "changed-since"}, {"fix", "diff"}, {"fix", "write-baseline"}, {"diff", "write-baseline"},
		{"staged", "write-baseline"}, {"changed-since", "write-baseline"},
	} {
		if set := changedFlags(cmd, group...); len(set) > 1 {
			return fmt.Errorf("--%s and --%s can't go together; leave one off", set[0], set[1])
		}
	}
	if set := changedFlags(cmd, "ref", "staged"); o.fix && len(set) > 0 {
		return fmt.Errorf("--fix mends the working tree, which --%s does not look at; use --diff to see what it would do", set[0])
	}
	if o.failOn != "error" && o.failOn != "warning" {
		return fmt.Errorf("unknown --fail-on %q; use error or warning", o.failOn)
	}
	return nil
}

// output is a report that goes to a file.
type output struct {
	format report.Format
	path   string
}

func (o *lintOptions) files() ([]output, error) {
	legal := report.FindingsFormats()
	words := make([]string, len(legal))
	for i, l := range legal {
		words[i] = string(l)
	}
	var out []output
	seen := map[string]bool{}
	for _, text := range o.outputs {
		name, path, ok := strings.Cut(text, "=")
		if !ok || path == "" {
			return nil, fmt.Errorf("--output %q is not of the form FORMAT=FILE, such as sarif=lint.sarif", text)
		}
		if _, err := parseFormat(name, words...); err != nil {
			return nil, fmt.Errorf("--output %q: unknown format %q; use %s", text, name, strings.Join(words, ", "))
		}
		if seen[filepath.Clean(path)] {
			return nil, fmt.Errorf("--output names the file %q twice", path)
		}
		seen[filepath.Clean(path)] = true
		out = append(out, output{report.Format(name), path})
	}
	return out, nil
}

func (a *app) lint(ctx context.Context, o *lintOptions, args []string) error {
	if a.Getenv("GOGC") == "" {
		// Most of what is made lives as long as the run: to collect less often takes a
		// third less time, and half as much memory again.
		defer debug.SetGCPercent(debug.SetGCPercent(300))
	}
	var words []string
	for _, f := range report.FindingsFormats() {
		words = append(words, string(f))
	}
	format, err := parseFormat(o.format, words...)
	if err != nil {
		return err
	}
	files, err := o.files()
	if err != nil {
		return err
	}
	p, err := a.place()
	if err != nil {
		return err
	}
	settings, err := lint.NewSettings(p.cfg.Lint, lint.Flags{Select: o.selected, Ignore: o.ignored})
	if err != nil {
		var inFile interface{ Unwrap() error }
		if !errors.As(err, &inFile) && !strings.HasPrefix(err.Error(), "--") {
			err = fmt.Errorf("%s: %w", config.FileName, err)
		}
		return err
	}
	opts := lint.Options{Settings: settings, Content: content(p), Now: a.Now()}
	if !o.fresh {
		if key := a.cacheKey(); key != nil {
			opts.CacheDir, opts.Build, opts.CacheKey = filepath.Join(p.root, ".pdac", "cache"), buildID(), key
		}
	}
	baseline, err := a.baselineFile(p, o)
	if err != nil {
		return err
	}
	if baseline != "" && !o.writeBaseline {
		if opts.Baseline, err = readBaseline(baseline); err != nil {
			return err
		}
	}
	in := lint.Input{}
	if in.Paths, err = a.lintPaths(p, args, o); err != nil {
		return err
	}
	if o.writeBaseline && len(in.Paths) > 0 {
		return errors.New("a baseline is of the whole repository; leave the paths off with --write-baseline")
	}
	closeTrees, err := openTrees(ctx, p, o, &in)
	if err != nil {
		return err
	}
	defer closeTrees()

	res, err := a.lintRun(ctx, p, o, in, opts)
	if err != nil {
		return err
	}
	if o.writeBaseline {
		return a.writeBaseline(baseline, res)
	}
	a.lintNotes(res)
	view := report.FindingsOptions{
		Color: a.color(a.OutTerminal), Width: a.Width(), Quiet: a.quiet, FailOn: lint.Severity(o.failOn), Version: buildVersion(),
		TextRoot: a.seenFromHere(p.root), TextFolder: folderHere(p.root), WorkRoot: seenFromTop(p.root),
	}
	for _, f := range files {
		v := view
		v.Format, v.Color, v.Width = f.format, false, 0
		if err := writeFile(f.path, 0o644, func(w io.Writer) error { return report.Findings(w, res, v) }); err != nil {
			return fmt.Errorf("write the findings to %q: %w", f.path, err)
		}
	}
	if !o.diff {
		view.Format = format
		if err := report.Findings(a.Out, res, view); err != nil {
			return fmt.Errorf("show the findings: %w", err)
		}
	}
	if res.Count(lint.Error) > 0 || o.failOn == "warning" && res.Count(lint.Warning) > 0 {
		return exitCode(exitError)
	}
	return nil
}

// lintRun looks, and mends or shows what could be mended when asked to.
func (a *app) lintRun(ctx context.Context, p place, o *lintOptions, in lint.Input, opts lint.Options) (*lint.Result, error) {
	if !o.fix && !o.diff {
		return lint.Run(ctx, in, opts)
	}
	fixed, err := lint.FixAll(ctx, in, opts)
	if err != nil {
		return nil, err
	}
	for _, r := range fixed.Refused {
		a.note("a fix was not made, since it would have changed more than it says (please report it): %s", report.Clean(r))
	}
	if o.diff {
		if err := report.FixDiff(a.Out, fixed, report.FindingsOptions{Color: a.color(a.OutTerminal), TextRoot: a.seenFromHere(p.root), TextFolder: folderHere(p.root)}); err != nil {
			return nil, fmt.Errorf("show the fixes: %w", err)
		}
		return lint.Run(ctx, in, opts)
	}
	for _, path := range fixed.Paths() {
		if err := replaceFile(filepath.Join(p.root, filepath.FromSlash(path)), fixed.Old[path], fixed.Files[path]); err != nil {
			return nil, fmt.Errorf("mend %q: %w", path, err)
		}
	}
	if fixed.Applied > 0 {
		a.note("%s made in %s.", report.Count(fixed.Applied, "fix", "fixes"), report.Count(len(fixed.Files), "file", "files"))
	}
	return fixed.Result, nil
}

// openTrees opens what the flags name: the state to judge, and the one before.
func openTrees(ctx context.Context, p place, o *lintOptions, in *lint.Input) (closeAll func(), err error) {
	var open []io.Closer
	closeAll = func() {
		for _, c := range open {
			c.Close()
		}
	}
	defer func() {
		if err != nil {
			closeAll()
		}
	}()
	commit := func(rev string) (repo.Tree, error) {
		t, err := git.Commit(ctx, p.root, rev, git.Options{})
		if err != nil {
			return nil, err
		}
		open = append(open, t)
		return t, nil
	}
	switch {
	case o.ref != "":
		in.Tree, err = commit(o.ref)
	case o.staged:
		t, err := git.Index(ctx, p.root, git.Options{})
		if err != nil {
			return closeAll, err
		}
		open = append(open, t)
		in.Tree, in.Before = t, lint.Overlay{}
		if head := t.Describe().Commit; head != "" {
			if in.Before, err = commit(head); err != nil {
				return closeAll, err
			}
		}
	default:
		t, err := git.Worktree(ctx, p.root, git.Options{})
		if err != nil {
			return closeAll, err
		}
		open = append(open, t)
		in.Tree = t
		if o.changedSince != "" {
			if in.Before, err = commit(o.changedSince); err != nil {
				return closeAll, fmt.Errorf("--changed-since: %w", err)
			}
		}
	}
	return closeAll, err
}

// lintPaths gives the paths that somebody named as paths from the root.
func (a *app) lintPaths(p place, args []string, o *lintOptions) ([]string, error) {
	base := a.dir
	if base == "" {
		base = "."
	}
	var out []string
	for _, arg := range args {
		if arg == "" {
			return nil, errors.New("an empty text is no path; name a file or a folder, or leave it off for everything")
		}
		path := arg
		if !filepath.IsAbs(path) {
			path = filepath.Join(base, path)
		}
		if _, err := os.Lstat(path); err != nil && o.ref == "" && !o.staged && o.changedSince == "" {
			return nil, fmt.Errorf("there is no file or folder %q", arg)
		}
		rel, err := relative(p.root, path)
		if err != nil {
			return nil, fmt.Errorf("%q lies outside the repository in %q; name the repository with -C", arg, p.root)
		}
		out = append(out, rel)
	}
	return out, nil
}

// lintNotes tells beside the findings which paths hold nothing to look at.
func (a *app) lintNotes(res *lint.Result) {
	if res.Files == 0 {
		a.note("there are no specs and no Python files here to look at; name the repository with -C, or its folders under content.include in pdac.yaml")
	}
	const most = 3
	// pre-commit names every YAML file, those of other programs too.
	outside := slices.DeleteFunc(slices.Clone(res.Outside), func(p string) bool {
		return p == config.FileName || strings.HasPrefix(p, ".") || strings.Contains(p, "/.")
	})
	if n := len(outside); n > most {
		a.note("%s named hold no content, and were not looked at: %s, …", report.Count(n, "path", "paths"), report.Clean(strings.Join(outside[:most], ", ")))
	} else if n > 0 {
		a.note("no content, and not looked at: %s", report.Clean(strings.Join(outside, ", ")))
	}
}

// seenFromHere gives the repository's root as the current folder sees it; "" where
// it is that folder, or can't be told.
func (a *app) seenFromHere(root string) string {
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(here, root)
	if err != nil || rel == "." {
		return ""
	}
	return filepath.ToSlash(rel)
}

// folderHere gives the current folder as the repository's root sees it; "" where it
// is the root, or lies outside.
func folderHere(root string) string {
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	rel, err := relative(root, here)
	if err != nil || rel == "." {
		return ""
	}
	return rel
}

// seenFromTop gives the repository's root as seen from the top of the git
// repository around it.
func seenFromTop(root string) string {
	top, ok := git.TopLevel(root)
	if !ok {
		return ""
	}
	rel, err := relative(top, root)
	if err != nil || rel == "." {
		return ""
	}
	return rel
}
