package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/cachefile"
	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/repo"
	"github.com/spf13/cobra"
)

type testOptions struct {
	ref, changedSince    string
	staged               bool
	names, only, filters []string
	failed, failFast     bool
	python               string
	parallelism          int
	minTests             int
	allowNotRun, strict  bool
	fresh, watch         bool
	durations            int
	slow                 time.Duration
	format               string
	outputFiles          []string
	testsOfTests
	behaviourFlags
	// These are read from the flags.
	filter repo.Filters
	shown  report.Format
	files  []output
}

func newTest(a *app) *cobra.Command {
	o := &testOptions{}
	cmd := &cobra.Command{
		Use:   "test [PATH...]",
		Short: "Run the unit tests of detections",
		Long: `Run the unit tests of rules, scheduled rules, policies and correlation rules on
this machine, without Panther. Python runs in processes of its own, with limits
of time and memory, and without network; simple detections, inline filters and
correlation rules run in pdac itself.

With paths, only the detections that are made of these files are tested: of a
spec, its Python, a global that it imports, or a data model. With --staged and
--changed-since, only those that the change can affect. Paths are relative to
the current folder, or to -C. Results are kept in .pdac/cache, and a test runs
again only if something that it depends on has changed.

With --mutate, pdac changes the logic of each detection in many places, one at a
time, and shows which changes no test notices, with a test that would. With
--coverage, it shows which lines of Python no test reaches.

With --against, nothing is judged: an old and the new version of what changed run
side by side on the events of all unit tests, and pdac shows what they do
differently. With --corpus alone, detections run on events of which is known
whether they are harmless. A file login.expect next to login.yml says what the
alerts of its tests must say.

pdac uses the Python of --python, of PDAC_PYTHON, of the active virtual
environment or .venv, or the newest on PATH. Panther runs Python 3.11.

The exit code is 0 if every test passes, 1 if one does not or a score is below
--min-score or --min-coverage, and 2 if tests could not be run.`,
		Example: `  pdac test
  pdac test rules/aws_rules global_helpers/acme_helpers.py
  pdac test rules/login.yml --run 'admin*'
  pdac test --changed-since origin/main --format github  in a pull request
  pdac test --last-failed --fail-fast
  pdac test --watch                                      while you work
  pdac test --minimum-tests 2 --output junit=tests.xml
  pdac test --mutate --changed-since origin/main         what no test notices
  pdac test --coverage --output html=lines.html          what no test reaches
  pdac test --against origin/main                        what the change does
  pdac test --corpus events --only 'rule/AWS.*'          false alerts, missed attacks`,
		Annotations: map[string]string{failsWith: "2"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			if a.namesTest(args) {
				test := append(args, "")[1]
				return a.debugTest(cmd.Context(), &debugOptions{ref: o.ref, python: o.python}, args[0], test)
			}
			if o.watch {
				return a.watchTests(cmd.Context(), o, args)
			}
			return a.test(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.ref, "ref", "", "test this git revision instead of the working tree")
	f.BoolVar(&o.staged, "staged", false, "test what is staged in git, as far as the next commit changes it")
	f.StringVar(&o.changedSince, "changed-since", "", "test what the working tree changes, compared with this git revision")
	f.StringArrayVar(&o.only, "only", nil, "limit to kind/id-glob, such as rule/AWS.* (repeatable)")
	f.StringArrayVar(&o.names, "run", nil, "run only tests whose name matches this glob (repeatable)")
	f.StringArrayVar(&o.filters, "filter", nil, "run only tests of specs with this value, such as Severity=High,Critical or Status!=Deprecated (repeatable)")
	f.BoolVar(&o.failed, "last-failed", false, "run only the tests that failed in the last run")
	f.BoolVar(&o.failFast, "fail-fast", false, "stop after the first failure")
	f.BoolVar(&o.watch, "watch", false, "run again whenever a file is saved, until Ctrl-C")
	f.BoolVar(&o.fresh, "no-cache", false, "run every test again, and store nothing in .pdac/cache")
	f.StringVar(&o.python, "python", "", "the Python to use")
	f.IntVar(&o.parallelism, "parallelism", 0, "run at most this many processes at once (default: one per processor)")
	f.IntVar(&o.minTests, "minimum-tests", 0, "fail if a detection has fewer tests; from 2 on, one must expect true and one false")
	f.BoolVar(&o.allowNotRun, "allow-not-run", false, "don't fail because of tests that lack something on this machine, such as a Python package")
	f.BoolVar(&o.strict, "strict", false, "also fail because of tests whose result Panther's documentation leaves open")
	f.IntVar(&o.durations, "durations", 0, "show the slowest tests, so many")
	f.DurationVar(&o.slow, "slow", 0, "show tests that take so long, such as 100ms")
	o.testsOfTests.flags(cmd)
	o.behaviourFlags.add(cmd)
	addFormat(cmd, &o.format, report.TestsView, report.MutantsView, report.LinesView)
	f.StringArrayVar(&o.outputFiles, "output", nil, "also write FORMAT=FILE, such as junit=tests.xml (repeatable)")
	return cmd
}

// view is what the command shows.
func (o *testOptions) view() report.View {
	switch {
	case o.against != "":
		return report.BehaviourView
	case o.on():
		return report.CorpusView
	}
	return o.testsOfTests.view()
}

// check refuses flags that make no sense alone or together, and reads the others.
func (o *testOptions) check(cmd *cobra.Command) error {
	for _, name := range changedFlags(cmd, "ref", "changed-since", "python", "format") {
		if cmd.Flags().Lookup(name).Value.String() == "" {
			return fmt.Errorf("--%s is empty; give it a value, or omit it", name)
		}
	}
	if set := changedFlags(cmd, "ref", "staged", "changed-since"); len(set) > 1 {
		return fmt.Errorf("--%s and --%s can't be used together", set[0], set[1])
	}
	if set := changedFlags(cmd, "ref", "staged", "no-cache", "output"); o.watch && len(set) > 0 {
		return fmt.Errorf("--watch and --%s can't be used together", set[0])
	}
	if o.watch && o.format != string(report.Text) {
		return errors.New("--watch shows text; omit --format")
	}
	if set := changedFlags(cmd, "last-failed", "no-cache"); len(set) > 1 {
		return errors.New("--last-failed needs the results of the last run, which --no-cache does not read")
	}
	if o.slow < 0 {
		return fmt.Errorf("--slow must be 0 or more, not %s", o.slow)
	}
	for _, name := range changedFlags(cmd, "minimum-tests", "durations", "parallelism") {
		if n, err := cmd.Flags().GetInt(name); err != nil || n < 0 {
			return fmt.Errorf("--%s must be 0 or more", name)
		}
	}
	for name, list := range map[string][]string{"only": o.only, "run": o.names} {
		for _, g := range list {
			if g == "" {
				return fmt.Errorf("--%s is empty; give it a value, or omit it", name)
			}
			if err := glob.Check(g); err != nil {
				return fmt.Errorf("--%s %q is not a glob: %w", name, g, err)
			}
		}
	}
	if err := errors.Join(o.testsOfTests.check(cmd), o.behaviourFlags.check(cmd)); err != nil {
		return err
	}
	var err error
	if o.filter, err = repo.ParseFilters("--filter", o.filters); err != nil {
		return err
	}
	if o.shown, err = parseFormat(o.format, o.view()); err != nil {
		return err
	}
	o.files, err = parseOutputs(o.outputFiles, o.view(), "junit=tests.xml")
	return err
}

func (a *app) test(ctx context.Context, o *testOptions, args []string) error {
	defer a.moreMemory()()
	p, err := a.place()
	if err != nil {
		return err
	}
	elsewhere := o.ref != "" || o.staged || o.changedSince != ""
	paths, err := a.paths(p, args, elsewhere)
	if err != nil {
		return err
	}
	in, err := lint.Open(ctx, p.root, lint.State{Ref: o.ref, Staged: o.staged, ChangedSince: o.changedSince})
	if err != nil {
		return err
	}
	defer func() { in.Close() }()
	in.Paths = paths
	if elsewhere {
		if err := unknownPaths(ctx, in, p.root, o.changedSince != "", args); err != nil {
			return err
		}
	}
	if o.on() {
		return a.behave(ctx, p, o, in.Tree, paths, args)
	}
	bar := report.NewTestProgress(a.Err, a.ErrTerminal && !a.quiet)
	opts := a.unitTestOptions(ctx, p, o)
	opts.Names, opts.Filter, opts.Failed, opts.FailFast = o.names, o.filter, o.failed, o.failFast
	opts.MinTests, opts.AllowNotRun, opts.Strict = o.minTests, o.allowNotRun, o.strict
	opts.Progress = func(done, all int) { a.watch.tick(); bar.Show(done, all) }
	what := unittest.Input{Tree: in.Tree, Before: in.Before, Paths: paths}
	if o.mutate || o.coverage {
		return a.testsOfTests(ctx, p, o, what, opts, func(res *unittest.Result) error {
			bar.End()
			return a.testNotes(p, o, in, res, args)
		})
	}
	res, err := unittest.Run(ctx, what, opts)
	bar.End()
	var noPython *unittest.NoPythonError
	if err != nil && !errors.As(err, &noPython) {
		return err
	}
	if err := a.testNotes(p, o, in, res, args); err != nil {
		return err
	}
	if err := a.showTests(p, o, res); err != nil {
		return err
	}
	switch {
	case noPython != nil:
		return noPythonError(noPython)
	case !res.OK():
		return exitCode(exitError)
	}
	return nil
}

// testConfig is how tests run unless flags say otherwise.
func (a *app) testConfig(ctx context.Context, p place, python string) unittest.Options {
	return unittest.Options{
		Content: p.cfg.RepoOptions(), Folder: cachefile.UserDir(a.Getenv), Getenv: a.Getenv, Now: a.Now(),
		Cache: unittest.Cache{Root: p.root, Build: cachefile.BuildID(), Key: cachefile.UserKey(a.Getenv)},
		Python: func(known pyrun.Known) (*pyrun.Python, error) {
			return pyrun.Find(ctx, pyrun.FindOptions{
				Named: python, Root: p.root, Getenv: a.Getenv, Known: known,
				Brought: func() (string, error) { return embeddedPython(cachefile.UserDir(a.Getenv)) },
			})
		},
	}
}

// testNotes says what was not looked at, and what is unusual about the Python.
func (a *app) testNotes(p place, o *testOptions, in lint.Input, res *unittest.Result, args []string) error {
	a.skipped(res.Skipped)
	missing, err := a.contentNotes(res.Notes)
	switch {
	case err != nil:
		return err
	case missing:
		return exitCode(exitFailed)
	}
	if err := a.nothingTested(p, o, in, res, args); err != nil {
		return err
	}
	if py := res.Python; py != nil && py.Version.Less(pyrun.Panther) {
		a.note("warning: Panther runs Python %d.%d, and %s is %s; some detections may behave differently", pyrun.Panther[0], pyrun.Panther[1], py.Path, py.Version)
	}
	return nil
}

// showTests writes the results to the files of --output, and shows them.
func (a *app) showTests(p place, o *testOptions, res *unittest.Result) error {
	view := a.testsView(p)
	view.Slowest, view.Slow, view.Outputs = o.durations, o.slow, o.outputs
	return a.writeTests(o, view, func(w io.Writer, v report.TestsOptions) error { return report.Tests(w, res, v) })
}

// testsView is how results of tests are shown, without a format.
func (a *app) testsView(p place) report.TestsOptions {
	return report.TestsOptions{
		Color: a.color(a.OutTerminal), Quiet: a.quiet, Verbose: a.verbose, Timed: a.OutTerminal,
		TextRoot: rootFromHere(p.root), TextFolder: hereFromRoot(p.root), WorkRoot: rootFromTop(p.root),
	}
}

// writeTests writes a view of tests in all formats that flags ask for.
func (a *app) writeTests(o *testOptions, view report.TestsOptions, write func(io.Writer, report.TestsOptions) error) error {
	return a.showAll(o, func(w io.Writer, f report.Format, toFile bool) error {
		v := view
		v.Format, v.Color = f, view.Color && !toFile
		return write(w, v)
	})
}

// showAll writes something in all formats that flags ask for. A file that can't be written hides
// nothing.
func (a *app) showAll(o *testOptions, write func(w io.Writer, f report.Format, toFile bool) error) error {
	var errs []error
	for _, f := range o.files {
		if err := atomicfile.Write(f.path, 0o644, func(w io.Writer) error { return write(w, f.format, true) }); err != nil {
			errs = append(errs, fmt.Errorf("write the results to %q: %w", f.path, err))
		}
	}
	if err := write(a.Out, o.shown, false); err != nil {
		errs = append(errs, fmt.Errorf("show the results: %w", err))
	}
	return errors.Join(errs...)
}

// noPythonError is the error of a run for which Python is missing.
func noPythonError(err *unittest.NoPythonError) error {
	if errors.Is(err, pyrun.ErrNoPython) {
		return fmt.Errorf("pdac test needs Python: %w; install it, or name it with --python", err)
	}
	return err
}
