package sync_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// world is a repository's files, an embedded Panther and a client of it whose
// every request and answer is checked against the API description.
type world struct {
	t      testing.TB
	files  synth.Files
	server *sandbox.Server
	client *panther.Client
}

func newWorld(t testing.TB, files synth.Files, o sandbox.Options) *world {
	t.Helper()
	o.Token = "secret"
	s, err := sandbox.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := &world{t: t, files: files, server: s}
	w.client = w.newClient(sandbox.Contract(s.Transport(), func(err error) { t.Error(err) }))
	return w
}

func (w *world) newClient(transport http.RoundTripper) *panther.Client {
	w.t.Helper()
	c, err := panther.NewClient(panther.Options{
		Host: "localhost", Token: "secret", FirstWait: time.Millisecond, LongestWait: time.Millisecond, Tries: 3, Transport: transport,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) repo() *repo.Repo {
	w.t.Helper()
	r, err := repo.Load(context.Background(), w.files, repo.Options{ExcludeStatus: []string{"Experimental", "Deprecated"}})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) plan(o sync.PlanOptions) *sync.Plan {
	w.t.Helper()
	live, _, err := sync.Fetch(context.Background(), w.client, o.Only)
	if err != nil {
		w.t.Fatal(err)
	}
	o.Tenant = "test"
	p, err := sync.BuildPlan(context.Background(), w.repo(), live, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) apply(p *sync.Plan) *sync.Result {
	return sync.Apply(context.Background(), w.client, p, sync.ApplyOptions{})
}

// mustApply plans and applies, and wants all of it to succeed without a word.
func (w *world) mustApply() {
	w.t.Helper()
	r := w.apply(w.plan(sync.PlanOptions{}))
	for _, c := range r.Changes {
		if c.Outcome != sync.Done || len(c.Warnings) > 0 {
			w.t.Errorf("%s/%s: %s %s %v", c.Kind, c.ID, c.Outcome, c.Reason, c.Warnings)
		}
	}
	if p := w.plan(sync.PlanOptions{}); !p.Empty() {
		w.t.Fatalf("the plan after the apply is not empty: %s", lines(p))
	}
}

func (w *world) fault(f sandbox.Fault) *sandbox.Injection {
	w.t.Helper()
	i, err := w.server.Faults().Add(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

func (w *world) edit(c sandbox.Collection, id string, change func(map[string]any)) {
	w.t.Helper()
	if err := w.server.Edit(context.Background(), c, id, change); err != nil {
		w.t.Fatal(err)
	}
}

// lines writes a plan in short: an action, a key and the fields.
func lines(p *sync.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		names := make([]string, 0, len(c.Fields))
		if c.Action == sync.Update {
			for _, f := range c.Fields {
				names = append(names, f.Name)
			}
		}
		fmt.Fprintf(&b, "%s %s %s\n", c.Action, c.Key(), strings.Join(names, ","))
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

func outcomes(r *sync.Result) map[string]sync.Outcome {
	out := map[string]sync.Outcome{}
	for _, c := range r.Changes {
		out[string(c.Kind)+"/"+c.ID] = c.Outcome
	}
	return out
}

func reason(r *sync.Result, key string) string {
	for _, c := range r.Changes {
		if string(c.Kind)+"/"+c.ID == key {
			return c.Reason
		}
	}
	return ""
}

// small has one of each that matters for the order: a chain of globals whose
// names are against it, a query with its rule, a data model.
func small() synth.Files {
	return synth.Files{
		"global_helpers/z.yml":  "AnalysisType: global\nGlobalID: z_base\nFilename: z.py\n",
		"global_helpers/z.py":   "def f(e):\n    return e\n",
		"global_helpers/a.yml":  "AnalysisType: global\nGlobalID: a_top\nFilename: a.py\n",
		"global_helpers/a.py":   "import z_base\n",
		"data_models/d.yml":     "AnalysisType: datamodel\nDataModelID: D\nEnabled: true\nLogTypes: [X.Y]\nMappings:\n  - Name: ip\n    Path: a.b\n",
		"queries/q.yml":         "AnalysisType: scheduled_query\nQueryName: Q one\nEnabled: true\nQuery: SELECT 1\nSchedule: {RateMinutes: 60, TimeoutMinutes: 1}\n",
		"rules/r.yml":           "AnalysisType: rule\nRuleID: R.A\nEnabled: true\nSeverity: High\nFilename: r.py\nLogTypes: [X.Y]\nTags: [b, a]\n",
		"rules/r.py":            "from a_top import f\ndef rule(e):\n    return True\n",
		"rules/s.yml":           "AnalysisType: scheduled_rule\nRuleID: S.A\nEnabled: true\nSeverity: Low\nFilename: s.py\nScheduledQueries: [Q one]\n",
		"rules/s.py":            "def rule(e):\n    return True\n",
		"rules/free.yml":        "AnalysisType: rule\nRuleID: F.A\nEnabled: true\nSeverity: Info\nDetection:\n  - Key: a\n    Condition: Exists\nLogTypes: [X.Y]\n",
		"policies/p.yml":        "AnalysisType: policy\nPolicyID: P.A\nEnabled: false\nSeverity: Medium\nFilename: p.py\nResourceTypes: [AWS.S3.Bucket]\n",
		"policies/p.py":         "def policy(r):\n    return True\n",
		"rules/exp.yml":         "AnalysisType: rule\nRuleID: E.A\nStatus: Experimental\nEnabled: true\nSeverity: High\nFilename: r.py\nLogTypes: [X.Y]\n",
		"rules/derived.yml":     "AnalysisType: rule\nRuleID: R.A.Derived\nBaseDetection: R.A\nSeverity: Low\n",
		"packs/pack.yml":        "AnalysisType: pack\nPackID: P\nPackDefinition: {IDs: [R.A]}\n",
		"templates/ignored.yml": "AnalysisType: rule\nRuleID: T\nFilename: none.py\n",
	}
}

func TestPlanInOrderAndApplyThenNothing(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	p := w.plan(sync.PlanOptions{})
	want := `create global/z_base
create global/a_top
create data_model/D
create query/Q one
create rule/R.A
create simple_rule/F.A
create scheduled_rule/S.A
create policy/P.A
`
	if diff := cmp.Diff(want, lines(p)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sync.Summary{Create: 8, NotDeployable: 2, Excluded: 1}, p.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	w.mustApply()
	if got := w.plan(sync.PlanOptions{}).Summary; got.Unchanged != 8 || got.Unmanaged != 0 {
		t.Errorf("after the apply: %+v", got)
	}
}

// TestEveryFieldConvergesAndIsSeen edits every field of every kind in the
// console: each edit is planned as just that field, and goes away by an apply.
func TestEveryFieldConvergesAndIsSeen(t *testing.T) {
	files := synth.Repo(30, 3)
	for p, text := range small() {
		files[p] = text
	}
	w := newWorld(t, files, sandbox.Options{})
	w.mustApply()
	other := map[panther.Type]any{
		panther.Text: "edited", panther.Lines: "# edited\n", panther.Set: []any{"edited"}, panther.SetMap: map[string]any{"edited": []any{"x"}},
		panther.Integer: 77, panther.YAML: "- Key: edited\n  Condition: Exists\n",
		panther.Tests:    []any{map[string]any{"name": "edited", "expectedResult": true, "resource": `{"a":1}`}},
		panther.Mappings: []any{map[string]any{"name": "edited", "path": "x"}},
	}
	first := map[panther.Kind]panther.Entity{}
	live, _, err := sync.Fetch(t.Context(), w.client, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, e := range live {
		if have, ok := first[k.Kind]; !ok || e.ID < have.ID {
			first[k.Kind] = e
		}
	}
	for _, kind := range panther.Kinds() {
		e := first[kind]
		for _, f := range kind.Fields() {
			if f.Name == "inlineFilters" || f.Name == "schedule.cron" {
				continue // left to Panther; a query has one or the other time
			}
			v, ok := other[f.Type]
			switch f.Type {
			case panther.Bool:
				now, _ := f.Canonical(e.Fields[f.Name]).(bool)
				v, ok = !now, true
			case panther.Enum:
				v, ok = "CRITICAL", true
				if e.Fields[f.Name] == "CRITICAL" {
					v = "LOW"
				}
			}
			if !ok {
				t.Fatalf("no edit for %s of %s", f.Name, kind)
			}
			id := e.ID
			if e.ServerID != "" {
				id = e.ServerID
			}
			w.edit(sandbox.Collection(strings.TrimPrefix(kind.Collection(), "/")), id, func(m map[string]any) {
				head, tail, nested := strings.Cut(f.Name, ".")
				if nested {
					m[head].(map[string]any)[tail] = v
				} else {
					m[head] = v
				}
			})
			want := fmt.Sprintf("update %s %s\n", e.Key, f.Name)
			if got := lines(w.plan(sync.PlanOptions{})); got != want {
				t.Errorf("after an edit of %s: planned %q, want %q", f.Name, got, want)
			}
			w.mustApply()
		}
	}
}

func TestWhatTheRepositoryDoesNotOwnIsKept(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.mustApply()
	w.edit("rules", "R.A", func(m map[string]any) {
		m["inlineFilters"] = "- Key: env\n  Condition: Equals\n  Value: prod\n"
		m["futureField"] = map[string]any{"x": 1.5}
	})
	if p := w.plan(sync.PlanOptions{}); !p.Empty() {
		t.Fatalf("console filters are planned as a change: %s", lines(p))
	}
	w.files["rules/r.yml"] = strings.Replace(w.files["rules/r.yml"], "High", "Low", 1)
	w.mustApply()
	got, err := w.server.Get("rules", "R.A")
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := got["inlineFilters"].(string); !strings.Contains(f, "prod") || got["severity"] != "LOW" {
		t.Errorf("the filters did not survive: %v", got)
	}
	if fmt.Sprint(got["futureField"]) != "map[x:1.5]" {
		t.Errorf("the unknown field did not survive: %v", got["futureField"])
	}
	// Once the spec has filters, it owns them.
	w.files["rules/r.yml"] += "InlineFilters:\n  - All: []\n"
	if got := lines(w.plan(sync.PlanOptions{})); got != "update rule/R.A inlineFilters\n" {
		t.Errorf("planned %q", got)
	}
}

func TestDeletesAreGuarded(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.mustApply()
	ctx := t.Context()
	for _, e := range []map[string]any{
		{"id": "Console.Made", "body": "def rule(e): return True", "severity": "LOW"},
		{"id": "Pack.Made", "body": "def rule(e): return True", "severity": "LOW", "managed": true},
	} {
		if _, err := w.server.Put(ctx, "rules", e); err != nil {
			t.Fatal(err)
		}
	}
	// E.A is live but Experimental in the repository: it is there, so it stays.
	if _, err := w.server.Put(ctx, "rules", map[string]any{"id": "E.A", "body": "x", "severity": "LOW"}); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"rules/s.yml", "queries/q.yml", "global_helpers/z.yml", "global_helpers/a.yml"} {
		delete(w.files, gone)
	}
	if p := w.plan(sync.PlanOptions{}); !p.Empty() || p.Summary.Unmanaged != 6 {
		t.Errorf("without --delete: %s %+v", lines(p), p.Summary)
	}
	p := w.plan(sync.PlanOptions{Delete: true})
	want := `delete rule/Console.Made
delete scheduled_rule/S.A
delete query/Q one
delete global/a_top
delete global/z_base
`
	if diff := cmp.Diff(want, lines(p)); diff != "" {
		t.Errorf("with --delete (-want +got):\n%s", diff)
	}
	if !slices.ContainsFunc(p.Diagnostics, func(d repo.Diagnostic) bool {
		return strings.Contains(d.Message, "global/a_top is planned for deletion and still used by rule/R.A")
	}) {
		t.Errorf("nobody is told that R.A still imports a_top: %v", p.Diagnostics)
	}
	only, err := sync.ParseFilter([]string{"query/*"})
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(w.plan(sync.PlanOptions{Delete: true, Only: only})); got != "delete query/Q one\n" {
		t.Errorf("what the filter hid is planned: %q", got)
	}
	w.files["rules/broken.yml"] = "AnalysisType: rule\nRuleID: [\n"
	blind := w.plan(sync.PlanOptions{Delete: true})
	if !blind.Empty() || len(blind.Errors()) != 1 {
		t.Errorf("with a file that can't be read: %s %v", lines(blind), blind.Diagnostics)
	}
	delete(w.files, "rules/broken.yml")
	if r := w.apply(p); !r.OK() {
		t.Errorf("%+v", r)
	}
	if n, _ := w.server.Count("rules"); n != 3 {
		t.Errorf("%d rules are left, want R.A, E.A and Pack.Made", n)
	}
}

func TestAFailingEntityStopsOnlyWhatNeedsIt(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.fault(sandbox.Fault{Match: "POST /globals", Times: 1, Status: http.StatusBadRequest, Message: "the body does not compile"})
	r := w.apply(w.plan(sync.PlanOptions{}))
	want := map[string]sync.Outcome{
		"global/z_base": sync.Failed, "global/a_top": sync.NotTried, "rule/R.A": sync.NotTried,
		"data_model/D": sync.Done, "query/Q one": sync.Done, "simple_rule/F.A": sync.Done, "scheduled_rule/S.A": sync.Done, "policy/P.A": sync.Done,
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

// TestASavedPlanRefusesWhatHasChanged: a plan that was written and read again
// does exactly what it says, or says why not.
func TestASavedPlanRefusesWhatHasChanged(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.mustApply()
	for _, p := range []string{"rules/r.yml", "rules/free.yml", "rules/s.yml", "policies/p.yml"} {
		w.files[p] = strings.NewReplacer("High", "Critical", "Info", "Critical", "Low", "Critical", "Medium", "Critical").Replace(w.files[p])
	}
	w.files["rules/new.yml"] = strings.Replace(w.files["rules/r.yml"], "R.A", "N.A", 1)
	delete(w.files, "data_models/d.yml")
	delete(w.files, "queries/q.yml")
	var file bytes.Buffer
	if err := sync.WritePlan(&file, w.plan(sync.PlanOptions{Delete: true})); err != nil {
		t.Fatal(err)
	}
	saved, err := sync.ReadPlan(&file)
	if err != nil {
		t.Fatal(err)
	}
	w.edit("rules", "R.A", func(m map[string]any) { m["severity"] = "LOW"; m["description"] = "by hand" })
	w.edit("simple-rules", "F.A", func(m map[string]any) { m["severity"] = "CRITICAL" })
	w.edit("data-models", "D", func(m map[string]any) { m["enabled"] = false })
	if err := w.server.Delete(t.Context(), "policies", "P.A"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.server.Put(t.Context(), "rules", map[string]any{"id": "N.A", "body": "other", "severity": "LOW"}); err != nil {
		t.Fatal(err)
	}
	r := w.apply(saved)
	want := map[string]sync.Outcome{
		"rule/R.A": sync.Refused, "simple_rule/F.A": sync.Already, "scheduled_rule/S.A": sync.Done, "policy/P.A": sync.Refused,
		"rule/N.A": sync.Refused, "data_model/D": sync.Refused, "query/Q one": sync.Done,
	}
	if diff := cmp.Diff(want, outcomes(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for key, say := range map[string]string{
		"rule/R.A":     `it was changed in Panther since the plan was made: severity was "HIGH" and is now "LOW", description is now "by hand"; plan again`,
		"policy/P.A":   "it was deleted in Panther since the plan was made; plan again to create it",
		"rule/N.A":     "it was created in Panther since the plan was made, with other values of",
		"data_model/D": "it was changed in Panther since the plan was made: enabled",
	} {
		if got := reason(r, key); !strings.HasPrefix(got, say) {
			t.Errorf("%s: got %q, want %q", key, got, say)
		}
	}
	if got, _ := w.server.Get("rules", "R.A"); got["severity"] != "LOW" || got["description"] != "by hand" {
		t.Errorf("the console's edit was overwritten: %v", got)
	}
	// The same plan again: what is done is done, and nothing is done twice.
	again := outcomes(w.apply(saved))
	if again["scheduled_rule/S.A"] != sync.Already || again["query/Q one"] != sync.Already {
		t.Errorf("second run: %v", again)
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
					// What stands in front of an API keeps to no description.
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
			r := w.apply(w.plan(sync.PlanOptions{}))
			if !r.OK() || r.Count(sync.Done) != 8 {
				t.Errorf("%v", outcomes(r))
			}
			if p := w.plan(sync.PlanOptions{}); !p.Empty() {
				t.Errorf("left over: %s", lines(p))
			}
		})
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

func TestOlderDeploymentsDoNotFlap(t *testing.T) {
	files := small()
	files["rules/r.yml"] += "CreateAlert: false\n"
	w := newWorld(t, files, sandbox.Options{OlderFields: true})
	if r := w.apply(w.plan(sync.PlanOptions{})); !r.OK() {
		t.Fatalf("%+v", r)
	}
	p := w.plan(sync.PlanOptions{})
	if !p.Empty() {
		t.Errorf("a field that this Panther doesn't have flaps: %s", lines(p))
	}
	if !slices.ContainsFunc(p.Diagnostics, func(d repo.Diagnostic) bool {
		return strings.Contains(d.Message, "this Panther doesn't show CreateAlert, which 1 of the specs set")
	}) {
		t.Errorf("nobody is told: %v", p.Diagnostics)
	}
	newer := newWorld(t, files, sandbox.Options{})
	newer.mustApply()
	files["rules/r.yml"] = strings.Replace(files["rules/r.yml"], "CreateAlert: false\n", "", 1)
	if got := lines(newer.plan(sync.PlanOptions{})); got != "update rule/R.A createAlert\n" {
		t.Errorf("planned %q", got)
	}
	newer.mustApply()
}

func TestDiagnosticsOfAPlan(t *testing.T) {
	files := small()
	files["rules/typo.yml"] = "AnalysisType: rule\nRuleID: Typo\nEnabled: true\nSeverity: High\nFilename: r.py\nDedupPeriodMinute: 5\nReference: https://example.com\n"
	files["rules/bad.yml"] = "AnalysisType: rule\nRuleID: Bad\nEnabled: true\nSeverity: Hihg\nFilename: r.py\n"
	files["rules/noen.yml"] = "AnalysisType: rule\nRuleID: NoEn\nSeverity: High\nFilename: r.py\n"
	w := newWorld(t, files, sandbox.Options{})
	if _, err := w.server.Put(t.Context(), "rules", map[string]any{"id": "F.A", "body": "x", "severity": "LOW"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.server.Put(t.Context(), "rules", map[string]any{"id": "R.A", "body": "x", "severity": "LOW", "managed": true}); err != nil {
		t.Fatal(err)
	}
	p := w.plan(sync.PlanOptions{})
	var got []string
	for _, d := range p.Diagnostics {
		got = append(got, d.String())
	}
	want := []string{
		`rules/bad.yml:4:11: error: Severity "Hihg" is not one of Info, Low, Medium, High, Critical; did you mean "High"?`,
		`rules/noen.yml:1:1: warning: "Enabled" is missing, so a live one stays as it is, and a new one gets what Panther gives it; write true or false`,
		`rules/typo.yml:6:1: warning: unknown key "DedupPeriodMinute" is not deployed; did you mean "DedupPeriodMinutes"?`,
		`info: 1 spec is outside the folders that count as content: templates/ignored.yml; to load them, name them in content.include of pdac.yaml`,
		`info: kept in the repository and not synced, because Panther's REST API has no field for them: Reference (1)`,
		`rules/free.yml: warning: "F.A" is live as a rule and would be created as a simple_rule; Panther may refuse the id until the other is deleted`,
		`rules/r.yml: warning: rule/R.A is maintained by one of Panther's packs, which may write over this update; disable the pack, or give the spec an id of its own`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	only, err := sync.ParseFilter([]string{"policy/*"})
	if err != nil {
		t.Fatal(err)
	}
	if errs := w.plan(sync.PlanOptions{Only: only}).Errors(); len(errs) != 0 {
		t.Errorf("a plan of policies alone is stopped by a rule: %v", errs)
	}
	only, _ = sync.ParseFilter([]string{"*/B*"})
	if errs := w.plan(sync.PlanOptions{Only: only}).Errors(); len(errs) != 1 {
		t.Errorf("a plan of what is broken has %d errors", len(errs))
	}
}

// TestLogTypesChangeHands: Panther refuses a second enabled data model for a log
// type, so the one that has it lets go first, whether it is deleted or changed.
func TestLogTypesChangeHands(t *testing.T) {
	model := func(id, types string) string {
		return "AnalysisType: datamodel\nDataModelID: " + id + "\nEnabled: true\nLogTypes: [" + types + "]\nMappings:\n  - Name: ip\n    Path: a\n"
	}
	w := newWorld(t, synth.Files{"data_models/a.yml": model("A", "X, Y"), "data_models/b.yml": model("B", "Z")}, sandbox.Options{})
	w.mustApply()
	w.files["data_models/a.yml"] = model("A", "Z")
	w.files["data_models/c.yml"] = model("C", "X, Y")
	delete(w.files, "data_models/b.yml")
	p := w.plan(sync.PlanOptions{Delete: true})
	want := "delete data_model/B\nupdate data_model/A logTypes\ncreate data_model/C\n"
	if diff := cmp.Diff(want, lines(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := w.apply(p); !r.OK() {
		t.Errorf("%+v", r)
	}
}

// TestAChangedKindIsNotLost: the old rule is deleted only once the new one is
// there.
func TestAChangedKindIsNotLost(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.mustApply()
	w.files["rules/r.yml"] = "AnalysisType: rule\nRuleID: R.A\nEnabled: true\nSeverity: High\nDetection: [{Key: a, Condition: Exists}]\n"
	p := w.plan(sync.PlanOptions{Delete: true})
	if got := lines(p); got != "create simple_rule/R.A\ndelete rule/R.A\n" {
		t.Fatalf("planned %q", got)
	}
	w.fault(sandbox.Fault{Match: "POST *", Status: 400})
	want := map[string]sync.Outcome{"simple_rule/R.A": sync.Failed, "rule/R.A": sync.NotTried}
	if diff := cmp.Diff(want, outcomes(w.apply(p))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.server.Faults().Clear()
	if r := w.apply(w.plan(sync.PlanOptions{Delete: true})); !r.OK() {
		t.Errorf("%+v", r)
	}
}

// TestWhatStandsOutsideIsNotDeleted: a spec that doesn't count as content names
// its entity all the same.
func TestWhatStandsOutsideIsNotDeleted(t *testing.T) {
	files := synth.Files{"detections/a.yml": small()["rules/free.yml"], "detections/b.yml": strings.Replace(small()["rules/free.yml"], "F.A", "F.B", 1)}
	w := newWorld(t, files, sandbox.Options{})
	w.mustApply()
	// One folder of another name, and the rest doesn't count any more.
	files["queries/c.yml"] = small()["queries/q.yml"]
	if got := lines(w.plan(sync.PlanOptions{Delete: true})); got != "create query/Q one\n" {
		t.Errorf("planned %q", got)
	}
}

func TestAPatternThatNamesNothingIsTold(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	only, err := sync.ParseFilter([]string{"rule/R.A", "rule/Typo.*"})
	if err != nil {
		t.Fatal(err)
	}
	p := w.plan(sync.PlanOptions{Only: only})
	if len(p.Changes) != 1 || !slices.ContainsFunc(p.Diagnostics, func(d repo.Diagnostic) bool {
		return d.Message == `--only "rule/Typo.*" names nothing, neither in the repository nor in Panther; check the kind and the id`
	}) {
		t.Errorf("%s%v", lines(p), p.Diagnostics)
	}
	w.files["rules/r.yml"] += "Detection: []\n"
	only, _ = sync.ParseFilter([]string{"rule/R.A"})
	if p := w.plan(sync.PlanOptions{Only: only}); len(p.Errors()) != 1 {
		t.Errorf("the fault of what was chosen is not an error: %v", p.Diagnostics)
	}
}

func TestCirclesOfGlobalsAreTold(t *testing.T) {
	files := small()
	files["global_helpers/z.py"] = "import a_top\n"
	w := newWorld(t, files, sandbox.Options{})
	p := w.plan(sync.PlanOptions{})
	if !slices.ContainsFunc(p.Diagnostics, func(d repo.Diagnostic) bool {
		return strings.Contains(d.Message, "these need one another in a circle: global/a_top → global/z_base → global/a_top")
	}) {
		t.Errorf("%v", p.Diagnostics)
	}
	w.mustApply()
}

func TestFilters(t *testing.T) {
	for in, want := range map[string]string{
		"rule":        "not of the form kind/id-glob",
		"rules/x":     `unknown kind "rules"`,
		"rule/[a":     "can't be read",
		"rule/":       "not of the form kind/id-glob",
		"pack/Acme.*": `unknown kind "pack"`,
	} {
		if _, err := sync.ParseFilter([]string{in}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", in, err)
		}
	}
	f, err := sync.ParseFilter([]string{"rule/AWS.*", "*/x?z", "query/{A,B} *"})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{
		"rule/AWS.S3/Public.x": true, "rule/Okta": false, "policy/AWS.x": false, "policy/xyz": true, "query/A one": true, "query/C one": false,
	} {
		k, err := panther.ParseKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if f.MatchKey(k) != want {
			t.Errorf("%s: got %v", key, !want)
		}
	}
}

func TestReadPlanRefusesWhatItCannotApply(t *testing.T) {
	for in, want := range map[string]string{
		`nonsense`:                 `the file is not a plan`,
		`{"format_version":"2.0"}`: `format_version "2.0", and this pdac reads 1.x; plan again`,
		`{}`:                       `format_version ""`,
		``:                         `the file is not a plan: it is empty; make one with pdac plan --out FILE`,
		`[]`:                       `the file is not a plan: it is a JSON array of another shape`,
		`{"format_version":1}`:     `"format_version" can't be a number`,
		`{"format_version":"1.0"`:  `the JSON ends in the middle`,
		`{"format_version":"1.0","summary":{},"changes":[]}{}`:                                                                       `the file holds more than a plan`,
		`{"format_version":"1.0","summary":{},"drift":true,"changes":[]}`:                                                            `the file is a report of pdac drift, which is no plan`,
		`{"format_version":"1.0","summary":{"create":1},"changes":[]}`:                                                               `not those that its summary counts`,
		`{"format_version":"1.0","summary":{},"changes":null}`:                                                                       `not those that its summary counts`,
		`{"format_version":"1.0","changes":[{"kind":"pack","id":"x","action":"create"}]}`:                                            `unknown kind "pack"`,
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"x","action":"erase"}]}`:                                             `unknown action "erase"`,
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"x","action":"update"}]}`:                                            `live_fingerprint is missing`,
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"x","action":"create","fields":[{"name":"no"}]}]}`:                   `unknown field "no"`,
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"x","action":"create","fields":[{"name":"tags","after":1}]}]}`:       `where a list of texts belongs`,
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"x","action":"create"},{"kind":"rule","id":"x","action":"create"}]}`: `names rule/x twice`,
	} {
		if _, err := sync.ReadPlan(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want it to say %q", in, err, want)
		}
	}
}

func TestPlansAreTheSameBytes(t *testing.T) {
	w := newWorld(t, synth.Repo(200, 9), sandbox.Options{})
	write := func() string {
		var b bytes.Buffer
		if err := sync.WritePlan(&b, w.plan(sync.PlanOptions{})); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	first := write()
	for range 3 {
		if write() != first {
			t.Fatal("the same input gave other bytes")
		}
	}
	p, err := sync.ReadPlan(strings.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := sync.WritePlan(&again, p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again.String()); diff != "" {
		t.Errorf("read and written again it differs:\n%s", diff)
	}
}
