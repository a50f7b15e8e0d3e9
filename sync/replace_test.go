package sync_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

func baseOf(t testing.TB, files synth.Files) *sync.Base {
	t.Helper()
	base, err := sync.NewBase(context.Background(), loaded(t, files), sync.BaseInfo{Record: "0123"})
	if err != nil {
		t.Fatal(err)
	}
	return base
}

func patterns(t testing.TB, list ...string) sync.Filter {
	t.Helper()
	f, err := sync.ParseFilter(list)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// retyped is a repository whose rule becomes a simple rule.
func retyped() (was, is synth.Files) {
	specs := kindsOfOneID()
	body := "def rule(e):\n    return True\n"
	return synth.Files{"rules/one.yml": specs[panther.Rule], "rules/one.py": body}, synth.Files{"rules/one.yml": specs[panther.SimpleRule]}
}

var (
	oldOne = panther.Key{Kind: panther.Rule, ID: "One"}
	newOne = panther.Key{Kind: panther.SimpleRule, ID: "One"}
	quick  = sync.ApplyOptions{FirstWait: time.Nanosecond}
)

// TestAReplaceIsTestedFirst: what fails Panther's unit tests costs nothing, and what
// passed them is not tested twice.
func TestAReplaceIsTestedFirst(t *testing.T) {
	was, is := retyped()
	m := newMemory(t, was)
	before := m.snapshot()
	p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
	m.fail = func(call string) *failure {
		if call == "test simple_rule/One" {
			return &failure{err: &panther.APIError{Status: http.StatusBadRequest, Message: "tests failed", Tests: []panther.TestResult{{Name: "one"}}}}
		}
		return nil
	}
	r := sync.Apply(t.Context(), m, p, quick)
	if c := r.Changes[0]; c.Outcome != sync.Failed || len(c.Tests) != 1 || !strings.HasSuffix(c.Reason, "tests failed; nothing was deleted, so rule/One is as it was") {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff(before, m.snapshot()); diff != "" || !slices.Equal(m.calls, []string{"test simple_rule/One"}) {
		t.Errorf("%v %s", m.calls, diff)
	}
	m.fail, m.calls, m.skipped = nil, nil, nil
	if r := sync.Apply(t.Context(), m, p, quick); !r.OK() {
		t.Errorf("%+v", r.Changes)
	}
	if want := []string{"test simple_rule/One", "delete rule/One", "create simple_rule/One"}; !slices.Equal(m.calls, want) || !slices.Equal(m.skipped, want[2:]) {
		t.Errorf("called %v, without tests %v", m.calls, m.skipped)
	}
}

// TestAPantherThatChecksTheIDFirst: it can't run the tests before the delete, so they
// run with the create.
func TestAPantherThatChecksTheIDFirst(t *testing.T) {
	was, is := retyped()
	m := newMemory(t, was)
	p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
	m.fail = func(call string) *failure {
		if call == "test simple_rule/One" {
			return &failure{err: status(http.StatusConflict)}
		}
		return nil
	}
	if r := sync.Apply(t.Context(), m, p, quick); !r.OK() || len(m.skipped) > 0 {
		t.Errorf("%+v, without tests %v", r.Changes, m.skipped)
	}
}

// TestAFailedReplaceRestoresTheOldOne, exactly, whatever the reason.
func TestAFailedReplaceRestoresTheOldOne(t *testing.T) {
	was, is := retyped()
	was["rules/one.yml"] = strings.Replace(was["rules/one.yml"], "Enabled: true", "Enabled: false\nTags: [a]", 1)
	for name, fail := range map[string]*failure{
		"refused":   {err: status(http.StatusBadRequest)},
		"forbidden": {err: status(http.StatusForbidden)},
		"taken":     {err: status(http.StatusConflict)},
		"gateway":   unsure(false),
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(t, was)
			e := m.entities[oldOne]
			e.Extra = map[string]json.RawMessage{"riskScore": json.RawMessage("7")}
			m.entities[oldOne] = e
			before := m.snapshot()
			p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
			m.fail = func(call string) *failure {
				if call == "create simple_rule/One" {
					return fail
				}
				return nil
			}
			r := sync.Apply(t.Context(), m, p, quick)
			if c := r.Changes[0]; c.Outcome != sync.Failed || !strings.HasSuffix(c.Reason, "; rule/One was restored as it was") || c.Lost != nil || len(c.Warnings) > 0 {
				t.Errorf("%+v", c)
			}
			if diff := cmp.Diff(before, m.snapshot()); diff != "" {
				t.Errorf("%v (-before +after):\n%s", m.calls, diff)
			}
			if string(m.entities[oldOne].Extra["riskScore"]) != "7" {
				t.Errorf("the unknown field is lost: %v", m.entities[oldOne].Extra)
			}
			// The tests that the old one passed once must not keep it from coming back.
			if !slices.Contains(m.skipped, "create rule/One") {
				t.Errorf("without tests: %v", m.skipped)
			}
		})
	}
}

