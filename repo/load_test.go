package repo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

func load(t testing.TB, files synth.Files, o repo.Options) *repo.Repo {
	t.Helper()
	r, err := repo.Load(context.Background(), files, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// said returns every diagnostic of loading and decoding, a line each.
func said(r *repo.Repo) []string {
	var out []string
	for _, d := range r.Diagnostics {
		out = append(out, d.String())
	}
	for _, it := range r.Items {
		if it.Deployable() {
			for _, d := range it.Entity().Diagnostics {
				out = append(out, d.String())
			}
		}
	}
	return out
}

const rule = "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: Low\nFilename: a.py\n"

// TestFaultsOfFiles: each fault is reported once with its position, and the good
// file next to it still loads.
func TestFaultsOfFiles(t *testing.T) {
	for _, tc := range []struct{ name, spec, want string }{
		{"malformed", rule + "Tags: [a\n", `rules/x.yml:6:7: error: the "[" that starts here is never closed; add "]"`},
		{"tab", "AnalysisType: rule\nTags:\n\t- a\n", `rules/x.yml:3:1: error: a tab or another character that YAML does not allow here`},
		{"duplicate key", rule + "Severity: High\n", `rules/x.yml:6:1: error: duplicate key "Severity"; the first is on line 4, column 1; keep one`},
		{"unknown type", "AnalysisType: ruel\nRuleID: B\n", `rules/x.yml:1:15: error: unknown AnalysisType "ruel"; use one of correlation_rule, datamodel, global, lookup_table, pack, policy, rule, saved_query, scheduled_prompt, scheduled_query, scheduled_rule; did you mean "rule"?`},
		{"type misspelt", "AnalysisTyp: rule\nRuleID: B\n", `rules/x.yml:1:1: error: the file has "RuleID", so it looks like a spec, but no "AnalysisType"; add it (line 1 has "AnalysisTyp"; did you mean "AnalysisType"?)`},
		{"no id", "AnalysisType: rule\nRuleId: B\nFilename: a.py\n", `rules/x.yml:1:1: error: the rule has no "RuleID"; add it (line 2 has "RuleId"; did you mean "RuleID"?)`},
		{"empty id", "AnalysisType: policy\nPolicyID: \"\"\n", `rules/x.yml:2:11: error: "PolicyID" must be a non-empty string`},
		{"id is a list", "AnalysisType: policy\nPolicyID: [a]\n", `rules/x.yml:2:11: error: "PolicyID" must be a non-empty string`},
		{"no logic", "AnalysisType: rule\nRuleID: B\n", `rules/x.yml:2:1: error: the rule has no logic; add "Filename" (Python), "Detection" (a simple rule) or "BaseDetection" (a derived rule)`},
		{"two logics", "AnalysisType: rule\nRuleID: B\nFilename: a.py\nDetection: []\n", `rules/x.yml:4:1: error: a rule has either "Filename" or "Detection", not both; remove one`},
		{"no file", "AnalysisType: rule\nRuleID: B\nFilename: aa.py\n", `rules/x.yml:3:11: error: Filename "aa.py" names a file that does not exist: rules/aa.py; did you mean "a.py"?`},
		{"no Filename", "AnalysisType: global\nGlobalID: B\n", `rules/x.yml:1:1: error: the global has no "Filename"; name its Python file, next to the spec`},
		{"parent folder", "AnalysisType: rule\nRuleID: B\nFilename: ../a.py\n", `rules/x.yml:3:11: error: Filename "../a.py" points outside its folder with ".."; name a file next to the spec`},
		{"hidden parent", "AnalysisType: rule\nRuleID: B\nFilename: x/../../a.py\n", `points outside its folder with ".."`},
		{"absolute", "AnalysisType: rule\nRuleID: B\nFilename: /etc/passwd\n", `rules/x.yml:3:11: error: Filename "/etc/passwd" is an absolute path; name a file next to the spec`},
		{"drive", "AnalysisType: rule\nRuleID: B\nFilename: C:a.py\n", `is an absolute path`},
		{"backslash", "AnalysisType: rule\nRuleID: B\nFilename: x\\a.py\n", `contains a backslash`},
		{"binary Python", "AnalysisType: rule\nRuleID: B\nFilename: bin.py\n", `rules/bin.py:1:3: error: byte 0xFF is not UTF-8; save the file as UTF-8`},
		{"UTF-16", "\xff\xfeA\x00n\x00a\x00l\x00y\x00s\x00i\x00s\x00T\x00y\x00p\x00e\x00:\x00", `rules/x.yml:1:1: error: the file is UTF-16; save it as UTF-8`},
		{"NUL", "AnalysisType: rule\nRuleID: \"\x00\"\n", `rules/x.yml:2:10: error: the file contains a NUL byte`},
		{"two documents", rule + "---\na: b\n", `rules/x.yml:1:1: error: a spec must be the only document in its file; move the part after "---" to its own file`},
		{"id clash", strings.Replace(rule, "RuleID: A", "RuleID: Good", 1), `rules/x.yml:2:9: error: RuleID "Good" is also the id of rules/good.yml:2; give one of them another id, or remove one`},
		{"bool", strings.Replace(rule, "Enabled: true", "Enabled: yes", 1), `rules/x.yml:3:10: error: Enabled must be true or false, not "yes"`},
		{"severity", strings.Replace(rule, "Low", "Urgent", 1), `rules/x.yml:4:11: error: Severity "Urgent" is not one of Info, Low, Medium, High, Critical`},
		{"no severity", strings.Replace(rule, "Severity: Low\n", "", 1), `rules/x.yml:1:1: error: the rule has no "Severity", which Panther requires; add it`},
		{"number", rule + "Threshold: five\n", `rules/x.yml:6:12: error: Threshold must be a whole number, not "five"`},
		{"too large", rule + "Threshold: 99999999999999999999\n", `Threshold must be a whole number, not "99999999999999999999"`},
		{"fraction", rule + "Threshold: 1.5\n", `Threshold must be a whole number, not "1.5"`},
		{"not a list", rule + "Tags: a\n", `rules/x.yml:6:7: error: Tags must be a list, not "a"`},
		{"list of lists", rule + "Tags:\n  - [a]\n", `rules/x.yml:7:5: error: Tags must contain strings, not a list`},
		{"reports", rule + "Reports:\n  CIS: 1\n", `rules/x.yml:7:8: error: Reports.CIS must be a list, not "1"`},
		{"test name", rule + "Tests:\n  - ExpectedResult: true\n    Log: {}\n", `rules/x.yml:7:5: error: test 1 has no "Name"; add it`},
		{"test result", rule + "Tests:\n  - Name: a\n    ExpectedResult: maybe\n    Log: {}\n", `rules/x.yml:8:21: error: ExpectedResult of test "a" must be true or false, not "maybe"`},
		{"test event", rule + "Tests:\n  - Name: a\n    ExpectedResult: true\n", `rules/x.yml:7:5: error: test "a" has neither "Log" nor "Resource"; add the event`},
		{"mock without a value", rule + "Tests:\n  - Name: a\n    ExpectedResult: true\n    Log: {}\n    Mocks:\n      - {objectName: f}\n", `rules/x.yml:11:9: error: a mock of test "a" has no "returnValue"; add it`},
		{"mock with an empty value", rule + "Tests:\n  - Name: a\n    ExpectedResult: true\n    Log: {}\n    Mocks:\n      - {objectName: f, returnValue: ~}\n", `rules/x.yml:11:9: error: a mock of test "a" has no "returnValue"; add it`},
		{"mock without a name", rule + "Tests:\n  - Name: a\n    ExpectedResult: true\n    Log: {}\n    Mocks:\n      - {returnValue: x}\n", `rules/x.yml:11:9: error: a mock of test "a" has no "objectName"; add it`},
		{"mock of a number", rule + "Tests:\n  - Name: a\n    ExpectedResult: true\n    Log: {}\n    Mocks:\n      - {objectName: f, returnValue: 5}\n", `rules/x.yml:11:38: error: returnValue of a mock of test "a" must be a string, true or false, not "5"; write it as a string in quotes`},
		{"mock of a list", rule + "Tests:\n  - Name: a\n    ExpectedResult: true\n    Log: {}\n    Mocks:\n      - {objectName: f, returnValue: [1]}\n", `rules/x.yml:11:38: error: returnValue of a mock of test "a" must be a string, true or false, not a list; write it as a string in quotes`},
		{"mock key", rule + "Tests:\n  - Name: a\n    ExpectedResult: true\n    Log: {}\n    Mocks:\n      - objectname: x\n", `rules/x.yml:11:9: error: unknown key "objectname" in a mock of test "a"; use objectName and returnValue; did you mean "objectName"?`},
		{"mapping key", "AnalysisType: datamodel\nDataModelID: D\nEnabled: true\nMappings:\n  - Nam: x\n", `rules/x.yml:5:5: error: unknown key "Nam" in a mapping; use Name, Path or Method; did you mean "Name"?`},
		{"no SQL", "AnalysisType: saved_query\nQueryName: Q\n", `rules/x.yml:1:1: error: the saved_query has no "Query", which Panther requires; add it`},
		{"no time", "AnalysisType: scheduled_query\nQueryName: Q\nQuery: x\nEnabled: true\n", `rules/x.yml:1:1: warning: the scheduled query has neither Schedule.CronExpression nor Schedule.RateMinutes, so it will not run; add one`},
		{"schedule key", "AnalysisType: scheduled_query\nQueryName: Q\nQuery: x\nSchedule: {RateMinute: 5, CronExpression: 0 * * * *}\n", `unknown key "RateMinute" in Schedule is not deployed; did you mean "RateMinutes"?`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := synth.Files{
				"rules/x.yml": tc.spec, "rules/a.py": "x = 1\n", "rules/bin.py": "# \xff\n",
				"rules/good.yml": "AnalysisType: rule\nRuleID: Good\nEnabled: true\nSeverity: Low\nFilename: a.py\n",
			}
			r := load(t, files, repo.Options{})
			got := strings.Join(said(r), "\n")
			if !strings.Contains(got, tc.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, tc.want)
			}
			if strings.Count(got, "error:")+strings.Count(got, "warning:") != 1 {
				t.Errorf("not reported exactly once:\n%s", got)
			}
			good := false
			for _, it := range r.Items {
				good = good || it.ID == "Good" && (it.Deployable() || tc.name == "id clash")
			}
			if !good {
				t.Error("the good file beside it was lost")
			}
		})
	}
}

