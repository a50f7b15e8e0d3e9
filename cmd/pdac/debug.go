package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/spf13/cobra"
)

type debugOptions struct {
	ref, python string
}

func newDebug(a *app) *cobra.Command {
	o := &debugOptions{}
	cmd := &cobra.Command{
		Use:   "debug ID [TEST]",
		Short: "Run one unit test at the terminal",
		Long: `Run one unit test of a detection, with standard input and output at the terminal:
what it prints is shown at once, breakpoint() opens Python's debugger, and an
exception shows its traceback. There is no limit of time. What a test may not do
is refused as in pdac test. TEST can be left out if the detection has one test.

The exit code is 0 if the test passes, 1 if it does not, and 2 if it could not be
run.`,
		Example: `  pdac debug Acme.AWS.RootConsoleLogin 'Root logs in'
  pdac debug Acme.AWS.RootConsoleLogin 'Root logs in' --ref v1.4.0`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return errors.New("name the detection, and the test if it has several: pdac debug ID TEST")
			}
			return nil
		},
		Annotations: map[string]string{failsWith: "2"},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range changedFlags(cmd, "ref", "python") {
				if err := notEmpty(cmd, name); err != nil {
					return err
				}
			}
			test := ""
			if len(args) > 1 {
				test = args[1]
			}
			return a.debugTest(cmd.Context(), o, args[0], test)
		},
	}
	cmd.Flags().StringVar(&o.ref, "ref", "", "test this git revision instead of the working tree")
	cmd.Flags().StringVar(&o.python, "python", "", "the Python to use")
	return cmd
}

// namesTest reports whether the arguments of "test --debug" name a detection and a test, as those
// of "debug" do, and no files.
func (a *app) namesTest(args []string) bool {
	if !a.debug || len(args) < 1 || len(args) > 2 {
		return false
	}
	for _, arg := range args {
		if _, err := os.Lstat(filepath.Join(a.dir, arg)); err == nil {
			return false
		}
	}
	return true
}

func (a *app) debugTest(ctx context.Context, o *debugOptions, id, name string) error {
	p, err := a.place()
	if err != nil {
		return err
	}
	in, err := lint.Open(ctx, p.root, lint.State{Ref: o.ref})
	if err != nil {
		return err
	}
	defer in.Close()
	// It may wait for the user.
	defer a.watch.wait()()
	dir := p.root
	if o.ref != "" {
		dir = ""
	}
	t, err := unittest.Debug(ctx, unittest.Input{Tree: in.Tree}, a.testConfig(ctx, p, o.python), id, name, dir, pyrun.Streams{In: a.In, Out: a.Out, Err: a.Err})
	var noPython *unittest.NoPythonError
	switch {
	case errors.Is(err, pyrun.ErrNoAnswer):
		a.note("the debugger was left, or the test ended its process, so it has no result")
		return exitCode(exitError)
	case errors.As(err, &noPython) && errors.Is(err, pyrun.ErrNoPython):
		return fmt.Errorf("pdac debug needs Python: %w; install it, or name it with --python", noPython)
	case err != nil:
		return err
	}
	res := &unittest.Result{Tests: []unittest.Test{*t}, Specs: 1, Detections: 1}
	view := report.TestsOptions{Color: a.color(a.OutTerminal), Verbose: true, TextRoot: rootFromHere(p.root), TextFolder: hereFromRoot(p.root), WorkRoot: rootFromTop(p.root)}
	view.Format = report.Text
	if err := report.Tests(a.Out, res, view); err != nil {
		return fmt.Errorf("show the result: %w", err)
	}
	switch t.Status {
	case unittest.Passed:
		return nil
	case unittest.NotRun:
		return exitCode(exitFailed)
	}
	return exitCode(exitError)
}
