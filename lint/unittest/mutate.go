package unittest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pdac-dev/pdac/internal/pymutate"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/repo"
)

// MutationResult is what a run of changed detections found.
type MutationResult struct {
	// Tests is the result of the unit tests, which ran first.
	Tests *Result
	// Detections are those that were changed, by path.
	Detections []MutatedDetection
	// NotMutated are those that could not be.
	NotMutated []NotMutated
	// Untested is how many of those could not be because they have no tests.
	Untested int
	// Unused are the comments that accept nothing.
	Unused []UnusedAccept
	// Took is how long it took.
	Took time.Duration
}

// MutatedDetection is a detection with its changes.
type MutatedDetection struct {
	ID, Kind string
	// Spec is the path of the spec, and Path that of the file that was changed.
	Spec, Path string
	Mutants    []Mutant
	// Cached reports whether the result is of an earlier run.
	Cached bool
}

// NotMutated is a detection that was not changed.
type NotMutated struct{ ID, Spec, Reason string }

// UnusedAccept is a comment that accepts changes where there are none to accept.
type UnusedAccept struct {
	Path    string
	Line    int
	Message string
}

// MutantStatus is what came of a change.
type MutantStatus string

// The statuses, as JSON has them.
const (
	// Noticed: a test fails with the change.
	Noticed MutantStatus = "noticed"
	// Survived: no test fails, and an event was found that shows the change.
	Survived MutantStatus = "survived"
	// Undecided: no test fails, and no such event was found; it may be equivalent.
	Undecided MutantStatus = "undecided"
	// Accepted: a comment accepts it.
	Accepted MutantStatus = "accepted"
)

// Mutant is one change of a detection and what came of it.
type Mutant struct {
	pymutate.Mutant
	Status MutantStatus
	// Values are all values of a list that no test needs, for changes of that kind.
	Values []string
	// Both reports that no test notices either value of the condition.
	Both bool
	// By says how a test noticed it, and Test is its name.
	By   pyrun.Noticed
	Test string
	// Catch is a test that would notice it.
	Catch *CatchingTest
	// Reason is that of the comment that accepts it.
	Reason string
}

// CatchingTest is a test that would notice a change: an existing one with some values of
// its event set.
type CatchingTest struct {
	Base     string
	Line     int
	Expected bool
	Set      []pyrun.Set
}

// Score is how many changes of how many were noticed, without those that are accepted and
// undecided, or how many lines of how many are reached.
type Score struct{ Noticed, All int }

// add counts what another one counts, too.
func (s *Score) add(o Score) {
	s.Noticed += o.Noticed
	s.All += o.All
}

// Percent is the share, rounded down; 100 if there is nothing.
func (s Score) Percent() int {
	if s.All == 0 {
		return 100
	}
	return s.Noticed * 100 / s.All
}

// Score returns the score of a detection.
func (d *MutatedDetection) Score() (s Score) {
	for i := range d.Mutants {
		switch d.Mutants[i].Status {
		case Noticed:
			s.Noticed++
			s.All++
		case Survived:
			s.All++
		}
	}
	return s
}

// Score returns the score of all detections.
func (r *MutationResult) Score() (s Score) {
	for i := range r.Detections {
		s.add(r.Detections[i].Score())
	}
	return s
}

// Percent is the share of the changes that tests notice, rounded down; 0 if nothing was changed
// because there are no tests.
func (r *MutationResult) Percent() int {
	s := r.Score()
	if s.All == 0 && r.Untested > 0 {
		return 0
	}
	return s.Percent()
}

// Count returns how many changes have a status.
func (r *MutationResult) Count(status MutantStatus) (n int) {
	for i := range r.Detections {
		for j := range r.Detections[i].Mutants {
			if r.Detections[i].Mutants[j].Status == status {
				n++
			}
		}
	}
	return n
}