// TestAnUncertainReplaceIsLookedAt: what happened is read from Panther.
func TestAnUncertainReplaceIsLookedAt(t *testing.T) {
	was, is := retyped()
	for call, ways := range map[string]map[bool]sync.Outcome{
		"delete rule/One":        {true: sync.Done, false: sync.Failed},
		"create simple_rule/One": {true: sync.Done, false: sync.Done},
	} {
		for did, want := range ways {
			m := newMemory(t, was)
			p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
			m.fail = func(c string) *failure {
				if c == call {
					m.fail = nil
					return unsure(did)
				}
				return nil
			}
			r := sync.Apply(t.Context(), m, p, quick)
			if got := r.Changes[0].Outcome; got != want {
				t.Errorf("%s, done %v: %s %s", call, did, got, r.Changes[0].Reason)
			}
			live := newOne
			if want == sync.Failed {
				live = oldOne
			}
			if _, ok := m.entities[live]; !ok || len(m.entities) != 1 {
				t.Errorf("%s, done %v: live %v", call, did, slices.Collect(maps.Keys(m.entities)))
			}
		}
	}
}

// TestADeleteThatCannotBeReadIsRestored: whichever it was, the old one is live after.
func TestADeleteThatCannotBeReadIsRestored(t *testing.T) {
	was, is := retyped()
	for _, did := range []bool{true, false} {
		m := newMemory(t, was)
		before := m.snapshot()
		p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
		sent := false
		m.fail = func(c string) *failure {
			switch {
			case c == "delete rule/One":
				sent = true
				return unsure(did)
			case sent && c == "get rule/One":
				sent = false
				return &failure{err: status(http.StatusForbidden)}
			}
			return nil
		}
		r := sync.Apply(t.Context(), m, p, quick)
		if c := r.Changes[0]; c.Outcome != sync.Failed || !strings.Contains(c.Reason, "it is unknown whether rule/One was deleted") || c.Lost != nil {
			t.Errorf("%+v", c)
		}
		if diff := cmp.Diff(before, m.snapshot()); diff != "" {
			t.Errorf("done %v, %v (-before +after):\n%s", did, m.calls, diff)
		}
	}
}

// TestACreateThatTakesEffectLate: where the old one is refused because the new one
// is there after all, the replace is done.
func TestACreateThatTakesEffectLate(t *testing.T) {
	was, is := retyped()
	m := newMemory(t, was)
	p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
	m.fail = func(call string) *failure {
		switch call {
		case "create simple_rule/One":
			return unsure(false)
		case "create rule/One":
			m.entities[newOne] = liveOf(t, is)[newOne]
		}
		return nil
	}
	c := sync.Apply(t.Context(), m, p, quick).Changes[0]
	if c.Outcome != sync.Done || c.Lost != nil || len(m.entities) != 1 {
		t.Errorf("%+v", c)
	}
}

// TestALostEntityIsHandedOver: where not even the restore succeeds, the result has
// all that is needed to create it again.
func TestALostEntityIsHandedOver(t *testing.T) {
	was, is := retyped()
	m := newMemory(t, was)
	old := m.entities[oldOne]
	p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
	m.fail = func(call string) *failure {
		if strings.HasPrefix(call, "create") {
			return &failure{err: status(http.StatusForbidden)}
		}
		return nil
	}
	r := sync.Apply(t.Context(), m, p, quick)
	c := r.Changes[0]
	if c.Outcome != sync.Failed || c.Lost == nil || c.Lost.Path != "/rules" || !strings.Contains(c.Reason, "rule/One was deleted, and restoring it failed too: ") {
		t.Fatalf("%+v", c)
	}
	got, err := panther.UnmarshalEntity(panther.Rule, c.Lost.Body)
	if err != nil || got.Fingerprint() != old.Fingerprint() {
		t.Errorf("%v: %s", err, c.Lost.Body)
	}
	// The next plan is a plain create, and what was deployed is known to be gone.
	p = planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
	if got := lines(p); got != "create simple_rule/One\n" || !slices.Equal(p.Gone, []string{"rule/One"}) {
		t.Errorf("planned %q, gone %v", got, p.Gone)
	}
}

