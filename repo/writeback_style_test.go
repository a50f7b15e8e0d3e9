package repo_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/repo"
)

// TestWriteBackKeepsTheSpelling: what differs in case, order, repetition or line ends
// alone stays as the spec has it, and what is new is written the way the rest is.
func TestWriteBackKeepsTheSpelling(t *testing.T) {
	const head = "AnalysisType: rule\nRuleID: A\nEnabled: true\n"
	const tail = "Detection: [{Key: k, Condition: Exists}]\n"
	const low = "Severity: Low\n"
	for _, tc := range []struct {
		name, was, is string
		live          map[string]any
	}{
		{"a word in capitals", "Severity: LOW\n", "Severity: HIGH\n", map[string]any{"severity": "HIGH"}},
		{"a word in small letters", "Severity: low\n", "Severity: high\n", map[string]any{"severity": "HIGH"}},
		{"a word as usual", "Severity: Low\n", "Severity: High\n", map[string]any{"severity": "HIGH"}},
		{"line ends that mean nothing", low + "Description: |+\n  one\n\n\n", low + "Description: |+\n  two\n\n\n", map[string]any{"description": "two"}},
		{"no line end where there was none", low + "Description: |-\n  one\n  two\n", low + "Description: |-\n  one\n  three\n", map[string]any{"description": "one\nthree\n"}},
		{"a text that was empty", low + "Description: \"\"\n", low + "Description: \"new\"\n", map[string]any{"description": "new"}},
		{"a set in its order", low + "Tags: [c, a, b]\n", low + "Tags: [c, b, d]\n", map[string]any{"tags": []any{"b", "c", "d"}}},
		{"a set with a repetition", low + "Tags: [a, b, a]\n", low + "Tags: [a, b, a, c]\n", map[string]any{"tags": []any{"a", "b", "c"}}},
		{"live repetitions", low + "Tags: [a]\n", low + "Tags: [a, b]\n", map[string]any{"tags": []any{"b", "a", "b", "a"}}},
		{"an empty place of a set", low + "Tags:\n  - a # one\n  - # to do\n", low + "Tags:\n  - a # one\n  - # to do\n  - b\n", map[string]any{"tags": []any{"a", "b"}}},
		{"a word that looks like an empty place", low + "Tags: [a, null]\n", low + "Tags: [a, null, \"null\"]\n", map[string]any{"tags": []any{"a", "null"}}},
		{"a title that looks like two documents", low + "AlertTitle: one\n", low + "AlertTitle: |-\n  one\n  ---\n  two\n", map[string]any{"alertTitle": "one\n---\ntwo"}},
		{"reports", low + "Reports:\n  CIS: [1.1] # kept\n  None: []\n  Gone: [2]\n", low + "Reports:\n  CIS: [1.1] # kept\n  None: []\n  New:\n    - \"3\"\n",
			map[string]any{"reports": map[string]any{"CIS": []any{"1.1"}, "New": []any{"3"}, "Empty": []any{}}}},
		{"numbers of a filter", low + "InlineFilters: [{Key: n, Condition: Equals, Value: 1}]\n", low + "InlineFilters: [{Key: n, Condition: Equals, Value: 1376806.50}]\n",
			map[string]any{"inlineFilters": "[{Key: n, Condition: Equals, Value: 1376806.50}]"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			spec, want := head+tc.was+tail, head+tc.is+tail
			it, e := live(t, load(t, synth.Files{"rules/a.yml": spec}, repo.Options{}), "A")
			var fields []string
			for f := range tc.live {
				fields = append(fields, f)
			}
			got, err := it.WriteBack(repo.Source{Spec: []byte(spec)}, e.With(tc.live), fields)
			if diff := cmp.Diff(want, string(got.Spec)); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestWriteBackKeepsTheTypeOfAQuery: the type follows the schedule only where one came
// or went, and a rule has none that could.
func TestWriteBackKeepsTheTypeOfAQuery(t *testing.T) {
	const head = "QueryName: A\nQuery: SELECT 1\n"
	for _, tc := range []struct {
		name, was, is string
		live          map[string]any
	}{
		{"a saved query that has a schedule", "AnalysisType: saved_query\n" + head + "Schedule: {RateMinutes: 60, TimeoutMinutes: 1}\n",
			"AnalysisType: saved_query\n" + head + "Schedule: {RateMinutes: 30, TimeoutMinutes: 1}\n", map[string]any{"schedule.rateMinutes": json.Number("30")}},
		{"a null schedule", "AnalysisType: saved_query\n" + head + "Schedule:\n", "AnalysisType: saved_query\n" + head + "Schedule:\n  RateMinutes: 30\n  TimeoutMinutes: 2\n",
			map[string]any{"schedule.rateMinutes": json.Number("30"), "schedule.timeoutMinutes": json.Number("2")}},
		{"the SQL under the key that is filled", "AnalysisType: saved_query\nQueryName: A\nQuery:\nSnowflakeQuery: SELECT 1\n",
			"AnalysisType: saved_query\nQueryName: A\nQuery:\nSnowflakeQuery: SELECT 2\n", map[string]any{"sql": "SELECT 2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			it, e := live(t, load(t, synth.Files{"queries/a.yml": tc.was}, repo.Options{}), "A")
			var fields []string
			for f := range tc.live {
				fields = append(fields, f)
			}
			got, err := it.WriteBack(repo.Source{Spec: []byte(tc.was)}, e.With(tc.live), fields)
			if diff := cmp.Diff(tc.is, string(got.Spec)); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestWriteBackRefusesWhatIsNoSpec: a file that was broken meanwhile is left as it is.
func TestWriteBackRefusesWhatIsNoSpec(t *testing.T) {
	const spec = "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: Low\nDetection: [{Key: k, Condition: Exists}]\n"
	it, e := live(t, load(t, synth.Files{"rules/a.yml": spec}, repo.Options{}), "A")
	now := e.With(map[string]any{"severity": "HIGH"})
	for name, text := range map[string]string{
		"a list": "- a\n", "no type": strings.Replace(spec, "AnalysisType: rule\n", "", 1), "no YAML": "RuleID: [\n", "nothing": "",
		"no id": strings.Replace(spec, "RuleID: A\n", "", 1), "an id twice": spec + "RuleID: A\n",
	} {
		got, err := it.WriteBack(repo.Source{Spec: []byte(text)}, now, []string{"severity"})
		if err == nil || string(got.Spec) != text {
			t.Errorf("%s: %v:\n%s", name, err, got.Spec)
		}
	}
}
