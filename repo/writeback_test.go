package repo_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

const edited = `# Copyright: us
AnalysisType: rule
RuleID: "A.B"  # the id
Enabled: true
Severity: High # for now
Filename: a.py
LogTypes:
- AWS.CloudTrail
- Okta.SystemLog   # too
Description: >
  It happened
  again.
Threshold: 5
Reports:
  CIS: [3.5, 1.10]
Tests:
  -
    Name: one
    ExpectedResult: true
    Log:
      {
        "a": 1,   # first
        "b": [1, 2]
      }
`

func live(t *testing.T, r *repo.Repo, id string) (*repo.Item, panther.Entity) {
	t.Helper()
	for _, it := range r.Items {
		if it.ID == id {
			d := it.Entity()
			if !d.OK() {
				t.Fatal(d.Diagnostics)
			}
			return it, d.Entity
		}
	}
	t.Fatalf("no %s: %v", id, r.Diagnostics)
	return nil, panther.Entity{}
}

func TestWriteBack(t *testing.T) {
	files := synth.Files{"rules/a.yml": edited, "rules/a.py": "\xef\xbb\xbfdef rule(e):\r\n    return True\r\n"}
	it, e := live(t, load(t, files, repo.Options{}), "A.B")
	now := e.With(map[string]any{
		"severity": "CRITICAL", "enabled": false, "threshold": nil,
		"logTypes":    []any{"Okta.SystemLog", "GitHub.Audit"},
		"description": "It happened\ntwice.",
		"reports":     map[string]any{"CIS": []any{"1.10", "2.1"}, "MITRE ATT&CK": []any{"TA0001:T1078"}},
		"tests": []any{
			map[string]any{"name": "one", "expectedResult": false, "resource": `{"b":[1,2,3],"a":1,"c":"yes"}`},
			map[string]any{"name": "two", "expectedResult": false, "resource": `{"z":{"y":[]},"a":null}`, "mocks": []any{map[string]any{"objectName": "f", "returnValue": "True"}}},
		},
		"body": "def rule(e):\n    return False\n",
	})
	got, err := it.WriteBack(repo.Source{Spec: []byte(edited), BodyPath: "rules/a.py", Body: []byte(files["rules/a.py"])}, now,
		[]string{"severity", "enabled", "threshold", "logTypes", "description", "reports", "tests", "body"})
	if err != nil {
		t.Fatal(err)
	}
	want := `# Copyright: us
AnalysisType: rule
RuleID: "A.B"  # the id
Enabled: false
Severity: Critical # for now
Filename: a.py
LogTypes:
- Okta.SystemLog   # too
- GitHub.Audit
Description: >
  It happened

  twice.
Reports:
  CIS: [1.10, 2.1]
  MITRE ATT&CK:
  - TA0001:T1078
Tests:
  -
    Name: one
    ExpectedResult: false
    Log:
      {
        "a": 1,   # first
        "b": [1, 2, 3],
        "c": "yes"
      }
  - Name: two
    ExpectedResult: false
    Mocks:
    - objectName: f
      returnValue: "True"
    Log:
      z:
        "y": []
      a: null
`
	if diff := cmp.Diff(want, string(got.Spec)); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("\xef\xbb\xbfdef rule(e):\r\n    return False\r\n", string(got.Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestWriteBackSaysWhatItCanNot(t *testing.T) {
	spec := "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: &s Low\nFilename: a.py\nTags: [*s]\nThreshold: 3\n"
	files := synth.Files{"rules/a.yml": spec, "rules/a.py": "def rule(e):\n  return 1\n"}
	it, e := live(t, load(t, files, repo.Options{}), "A")
	now := e.With(map[string]any{"severity": "HIGH", "body": "", "threshold": nil})
	got, err := it.WriteBack(repo.Source{Spec: []byte(spec), BodyPath: "rules/a.py", Body: []byte(files["rules/a.py"])}, now, []string{"severity", "body", "threshold", "colour"})
	var wb *repo.WriteBackError
	if !errors.As(err, &wb) {
		t.Fatal(err)
	}
	want := `rules/a.yml: "severity" can't be written back: Severity (line 4): the value has the anchor "&s", which the alias on line 6 uses, so an edit would change both; replace the alias with the value, and remove the anchor
rules/a.yml: "body" can't be written back: it is empty in Panther, but a rule requires it; add it in Panther, or leave the file unchanged
rules/a.yml: "colour" can't be written back: a rule has no such field`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: &s Low\nFilename: a.py\nTags: [*s]\n", string(got.Spec)); diff != "" {
		t.Errorf("the rest (-want +got):\n%s", diff)
	}
}

// TestWriteBackOfSchedules: a schedule comes and goes as a whole, and the type
// of the spec with it.
func TestWriteBackOfSchedules(t *testing.T) {
	saved := "AnalysisType: saved_query\nQueryName: Q\nDescription: d\nSnowflakeQuery: >-\n  select 1\n"
	scheduled := "AnalysisType: scheduled_query\nQueryName: Q\nEnabled: true\nDescription: d\nSnowflakeQuery: >-\n  select 2\nSchedule:\n  # daily\n  CronExpression: 0 1 * * *\n  TimeoutMinutes: 5\n"
	fields := []string{"sql", "schedule.cron", "schedule.rateMinutes", "schedule.timeoutMinutes", "schedule.disabled"}
	for _, tc := range []struct {
		name, spec, want string
		live             map[string]any
	}{
		{"comes", saved, "AnalysisType: scheduled_query\nQueryName: Q\nEnabled: false\nDescription: d\nSnowflakeQuery: >-\n  select 1\nSchedule:\n  CronExpression: \"*/5 * * * *\"\n  TimeoutMinutes: 3\n",
			map[string]any{"schedule.cron": "*/5 * * * *", "schedule.timeoutMinutes": json.Number("3"), "schedule.disabled": true}},
		{"goes", scheduled, "AnalysisType: saved_query\nQueryName: Q\nEnabled: true\nDescription: d\nSnowflakeQuery: >-\n  select 2\n",
			map[string]any{"schedule.cron": nil, "schedule.timeoutMinutes": nil, "schedule.disabled": nil}},
		{"changes", scheduled, "AnalysisType: scheduled_query\nQueryName: Q\nEnabled: false\nDescription: d\nSnowflakeQuery: >-\n  select 3\nSchedule:\n  # daily\n  RateMinutes: 30\n  TimeoutMinutes: 6\n",
			map[string]any{"schedule.cron": "", "schedule.rateMinutes": json.Number("30"), "schedule.timeoutMinutes": json.Number("6"), "schedule.disabled": true, "sql": "select 3"}},
	} {
		it, e := live(t, load(t, synth.Files{"queries/q.yml": tc.spec}, repo.Options{}), "Q")
		got, err := it.WriteBack(repo.Source{Spec: []byte(tc.spec)}, e.With(tc.live), fields)
		if diff := cmp.Diff(tc.want, string(got.Spec)); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tc.name, err, diff)
		}
	}
}

