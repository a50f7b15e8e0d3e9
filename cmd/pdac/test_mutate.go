package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/spf13/cobra"
)

// testsOfTests are the flags of pdac test that test the tests.
type testsOfTests struct {
	mutate, coverage      bool
	minScore, minCoverage int
}

func (t *testsOfTests) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&t.mutate, "mutate", false, "change the logic of each detection, and show which changes no test notices")
	f.IntVar(&t.minScore, "min-score", 0, "with --mutate, fail if tests notice less than this percentage of the changes")
	f.BoolVar(&t.coverage, "coverage", false, "show which lines of detections, globals and data models no test reaches")
	f.IntVar(&t.minCoverage, "min-coverage", 0, "with --coverage, fail if tests reach less than this percentage of the lines")
}

// check refuses flags that make no sense together.
func (t *testsOfTests) check(cmd *cobra.Command) error {
	if t.mutate && t.coverage {
		return errors.New("--mutate and --coverage can't be used together; run pdac test once with each")
	}
	for _, c := range []struct {
		flag, needs string
		on          bool
		value       int
	}{{"min-score", "mutate", t.mutate, t.minScore}, {"min-coverage", "coverage", t.coverage, t.minCoverage}} {
		switch {
		case !cmd.Flags().Changed(c.flag):
		case !c.on:
			return fmt.Errorf("--%s needs --%s", c.flag, c.needs)
		case c.value < 0 || c.value > 100:
			return fmt.Errorf("--%s must be from 0 to 100, not %d", c.flag, c.value)
		}
	}
	mode := "mutate"
	if t.coverage {
		mode = "coverage"
	}
	if t.mutate || t.coverage {
		if set := changedFlags(cmd, "run", "last-failed", "fail-fast", "minimum-tests", "durations", "slow", "outputs"); len(set) > 0 {
			return fmt.Errorf("--%s and --%s can't be used together: --%s runs all tests of a detection, and shows no results of tests", mode, set[0], mode)
		}
	}
	return nil
}

// view is what is shown.
func (t *testsOfTests) view() report.View {
	switch {
	case t.mutate:
		return report.MutantsView
	case t.coverage:
		return report.LinesView
	}
	return report.TestsView
}

// testsOfTests runs pdac test with --mutate or --coverage.
func (a *app) testsOfTests(ctx context.Context, p place, o *testOptions, in unittest.Input, opts unittest.Options, notes func(*unittest.Result) error) error {
	var tests *unittest.Result
	var show func(w io.Writer, v report.TestsOptions) error
	var enough bool
	var err error
	if o.mutate {
		var res *unittest.MutationResult
		if res, err = unittest.Mutate(ctx, in, opts); res != nil {
			tests, enough = res.Tests, res.Percent() >= o.minScore
		}
		show = func(w io.Writer, v report.TestsOptions) error {
			return report.Mutants(w, res, report.MutantsOptions{TestsOptions: v, MinScore: o.minScore})
		}
	} else {
		var res *unittest.CoverageResult
		if res, err = unittest.Cover(ctx, in, opts); res != nil {
			tests, enough = res.Tests, res.Count().Percent() >= o.minCoverage
		}
		show = func(w io.Writer, v report.TestsOptions) error {
			return report.Lines(w, res, report.LinesOptions{TestsOptions: v, MinCoverage: o.minCoverage})
		}
	}
	var noPython *unittest.NoPythonError
	if err != nil && !errors.As(err, &noPython) {
		return err
	}
	if err := notes(tests); err != nil {
		return err
	}
	// What can't be read fails the run, and is in no view of these.
	if err := report.Diagnostics(a.Err, tests.Faults, report.DiagnosticsOptions{Color: a.color(a.ErrTerminal)}); err != nil {
		return fmt.Errorf("show what can't be read: %w", err)
	}
	if noPython != nil && o.coverage {
		return noPythonError(noPython) // nothing ran, and a report would say that tests reach nothing
	}
	if err := a.writeTests(o, a.testsView(p), show); err != nil {
		return err
	}
	switch {
	case noPython != nil:
		return noPythonError(noPython)
	case !tests.OK() || !enough:
		return exitCode(exitError)
	}
	return nil
}
