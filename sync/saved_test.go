package sync_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync"
)

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
		"rule/N.A":     "it was created in Panther since the plan was made, with different values of",
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

func TestReadPlanRefusesWhatItCannotApply(t *testing.T) {
	for in, want := range map[string]string{
		`nonsense`:                 `the file is not a plan`,
		`{"format_version":"2.0"}`: `format_version "2.0", and this pdac reads 1.x; plan again`,
		`{}`:                       `format_version ""`,
		``:                         `the file is not a plan: it is empty; create one with pdac plan --out FILE`,
		`[]`:                       `the file is not a plan: it is a JSON array, which is not the expected type`,
		`{"format_version":1}`:     `"format_version" can't be a number`,
		`{"format_version":"1.0"`:  `the JSON is cut off`,
		`{"format_version":"1.0","summary":{},"changes":[]}{}`:                                                                       `the file contains more than a plan`,
		`{"format_version":"1.0","summary":{},"drift":true,"changes":[]}`:                                                            `the file is a pdac drift report, not a plan`,
		`{"format_version":"1.0","summary":{"create":1},"changes":[]}`:                                                               `don't match its summary`,
		`{"format_version":"1.0","summary":{},"changes":null}`:                                                                       `don't match its summary`,
		`{"format_version":"1.0","changes":[{"kind":"pack","id":"x","action":"create"}]}`:                                            `unknown kind "pack"`,
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"x","action":"erase"}]}`:                                             `unknown action "erase"`,
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"x","action":"update"}]}`:                                            `live_fingerprint is missing`,
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"x","action":"create","fields":[{"name":"no"}]}]}`:                   `unknown field "no"`,
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"x","action":"create","fields":[{"name":"tags","after":1}]}]}`:       `but must be a list of strings`,
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

// TestAQueryMadeAnewIsAnother: its name is the same, and its id of Panther's isn't.
func TestAQueryMadeAnewIsAnother(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.mustApply()
	w.files["queries/q.yml"] = strings.Replace(w.files["queries/q.yml"], "SELECT 1", "SELECT 2", 1)
	update := w.plan(sync.PlanOptions{})
	delete(w.files, "queries/q.yml")
	remove := w.plan(sync.PlanOptions{Delete: true})
	if err := w.server.Delete(t.Context(), "queries", "Q one"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*sync.Plan{update, remove} {
		want := map[sync.Action]sync.Outcome{sync.Update: sync.Refused, sync.Delete: sync.Already}[p.Changes[0].Action]
		if got := w.apply(p).Changes[0]; got.Outcome != want {
			t.Errorf("%s of what was deleted: %s %s", got.Action, got.Outcome, got.Reason)
		}
	}
	if _, err := w.server.Put(t.Context(), "queries", map[string]any{"name": "Q one", "sql": "SELECT 9"}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*sync.Plan{update, remove} {
		if got := w.apply(p).Changes[0]; got.Outcome != sync.Refused || got.Reason != "it was deleted and recreated in Panther since the plan was made; plan again" {
			t.Errorf("%s of a recreated entity: %s %s", got.Action, got.Outcome, got.Reason)
		}
	}
	w.fault(sandbox.Fault{Match: "GET /queries", Status: 400})
	if got := w.apply(remove).Changes[0]; got.Outcome != sync.Failed {
		t.Errorf("if the outcome is unknown: %s %s", got.Outcome, got.Reason)
	}
}
