package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

// testsCorpus is the value of --corpus for the events of all unit tests.
const testsCorpus = "tests"

// deployedState is the value of --against for the last recorded deployment.
const deployedState = "deployed"

// behaviourFlags are the flags of test that run detections over events instead of judging
// their tests.
type behaviourFlags struct {
	against string
	corpus  []string
	outputs bool
}

func (f *behaviourFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.against, "against", "", "show what the detections do differently than at this git revision, or than in the last recorded deployment (deployed)")
	cmd.Flags().StringArrayVar(&f.corpus, "corpus", nil, "also use the events of this folder: LOGTYPE/benign*.jsonl and attack*.jsonl; without --against, show false alerts and missed attacks; tests means the events of all unit tests (repeatable)")
	cmd.Flags().BoolVar(&f.outputs, "outputs", false, "show what title, severity and the others return in each test; with --against, what changes in a detection's own tests")
}

// check refuses flags that judge tests.
func (f *behaviourFlags) check(cmd *cobra.Command) error {
	if err := notEmpty(cmd, "against"); err != nil {
		return err
	}
	for _, dir := range f.corpus {
		if dir == "" {
			return errors.New("--corpus is empty; name a folder of events, such as events")
		}
	}
	if !f.on() {
		return nil
	}
	which := "--against"
	if f.against == "" {
		which = "--corpus"
	}
	if set := changedFlags(cmd, "mutate", "coverage"); len(set) > 0 {
		return fmt.Errorf("--%s and %s can't be used together; run pdac test once with each", set[0], which)
	}
	if set := changedFlags(cmd, "changed-since", "run", "filter", "last-failed", "fail-fast", "minimum-tests", "strict", "durations", "slow", "allow-not-run"); len(set) > 0 {
		return fmt.Errorf("--%s is about the results of tests, and can't be used with %s, which compares what detections do", set[0], which)
	}
	if f.against != "" && slices.Contains(f.corpus, testsCorpus) {
		return fmt.Errorf("--against uses the events of all unit tests anyway; omit --corpus %s, or name a folder with that name as ./%s", testsCorpus, testsCorpus)
	}
	if f.outputs && f.against == "" {
		return errors.New("--outputs shows tests, and --corpus alone has none; use one of the two, or add --against")
	}
	return nil
}

// on reports whether events are run instead of tests.
func (f *behaviourFlags) on() bool { return f.against != "" || len(f.corpus) > 0 }

