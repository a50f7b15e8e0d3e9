package unittest

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/internal/verdict"
	"github.com/pdac-dev/pdac/repo"
)

// Sides are two states of a repository to compare by what they do.
type Sides struct {
	Before, After Side
	// Paths limits the detections, as in Input.
	Paths []string
	// Corpus are events besides those of the unit tests.
	Corpus []CorpusEvent
	// Own limits the events to those of each detection's own tests.
	Own bool
}

// Side is a state of a repository and its name in reports.
type Side struct {
	Tree repo.Tree
	Name string
	// Content is which of its files count, if that is not as in Options; else nil.
	Content *repo.Options
}

// maxEvents is how many events of other detections' tests a detection gets. Those that only
// a changed global or data model reaches share maxShared, since a global can reach them all,
// but each gets minEvents.
const (
	maxEvents = 500
	minEvents = 50
	maxShared = 25_000
)

// Compare runs both sides over every event at hand and reports what differs. Only
// detections run whose code differs. Without a Python the others are compared, and the
// report says why.
func Compare(ctx context.Context, in Sides, o Options) (*behaviour.Report, error) {
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	o.Content.Named = in.Paths
	c := &comparison{in: in, opts: o, store: openStore(o.Cache)}
	c.python = sync.OnceValues(func() (*pyrun.Python, error) { return o.Python(c.store) })
	go c.python() // while the trees are read
	return c.all(ctx)
}

// comparison is one run of Compare.
type comparison struct {
	in     Sides
	opts   Options
	store  *store
	python func() (*pyrun.Python, error)
	sides  [2]*half
	pairs  []*pair
	pool   *eventPool
	report *behaviour.Report

	mu sync.Mutex
	// lines are the lines of each side that differ and can run, and reached those that did,
	// by path.
	lines, reached [2]map[string]map[int]bool
	done, todo     int
}

// half is one side: its state, and its detections by key.
type half struct {
	*state
	items map[string]*item
	specs parsedSpecs
}

// pair is a detection whose code differs, on both sides.
type pair struct {
	items   [2]*item
	causes  []string
	sources []behaviour.Name
	trials  []trial
	leftOut int
	code    [2]*logic
	// results has what each side did, one for each trial, and unstable the trials whose
	// results are other ones each time.
	results  [2][]behaviour.Result
	unstable map[int]bool
}

// trial is an event for a pair.
type trial struct {
	// event is its number in the pool; none for a correlation rule.
	event int
	// tests has the test of each side, for its mocks.
	tests  [2]repo.UnitTest
	origin behaviour.Origin
}

// familyKey names a detection on both sides. All types of rules share their ids.
func familyKey(it *item) string {
	if it.spec.Type == repo.TypePolicy {
		return "policy/" + it.spec.ID
	}
	return "rule/" + it.spec.ID
}

func (c *comparison) all(ctx context.Context) (*behaviour.Report, error) {
	c.report = &behaviour.Report{
		Before: c.in.Before.Name, After: c.in.After.Name, Summary: behaviour.Summary{Outputs: map[string]int{}},
		Lines: behaviour.Lines{Missed: []behaviour.FileLines{}, RemovedMissed: []behaviour.FileLines{}}, Sources: []behaviour.Source{}, Detections: []behaviour.Detection{},
		Added: []behaviour.Name{}, Removed: []behaviour.Name{}, Unread: []string{},
	}
	for i, side := range []Side{c.in.Before, c.in.After} {
		o := c.opts
		if side.Content != nil {
			o.Content = *side.Content
		}
		st, err := scan(ctx, side.Tree, o, c.store)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", side.Name, err)
		}
		for _, f := range st.specs {
			if len(f.Faults) > 0 && !slices.Contains(c.report.Unread, f.Path) {
				c.report.Unread = append(c.report.Unread, f.Path)
			}
		}
		h := &half{state: st, items: map[string]*item{}}
		for _, it := range st.items() {
			if key := familyKey(it); h.items[key] == nil {
				h.items[key] = it
			}
		}
		c.sides[i] = h
	}
	if err := c.pairUp(ctx); err != nil {
		return nil, err
	}
	if len(c.pairs) > 0 {
		if err := c.addTrials(ctx); err != nil {
			return nil, err
		}
		if err := c.runAll(ctx); err != nil {
			return nil, err
		}
	}
	c.conclude()
	return c.report, ctx.Err()
}

