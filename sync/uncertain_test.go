package sync_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// oneOfEach has a rule to create, one to change and one to delete.
func oneOfEach() (was, is synth.Files) {
	rule := func(id, severity string) string {
		return "AnalysisType: rule\nRuleID: " + id + "\nEnabled: true\nSeverity: " + severity + "\nDetection: [{Key: a, Condition: Exists}]\n"
	}
	return synth.Files{"rules/changed.yml": rule("Changed", "Low"), "rules/gone.yml": rule("Gone", "Low")},
		synth.Files{"rules/changed.yml": rule("Changed", "High"), "rules/new.yml": rule("New", "Low")}
}

// TestAnUncertainWriteIsLookedAt: where it is unknown whether a write was done, what
// is live decides: it counts as done only where Panther holds what was wanted.
func TestAnUncertainWriteIsLookedAt(t *testing.T) {
	for _, done := range []bool{true, false} {
		for _, call := range []string{"create simple_rule/New", "update simple_rule/Changed", "delete simple_rule/Gone"} {
			was, is := oneOfEach()
			m := newMemory(t, was)
			p := planned(t, is, m.entities, sync.PlanOptions{Delete: true})
			m.fail = func(c string) *failure {
				if c == call {
					return unsure(done)
				}
				return nil
			}
			r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{})
			key := strings.Fields(call)[1]
			want := sync.Failed
			if done {
				want = sync.Done
			}
			if got := outcomes(r)[key]; got != want {
				t.Errorf("%s, done %v: %s, %s", call, done, got, reason(r, key))
			}
			if done != r.OK() {
				t.Errorf("%s, done %v: OK is %v", call, done, r.OK())
			}
			for _, c := range r.Changes {
				if is := c.Is.Fields["severity"]; c.Key().String() == key && done && c.Action == sync.Update && is != "HIGH" {
					t.Errorf("%s: the result holds %v", call, is)
				}
			}
		}
	}
}

// TestWhereReadingFailsTooNothingIsDone: a write whose outcome is unknown is
// a failure, whatever it did.
func TestWhereReadingFailsTooNothingIsDone(t *testing.T) {
	for _, call := range []string{"create simple_rule/New", "update simple_rule/Changed", "delete simple_rule/Gone"} {
		was, is := oneOfEach()
		m := newMemory(t, was)
		p := planned(t, is, m.entities, sync.PlanOptions{Delete: true})
		written := false
		key := strings.Fields(call)[1]
		m.fail = func(c string) *failure {
			switch {
			case c == call:
				written = true
				return unsure(true)
			case written && c == "get "+key:
				return &failure{err: status(http.StatusForbidden)}
			}
			return nil
		}
		r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{Parallelism: 1})
		if got := outcomes(r)[key]; got != sync.Failed {
			t.Errorf("%s: %s, %s", call, got, reason(r, key))
		}
	}
}

// TestAnUncertainCreateIsTriedThreeTimes, and no more often.
func TestAnUncertainCreateIsTriedThreeTimes(t *testing.T) {
	_, is := oneOfEach()
	m := newMemory(t, synth.Files{"rules/changed.yml": is["rules/changed.yml"]})
	p := planned(t, is, m.entities, sync.PlanOptions{})
	m.fail = func(c string) *failure {
		if strings.HasPrefix(c, "create") {
			return unsure(false)
		}
		return nil
	}
	if r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{}); r.Count(sync.Failed) != 1 {
		t.Errorf("%v", outcomes(r))
	}
	if len(m.calls) != 3 {
		t.Errorf("the calls: %v", m.calls)
	}
	// Whoever stops the apply waits for no further try.
	m.calls = nil
	ctx, stop := context.WithCancel(t.Context())
	fail := m.fail
	m.fail = func(c string) *failure {
		stop()
		return fail(c)
	}
	if r := sync.Apply(ctx, m, p, sync.ApplyOptions{}); r.Count(sync.Failed) != 1 || !r.Interrupted || len(m.calls) != 1 {
		t.Errorf("stopped: %v after %v", outcomes(r), m.calls)
	}
}

// TestACreateThatOthersMadeFirst: the same entity counts as there already, another
// one is left alone.
func TestACreateThatOthersMadeFirst(t *testing.T) {
	_, is := oneOfEach()
	for _, same := range []bool{true, false} {
		m := newMemory(t, synth.Files{"rules/changed.yml": is["rules/changed.yml"]})
		p := planned(t, is, m.entities, sync.PlanOptions{})
		m.entities = liveOf(t, is)
		want := sync.Already
		if !same {
			m.set("simple_rule/New", "description", "theirs")
			want = sync.Refused
		}
		before := m.snapshot()
		r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{})
		if got := outcomes(r)["simple_rule/New"]; got != want || (got == sync.Refused) == (reason(r, "simple_rule/New") == "") {
			t.Errorf("the same %v: %s, %s", same, got, reason(r, "simple_rule/New"))
		}
		if len(m.calls) != 1 || m.snapshot()["simple_rule/New"] != before["simple_rule/New"] {
			t.Errorf("the same %v: written by %v", same, m.calls)
		}
	}
}