// Mutate runs the unit tests, and then again with each change of the detections whose
// tests all pass.
func Mutate(ctx context.Context, in Input, o Options) (*MutationResult, error) {
	start := time.Now()
	r := newRun(in, o)
	defer r.close()
	progress := r.opts.Progress
	r.opts.Progress = func(int, int) { progress(0, 0) } // how many detections follow is not known yet
	if err := r.all(ctx, in); err != nil {
		return nil, err
	}
	r.opts.Progress = progress
	out := &MutationResult{Tests: r.res}
	if err := r.mutate(ctx, out); err != nil {
		return nil, err
	}
	out.Took = time.Since(start)
	if r.noPython != nil {
		return out, &NoPythonError{r.noPython}
	}
	return out, nil
}

// mutated is a detection that is changed in a run.
type mutated struct {
	*unit
	file *pymutate.File
	out  MutatedDetection
	bad  string
	// left are the outcomes of the changes.
	outcomes []pyrun.ChangeOutcome
}

func (r *run) mutate(ctx context.Context, out *MutationResult) error {
	kept := openSide(r.opts.Cache, "mutants", codeMutations)
	var all, fresh []*mutated
	for _, u := range r.units {
		own := u.item.code == u.spec && u.spec.Type != repo.TypeCorrelationRule // a derived rule has no logic
		if len(u.results) == 0 {
			if own {
				out.Untested++
				out.NotMutated = append(out.NotMutated, NotMutated{u.spec.ID, u.spec.Path, "it has no tests"})
			}
			continue
		}
		m := &mutated{unit: u, out: MutatedDetection{ID: u.spec.ID, Kind: u.kind(), Spec: u.spec.Path}}
		if m.bad = u.unfit(); m.bad != "" {
			out.NotMutated = append(out.NotMutated, NotMutated{u.spec.ID, u.spec.Path, m.bad})
			continue
		}
		if !own {
			continue
		}
		all = append(all, m)
		if !u.python() {
			m.out.Path = u.spec.Path
			continue
		}
		m.out.Path = u.code.BodyPath
		if rec := kept.get(u.key, r.opts.Now); rec != nil {
			m.outcomes, m.out.Cached = rec.outcomes, true
			continue
		}
		fresh = append(fresh, m)
	}
	if err := parallel(ctx, r.opts.workers(), len(all), func(ctx context.Context, i int) error { return r.prepareMutants(ctx, all[i]) }); err != nil {
		return err
	}
	if err := r.runMutants(ctx, fresh); err != nil {
		return err
	}
	for _, m := range all {
		if m.bad == "" && len(m.outcomes) != len(m.file.Mutants) {
			m.bad = "its changes could not be run"
		}
		if m.bad != "" {
			out.NotMutated = append(out.NotMutated, NotMutated{m.out.ID, m.out.Spec, m.bad})
			continue
		}
		if m.python() && !m.out.Cached {
			kept.put(m.unit, r, &mutationRecord{outcomes: m.outcomes})
		}
		m.judge()
		m.accept(r.opts.Now, out)
		out.Detections = append(out.Detections, m.out)
	}
	kept.save()
	return ctx.Err()
}

// unfit says why a detection can't be changed; "" if it can.
func (u *unit) unfit() string {
	if u.item.missing != "" {
		return u.item.missing
	}
	for i := range u.results {
		switch t := &u.results[i]; {
		case t.Status == Passed, t.Status == NotRun && t.Unsure:
		case t.Status == NotRun:
			return "a test was not run: " + t.Reason
		default:
			return fmt.Sprintf("its test %q does not pass", t.Name)
		}
	}
	return ""
}

// prepareMutants finds the changes of a detection.
func (r *run) prepareMutants(ctx context.Context, m *mutated) error {
	if !m.python() {
		return r.mutateSimple(ctx, m)
	}
	body, err := r.now.body(ctx, m.code.BodyPath)
	if err != nil {
		m.bad = err.Error()
		return ctx.Err()
	}
	if m.file, err = pymutate.Read([]byte(body), m.moduleKind().Main()); err != nil {
		m.bad = "its Python can't be parsed: " + err.Error()
	}
	return nil
}

