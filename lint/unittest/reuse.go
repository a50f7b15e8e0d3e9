package unittest

import (
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/pyrun"
)

// lookUp makes the unit of a detection, with the results of an earlier run if they still
// count.
func (r *run) lookUp(it *item) *unit {
	u := &unit{item: it, key: r.now.digest(it)}
	if it.python() {
		p, err := r.python()
		if err != nil {
			return u
		}
		u.key = fmt.Sprintf("%s python %s %s %s %s", u.key, p.Version, p.Program, pyrun.Digest(), r.opts.TestTime)
	}
	rec := r.store.result(u.key, r.opts.Now)
	if rec == nil {
		return u
	}
	u.cached, u.folders = true, rec.Folders
	u.results = slices.Clone(rec.Tests)
	u.chosen = make([]bool, len(u.results))
	for i := range u.results {
		u.results[i].Cached = true
		u.chosen[i] = r.wanted(it, u.results[i].Name)
	}
	return u
}

// keep keeps the results of a run.
func (r *run) keep() {
	for _, u := range r.units {
		if u.cached || !u.lasting() {
			continue
		}
		rec := r.recordOf(u)
		r.store.putResult(&rec)
	}
	r.store.keepFailed(r.res.Tests, r.res.Fails)
	r.store.keepStamps(r.now.loader)
	r.store.save()
}

// recordOf makes the record of a detection's results, which says how long they count.
func (r *run) recordOf(u *unit) record {
	rec := record{Key: u.key, Tests: u.results}
	if u.volatile {
		rec.Until = int(r.opts.Now.Add(volatileFor).Unix())
	}
	switch {
	case u.cached:
		rec.Folders = u.folders
	case len(u.packages) > 0:
		rec.Folders = r.folders // none if no test looked for a package
	}
	return rec
}

// lasting reports whether every test of the detection has a result that another run
// would have too. One that took too long or ended its process may do better.
func (u *unit) lasting() bool {
	for i, t := range u.results {
		if !u.chosen[i] || t.Status == "" || t.Status == TimedOut || t.Status == Crashed || t.Status == NotRun && t.Reason == needsPython {
			return false
		}
	}
	return true
}

const needsPython = "needs Python"