// TestWriteBackOfBodies: a data model gets its Python file, and loses it.
func TestWriteBackOfBodies(t *testing.T) {
	without := "AnalysisType: datamodel\nLogTypes: [A.B]\nDataModelID: D\nDisplayName: d\nEnabled: true\nMappings:\n  - Name: a\n    Path: b\n"
	it, e := live(t, load(t, synth.Files{"data_models/d.yml": without}, repo.Options{}), "D")
	got, err := it.WriteBack(repo.Source{Spec: []byte(without)}, e.With(map[string]any{"body": "def f(e):\n  return 1", "mappings": []any{
		map[string]any{"name": "m", "method": "f"}, map[string]any{"name": "a", "path": "c"}}}), []string{"body", "mappings"})
	with := "AnalysisType: datamodel\nLogTypes: [A.B]\nDataModelID: D\nDisplayName: d\nFilename: d.py\nEnabled: true\nMappings:\n  - Name: a\n    Path: c\n  - Name: m\n    Method: f\n"
	want := repo.Source{Spec: []byte(with), BodyPath: "data_models/d.py", Body: []byte("def f(e):\n  return 1\n")}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("made: %v (-want +got):\n%s", err, diff)
	}
	it, e = live(t, load(t, synth.Files{"data_models/d.yml": with, "data_models/d.py": "x = 1\n"}, repo.Options{}), "D")
	got, err = it.WriteBack(want, e.With(map[string]any{"body": nil}), []string{"body"})
	want = repo.Source{Spec: []byte("AnalysisType: datamodel\nLogTypes: [A.B]\nDataModelID: D\nDisplayName: d\nEnabled: true\nMappings:\n  - Name: a\n    Path: c\n  - Name: m\n    Method: f\n")}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("gone: %v (-want +got):\n%s", err, diff)
	}
}
