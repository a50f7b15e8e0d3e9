package sync_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	gosync "sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync"
)

func TestAFailingEntityStopsOnlyWhatNeedsIt(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.fault(sandbox.Fault{Match: "POST /globals", Times: 1, Status: http.StatusBadRequest, Message: "the body does not compile"})
	r := w.apply(w.plan(sync.PlanOptions{}))
	want := map[string]sync.Outcome{
		"global/z_base": sync.Failed, "global/a_top": sync.NotTried, "rule/R.A": sync.NotTried,
		"data_model/D": sync.Done, "query/Q one": sync.Done, "simple_rule/F.A": sync.Done, "scheduled_rule/S.A": sync.Done, "correlation_rule/C.A": sync.NotTried, "policy/P.A": sync.Done,
	}
	if diff := cmp.Diff(want, outcomes(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := reason(r, "global/z_base"); !strings.Contains(got, "the body does not compile") {
		t.Errorf("why it failed: %q", got)
	}
	if got := reason(r, "rule/R.A"); got != "it needs global/a_top, which was not tried" {
		t.Errorf("why it was not tried: %q", got)
	}
	w.mustApply() // running again finishes the job
}

func TestFailedUnitTestsAreTold(t *testing.T) {
	files := small()
	files["rules/r.yml"] += "Tests:\n  - Name: hits\n    ExpectedResult: true\n    Log: {a: 1}\n"
	w := newWorld(t, files, sandbox.Options{CheckTests: true, CheckTest: func(sandbox.UnitTest) (bool, string) { return false, "rule returned False" }})
	p := w.plan(sync.PlanOptions{})
	r := w.apply(p)
	i := slices.IndexFunc(r.Changes, func(c sync.ChangeResult) bool { return c.ID == "R.A" })
	want := []panther.TestResult{{Name: "hits", Reason: r.Changes[i].Tests[0].Reason}}
	if diff := cmp.Diff(want, r.Changes[i].Tests); diff != "" || !strings.Contains(want[0].Reason, "rule returned False") {
		t.Errorf("the failed tests (-want +got):\n%s\n%+v", diff, r.Changes[i])
	}
	if got := r.Changes[i].Reason; !strings.Contains(got, "Panther answered 400") || strings.Contains(got, `unit test "hits"`) {
		t.Errorf("why: %q", got)
	}
	r = sync.Apply(t.Context(), w.client, w.plan(sync.PlanOptions{}), sync.ApplyOptions{SkipTests: true})
	if !r.OK() {
		t.Errorf("with tests skipped: %+v", r)
	}
}

// TestEveryFaultIsSurvived lets each kind of failure hit each kind of call:
// whatever happens, the run says so, and running again finishes the job with
// nothing lost or doubled.
func TestEveryFaultIsSurvived(t *testing.T) {
	faults := map[string]sandbox.Fault{
		"429": {Status: 429}, "429 at once again": {Status: 429, RetryAfter: "0"},
		"502 before": {Status: 502}, "503 after": {Status: 503, After: true}, "500 after": {Status: 500, After: true},
		"break before": {Break: true}, "break after": {Break: true, After: true},
		"small pages": {PageSize: 1}, "html": {Status: 504, HTML: true},
	}
	for name, f := range faults {
		for _, match := range []string{"GET *", "POST *", "PUT *", "DELETE *", "*  *"} {
			t.Run(name+" "+match, func(t *testing.T) {
				w := newWorld(t, small(), sandbox.Options{})
				w.mustApply()
				for _, p := range []string{"rules/r.yml", "rules/free.yml", "policies/p.yml"} {
					w.files[p] += "Description: changed\n"
				}
				w.files["queries/q.yml"] = strings.Replace(w.files["queries/q.yml"], "SELECT 1", "SELECT 2", 1)
				w.files["queries/new.yml"] = "AnalysisType: saved_query\nQueryName: New\nQuery: SELECT 3\n"
				w.files["rules/new.yml"] = strings.Replace(w.files["rules/r.yml"], "R.A", "N.A", 1)
				delete(w.files, "rules/s.yml")
				p := w.plan(sync.PlanOptions{Delete: true})
				f.Match, f.Every = strings.Replace(match, "*  *", "* *", 1), 3
				hit := w.fault(f)
				if f.HTML {
					// Responses of a gateway do not match the API description.
					w.client = w.newClient(w.server.Transport())
				}
				r := w.apply(p)
				w.server.Faults().Clear()
				if !r.OK() {
					r = w.apply(w.plan(sync.PlanOptions{Delete: true}))
				}
				if !r.OK() {
					t.Errorf("the second run did not finish: %+v", r)
				}
				if left := w.plan(sync.PlanOptions{Delete: true}); !left.Empty() {
					t.Errorf("left over after %d faults: %s", hit.Hits(), lines(left))
				}
				if n, _ := w.server.Count("queries"); n != 2 {
					t.Errorf("%d queries, want 2", n)
				}
			})
		}
	}
}

func TestAnAmbiguousCreateIsNeverDoubledNorLost(t *testing.T) {
	for name, f := range map[string]sandbox.Fault{
		"done, then broken": {Break: true, After: true}, "broken, not done": {Break: true},
		"done, then 503": {Status: 503, After: true}, "503, not done": {Status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, small(), sandbox.Options{})
			f.Match, f.Every = "POST *", 2
			w.fault(f)
			// One after the other, or chance decides how often one of them is hit.
			r := sync.Apply(t.Context(), w.client, w.plan(sync.PlanOptions{}), sync.ApplyOptions{Parallelism: 1})
			if !r.OK() || r.Count(sync.Done) != 9 {
				t.Errorf("%v", outcomes(r))
			}
			if p := w.plan(sync.PlanOptions{}); !p.Empty() {
				t.Errorf("left over: %s", lines(p))
			}
		})
	}
}

func TestAnAmbiguousDeleteIsLookedAt(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.mustApply()
	delete(w.files, "rules/free.yml")
	p := w.plan(sync.PlanOptions{Delete: true})
	w.fault(sandbox.Fault{Match: "DELETE *", Status: 500, After: true})
	if r := w.apply(p); !r.OK() {
		t.Errorf("it was done, and the result says %+v", r.Changes)
	}
}

func TestStoppingFinishesWhatIsInFlight(t *testing.T) {
	w := newWorld(t, synth.Repo(60, 1), sandbox.Options{})
	ctx, stop := context.WithCancel(t.Context())
	var once gosync.Once
	w.fault(sandbox.Fault{Match: "POST /rules", Skip: 5, Do: func(*http.Request) { once.Do(stop) }})
	p := w.plan(sync.PlanOptions{})
	r := sync.Apply(ctx, w.client, p, sync.ApplyOptions{Parallelism: 4})
	if !r.Interrupted || r.Count(sync.NotTried) == 0 || r.Count(sync.Done) == 0 {
		t.Fatalf("done %d, not tried %d, failed %d", r.Count(sync.Done), r.Count(sync.NotTried), r.Count(sync.Failed))
	}
	if n := r.Count(sync.Done) + r.Count(sync.NotTried); n != len(p.Changes) {
		t.Errorf("%d of %d are accounted for: %v", n, len(p.Changes), outcomes(r))
	}
	live := 0
	for _, c := range sandbox.Collections() {
		n, err := w.server.Count(c)
		if err != nil {
			t.Fatal(err)
		}
		live += n
	}
	if live != r.Count(sync.Done) {
		t.Errorf("%d are live, and the result says %d are done", live, r.Count(sync.Done))
	}
	w.mustApply()
}