// wants reports whether a detection is selected.
func (c *comparison) wants(it *item) bool {
	if len(c.in.Paths) > 0 && !slices.ContainsFunc(it.files(), under(c.in.Paths)) {
		return false
	}
	name := it.kind() + "/" + it.spec.ID
	return len(c.opts.Only) == 0 || slices.ContainsFunc(c.opts.Only, func(p string) bool { return glob.Match(p, name) })
}

// pairUp finds the detections whose code differs, and those of one side only.
func (c *comparison) pairUp(ctx context.Context) error {
	before, after := c.sides[0], c.sides[1]
	models := changedModels(before.state, after.state)
	for _, key := range sortedKeys(after.items) {
		is, was := after.items[key], before.items[key]
		if !c.wants(is) {
			continue
		}
		c.report.Summary.Detections++
		switch {
		case was == nil:
			c.report.Added = append(c.report.Added, behaviour.Name{Kind: is.kind(), ID: is.spec.ID})
		default:
			p := &pair{items: [2]*item{was, is}, unstable: map[int]bool{}}
			if err := c.causes(ctx, p, models); err != nil {
				return err
			}
			if len(p.causes) > 0 {
				c.pairs = append(c.pairs, p)
			}
		}
	}
	for _, key := range sortedKeys(before.items) {
		if it := before.items[key]; after.items[key] == nil && c.wants(it) {
			c.report.Removed = append(c.report.Removed, behaviour.Name{Kind: it.kind(), ID: it.spec.ID})
		}
	}
	return nil
}

// runAll runs all pairs on both sides, and again what differs.
func (c *comparison) runAll(ctx context.Context) error {
	pools, version, missing, err := c.start(ctx)
	if err != nil {
		return err
	}
	defer closeAll(pools)
	c.report.Python, c.report.Missing = version, missing
	all := make([][]int, len(c.pairs))
	for i, p := range c.pairs {
		all[i] = count(len(p.trials))
		c.todo += 2 * len(p.trials)
	}
	first, err := c.run(ctx, pools, all)
	if err != nil {
		return err
	}
	again := make([][]int, len(c.pairs))
	for i, p := range c.pairs {
		for k := range p.results {
			p.results[k] = first[k][i]
		}
		for j := range p.trials {
			if p.differs(j) {
				again[i] = append(again[i], j)
			}
		}
	}
	second, err := c.run(ctx, pools, again)
	if err != nil {
		return err
	}
	for i, p := range c.pairs {
		for n, j := range again[i] {
			for k := range p.results {
				if x, y := p.results[k][j], second[k][i][n]; x.Verdict != y.Verdict || len(behaviour.Compare(x, y)) > 0 {
					p.unstable[j] = true
				}
			}
		}
	}
	return nil
}

// differs reports whether the sides have results for a trial that are not the same.
func (p *pair) differs(j int) bool {
	b, a := p.results[0][j], p.results[1][j]
	return b.Verdict != "" && a.Verdict != "" && len(behaviour.Compare(b, a)) > 0
}