// TestAStopDoesNotLeaveAReplaceHalfDone: once the delete was sent, one of the two is
// live in the end.
func TestAStopDoesNotLeaveAReplaceHalfDone(t *testing.T) {
	was, is := retyped()
	for _, at := range []string{"get rule/One", "test simple_rule/One", "delete rule/One", "create simple_rule/One"} {
		for _, fails := range []bool{false, true} {
			m := newMemory(t, was)
			p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
			ctx, stop := context.WithCancel(t.Context())
			m.fail = func(c string) *failure {
				if c == at {
					stop()
				}
				if fails && c == "create simple_rule/One" {
					return &failure{err: status(http.StatusBadRequest)}
				}
				return nil
			}
			r := sync.Apply(ctx, m, p, quick)
			_, old := m.entities[oldOne]
			_, replaced := m.entities[newOne]
			want := sync.Done
			switch {
			case at == "get rule/One", at == "test simple_rule/One":
				want = sync.NotTried
			case fails:
				want = sync.Failed
			}
			if got := r.Changes[0].Outcome; got != want || old == replaced || replaced != (want == sync.Done) || !r.Interrupted {
				t.Errorf("stopped at %s, fails %v: %s, live %v", at, fails, got, slices.Collect(maps.Keys(m.entities)))
			}
			stop()
		}
	}
}

// TestAReplaceLooksAtTheOldOneFirst: an edit since the plan is never lost.
func TestAReplaceLooksAtTheOldOneFirst(t *testing.T) {
	was, is := retyped()
	for name, tc := range map[string]struct {
		meddle  func(*memory)
		outcome sync.Outcome
		reason  string
		live    panther.Key
	}{
		"edited":  {func(m *memory) { m.set("rule/One", "severity", "HIGH") }, sync.Refused, `it was changed in Panther since the plan was made: severity was "LOW" and is now "HIGH"; plan again`, oldOne},
		"packs":   {func(m *memory) { e := m.entities[oldOne]; e.Managed = true; m.entities[oldOne] = e }, sync.Refused, "it is maintained by one of Panther's packs, and pdac never deletes those", oldOne},
		"deleted": {func(m *memory) { delete(m.entities, oldOne) }, sync.Done, "", newOne},
		"replaced": {func(m *memory) {
			_, is := retyped()
			m.entities = liveOf(t, is)
		}, sync.Already, "", newOne},
	} {
		m := newMemory(t, was)
		p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
		tc.meddle(m)
		c := sync.Apply(t.Context(), m, p, quick).Changes[0]
		if c.Outcome != tc.outcome || c.Reason != tc.reason {
			t.Errorf("%s: %s, %s", name, c.Outcome, c.Reason)
		}
		if _, ok := m.entities[tc.live]; !ok {
			t.Errorf("%s: live %v", name, slices.Collect(maps.Keys(m.entities)))
		}
	}
}

// TestAHeldReplace changes nothing, and what refers to its id goes on.
func TestAHeldReplace(t *testing.T) {
	was, is := retyped()
	was["global_helpers/g.yml"], was["global_helpers/g.py"] = "AnalysisType: global\nGlobalID: g\nFilename: g.py\n", "x = 1\n"
	was["rules/one.py"] = "import g\n" + was["rules/one.py"]
	m := newMemory(t, was)
	p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
	if got := lines(p); got != "replace simple_rule/One\ndelete global/g\n" || !slices.Equal(p.Changes[1].DependsOn, []string{"simple_rule/One"}) || len(p.Diagnostics) > 0 {
		t.Fatalf("planned %q, %v", got, p.Diagnostics)
	}
	o := quick
	o.HoldDeletes = true
	r := sync.Apply(t.Context(), m, p, o)
	want := map[string]sync.Outcome{"simple_rule/One": sync.Held, "global/g": sync.NotTried}
	if diff := cmp.Diff(want, outcomes(r)); diff != "" || len(m.calls) > 0 {
		t.Errorf("%v %s", m.calls, diff)
	}
	if why := reason(r, "simple_rule/One"); why != "a changed type needs a delete first, and deletes are carried out only with --allow-delete, or deletes: allow in pdac.yaml" {
		t.Error(why)
	}
}

