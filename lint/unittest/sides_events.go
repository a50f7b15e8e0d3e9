package unittest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/internal/detection"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// eventPool has every event at hand once, by its content: the order of keys does not count.
type eventPool struct {
	events []*pooledEvent
	byText map[string]int
	// byType lists the events of each log type, of unit tests and of corpora.
	byType, corpusByType map[string][]int
}

type pooledEvent struct {
	text   string
	origin behaviour.Origin
	types  []string
	corpus bool

	once sync.Once
	v    any
	err  error
}

func newEventPool() *eventPool {
	return &eventPool{byText: map[string]int{}, byType: map[string][]int{}, corpusByType: map[string][]int{}}
}

// add adds an event for some log types, unless it is known, and returns its number.
func (e *eventPool) add(text string, types []string, from behaviour.Origin, corpus bool) int {
	key := canonicalEvent(text)
	n, known := e.byText[key]
	if !known {
		n = len(e.events)
		e.byText[key] = n
		e.events = append(e.events, &pooledEvent{text: text, origin: from, corpus: corpus})
	}
	for _, t := range types {
		if slices.Contains(e.events[n].types, t) {
			continue
		}
		e.events[n].types = append(e.events[n].types, t)
		if corpus {
			e.corpusByType[t] = append(e.corpusByType[t], n)
		} else {
			e.byType[t] = append(e.byType[t], n)
		}
	}
	return n
}

// canonicalEvent writes an event with sorted keys, and its numbers as they are.
func canonicalEvent(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return text
	}
	out, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(out)
}

func (e *eventPool) texts() []string {
	out := make([]string, len(e.events))
	for i, x := range e.events {
		out[i] = x.text
	}
	return out
}

// decoded returns an event as match expressions read it.
func (e *eventPool) decoded(n int) (any, error) {
	x := e.events[n]
	x.once.Do(func() { x.v, x.err = detection.DecodeEvent([]byte(x.text)) })
	return x.v, x.err
}

// ownTest is a test of a detection with the number of its event.
type ownTest struct {
	repo.UnitTest
	event int
	path  string
}

// addTrials collects the events, and chooses those of each pair.
func (c *comparison) addTrials(ctx context.Context) error {
	c.pool = newEventPool()
	own := map[*pair]*[2][]ownTest{}
	byItem := map[*item][2]any{}
	for _, p := range c.pairs {
		own[p] = &[2][]ownTest{}
		for k, it := range p.items {
			byItem[it] = [2]any{p, k}
		}
	}
	wanted := c.wantedTypes()
	// The new side first, so that its tests name the events.
	for _, k := range []int{1, 0} {
		h := c.sides[k]
		var list []*item
		for _, it := range h.items {
			if it.spec.HasTests || it.tests != nil && it.tests.HasTests && byItem[it][0] != nil {
				list = append(list, it)
			}
		}
		slices.SortFunc(list, func(a, b *item) int { return strings.Compare(a.spec.Path, b.spec.Path) })
		err := parallel(ctx, c.opts.workers(), len(list), func(ctx context.Context, i int) error {
			_, err := h.parsed(ctx, list[i].tests)
			return err
		})
		if err != nil {
			return err
		}
		for _, it := range list {
			tests, err := c.testsOf(ctx, h, it, byItem[it][0] != nil, wanted)
			if err != nil {
				return err
			}
			if p, ok := byItem[it][0].(*pair); ok {
				own[p][k] = tests
			}
		}
	}
	for _, e := range c.in.Corpus {
		if wanted[e.LogType] {
			c.pool.add(e.Text, []string{e.LogType}, behaviour.Origin{Path: e.Path, Line: e.Line}, true)
		}
	}
	distant := 0
	for _, p := range c.pairs {
		if p.distant() {
			distant++
		}
	}
	for _, p := range c.pairs {
		share, least := len(c.pairs)-distant, minEvents
		if p.distant() {
			share, least = distant, minDistant
		}
		c.choose(p, own[p], min(max(maxShared/share, least), maxEvents))
	}
	return nil
}

// wantedTypes are the log types of the pairs.
func (c *comparison) wantedTypes() map[string]bool {
	out := map[string]bool{}
	for _, p := range c.pairs {
		for _, t := range p.logTypes() {
			out[t] = true
		}
	}
	return out
}

