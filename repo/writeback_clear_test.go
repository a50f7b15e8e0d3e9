package repo_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// TestWriteBackOfAClearedKey: a key whose value is gone goes too, unless comments
// would go with it. Then it gets the value that Panther takes without the key.
func TestWriteBackOfAClearedKey(t *testing.T) {
	const rule = "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: Low\nDetection: [{Key: k, Condition: Exists}]\n"
	const query = "AnalysisType: scheduled_query\nQueryName: A\nQuery: SELECT 1\nSchedule: {RateMinutes: 60, TimeoutMinutes: 1}\n"
	for _, tc := range []struct {
		name, head, was, is string
		field               string
	}{
		{"a number", rule, "Threshold: 5\n", "", "threshold"},
		{"a number with a comment at its end", rule, "Threshold: 5 # five\n", "", "threshold"},
		{"a number with a comment above", rule, "# why five\nThreshold: 5\n", "# why five\nThreshold: 1\n", "threshold"},
		{"a number with a comment below", rule, "DedupPeriodMinutes: 15\n  # a quarter\n", "DedupPeriodMinutes: 60\n  # a quarter\n", "dedupPeriodMinutes"},
		{"a switch", rule, "CreateAlert: false\n", "", "createAlert"},
		{"a switch with a comment above", rule, "# no alerts yet\nCreateAlert: false\n", "# no alerts yet\nCreateAlert: true\n", "createAlert"},
		{"a switch that Panther has the other way round", query, "Enabled: false\n", "", "schedule.disabled"},
		{"the same with a comment above", query, "# not yet\nEnabled: false\n", "# not yet\nEnabled: true\n", "schedule.disabled"},
		// Without a default nothing else can be said.
		{"a text with a comment above", rule, "# for whom\nDescription: d\n", "", "description"},
		{"a list with a comment above", rule, "# for whom\nTags: [a]\n", "", "tags"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			spec, want := tc.head+tc.was, tc.head+tc.is
			dir := "rules/a.yml"
			if tc.head == query {
				dir = "queries/a.yml"
			}
			it, e := live(t, load(t, synth.Files{dir: spec}, repo.Options{}), "A")
			now := e.With(map[string]any{tc.field: nil})
			got, err := it.WriteBack(repo.Source{Spec: []byte(spec)}, now, []string{tc.field})
			if diff := cmp.Diff(want, string(got.Spec)); diff != "" || err != nil {
				t.Fatalf("%v (-want +got):\n%s", err, diff)
			}
			_, again := live(t, load(t, synth.Files{dir: string(got.Spec)}, repo.Options{}), "A")
			if f, _ := it.Kind.Field(tc.field); !f.Equal(again.Fields[tc.field], nil) {
				t.Errorf("it is read as %v", again.Fields[tc.field])
			}
		})
	}
}

// TestWriteBackOfWhatNoSpecCanDoWithout: the field is named and keeps its text, and
// the other fields are written all the same.
func TestWriteBackOfWhatNoSpecCanDoWithout(t *testing.T) {
	for field, spec := range map[string]string{
		"severity":  "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: Low\nDetection: [{Key: k, Condition: Exists}]\n",
		"detection": "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: Low\nDetection: [{Key: k, Condition: Exists}]\n",
		"sql":       "AnalysisType: saved_query\nQueryName: A\nQuery: SELECT 1\n",
	} {
		path := "rules/a.yml"
		if strings.Contains(spec, "query") {
			path = "queries/a.yml"
		}
		it, e := live(t, load(t, synth.Files{path: spec}, repo.Options{}), "A")
		now := e.With(map[string]any{field: nil, "description": "new"})
		got, err := it.WriteBack(repo.Source{Spec: []byte(spec)}, now, []string{field, "description"})
		var wb *repo.WriteBackError
		if !errors.As(err, &wb) || len(wb.Faults) != 1 || wb.Faults[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
		if text := string(got.Spec); strings.Replace(text, "Description: new\n", "", 1) != spec || text == spec {
			t.Errorf("%s: written as\n%s", field, text)
		}
	}
}

// TestWriteBackLeavesOtherFields: a value that the spec says otherwise stays where
// its field isn't named.
func TestWriteBackLeavesOtherFields(t *testing.T) {
	const spec = "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: Low\nThreshold: 3\nTags: [a] # kept\nDetection: [{Key: k, Condition: Exists}]\n"
	it, e := live(t, load(t, synth.Files{"rules/a.yml": spec}, repo.Options{}), "A")
	now := e.With(map[string]any{"severity": "HIGH", "threshold": nil, "tags": []any{"b"}, "enabled": false})
	got, err := it.WriteBack(repo.Source{Spec: []byte(spec)}, now, []string{"severity"})
	if diff := cmp.Diff(strings.Replace(spec, "Low", "High", 1), string(got.Spec)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	// A file that holds another entity by now is not written.
	other := now
	other.Key = panther.Key{Kind: now.Kind, ID: "B"}
	if got, err := it.WriteBack(repo.Source{Spec: []byte(spec)}, other, []string{"severity"}); err == nil || string(got.Spec) != spec {
		t.Errorf("%v:\n%s", err, got.Spec)
	}
}