// TestWhatIsNotReplaced: without proof that it was deployed from here, and what packs
// maintain. The plan says so and goes on.
func TestWhatIsNotReplaced(t *testing.T) {
	was, is := retyped()
	is["rules/other.yml"] = other
	empty := baseOf(t, synth.Files{})
	managed := liveOf(t, was)
	e := managed[oldOne]
	e.Managed = true
	managed[oldOne] = e
	for name, tc := range map[string]struct {
		live sync.Live
		o    sync.PlanOptions
		want string
	}{
		"no record":    {liveOf(t, was), sync.PlanOptions{}, `rules/one.yml: warning: "One" is live as a rule, and without a recorded deployment pdac replaces it with the simple_rule only if you ask for it: use --delete with --only simple_rule/One, delete it in the console, or give the spec its own id`},
		"not deployed": {liveOf(t, was), sync.PlanOptions{Base: empty}, `rules/one.yml: warning: "One" is live as a rule that was not deployed from this repository, so pdac does not replace it with the simple_rule; delete it in the console, or give the spec its own id`},
		"of a pack":    {managed, sync.PlanOptions{Base: baseOf(t, was)}, `rules/one.yml: warning: "One" is live as a rule of one of Panther's packs, which pdac never deletes, and an id belongs to only one type; give the spec its own id`},
		"let go":       {liveOf(t, was), sync.PlanOptions{Base: baseOf(t, was), Policies: sync.Policies{Released: patterns(t, "rule/One")}}, `rules/one.yml: warning: "One" is live as a rule that deploy.released in pdac.yaml lets go, so pdac does not replace it with the simple_rule; take it out of deploy.released, or give the spec its own id`},
	} {
		p := planned(t, is, tc.live, tc.o)
		if got := lines(p); got != "create simple_rule/Other\n" || len(p.Kept) != 1 || p.Kept[0].Action != sync.Replace || p.Kept[0].Reason == "" || p.Summary.Replace != 0 || p.Summary.Kept != 1 || len(p.Unmanaged) > 0 {
			t.Errorf("%s: planned %q, kept %+v", name, got, p.Kept)
		}
		if len(p.Diagnostics) != 1 || p.Diagnostics[0].String() != tc.want {
			t.Errorf("%s: %v", name, p.Diagnostics)
		}
	}
}

// TestCausesOfAReplace: who changed the type, and who edited it.
func TestCausesOfAReplace(t *testing.T) {
	was, is := retyped()
	edit := func(l sync.Live, k panther.Key) sync.Live {
		l[k] = l[k].With(map[string]any{"severity": "HIGH"})
		return l
	}
	newer := is.Clone()
	newer["rules/one.yml"] += "Tags: [new]\n"
	for name, tc := range map[string]struct {
		base, wanted synth.Files
		live         sync.Live
		cause        sync.Cause
		fail         string
	}{
		"committed":     {was, is, liveOf(t, was), sync.CauseCommit, ""},
		"edited":        {was, is, edit(liveOf(t, was), oldOne), sync.CauseConflict, "conflict: rule/One became a simple_rule in the repository, and severity of it was edited in Panther since it was deployed; restore its old files and run pdac pull to keep the edit, or use --on-conflict revert (replace it) or keep (leave it)"},
		"in Panther":    {is, is, liveOf(t, was), sync.CauseDrift, "drift: simple_rule/One became a rule in Panther since it was deployed; remove its files and run pdac pull --adopt to keep that one, or use --on-drift revert (replace it) or keep (leave it)"},
		"on both sides": {is, newer, liveOf(t, was), sync.CauseConflict, "conflict: simple_rule/One was changed in the repository, and became a rule in Panther since it was deployed; remove its files and run pdac pull --adopt to keep that one, or use --on-conflict revert (replace it) or keep (leave it)"},
	} {
		o := sync.PlanOptions{Base: baseOf(t, tc.base), Policies: sync.Policies{OnDrift: sync.Fail}}
		p := planned(t, tc.wanted, tc.live, o)
		if got := lines(p); got != "replace simple_rule/One\n" || p.Changes[0].Cause != tc.cause || p.Changes[0].Replaces != panther.Rule {
			t.Errorf("%s: planned %q, %+v", name, got, p.Changes)
			continue
		}
		got := ""
		if errs := p.Errors(); len(errs) > 0 {
			got = errs[0].Message
		}
		if got != tc.fail {
			t.Errorf("%s: %q", name, got)
		}
		if tc.cause == sync.CauseCommit {
			continue
		}
		o.Policies = sync.Policies{OnDrift: sync.Keep, OnConflict: sync.Keep}
		if p = planned(t, tc.wanted, tc.live, o); !p.Empty() || len(p.Kept) != 1 || len(p.Gone)+len(p.Unmanaged) > 0 {
			t.Errorf("%s: planned %q, kept %v, gone %v, unmanaged %v", name, lines(p), p.Kept, p.Gone, p.Unmanaged)
		}
	}
}

