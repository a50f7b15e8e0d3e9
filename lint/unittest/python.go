package unittest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"path"
	"strings"
	"sync/atomic"

	"github.com/pdac-dev/pdac/internal/pyrun"
)

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// open starts Python for detections that may need it, while their tests are still being
// read.
func (r *run) open(ctx context.Context, units []*unit) error {
	n := 0
	for _, u := range units {
		if u.python() && u.item.tests.HasTests {
			n++
		}
	}
	if n == 0 || r.noPython != nil {
		return nil
	}
	if r.pool != nil {
		return nil
	}
	found, err := r.python()
	if err != nil {
		r.noPython = err
		return ctx.Err()
	}
	setup, err := r.now.setup(ctx)
	if err != nil {
		return err
	}
	r.pool, err = pyrun.NewPool(found, setup, pyrun.Options{Folder: r.opts.Folder, Workers: r.opts.Workers, TestTime: r.opts.TestTime, Getenv: r.opts.Getenv})
	if err == nil {
		r.pool.Warm(n)
	}
	return err
}

func (r *run) close() {
	if r.pool != nil {
		r.pool.Close()
	}
}

// runPython runs the requests of all units that have one.
func (r *run) runPython(ctx context.Context, fresh []*unit) error {
	var units []*unit
	all := 0
	for _, u := range fresh {
		if len(u.asked) > 0 {
			units = append(units, u)
			all += len(u.asked)
		}
	}
	if r.pool == nil {
		for _, u := range units {
			u.notRun(needsPython)
		}
		return nil
	}
	pool := r.pool
	var done atomic.Int64
	requests := make([]pyrun.Request, len(units))
	for i, u := range units {
		requests[i] = u.request
	}
	var failed []*unit
	err := pool.Run(ctx, requests, func(i int, a pyrun.Answer) bool {
		u := units[i]
		bad := u.answer(r.res, r.now, a)
		if r.lines {
			u.reached(a)
		}
		if bad {
			failed = append(failed, u)
		}
		r.opts.Progress(int(done.Add(int64(len(u.asked)))), all)
		r.res.Stopped = r.res.Stopped || bad && r.opts.FailFast
		return !r.res.Stopped
	})
	if err != nil {
		return err
	}
	if err := r.watch(ctx, pool, failed); err != nil {
		return err
	}
	for _, path := range pool.Packages {
		r.folders = append(r.folders, folder{path, folderState(path)})
	}
	return nil
}

// answer judges the tests of an answer, and reports whether one does not pass.
func (u *unit) answer(res *Result, st *state, a pyrun.Answer) (bad bool) {
	for j, i := range u.asked {
		t := &u.results[i]
		t.Status, t.Errors, t.Reason = "", nil, ""
		if a.Fault != nil {
			u.notLoaded(st, t, a)
		} else {
			u.judgePython(t, a.Outcomes[j])
		}
		bad = bad || res.Fails(t)
	}
	return bad
}

// notLoaded judges a test whose module could not be loaded.
func (u *unit) notLoaded(st *state, t *Test, a pyrun.Answer) {
	t.Printed = a.Printed
	e := errorOf("", a.Fault)
	switch {
	case a.Fault.Type == pyrun.Crashed:
		t.fail(Crashed, e)
	case a.Fault.Type == pyrun.TookTooLong:
		t.fail(TimedOut, e)
	case a.Fault.Module != "" && st.file(a.Fault.Module) == "":
		t.fail(NotRun, e)
		t.Reason = fmt.Sprintf("needs the Python package %s", a.Fault.Module)
	case a.Fault.Module != "":
		e.Message += fmt.Sprintf("; %s is no global, and detections import only globals and packages", st.file(a.Fault.Module))
		t.fail(Errored, e)
	default:
		t.fail(Errored, e)
	}
}

// file returns a Python file of the repository with the name of a module.
func (st *state) file(module string) string {
	top, _, _ := strings.Cut(module, ".")
	best := ""
	for p := range st.entries {
		if path.Base(p) == top+".py" && (best == "" || p < best) {
			best = p
		}
	}
	return best
}

// watch runs failed tests again, and notes what they read of their events.
func (r *run) watch(ctx context.Context, pool *pyrun.Pool, failed []*unit) error {
	type asked struct {
		u *unit
		i int
	}
	var requests []pyrun.Request
	var of [][]asked
	for _, u := range failed {
		q := u.request
		q.Watch, q.Lines, q.Tests = true, false, nil
		var list []asked
		for j, i := range u.asked {
			if s := u.results[i].Status; s == Failed || s == Errored {
				q.Tests, list = append(q.Tests, u.request.Tests[j]), append(list, asked{u, i})
			}
		}
		if len(list) > 0 {
			requests, of = append(requests, q), append(of, list)
		}
	}
	return pool.Run(ctx, requests, func(k int, a pyrun.Answer) bool {
		for j, at := range of[k] {
			if a.Fault == nil {
				at.u.results[at.i].Reads = a.Outcomes[j].Reads
			}
		}
		return true
	})
}