// TestAWriteThatWasNeverSentIsNotTried: stopped before it went out, it hasn't failed.
func TestAWriteThatWasNeverSentIsNotTried(t *testing.T) {
	was, is := oneOfEach()
	for name, tc := range map[string]struct {
		err  error
		want sync.Outcome
	}{
		"not sent": {context.Canceled, sync.NotTried},
		"sent":     {errors.Join(context.Canceled, unsure(false).err), sync.Failed},
	} {
		m := newMemory(t, was)
		p := planned(t, is, m.entities, sync.PlanOptions{})
		m.fail = func(c string) *failure {
			if c == "update simple_rule/Changed" {
				return &failure{err: tc.err}
			}
			return nil
		}
		if r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{}); outcomes(r)["simple_rule/Changed"] != tc.want {
			t.Errorf("%s: %v", name, outcomes(r))
		}
	}
}

// TestHeldDeletes: what needs a held delete is not tried, nothing is deleted, and the
// result is good but for what was not tried.
func TestHeldDeletes(t *testing.T) {
	model := func(id string) string {
		return "AnalysisType: datamodel\nDataModelID: " + id + "\nEnabled: true\nLogTypes: [X]\nMappings:\n  - Name: ip\n    Path: a\n"
	}
	was, is := oneOfEach()
	m := newMemory(t, was)
	p := planned(t, is, m.entities, sync.PlanOptions{Delete: true})
	r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{HoldDeletes: true})
	if got := outcomes(r); !r.OK() || got["simple_rule/Gone"] != sync.Held || r.Count(sync.Done) != 2 || reason(r, "simple_rule/Gone") == "" {
		t.Errorf("%v", got)
	}
	m = newMemory(t, synth.Files{"data_models/a.yml": model("A")})
	p = planned(t, synth.Files{"data_models/b.yml": model("B")}, m.entities, sync.PlanOptions{Delete: true})
	r = sync.Apply(t.Context(), m, p, sync.ApplyOptions{HoldDeletes: true})
	if got := outcomes(r); r.OK() || got["data_model/A"] != sync.Held || got["data_model/B"] != sync.NotTried {
		t.Errorf("the log type is taken: %v", got)
	}
	if len(m.calls) > 0 {
		t.Errorf("written: %v", m.calls)
	}
}

// TestNothingBeginsAfterAStop: what was not begun is not tried, and each change has
// a result.
func TestNothingBeginsAfterAStop(t *testing.T) {
	was, is := oneOfEach()
	m := newMemory(t, was)
	p := planned(t, is, m.entities, sync.PlanOptions{Delete: true})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	r := sync.Apply(ctx, m, p, sync.ApplyOptions{})
	if r.Count(sync.NotTried) != 3 || !r.Interrupted || len(m.calls) > 0 {
		t.Errorf("%v, written %v", outcomes(r), m.calls)
	}
	r = sync.Apply(t.Context(), m, p, sync.ApplyOptions{})
	if r.Interrupted || !r.OK() {
		t.Errorf("%v, interrupted %v", outcomes(r), r.Interrupted)
	}
}

// steps notes what an observer hears.
type steps struct {
	total    int
	keys     []string
	finished bool
}

func (s *steps) Start(n int)              { s.total = n }
func (s *steps) Step(c sync.ChangeResult) { s.keys = append(s.keys, c.Key().String()) }
func (s *steps) Finish()                  { s.finished = true }

// TestAnObserverHearsEachChangeOnce, also of those that were not written.
func TestAnObserverHearsEachChangeOnce(t *testing.T) {
	was, is := oneOfEach()
	m := newMemory(t, was)
	s := &steps{}
	r := sync.Apply(t.Context(), m, planned(t, is, m.entities, sync.PlanOptions{Delete: true}), sync.ApplyOptions{HoldDeletes: true, Observer: s})
	slices.Sort(s.keys)
	if s.total != len(r.Changes) || !s.finished || !slices.Equal(s.keys, []string{"simple_rule/Changed", "simple_rule/Gone", "simple_rule/New"}) {
		t.Errorf("%+v", s)
	}
}

var _ sync.API = (*memory)(nil)
var _ sync.API = (*panther.Client)(nil)