func count(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// open starts the Python of both sides, or of the new one.
func (c *comparison) open(ctx context.Context, found *pyrun.Python) (pools [2]*pyrun.Pool, err error) {
	workers := cmp.Or(c.opts.Workers, runtime.GOMAXPROCS(0))
	var lines [2]map[string][]int
	if c.sides[0] != nil {
		workers = max(1, workers/2)
		if lines, err = c.changedLines(ctx); err != nil {
			return pools, err
		}
	}
	for k, h := range c.sides {
		if h == nil {
			continue
		}
		setup, err := h.setup(ctx)
		if err == nil {
			setup.Sides = &pyrun.Sides{Events: c.pool.texts(), Lines: lines[k]}
			pools[k], err = pyrun.NewPool(found, setup, pyrun.Options{Folder: c.opts.Folder, Workers: workers, TestTime: c.opts.TestTime, Getenv: c.opts.Getenv})
		}
		if err != nil {
			closeAll(pools)
			return pools, err
		}
		pools[k].Warm(workers)
	}
	return pools, nil
}

func closeAll(pools [2]*pyrun.Pool) {
	for _, p := range pools {
		if p != nil {
			p.Close()
		}
	}
}

// start starts Python if a detection needs it. The report says if there is none.
func (c *comparison) start(ctx context.Context) (pools [2]*pyrun.Pool, version, missing string, err error) {
	if !slices.ContainsFunc(c.pairs, func(p *pair) bool {
		return slices.ContainsFunc(p.items[:], func(it *item) bool { return it != nil && it.python() })
	}) {
		return pools, "", "", nil
	}
	found, err := c.python()
	if err != nil {
		return pools, "", err.Error(), ctx.Err()
	}
	pools, err = c.open(ctx, found)
	return pools, found.Version.String(), "", err
}

// run runs some trials of each pair on both sides at the same time.
func (c *comparison) run(ctx context.Context, pools [2]*pyrun.Pool, chosen [][]int) (out [2][][]behaviour.Result, err error) {
	var g sync.WaitGroup
	var errs [2]error
	for k := range pools {
		out[k] = make([][]behaviour.Result, len(c.pairs))
		g.Go(func() { errs[k] = c.runSide(ctx, k, pools[k], chosen, out[k]) })
	}
	g.Wait()
	return out, cmp.Or(errs[0], errs[1])
}

// runSide runs some trials of each pair on one side.
func (c *comparison) runSide(ctx context.Context, k int, pool *pyrun.Pool, chosen [][]int, out [][]behaviour.Result) error {
	type asked struct {
		pair   int
		trials []int // places in out[pair]
	}
	var requests []pyrun.Request
	var of []asked
	for i, p := range c.pairs {
		out[i] = make([]behaviour.Result, len(chosen[i]))
		l := p.code[k]
		q := pyrun.Request{ID: p.items[k].spec.ID, Kind: l.kind, Path: l.path, Body: l.body}
		a := asked{pair: i}
		for n, j := range chosen[i] {
			r, decided := c.inGo(p, k, j)
			switch {
			case decided:
				out[i][n] = r
			case pool == nil:
				out[i][n] = behaviour.Result{Reason: needsPython}
			default:
				t := p.trials[j]
				q.Tests = append(q.Tests, pyrun.Test{Pooled: t.event + 1, Mocks: mocksOf(t.tests[k])})
				a.trials = append(a.trials, n)
			}
		}
		if len(q.Tests) > 0 {
			requests, of = append(requests, q), append(of, a)
		}
	}
	if pool == nil {
		return ctx.Err()
	}
	return pool.Run(ctx, requests, func(i int, a pyrun.Answer) bool {
		p := c.pairs[of[i].pair]
		for n, at := range of[i].trials {
			out[of[i].pair][at] = p.code[k].result(c.sides[k].state, a, n)
		}
		c.note(k, a, len(of[i].trials))
		return true
	})
}

// note counts what an answer says of lines.
func (c *comparison) note(k int, a pyrun.Answer, trials int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done += trials; c.done <= c.todo {
		c.opts.Progress(c.done, c.todo)
	}
	for _, x := range []struct {
		into *map[string]map[int]bool
		from map[string][]int
	}{{&c.lines[k], a.Lines}, {&c.reached[k], a.Reached}} {
		for path, lines := range x.from {
			if *x.into == nil {
				*x.into = map[string]map[int]bool{}
			}
			if (*x.into)[path] == nil {
				(*x.into)[path] = map[int]bool{}
			}
			for _, n := range lines {
				(*x.into)[path][n] = true
			}
		}
	}
}

// inGo decides a trial that needs no Python.
func (c *comparison) inGo(p *pair, k, j int) (behaviour.Result, bool) {
	t, l := &p.trials[j], p.code[k]
	switch {
	case l.missing != "":
		return behaviour.Result{Reason: l.missing}, true
	case t.event < 0:
		return resultOf(correlate(l.code, t.tests[k])), true
	case l.filters == nil && l.spec == nil:
		return behaviour.Result{}, false
	}
	event, err := c.pool.decoded(t.event)
	if err != nil {
		return behaviour.Result{Reason: "the event can't be read: " + err.Error()}, true
	}
	if l.filters != nil {
		if a := l.filters.Filter(event); a.Verdict != verdict.True {
			return resultOf(a), true
		}
	}
	if l.spec == nil {
		return behaviour.Result{}, false
	}
	return l.simple(event), true
}

func resultOf(a verdict.Answer) behaviour.Result {
	switch a.Verdict {
	case verdict.True:
		return behaviour.Result{Verdict: behaviour.Alert}
	case verdict.False:
		return behaviour.Result{Verdict: behaviour.NoAlert}
	}
	return behaviour.Result{Reason: a.Reason}
}