// events reads the corpora.
func (f *behaviourFlags) events() (out []unittest.CorpusEvent, err error) {
	for _, dir := range f.corpus {
		if dir == testsCorpus {
			continue // all unit tests
		}
		list, err := unittest.ReadCorpus(dir)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// testAgainst compares two states of the repository by what their detections do.
func (a *app) testAgainst(ctx context.Context, p place, o *testOptions, after repo.Tree, paths, args []string) error {
	corpus, err := o.events()
	if err != nil {
		return err
	}
	before, content, name, err := a.stateBefore(ctx, p, o.against)
	if err != nil {
		return err
	}
	defer before.Close()
	bar := report.NewTestProgress(a.Err, a.ErrTerminal && !a.quiet)
	opts := a.unitTestOptions(ctx, p, o)
	opts.Progress = func(done, all int) { a.watch.tick(); bar.Show(done, all) }
	res, err := unittest.Compare(ctx, unittest.Sides{
		Before: unittest.Side{Tree: before, Name: name, Content: content}, After: unittest.Side{Tree: after, Name: stateName(o)},
		Paths: paths, Corpus: corpus, Own: o.outputs && len(corpus) == 0,
	}, opts)
	bar.End()
	if err != nil {
		return err
	}
	if err := nothingCompared(res, args); err != nil {
		return err
	}
	if err := a.writeBehaviour(o, func(w io.Writer, v report.BehaviourOptions) error { return report.Behaviour(w, res, v) }); err != nil {
		return err
	}
	if res.Missing != "" {
		return noPythonFor("--against", res.Missing)
	}
	return nil
}

// nothingCompared is the error of a comparison that had no detections to look at.
func nothingCompared(r *behaviour.Report, args []string) error {
	switch {
	case r.Summary.Detections+len(r.Removed)+len(r.Unread) > 0:
		return nil
	case len(args) > 0:
		return fmt.Errorf("nothing was compared: no detections were found in %s; check the path, or run pdac test without paths for the whole repository", report.Clean(strings.Join(args, ", ")))
	}
	return fmt.Errorf("nothing was compared: no detections were found in %s and %s; check the folder, --only, and content.include in pdac.yaml", report.Clean(r.Before), report.Clean(r.After))
}

// stateName names the state that is tested.
func stateName(o *testOptions) string {
	switch {
	case o.ref != "":
		return o.ref
	case o.staged:
		return "the index"
	}
	return "the working tree"
}

// stateBefore opens the old side.
func (a *app) stateBefore(ctx context.Context, p place, against string) (repo.TreeCloser, *repo.Options, string, error) {
	if against != deployedState {
		t, err := repo.OpenCommit(ctx, p.root, against)
		if err != nil {
			return nil, nil, "", fmt.Errorf("open the revision of --against: %w", err)
		}
		return t, nil, against, nil
	}
	store, p, tenant, err := a.records(ctx)
	if err != nil {
		return nil, nil, "", fmt.Errorf("find what is deployed: %w", err)
	}
	last, err := store.Latest(ctx, tenant)
	switch {
	case err != nil:
		return nil, nil, "", fmt.Errorf("find what is deployed: %w", err)
	case last == nil:
		return nil, nil, "", fmt.Errorf("no deployment to %s is recorded in this clone, so there is nothing to compare with; fetch the record (pdac plan does), or name a revision, such as --against origin/main", report.Clean(tenant))
	}
	t, err := store.Tree(ctx, *last)
	if err != nil {
		return nil, nil, "", fmt.Errorf("read what is deployed: %w", err)
	}
	content := deploy.RecordContent(p.cfg.RepoOptions())
	return t, &content, fmt.Sprintf("what is deployed to %s (%.12s)", tenant, last.Hash), nil
}

// unitTestOptions are those that all runs of test share.
func (a *app) unitTestOptions(ctx context.Context, p place, o *testOptions) unittest.Options {
	out := a.testConfig(ctx, p, o.python)
	if o.fresh {
		out.Cache = unittest.Cache{}
	}
	out.Only, out.Workers = o.only, o.parallelism
	return out
}

// writeBehaviour writes what detections do to the files of --output, and shows it.
func (a *app) writeBehaviour(o *testOptions, write func(io.Writer, report.BehaviourOptions) error) error {
	view := report.BehaviourOptions{Color: a.color(a.OutTerminal), Quiet: a.quiet, Verbose: a.verbose}
	return a.showAll(o, func(w io.Writer, f report.Format, toFile bool) error {
		v := view
		v.Format, v.Color = f, view.Color && !toFile
		return write(w, v)
	})
}

// behave runs detections over events: both states of them, or one.
func (a *app) behave(ctx context.Context, p place, o *testOptions, tree repo.Tree, paths, args []string) error {
	if o.against != "" {
		return a.testAgainst(ctx, p, o, tree, paths, args)
	}
	corpus, err := o.events()
	if err != nil {
		return err
	}
	bar := report.NewTestProgress(a.Err, a.ErrTerminal && !a.quiet)
	opts := a.unitTestOptions(ctx, p, o)
	opts.Progress = func(done, all int) { a.watch.tick(); bar.Show(done, all) }
	res, err := unittest.RunCorpus(ctx, unittest.CorpusInput{
		Side: unittest.Side{Tree: tree, Name: stateName(o)}, Paths: paths, Corpus: corpus, Tests: slices.Contains(o.corpus, testsCorpus),
	}, opts)
	bar.End()
	if err != nil {
		return err
	}
	if s := res.Summary; s.Detections == 0 && s.NotRun == 0 {
		return nothingRun(o, args)
	}
	err = a.writeBehaviour(o, func(w io.Writer, v report.BehaviourOptions) error { return report.Corpus(w, res, v) })
	if err == nil && res.Missing != "" {
		err = noPythonFor("--corpus", res.Missing)
	}
	return err
}

// nothingRun is the error of a corpus that no detection ran on.
func nothingRun(o *testOptions, args []string) error {
	from := report.Clean(strings.Join(o.corpus, ", "))
	switch {
	case len(args) > 0 || len(o.only) > 0:
		return fmt.Errorf("nothing was run: no detection that --only or a path names is for an event of %s; check these, and that its folders are named like log types", from)
	case slices.Contains(o.corpus, testsCorpus):
		return fmt.Errorf("nothing was run: no detection gets the event of another one's test; name a folder of events instead of %s", from)
	}
	return fmt.Errorf("nothing was run: no detection is for the log types of %s; its folders must be named like log types", from)
}

// noPythonFor is the error of what ran only without Python.
func noPythonFor(flag, why string) error {
	return fmt.Errorf("pdac test %s needs Python: %s; install it, or name it with --python", flag, why)
}
