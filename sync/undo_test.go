package sync_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// TestAnUndoPutsEverythingBack: what was created goes, what was changed and deleted
// comes back as it was, with "off" and with fields that pdac doesn't know.
func TestAnUndoPutsEverythingBack(t *testing.T) {
	was, is := oneOfEach()
	was["rules/gone.yml"] = strings.Replace(was["rules/gone.yml"], "Enabled: true", "Enabled: false\nDescription: old\nTags: [a]", 1)
	is["rules/changed.yml"] += "Tags: [new]\n"
	m := newMemory(t, was)
	gone := panther.Key{Kind: panther.SimpleRule, ID: "Gone"}
	e := m.entities[gone]
	e.Extra = map[string]json.RawMessage{"riskScore": json.RawMessage("7")}
	m.entities[gone] = e
	before := m.snapshot()
	p := planned(t, is, m.entities, sync.PlanOptions{Delete: true})
	r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{})
	if !r.OK() || len(m.calls) != 3 {
		t.Fatalf("%v", outcomes(r))
	}
	m.calls = nil
	// Neither a stop nor held deletes keep it from its work, and Panther's unit tests
	// have no say in it.
	ctx, stop := context.WithCancel(t.Context())
	stop()
	sync.Undo(ctx, m, p, r, sync.ApplyOptions{HoldDeletes: true})
	if !r.Undo.OK() || r.Undo.Count(sync.Done) != 3 {
		t.Errorf("%v", outcomes(r.Undo))
	}
	if diff := cmp.Diff(before, m.snapshot()); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	if string(m.entities[gone].Extra["riskScore"]) != "7" {
		t.Errorf("the unknown field is lost: %v", m.entities[gone].Extra)
	}
	if want := []string{"create simple_rule/Gone", "update simple_rule/Changed"}; !slices.Equal(slices.Sorted(slices.Values(m.skipped)), want) {
		t.Errorf("unit tests were skipped for %v, not for %v", m.skipped, want)
	}
	for _, c := range r.Changes {
		if !r.Undone(c.Key()) {
			t.Errorf("%s counts as not undone", c.Key())
		}
	}
	if r.Undone(panther.Key{Kind: panther.Rule, ID: "Gone"}) {
		t.Error("what was never applied counts as undone")
	}
	if u := sync.UndoPlan(p, r).Summary; u.Create != 1 || u.Update != 1 || u.Delete != 1 {
		t.Errorf("the summary: %+v", u)
	}
}

// TestAnUndoLeavesWhatWasEditedMeanwhile, and what the apply didn't do.
func TestAnUndoLeavesWhatWasEditedMeanwhile(t *testing.T) {
	was, is := oneOfEach()
	m := newMemory(t, was)
	p := planned(t, is, m.entities, sync.PlanOptions{Delete: true})
	m.fail = func(c string) *failure {
		if c == "delete simple_rule/Gone" {
			return &failure{err: status(http.StatusForbidden)}
		}
		return nil
	}
	r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{})
	m.fail, m.calls = nil, nil
	m.set("simple_rule/Changed", "description", "by hand")
	m.set("simple_rule/New", "severity", "CRITICAL")
	edited := m.snapshot()
	sync.Undo(t.Context(), m, p, r, sync.ApplyOptions{})
	want := map[string]sync.Outcome{"simple_rule/Changed": sync.Refused, "simple_rule/New": sync.Refused}
	if diff := cmp.Diff(want, outcomes(r.Undo)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(edited, m.snapshot()); diff != "" || len(m.calls) > 0 {
		t.Errorf("written by %v (-edited +after):\n%s", m.calls, diff)
	}
	for _, c := range r.Changes {
		if r.Undone(c.Key()) {
			t.Errorf("%s counts as undone", c.Key())
		}
	}
}