// TestEitherNameTakesThePair: a plan that is limited to the old or the new type has
// the whole step, and one that is limited to other things has none of it.
func TestEitherNameTakesThePair(t *testing.T) {
	was, is := retyped()
	w := newWorld(t, was.Clone(), sandbox.Options{})
	w.mustApply()
	maps.DeleteFunc(w.files, func(string, string) bool { return true })
	maps.Copy(w.files, is)
	for pattern, want := range map[string]string{
		"rule/One": "replace simple_rule/One\n", "simple_rule/One": "replace simple_rule/One\n", "simple_rule/*": "replace simple_rule/One\n",
		"scheduled_rule/One": "", "*/One": "replace simple_rule/One\n", "rule/Two": "", "policy/One": "",
	} {
		only, err := sync.ParseFilter([]string{pattern})
		if err != nil {
			t.Fatal(err)
		}
		if got := lines(w.plan(sync.PlanOptions{Only: only, Base: baseOf(t, was)})); got != want {
			t.Errorf("--only %s: planned %q", pattern, got)
		}
	}
}

// TestWhatIsPanthersIsCarriedOver: fields that the repository leaves to Panther keep
// their values when the type changes.
func TestWhatIsPanthersIsCarriedOver(t *testing.T) {
	was, is := retyped()
	is["rules/one.yml"] = strings.Replace(is["rules/one.yml"], "Enabled: true\n", "", 1)
	m := newMemory(t, was)
	m.set("rule/One", "inlineFilters", "- All: []\n")
	m.set("rule/One", "enabled", false)
	m.set("rule/One", "severity", "CRITICAL")
	rule, err := sync.NewFieldRule([]string{"severity"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := sync.PlanOptions{Base: baseOf(t, was), Policies: sync.Policies{OnConflict: sync.Revert, UnmanagedFields: sync.FieldRules{rule}}}
	p := saved(t, planned(t, is, m.entities, o))
	if r := sync.Apply(t.Context(), m, p, quick); !r.OK() {
		t.Fatalf("%+v", r.Changes)
	}
	got := m.entities[newOne].Fields
	if got["inlineFilters"] != "- All: []\n" || got["enabled"] != false || got["severity"] != "CRITICAL" {
		t.Errorf("%v", got)
	}
	if p := planned(t, is, m.entities, o); !p.Empty() {
		t.Errorf("planned %s", lines(p))
	}
}

// TestPropertyOneOfTheTwoIsLive: wherever a replace fails or is stopped, one of the
// two is live after it as long as Panther creates anything, and the result says
// which; undoing it brings the old one back.
func TestPropertyOneOfTheTwoIsLive(t *testing.T) {
	specs := kindsOfOneID()
	delete(specs, panther.Policy)
	kinds := slices.Sorted(maps.Keys(specs))
	rapid.Check(t, func(rt *rapid.T) {
		from := rapid.SampledFrom(kinds).Draw(rt, "from")
		to := rapid.SampledFrom(slices.DeleteFunc(slices.Clone(kinds), func(k panther.Kind) bool { return k == from })).Draw(rt, "to")
		body := "def rule(e):\n    return True\n"
		was := synth.Files{"rules/one.yml": specs[from], "rules/one.py": body}
		is := synth.Files{"rules/one.yml": specs[to], "rules/one.py": body}
		m := &memory{entities: liveOf(rt, was)}
		before := m.snapshot()
		p := planned(rt, is, m.entities, sync.PlanOptions{Delete: true})
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		stopAt, calls := rapid.IntRange(0, 6).Draw(rt, "stopped at"), 0
		m.fail = func(call string) *failure {
			if calls++; calls == stopAt {
				stop()
			}
			if strings.HasPrefix(call, "create "+string(from)) {
				return nil
			}
			switch rapid.IntRange(0, 5).Draw(rt, call) {
			case 0:
				return &failure{err: status(rapid.SampledFrom([]int{400, 403, 409}).Draw(rt, "status"))}
			case 1:
				return unsure(rapid.Bool().Draw(rt, "done"))
			}
			return nil
		}
		r := sync.Apply(ctx, m, p, quick)
		m.fail = nil
		_, old := m.entities[panther.Key{Kind: from, ID: "One"}]
		_, replaced := m.entities[panther.Key{Kind: to, ID: "One"}]
		c := r.Changes[0]
		if old == replaced || c.Outcome == sync.Done != replaced && c.Lost == nil {
			rt.Fatalf("%s (%s): old %v, new %v; %v", c.Outcome, c.Reason, old, replaced, m.calls)
		}
		sync.Undo(context.Background(), m, p, r, quick)
		if diff := cmp.Diff(before, m.snapshot()); c.Outcome == sync.Done && diff != "" {
			rt.Fatalf("undone %v (-before +after):\n%s", outcomes(r.Undo), diff)
		}
		if c.Outcome == sync.Done && !r.Undone(c.Key()) {
			rt.Fatalf("%s counts as not undone", c.Key())
		}
	})
}

// TestWhatWasNotAskedForIsNoNews: kinds that a limited plan reads only for their ids
// are not reported as missing.
func TestWhatWasNotAskedForIsNoNews(t *testing.T) {
	was, _ := retyped()
	w := newWorld(t, was, sandbox.Options{Era: sandbox.Era2024})
	for _, pattern := range []string{"rule/One", "correlation_rule/One"} {
		p := w.plan(sync.PlanOptions{Only: patterns(t, pattern)})
		said := slices.ContainsFunc(p.Diagnostics, func(d repo.Diagnostic) bool { return d.Kind == string(panther.CorrelationRule) })
		if said != strings.HasPrefix(pattern, "correlation") {
			t.Errorf("--only %s: %v", pattern, p.Diagnostics)
		}
	}
}

// TestAnUndoThatLosesAReplacement: the record does not say that it is live.
func TestAnUndoThatLosesAReplacement(t *testing.T) {
	was, is := retyped()
	is["rules/other.yml"] = other
	m := newMemory(t, was)
	base := baseOf(t, was)
	p := planned(t, is, m.entities, sync.PlanOptions{Base: base})
	replaced := false
	m.fail = func(call string) *failure {
		if strings.HasPrefix(call, "create") && (replaced || strings.HasSuffix(call, "Other")) {
			return &failure{err: status(http.StatusBadRequest)}
		}
		replaced = replaced || call == "create simple_rule/One"
		return nil
	}
	r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{FirstWait: time.Nanosecond, Parallelism: 1})
	sync.Undo(t.Context(), m, p, r, quick)
	if len(m.entities) > 0 || r.Undo.Changes[0].Lost == nil {
		t.Fatalf("live %v, %+v", m.entities, r.Undo.Changes)
	}
	files, _, err := sync.Applied{Plan: p, Result: r, Repo: loaded(t, is), Base: base}.Recorded(t.Context())
	if err != nil || string(files["rules/one.yml"]) != was["rules/one.yml"] {
		t.Errorf("recorded %s, %v", files["rules/one.yml"], err)
	}
}

// TestAnEditDuringTheTestsIsNotLost: the old one is compared with the plan right
// before its delete, after the unit tests of the new one.
func TestAnEditDuringTheTestsIsNotLost(t *testing.T) {
	was, is := retyped()
	m := newMemory(t, was)
	p := planned(t, is, m.entities, sync.PlanOptions{Base: baseOf(t, was)})
	m.fail = func(call string) *failure {
		if call == "test simple_rule/One" {
			m.set("rule/One", "severity", "HIGH")
		}
		return nil
	}
	if c := sync.Apply(t.Context(), m, p, quick).Changes[0]; c.Outcome != sync.Refused || m.entities[oldOne].Fields["severity"] != "HIGH" {
		t.Errorf("%+v, live %v", c, m.entities)
	}
}
