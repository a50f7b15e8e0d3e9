package unittest

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/internal/verdict"
)

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

// patience is after how many events that end the process no more are tried.
const patience = 3

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
		q := pyrun.Request{ID: p.items[k].spec.ID, Kind: l.kind, Path: l.path, Body: l.body, Patience: patience}
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
		whole := p.code[k].notLoaded(c.sides[k].state, a)
		for n, at := range of[i].trials {
			if whole != nil {
				out[of[i].pair][at] = *whole
			} else {
				out[of[i].pair][at] = p.code[k].result(a.Outcomes[n])
			}
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
	}{{&c.lines[k], a.Runnable}, {&c.reached[k], a.Reached}} {
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
