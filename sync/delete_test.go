package sync_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

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
		return strings.Contains(d.Message, "global/a_top is planned for deletion but still used by rule/R.A")
	}) {
		t.Errorf("not reported that R.A still imports a_top: %v", p.Diagnostics)
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

// TestWhatStandsOutsideIsNotDeleted: a spec that doesn't count as content names
// its entity anyway.
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

// TestWhatWasEmptiedIsAnEdit: an entity whose description somebody removed in the console
// was edited, so its removal from the repository is a conflict.
func TestWhatWasEmptiedIsAnEdit(t *testing.T) {
	is := ruleSpec("Enabled: true", "Severity: High")
	s := sides{base: ruleSpec("Enabled: true", "Severity: High", "Description: d"), live: is}
	p := s.plan(t, sync.PlanOptions{})
	if len(p.Changes) != 1 || p.Changes[0].Action != sync.Delete || p.Changes[0].Cause != sync.CauseConflict || len(p.Errors()) == 0 {
		t.Errorf("got %+v, %v", p.Changes, p.Diagnostics)
	}
	s.base = is
	if p := s.plan(t, sync.PlanOptions{}); len(p.Changes) != 1 || p.Changes[0].Cause != sync.CauseCommit {
		t.Errorf("without an edit: got %+v", p.Changes)
	}
}