// testsOf adds the events of a detection's tests to the pool and returns the tests. Those
// of others count only if a pair gets events of their types.
func (c *comparison) testsOf(ctx context.Context, h *half, it *item, ofPair bool, wanted map[string]bool) ([]ownTest, error) {
	spec, err := h.parsed(ctx, it.tests)
	if err != nil {
		return nil, err
	}
	own, code := spec, spec
	if it.code != nil && it.code != it.tests {
		if code, err = h.parsed(ctx, it.code); err != nil {
			return nil, err
		}
	}
	if it.spec != it.tests {
		if own, err = h.parsed(ctx, it.spec); err != nil {
			return nil, err
		}
	}
	types := typesOf(own, code)
	useful := slices.ContainsFunc(types, func(t string) bool { return wanted[t] }) || slices.ContainsFunc(it.tests.LogTypes, func(t string) bool { return wanted[t] })
	if !ofPair && !useful {
		return nil, nil
	}
	tests, err := spec.UnitTests()
	if err != nil {
		return nil, nil // pdac test says so
	}
	var out []ownTest
	for _, t := range tests {
		if t.Fault != nil {
			continue
		}
		n := -1
		if t.Event != "" {
			of := types
			if one := eventType(t); one != "" {
				of = []string{one}
			}
			n = c.pool.add(compact(t.Event), of, behaviour.Origin{Detection: it.spec.ID, Test: t.Name, Old: h == c.sides[0], Path: it.tests.Path, Line: t.Line}, false)
		}
		out = append(out, ownTest{t, n, it.tests.Path})
	}
	return out, nil
}

// eventType is the log type that the event of a test names; "" for none.
func eventType(t repo.UnitTest) string {
	event := yamlcore.Lookup(t.Node, "Log")
	if event == nil {
		return ""
	}
	return scalar(event, "p_log_type")
}

// distant reports whether only globals and data models of the pair differ.
func (p *pair) distant() bool { return len(p.causes) == len(p.sources) }

// choose sets the trials of a pair: its own tests of both sides, the corpora, and the
// events of other detections' tests for the same log types. Mocks belong to the tests of
// the detection that they are written for. most limits the last ones.
func (c *comparison) choose(p *pair, own *[2][]ownTest, most int) {
	used := map[int]bool{}
	type key struct {
		name  string
		event int
	}
	var twins [2]map[key]*ownTest
	for k := range own {
		twins[k] = map[key]*ownTest{}
		for i := range own[k] {
			twins[k][key{own[k][i].Name, own[k][i].event}] = &own[k][i]
		}
	}
	for _, k := range []int{1, 0} {
		for _, t := range own[k] {
			tests := [2]repo.UnitTest{t.UnitTest, t.UnitTest}
			if twin := twins[1-k][key{t.Name, t.event}]; twin != nil {
				if k == 0 {
					continue // it is there already
				}
				tests[1-k] = twin.UnitTest
			}
			if k == 0 && t.event >= 0 && used[t.event] && len(t.Mocks) == 0 {
				continue
			}
			if t.event >= 0 {
				used[t.event] = true
			}
			p.trials = append(p.trials, trial{event: t.event, tests: tests, origin: behaviour.Origin{Detection: p.items[k].spec.ID, Test: t.Name, Old: k == 0, Path: t.path, Line: t.Line}})
		}
	}
	if c.in.Own {
		return
	}
	var corpus, others []int
	for _, t := range p.logTypes() {
		for _, n := range c.pool.corpusByType[t] {
			if !used[n] {
				used[n] = true
				corpus = append(corpus, n)
			}
		}
	}
	for _, t := range p.logTypes() {
		for _, n := range c.pool.byType[t] {
			if !used[n] {
				used[n] = true
				others = append(others, n)
			}
		}
	}
	if n := len(others); n > most {
		p.leftOut = n - most
		some := make([]int, most)
		for i := range some {
			some[i] = others[i*n/most] // from all detections, not only the first ones
		}
		others = some
	}
	for _, n := range append(corpus, others...) {
		p.trials = append(p.trials, trial{event: n, origin: c.pool.events[n].origin})
	}
}