func TestWhatIsNoSpecIsPassedOverInSilence(t *testing.T) {
	r := load(t, synth.Files{
		"rules/schema.yml":   "schema: Custom.Log\nfields:\n  - name: x\n",
		"rules/tests.yml":    "name: a\n---\nname: b\n",
		"rules/broken.yml":   "not: [closed\n",
		"rules/list.yml":     "- AnalysisType\n",
		"rules/empty.yml":    "",
		"rules/comment.yaml": "# AnalysisType: rule\n",
		"rules/notes.txt":    "AnalysisType: rule\n",
	}, repo.Options{})
	if len(r.Items) != 0 || len(r.Diagnostics) != 0 {
		t.Errorf("%v %v", r.Items, said(r))
	}
}

func TestSpecsBecomeEntities(t *testing.T) {
	files := synth.Files{
		"rules/r.yml": `AnalysisType: rule
RuleID: A.B
Enabled: true
Severity: High
Filename: r.py
DisplayName: 5
Description: >
  two
  lines
Tags: [a, 0644, yes]
Reports:
  CIS: [3.5, 1.10]
OutputIds: []
DedupPeriodMinutes: 15
Threshold:
Reference: https://example.com
InlineFilters:
  - All: []
Tests:
  - Name: one
    ExpectedResult: False
    Mocks:
      - objectName: f
        returnValue: False
      - objectName: g
        returnValue: '{"a":[1]}'
    Log: {b: 0644, a: yes, t: 2026-01-01, n: ~}
`,
		"rules/r.py":              "\xef\xbb\xbfdef rule(e):\r\n    return True\r\n",
		"queries/q.yml":           "AnalysisType: scheduled_query\nQueryName: Q q\nEnabled: false\nSnowflakeQuery: SELECT 1\nTags: [x]\nSchedule:\n  CronExpression: 0 1 * * *\n  TimeoutMinutes: 3\nEmailConfig:\n  Recipients: [ada@example.com]\n  SendEmpty: true\n",
		"queries/s.yml":           "AnalysisType: saved_query\nQueryName: S\nEnabled: true\nQuery: SELECT 2\n",
		"correlation_rules/c.yml": "AnalysisType: correlation_rule\nRuleID: C\nEnabled: true\nSeverity: Low\nDetection:\n  - Group: [{ID: One, RuleID: A.B}]\nTests:\n  - Name: t\n    ExpectedResult: true\n    RuleOutputs:\n      - {ID: One, Matches: {user: {7: [10, 2]}}}\n      - ID: Two\n",
		"rules/f.yml":             "AnalysisType: rule\nRuleID: F\nEnabled: true\nSeverity: INFO\nDetection:\n  - Key: a\n    Value: \"yes\"\nAlertTitle: \"{a}: b\"\n",
	}
	r := load(t, files, repo.Options{})
	got := map[string]map[string]any{}
	for _, it := range r.Items {
		d := it.Entity()
		if !d.OK() {
			t.Fatalf("%s: %v", it.Path, d.Diagnostics)
		}
		got[it.Key().String()] = d.Entity.Canonical()
	}
	n := func(s string) any { f, _ := panther.Rule.Field("threshold"); return f.Canonical(jsonNumber(s)) }
	want := map[string]map[string]any{
		"rule/A.B": {
			"enabled": true, "severity": "HIGH", "displayName": "5", "reference": "https://example.com", "description": "two lines", "tags": []any{"0644", "a", "yes"},
			"reports": map[string]any{"CIS": []any{"1.10", "3.5"}}, "dedupPeriodMinutes": n("15"), "threshold": n("1"), "createAlert": true,
			"inlineFilters": []any{map[string]any{"All": []any{}}}, "body": "def rule(e):\n    return True",
			"tests": []any{map[string]any{
				"name": "one", "expectedResult": false,
				"resource": map[string]any{"b": n("644"), "a": "yes", "t": "2026-01-01", "n": nil},
				"mocks":    []any{map[string]any{"objectName": "f", "returnValue": "False"}, map[string]any{"objectName": "g", "returnValue": `{"a":[1]}`}},
			}},
		},
		"query/Q q": {"schedule.disabled": true, "schedule.cron": "0 1 * * *", "schedule.timeoutMinutes": n("3"), "sql": "SELECT 1", "schedule.rateMinutes": jsonNumber("0"),
			"emailConfig.recipients": []any{"ada@example.com"}, "emailConfig.sendEmpty": true, "emailConfig.preferAttachment": false},
		"query/S": {"schedule.disabled": false, "sql": "SELECT 2", "schedule.rateMinutes": jsonNumber("0"), "schedule.timeoutMinutes": jsonNumber("0"),
			"emailConfig.sendEmpty": false, "emailConfig.preferAttachment": false},
		"correlation_rule/C": {
			"enabled": true, "severity": "LOW", "dedupPeriodMinutes": n("60"), "threshold": n("1"), "createAlert": true,
			"detection": []any{map[string]any{"Group": []any{map[string]any{"ID": "One", "RuleID": "A.B"}}}},
			"tests": []any{map[string]any{"name": "t", "expectedResult": true, "ruleOutputs": []any{
				map[string]any{"id": "One", "matches": map[string]any{"user": map[string]any{"7": []any{n("10"), n("2")}}}}, map[string]any{"id": "Two"},
			}}},
		},
		"simple_rule/F": {
			"enabled": true, "severity": "INFO", "dedupPeriodMinutes": n("60"), "threshold": n("1"), "createAlert": true,
			"detection": []any{map[string]any{"Key": "a", "Value": "yes"}}, "alertTitle": "{a}: b",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPositionsOfKeysAndValues(t *testing.T) {
	r := load(t, synth.Files{"rules/p.yml": "AnalysisType: scheduled_query\nQueryName: Q\nSchedule:\n  RateMinutes: 5\n"}, repo.Options{})
	it := r.Items[0]
	for _, tc := range []struct {
		got, want repo.Position
	}{
		{it.Pos("Schedule", "RateMinutes"), repo.Position{Line: 4, Column: 3}},
		{it.ValuePos("Schedule", "RateMinutes"), repo.Position{Line: 4, Column: 16}},
		{it.Pos("Schedule", "CronExpression"), repo.Position{Line: 3, Column: 1}},
		{it.Pos("Missing"), repo.Position{Line: 1, Column: 1}},
		{it.ValuePos("QueryName"), repo.Position{Line: 2, Column: 12}},
	} {
		if tc.got != tc.want {
			t.Errorf("got %v, want %v", tc.got, tc.want)
		}
	}
}

func TestSizesAreBounded(t *testing.T) {
	files := synth.Files{"rules/a.yml": rule, "rules/a.py": strings.Repeat("#", 1000)}
	got := strings.Join(said(load(t, files, repo.Options{MaxFileBytes: 500})), "\n")
	if !strings.Contains(got, `rules/a.yml:5:11: error: Filename "a.py" can't be read`) || !strings.Contains(got, "1000 bytes") {
		t.Errorf("a large file: %s", got)
	}
	got = strings.Join(said(load(t, files, repo.Options{MaxTotalBytes: 500})), "\n")
	if !strings.Contains(got, "larger than 500 bytes") {
		t.Errorf("a large repository: %s", got)
	}
	if _, err := repo.Load(t.Context(), files, repo.Options{MaxFiles: 1}); err == nil || !strings.Contains(err.Error(), "the repository has 2 files, more than the 1 that limits.max_files allows") {
		t.Errorf("many files: %v", err)
	}
}

func TestStatusExcludesWithoutCase(t *testing.T) {
	r := load(t, synth.Files{"rules/a.yml": rule + "Status: experimental\n", "rules/a.py": ""}, repo.Options{ExcludeStatus: []string{"Experimental"}})
	if it := r.Items[0]; !it.Excluded || it.Deployable() {
		t.Errorf("%+v", it)
	}
}

func TestLoadingStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := repo.Load(ctx, synth.Repo(50, 1), repo.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// FuzzSpec: any text in the place of a spec loads, or is reported with a position,
// and what loads can be turned into a request.
func FuzzSpec(f *testing.F) {
	for _, s := range []string{rule, "AnalysisType: rule\nRuleID: &x [*x]\n", "AnalysisType: datamodel\nDataModelID: D\nMappings: {a: b}\n",
		"AnalysisType: scheduled_query\nQueryName: Q\nSchedule: 5\nQuery: x", "? [AnalysisType]\n: rule\n", "AnalysisType: rule\nRuleID: a\nDetection:\n  <<: {a: b}\n",
		rule + "Tests:\n  - *a\n", rule + "Reports: [x]\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		r := load(t, synth.Files{"rules/x.yml": src, "rules/a.py": "x"}, repo.Options{})
		for _, d := range r.Diagnostics {
			if d.Severity == repo.SeverityError && d.Line < 1 {
				t.Fatalf("no position: %v", d)
			}
		}
		for _, it := range r.Items {
			if !it.Deployable() {
				continue
			}
			d := it.Entity()
			if !d.OK() {
				continue
			}
			if _, err := d.Entity.Request(false); err != nil {
				t.Fatalf("%q: %v", src, err)
			}
			d.Entity.Fingerprint()
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		files := synth.Repo(n, 1)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				load(b, files, repo.Options{})
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		r := load(b, synth.Repo(n, 1), repo.Options{})
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, it := range r.Items {
					it.Entity()
				}
			}
		})
	}
}

// TestNumbersOfEventsAreSentAsWritten: 57.0 and 57 differ in Python, but are no difference
// between a file and Panther.
func TestNumbersOfEventsAreSentAsWritten(t *testing.T) {
	spec := func(number string) panther.Entity {
		r := load(t, map[string]string{
			"r.yml": "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: Low\nLogTypes: [X]\nDetection: [{KeyPath: n, Condition: Equals, Value: " + number +
				"}]\nTests: [{Name: one, ExpectedResult: true, Log: {n: " + number + "}}]\n",
		}, repo.Options{})
		d := r.Items[0].Entity()
		if !d.OK() {
			t.Fatal(d.Diagnostics)
		}
		return d.Entity
	}
	float, whole := spec("57.0"), spec("57")
	event := float.Fields["tests"].([]any)[0].(map[string]any)["resource"]
	if event != "{\n  \"n\": 57.0\n}" || !strings.Contains(float.Fields["detection"].(string), "57.0") {
		t.Errorf("the event is %v, and the detection %v", event, float.Fields["detection"])
	}
	if float.Fingerprint() != whole.Fingerprint() {
		t.Error("57.0 and 57 are a difference")
	}
}