// TestAnUndoGoesBackwards: what went last goes back first, so that nothing is ever
// without what it needs.
func TestAnUndoGoesBackwards(t *testing.T) {
	files := small()
	m := newMemory(t, synth.Files{"rules/one.yml": kindsOfOneID()[panther.SimpleRule]})
	files["rules/one.yml"], files["rules/one.py"] = kindsOfOneID()[panther.Rule], "import a_top\ndef rule(e):\n    return True\n"
	// Their names say nothing of who imports whom.
	files["global_helpers/m.yml"], files["global_helpers/m.py"] = "AnalysisType: global\nGlobalID: b_base\nFilename: m.py\n", "x = 1\n"
	files["global_helpers/y.yml"], files["global_helpers/y.py"] = "AnalysisType: global\nGlobalID: y_top\nFilename: y.py\n", "import b_base\n"
	p := planned(t, files, m.entities, sync.PlanOptions{Delete: true})
	r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{Parallelism: 1})
	if !r.OK() {
		t.Fatalf("%v", outcomes(r))
	}
	m.calls = nil
	sync.Undo(t.Context(), m, p, r, sync.ApplyOptions{Parallelism: 1})
	if !r.Undo.OK() {
		t.Fatalf("%v", outcomes(r.Undo))
	}
	for _, pair := range [][2]string{
		{"delete rule/One", "create simple_rule/One"}, {"delete rule/One", "delete global/a_top"}, {"delete rule/R.A", "delete global/a_top"},
		{"delete global/a_top", "delete global/z_base"}, {"delete scheduled_rule/S.A", "delete query/Q one"},
		{"delete global/y_top", "delete global/b_base"},
	} {
		if first, then := slices.Index(m.calls, pair[0]), slices.Index(m.calls, pair[1]); first < 0 || then < first {
			t.Errorf("%q doesn't go before %q: %v", pair[0], pair[1], m.calls)
		}
	}
}

// TestAnUndoOfUpdatesGoesBackwards: a rule is put back before the global that it was
// changed for.
func TestAnUndoOfUpdatesGoesBackwards(t *testing.T) {
	files := small()
	delete(files, "rules/exp.yml") // it has the same body
	m := newMemory(t, files)
	files["global_helpers/a.py"] += "# new\n"
	files["rules/r.py"] += "# new\n"
	p := planned(t, files, m.entities, sync.PlanOptions{})
	r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{Parallelism: 1})
	if want := []string{"update global/a_top", "update rule/R.A"}; !r.OK() || !slices.Equal(m.calls, want) {
		t.Fatalf("%v: %v", outcomes(r), m.calls)
	}
	m.calls = nil
	sync.Undo(t.Context(), m, p, r, sync.ApplyOptions{Parallelism: 1})
	if want := []string{"update rule/R.A", "update global/a_top"}; !r.Undo.OK() || !slices.Equal(m.calls, want) {
		t.Errorf("%v: %v", outcomes(r.Undo), m.calls)
	}
}

// TestPropertyAnUndoneApplyLeavesNoTrace: whatever an apply does, and wherever it
// fails, undoing it makes Panther what it was.
func TestPropertyAnUndoneApplyLeavesNoTrace(t *testing.T) {
	all := small()
	paths := slices.Sorted(maps.Keys(all))
	side := func(t *rapid.T, name string) synth.Files {
		out := synth.Files{}
		for _, p := range paths {
			if strings.HasSuffix(p, ".py") || rapid.Bool().Draw(t, p+" is "+name) {
				out[p] = all[p]
			}
			if strings.HasSuffix(p, ".yml") && out[p] != "" && rapid.Bool().Draw(t, p+" differs") {
				out[p] += "Description: " + name + "\n"
			}
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		m := &memory{entities: liveOf(t, side(t, "live"))}
		before := m.snapshot()
		p := planned(t, side(t, "wanted"), m.entities, sync.PlanOptions{Delete: true})
		broken := rapid.IntRange(0, len(p.Changes)+1).Draw(t, "fails at")
		m.fail = func(call string) *failure {
			if len(m.calls) == broken && !strings.HasPrefix(call, "get") {
				return &failure{err: status(http.StatusForbidden)}
			}
			return nil
		}
		r := sync.Apply(context.Background(), m, p, sync.ApplyOptions{Parallelism: 1})
		m.fail = nil
		if got := r.Count(sync.Done) + r.Count(sync.Failed) + r.Count(sync.NotTried); got != len(p.Changes) || r.Count(sync.Failed) > 1 {
			t.Fatalf("%v", outcomes(r))
		}
		sync.Undo(context.Background(), m, p, r, sync.ApplyOptions{})
		if diff := cmp.Diff(before, m.snapshot()); diff != "" || !r.Undo.OK() {
			t.Fatalf("%v (-before +after):\n%s\n%s", outcomes(r.Undo), diff, lines(p))
		}
	})
}