// limits of the time of a change, by that of its tests.
const (
	leastMutantTime = 250 * time.Millisecond
	mutantTimes     = 20
)

// runMutants runs the changes of detections.
func (r *run) runMutants(ctx context.Context, fresh []*mutated) error {
	fresh = slices.DeleteFunc(slices.Clone(fresh), func(m *mutated) bool { return m.bad != "" || m.file == nil || len(m.file.Mutants) == 0 })
	if len(fresh) == 0 {
		return nil
	}
	units := make([]*unit, len(fresh))
	for i, m := range fresh {
		units[i] = m.unit
	}
	if err := r.open(ctx, units); err != nil || r.pool == nil {
		return err
	}
	requests := make([]pyrun.MutationRequest, len(fresh))
	err := parallel(ctx, r.opts.workers(), len(fresh), func(ctx context.Context, i int) (err error) {
		requests[i], err = r.mutationRequest(ctx, fresh[i])
		if err == nil && len(requests[i].Tests) == 0 {
			fresh[i].bad = "its inline filters decide all of its tests"
			requests[i].Changes = nil
		}
		return err
	})
	if err != nil {
		return err
	}
	var done atomic.Int64
	var mu sync.Mutex
	return r.pool.Mutate(ctx, requests, func(i int, a pyrun.MutationAnswer) bool {
		mu.Lock()
		defer mu.Unlock()
		m := fresh[i]
		switch {
		case m.bad != "":
		case a.Fault != nil:
			m.bad = "its code could not be run again: " + strings.TrimSuffix(a.Fault.Type+": "+a.Fault.Message, ": ")
		case a.Unstable:
			m.bad = "its tests came to other results when they ran again"
		default:
			m.outcomes = m.numbered(a.Changes)
		}
		r.opts.Progress(int(done.Add(1)), len(requests))
		return true
	})
}

// numbered replaces the numbers of tests of a request by those among all tests.
func (m *mutated) numbered(list []pyrun.ChangeOutcome) []pyrun.ChangeOutcome {
	of := func(n *int) bool {
		if *n < 0 || *n >= len(m.asked) {
			return false
		}
		*n = m.asked[*n]
		return true
	}
	for i := range list {
		o := &list[i]
		if !of(&o.Test) {
			o.Test = 0
		}
		if o.Catch != nil && !of(&o.Catch.Test) {
			o.Catch = nil
		}
	}
	return list
}

// mutationRequest makes the request of a detection. Its tests are those that Python decides.
func (r *run) mutationRequest(ctx context.Context, m *mutated) (q pyrun.MutationRequest, err error) {
	u := m.unit
	if len(u.request.Tests) == 0 { // its results are of an earlier run
		u = &unit{item: m.item}
		if err := r.prepare(ctx, u); err != nil {
			return q, err
		}
		m.unit.request, m.unit.asked, m.unit.noAlert = u.request, u.asked, u.noAlert
		u = m.unit
	}
	q = pyrun.MutationRequest{ID: u.request.ID, Kind: u.request.Kind, Path: u.request.Path, Body: m.file.Source, Search: true}
	var took time.Duration
	for j, i := range u.asked {
		t := u.results[i]
		took += t.Time
		x := pyrun.MutationTest{Test: u.request.Tests[j], Returns: t.Expected}
		if t.Expected != (t.Main == "policy") {
			x.Functions = functions
			if u.noAlert {
				x.Functions = []string{"alert_context"}
			}
		}
		q.Tests = append(q.Tests, x)
	}
	q.Limit = max(leastMutantTime, mutantTimes*took)
	for i := range m.file.Mutants {
		k := &m.file.Mutants[i]
		q.Changes = append(q.Changes, pyrun.Change{Number: i, Start: k.Start, End: k.End, Text: k.Text, Of: k.Of, Until: k.Until, Site: k.Site, Group: k.Group, Hints: k.Hints})
	}
	for _, g := range m.file.Groups {
		q.Groups = append(q.Groups, pyrun.Group(g))
	}
	return q, nil
}
