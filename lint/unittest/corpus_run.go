package unittest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff/behaviour"
)

// CorpusInput is a state of a repository and the events to run it on.
type CorpusInput struct {
	Side
	Paths  []string
	Corpus []CorpusEvent
	// Tests also takes the events of all unit tests, for all detections but their own: one
	// that a detection's test expects no alert for is benign.
	Tests bool
}

// RunCorpus runs all detections on the events of their log types, and reports which of them
// raise alerts for benign events, and which attacks none raises one for.
func RunCorpus(ctx context.Context, in CorpusInput, o Options) (*behaviour.Corpus, error) {
	left := 0
	in.Corpus, left = thinned(in.Corpus)
	c := &comparison{in: Sides{After: in.Side, Paths: in.Paths, Corpus: in.Corpus}, pool: newEventPool()}
	c.opts, c.store, c.python = o.start(in.Paths)
	st, err := scan(ctx, in.Tree, c.opts, c.store)
	if err != nil {
		return nil, err
	}
	h := &half{state: st, items: map[string]*item{}}
	c.sides[1] = h
	for _, it := range st.items() {
		if it.code != nil && c.wants(it) && h.items[familyKey(it)] == nil {
			h.items[familyKey(it)] = it
		}
	}
	labels, err := c.corpusTrials(ctx, in)
	if err != nil {
		return nil, err
	}
	pools, version, missing, err := c.start(ctx)
	if err != nil {
		return nil, err
	}
	defer closeAll(pools)
	all := make([][]int, len(c.pairs))
	for i, p := range c.pairs {
		all[i] = count(len(p.trials))
		c.todo += len(p.trials)
	}
	out := make([][]behaviour.Result, len(c.pairs))
	if err := c.runSide(ctx, 1, pools[1], all, out); err != nil {
		return nil, err
	}
	r := c.corpusReport(out, labels)
	r.State, r.Python, r.Missing, r.Summary.CorpusLeftOut = in.Name, version, missing, left
	return r, ctx.Err()
}

// labelOf says what an event is for a detection, and whose test it is of.
type labelOf struct {
	label Label
	owner map[string]bool
}

// corpusTrials makes a pair without an old side of each detection, with its events.
func (c *comparison) corpusTrials(ctx context.Context, in CorpusInput) (map[int]labelOf, error) {
	labels := map[int]labelOf{}
	h := c.sides[1]
	for _, e := range in.Corpus {
		n := c.pool.add(e.Text, []string{e.LogType}, behaviour.Origin{Path: e.Path, Line: e.Line}, true)
		first, known := labels[n]
		switch at := c.pool.events[n].origin; {
		case !known:
			labels[n] = labelOf{label: e.Label}
		case first.label != e.Label:
			return nil, fmt.Errorf("%s:%d and %s:%d are the same event, once benign and once an attack; remove one of the two", at.Path, at.Line, e.Path, e.Line)
		}
	}
	keys := sortedKeys(h.items)
	err := parallel(ctx, c.opts.workers(), len(keys), func(ctx context.Context, i int) error {
		_, err := h.parsed(ctx, h.items[keys[i]].spec)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		it := h.items[key]
		l, err := h.logic(ctx, it)
		if err != nil {
			return nil, err
		}
		if l.missing != "" || l.code == nil || !it.python() && l.spec == nil {
			continue // nothing that gets single events
		}
		p := &pair{items: [2]*item{nil, it}, code: [2]*logic{nil, l}}
		c.pairs = append(c.pairs, p)
		if !in.Tests || !it.spec.HasTests {
			continue
		}
		tests, err := c.testsOf(ctx, h, it, true, nil)
		if err != nil {
			return nil, err
		}
		for _, t := range tests {
			if t.event < 0 {
				continue
			}
			of, known := labels[t.event]
			if !known {
				of = labelOf{label: Benign, owner: map[string]bool{}}
			}
			if of.owner == nil {
				continue // one of a folder, which knows better
			}
			if t.Expected != (l.kind.Main() == "policy") {
				of.label = Attack
			}
			of.owner[key] = true
			labels[t.event] = of
		}
	}
	for _, p := range c.pairs {
		c.choose(p, &[2][]ownTest{}, maxEvents)
		key := familyKey(p.items[1])
		p.trials = slices.DeleteFunc(p.trials, func(t trial) bool { return labels[t.event].owner[key] })
	}
	return labels, nil
}

// corpusReport makes the report from the results.
func (c *comparison) corpusReport(out [][]behaviour.Result, labels map[int]labelOf) *behaviour.Corpus {
	r := &behaviour.Corpus{Detections: []behaviour.CorpusDetection{}, Missed: []behaviour.Origin{}}
	s := &r.Summary
	ran, alarmed := map[int]bool{}, map[int]bool{}
	for i, p := range c.pairs {
		d := behaviour.CorpusDetection{Name: behaviour.Name{Kind: p.items[1].kind(), ID: p.items[1].spec.ID}, Path: p.items[1].spec.Path, Examples: []behaviour.Origin{}}
		s.LeftOut += p.leftOut
		for j, t := range p.trials {
			x := out[i][j]
			if x.Verdict == "" {
				d.NotRun = behaviour.Tally(d.NotRun, x.Reason)
				s.NotRun++
				continue
			}
			d.Events++
			ran[t.event] = true
			benign := labels[t.event].label == Benign
			switch {
			case x.Verdict == behaviour.NoAlert:
			case x.Verdict != behaviour.Alert:
				d.Failures = behaviour.Tally(d.Failures, x.Verdict)
			case benign:
				d.Alarm(t.origin)
				alarmed[t.event] = true
			default:
				d.Attacks++
				alarmed[t.event] = true
			}
		}
		if d.Events > 0 {
			s.Detections++
		}
		s.Runs += d.Events
		if d.Benign > 0 || len(d.Failures) > 0 {
			r.Detections = append(r.Detections, d)
		}
	}
	for n, e := range c.pool.events {
		switch {
		case !ran[n]:
			if e.corpus {
				s.Unused++
			}
			continue
		case labels[n].label == Benign:
			s.Benign++
			if alarmed[n] {
				s.FalseAlerts++
			}
		case e.corpus: // the own detection of a test's event did not get it here
			if s.Attacks++; alarmed[n] {
				break
			}
			if s.Missed++; len(r.Missed) < behaviour.MaxMissed {
				r.Missed = append(r.Missed, e.origin)
			}
		}
		s.Events++
	}
	slices.SortFunc(r.Detections, func(a, b behaviour.CorpusDetection) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID))
	})
	return r
}
