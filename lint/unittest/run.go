package unittest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/repo"
)

// Run runs the unit tests of a repository. An error means that they could not be run
// at all; with a *NoPythonError the Result has those that need no Python.
func Run(ctx context.Context, in Input, o Options) (*Result, error) {
	start := time.Now()
	r := newRun(in, o)
	defer r.close()
	if err := r.all(ctx, in); err != nil {
		return nil, err
	}
	r.res.Took = time.Since(start)
	if r.noPython != nil {
		return r.res, &NoPythonError{r.noPython}
	}
	return r.res, nil
}

// newRun prepares a run, and begins to look for Python. Close it after use.
func newRun(in Input, o Options) *run {
	r := &run{res: &Result{allowNotRun: o.AllowNotRun, strict: o.Strict}}
	r.opts, r.store, r.python = o.start(in.Paths)
	return r
}

// start fills in the defaults of options, opens the cache, and looks for Python while the
// caller reads a tree.
func (o Options) start(paths []string) (Options, *store, func() (*pyrun.Python, error)) {
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	o.Content.Named = paths
	s := openStore(o.Cache)
	python := sync.OnceValues(func() (*pyrun.Python, error) { return o.Python(s) })
	go python()
	return o, s, python
}

// run is one run.
type run struct {
	opts     Options
	store    *store
	python   func() (*pyrun.Python, error)
	noPython error
	now      *state
	res      *Result
	// pool runs Python; nil if no test needs it.
	pool *pyrun.Pool
	// folders are those of packages that tests looked in.
	folders []folder
	// lines says that the lines that run are recorded.
	lines bool
	// units are the detections that were selected, with their tests.
	units []*unit
}

// unit is a selected detection in a run.
type unit struct {
	*item
	tests []repo.UnitTest
	// results has one element for each test.
	results []Test
	chosen  []bool
	// request is what Python runs, and asked the numbers of its tests.
	request pyrun.Request
	asked   []int
	// key names the results; cached says that they are of an earlier run.
	key    string
	cached bool
	// folders are those of the earlier run's packages.
	folders []folder
	// noAlert says that only rule() and alert_context() count.
	noAlert bool
	// covered are the lines that its tests reach, if they are recorded.
	covered *linesRecord
}

func (r *run) all(ctx context.Context, in Input) error {
	var err error
	if r.now, err = scan(ctx, in.Tree, r.opts, r.store); err != nil {
		return err
	}
	r.res.Notes, r.res.Skipped = r.now.notes, repo.Below(r.now.skips, in.Paths)
	chosen, err := r.choose(ctx, in)
	if err != nil {
		return err
	}
	r.res.Specs, r.res.Detections = len(r.now.specs), len(chosen)
	r.units = make([]*unit, len(chosen))
	var fresh []*unit
	for i, it := range chosen {
		u := r.lookUp(it)
		if r.units[i] = u; !u.cached {
			fresh = append(fresh, u)
		}
	}
	if r.opts.FailFast && slices.ContainsFunc(r.units, r.failed) {
		// Nothing more needs to run.
		r.res.Stopped, fresh = true, nil
		r.units = slices.DeleteFunc(r.units, func(u *unit) bool { return !u.cached })
	}
	if err := r.open(ctx, fresh); err != nil {
		return err
	}
	err = parallel(ctx, r.opts.workers(), len(fresh), func(ctx context.Context, i int) error { return r.prepare(ctx, fresh[i]) })
	if err != nil {
		return err
	}
	if err := r.runPython(ctx, fresh); err != nil {
		return err
	}
	if slices.ContainsFunc(r.units, func(u *unit) bool { return u.python() && len(u.results) > 0 }) {
		r.res.Python, _ = r.python()
	}
	r.few()
	r.collect(ctx)
	if err := r.expect(ctx, in.Paths); err != nil {
		return err
	}
	if ctx.Err() == nil {
		r.keep()
	}
	return ctx.Err()
}

// failed reports whether an earlier run knows that a selected test of a detection fails.
func (r *run) failed(u *unit) bool {
	for i := range u.results {
		if u.cached && u.chosen[i] && r.res.Fails(&u.results[i]) {
			return true
		}
	}
	return false
}

// choose selects the detections to test.
func (r *run) choose(ctx context.Context, in Input) ([]*item, error) {
	items := r.now.items()
	for _, g := range r.opts.Only {
		if !slices.ContainsFunc(items, func(it *item) bool { return it.matches(g) }) {
			r.res.Unmatched = append(r.res.Unmatched, g)
		}
	}
	if in.Before != nil {
		before, err := scan(ctx, in.Before, r.opts, r.store)
		if err != nil {
			return nil, fmt.Errorf("read the state to compare with: %w", err)
		}
		was := map[string]bool{}
		for _, it := range before.items() {
			was[before.digest(it)] = true
		}
		items = slices.DeleteFunc(items, func(it *item) bool { return was[r.now.digest(it)] })
	}
	if len(in.Paths) > 0 {
		below := under(in.Paths)
		items = slices.DeleteFunc(items, func(it *item) bool { return !slices.ContainsFunc(it.files(), below) })
	}
	if len(r.opts.Only) > 0 {
		items = slices.DeleteFunc(items, func(it *item) bool {
			return !slices.ContainsFunc(r.opts.Only, it.matches)
		})
	}
	if r.opts.Failed {
		failed := map[testKey]bool{}
		for _, k := range r.store.failed {
			failed[testKey{k.Kind, k.ID, ""}] = true
		}
		items = slices.DeleteFunc(items, func(it *item) bool { return !failed[testKey{it.kind(), it.spec.ID, ""}] })
	}
	items, err := r.filtered(ctx, items)
	if err != nil {
		return nil, err
	}
	for _, f := range r.now.specs {
		if len(f.Faults) > 0 && (len(in.Paths) == 0 || under(in.Paths)(f.Path)) {
			r.res.Faults = append(r.res.Faults, f.Faults...)
		}
	}
	return items, nil
}

// under reports whether a file is one of some files, or in one of some folders.
func under(paths []string) func(string) bool {
	set := map[string]bool{}
	for _, p := range paths {
		set[strings.TrimSuffix(p, "/")] = true
	}
	return func(p string) bool {
		if p == "" {
			return false
		}
		for ; ; p = path.Dir(p) {
			if set[p] {
				return true
			}
			if p == "." || p == "/" {
				return false
			}
		}
	}
}

// collect puts the results into their order, and adds the lines of tracebacks.
func (r *run) collect(ctx context.Context) {
	for _, u := range r.units {
		if len(u.results) == 0 {
			r.res.Untested++
		}
		for i, t := range u.results {
			if u.chosen[i] && t.Status != "" {
				if !u.cached {
					r.sources(ctx, &t)
				}
				r.res.Tests = append(r.res.Tests, t)
			}
		}
	}
	slices.SortStableFunc(r.res.Tests, func(a, b Test) int { return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line) })
}

// sources adds the lines of files to the traceback of a test.
func (r *run) sources(ctx context.Context, t *Test) {
	for _, e := range t.Errors {
		for i := range e.Trace {
			f := &e.Trace[i]
			text, err := r.now.body(ctx, f.Path)
			if err != nil || f.Source != "" {
				continue
			}
			n := 0
			for line := range strings.Lines(text) {
				if n++; n == f.Line {
					f.Source = strings.TrimSpace(line)
					break
				}
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
