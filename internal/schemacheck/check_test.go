package schemacheck_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/schemacheck"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/schemas"
	"gopkg.in/yaml.v3"
)

func parse(t testing.TB, src string) *yaml.Node {
	t.Helper()
	doc, err := yamlcore.Parse([]byte(src), yamlcore.Limits{})
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return doc.Root
}

// check returns each problem as "line:column kind message | hint".
func check(t testing.TB, src string) []string {
	t.Helper()
	root := parse(t, src)
	kind, ok := schemacheck.SpecKind(root)
	if !ok {
		t.Fatalf("no kind of spec:\n%s", src)
	}
	var out []string
	for _, p := range schemacheck.Check(kind, root) {
		s := fmt.Sprintf("%d:%d %s %s | %s", p.Line(), p.Column(), p.Kind, p.Message, p.Hint)
		if p.Fix != nil {
			s += fmt.Sprintf(" [%d %s]", p.Fix.Op, p.Fix.Text)
		}
		out = append(out, s)
	}
	return out
}

const (
	rule = `AnalysisType: rule
RuleID: A
Enabled: true
Filename: a.py
LogTypes: [AWS.CloudTrail]
Severity: High
`
	simple = `AnalysisType: rule
RuleID: A
Enabled: true
LogTypes: [AWS.CloudTrail]
Severity: High
Detection:
  - {Key: a, Condition: Equals, Value: 1}
`
	model = `AnalysisType: datamodel
DataModelID: A
Enabled: true
LogTypes: [AWS.CloudTrail]
Mappings:
  - {Name: source_ip, Path: ip}
`
	scheduled = `AnalysisType: scheduled_query
QueryName: A
Enabled: true
Query: select 1
Schedule:
  RateMinutes: 60
  TimeoutMinutes: 5
`
	policy = `AnalysisType: policy
PolicyID: A
Enabled: true
Filename: a.py
ResourceTypes: [AWS.S3.Bucket]
Severity: High
`
	prompt = `AnalysisType: scheduled_prompt
PromptName: weekly_review
DisplayName: Weekly review
PromptText: what
RunAsUser: po_0123456789
Schedule: {RateMinutes: 60}
`
	lookup = `AnalysisType: lookup_table
LookupName: A
Enabled: true
LogTypeMap: {PrimaryKey: k}
`
	correlation = `AnalysisType: correlation_rule
RuleID: A
Enabled: true
Severity: High
Detection:
  - Group:
      - {ID: One, RuleID: B}
      - {ID: Two, RuleID: C, Absence: true}
    MatchCriteria:
      who:
        - {GroupID: One, Match: actor}
        - {GroupID: Two, Match: actor}
    Schedule: {RateMinutes: 60, TimeoutMinutes: 5}
`
)

// without drops the line that begins with a key.
func without(src, key string) string {
	var out []string
	for _, l := range strings.SplitAfter(src, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(l), key+":") {
			out = append(out, l)
		}
	}
	return strings.Join(out, "")
}

func TestGoodSpecsHaveNoProblems(t *testing.T) {
	for _, src := range []string{
		rule, simple, model, scheduled, correlation,
		rule + "Reports:\n  CIS: [3.5, 1.10, 1.1]\nTags: [1, true, x]\nDescription: 5\nReference: ''\n",
		rule + "Tests:\n  - {Name: 1, ExpectedResult: true, Log: {a: null, b: [~]}, LogType: X, Mocks: [{objectName: f, returnValue: x}, {objectName: g, returnValue: false}, {objectName: open, returnValue: '[1]'}]}\n",
		"anchor: &l [A]\n" + rule + "Tags: *l\n",
		simple + "AlertTitle: x {y}\nGroupBy: [{Key: a}]\nDynamicSeverities: [{ChangeTo: Low, Conditions: [{Key: a, Condition: Exists}]}]\nAlertContext: [{KeyName: a, KeyValue: {Key: b}}]\nInlineFilters: [{All: []}]\n",
		"AnalysisType: rule\nRuleID: A\nBaseDetection: B\nSeverity: Low\n",
		"AnalysisType: policy\nPolicyID: A\nEnabled: false\nFilename: a.py\nResourceTypes: []\nSeverity: Info\nBaseVersion: 1\nTests: [{Name: a, ExpectedResult: false, Resource: {}}]\n",
		"AnalysisType: scheduled_rule\nRuleID: A\nEnabled: false\nFilename: a.py\nScheduledQueries: [Q]\nSeverity: Info\n",
		"AnalysisType: global\nGlobalID: a_b\nFilename: a_b.py\n",
		"AnalysisType: saved_query\nQueryName: A\nSnowflakeQuery: select 1\n",
		"AnalysisType: pack\nPackID: A\nPackDefinition: {IDs: [x, x]}\n",
		"AnalysisType: lookup_table\nLookupName: A\nEnabled: true\nSchema: S\nLogTypeMap: {PrimaryKey: k}\nRefresh: {RoleARN: r, ObjectPath: p, PeriodMinutes: 60, StorageProvider: GCS}\n",
		prompt + "Description: d\nOutputLength: largest\nEnabled: false\nPrivate: false\n",
		strings.Replace(prompt, "RateMinutes: 60", "CronExpression: 0 6 * * *, TimeoutMinutes: 5", 1),
		lookup + "Filename: a.csv\nSchema: S\nBaseVersion: 3\n",
		lookup + "Schema: S\nRefresh: {RoleARN: r, ObjectPath: p, ObjectKMSKey: k, PeriodMinutes: 60, AlarmPeriodMinutes: 5}\n",
		lookup + "SnowflakeQuery: select 1\nAthenaQuery: select 2\nDatabricksQuery: select 3\nRefresh: {CronExpression: 0 6 * * *}\n" +
			"Indicators: [{Field: a, Indicators: [ip, domain]}]\nValidations: [{Field: b, Validations: [cidr]}]\n",
		scheduled + "Lookback: true\nLookbackWindowSeconds: 300\nEmailConfig: {Recipients: [soc@acme.example.com], SendEmpty: true, PreferAttachment: false}\n",
		scheduled + "EmailConfig: {Recipients: []}\n",
		correlation + "InlineFilters: []\nAlertTitle: x\nGroupBy: []\nDedupPeriodMinutes: 60\nThreshold: 2\nCreateAlert: false\nReference: r\n",
		without(policy, "ResourceTypes"),
		rule + "AlertTitle: x\nGroupBy: [{Key: a}]\nReference: r\nBaseVersion: 7\n",
		"base: &b {RuleID: A, Enabled: true}\n",
	} {
		if strings.HasPrefix(src, "base:") {
			src = "AnalysisType: rule\n<<: {RuleID: A, Enabled: true, Severity: Low}\nFilename: a.py\nLogTypes: [X]\n"
		}
		src = strings.TrimPrefix(src, "anchor: &l [A]\n")
		src = strings.Replace(src, "Tags: *l", "SummaryAttributes: &l [A]\nTags: *l", 1)
		if got := check(t, src); len(got) > 0 {
			t.Errorf("%s\n%s", src, strings.Join(got, "\n"))
		}
	}
}

func TestProblems(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, tc := range []struct {
		name, src string
		want      []string
	}{
		{"missing key", without(rule, "Severity"), []string{
			`1:1 missing-key the rule has no "Severity" | add it: Info, Low, Medium, High or Critical`}},
		{"missing boolean", without(rule, "Enabled"), []string{
			`1:1 missing-key the rule has no "Enabled" | add it: true or false`}},
		{"required key without a value", strings.Replace(rule, "High", "", 1), []string{
			`6:1 missing-key "Severity" has no value | add a value: Info, Low, Medium, High or Critical`}},
		{"optional key without a value", rule + "Runbook:\nTags: ~\n", []string{
			`7:1 no-value "Runbook" has no value | add a value or remove the key; a key without a value counts as missing`,
			`8:1 no-value "Tags" has no value | add a value or remove the key; a key without a value counts as missing`}},
		{"empty entry", rule + "Tags:\n  - a\n  -\n  - {}\n", []string{
			`9:4 no-value entry 2 of "Tags" is empty | add a value after the "-", or remove the entry`,
			`10:5 wrong-type entry 3 of "Tags" must be a string, not a mapping | `}},
		{"no logic", without(rule, "Filename"), []string{
			`1:1 missing-key the rule has no logic | add "Filename" (Python), "Detection" (a simple rule) or "BaseDetection" (a derived rule)`}},
		{"empty logic", without(rule, "Filename") + "Detection:\n", []string{
			`6:1 missing-key "Detection" has no value, so the rule has no logic | add "Filename" (Python), "Detection" (a simple rule) or "BaseDetection" (a derived rule)`}},
		{"misspelt logic", strings.Replace(simple, "Detection", "Detecton", 1), []string{
			`6:1 unknown-key unknown key "Detecton" | did you mean "Detection"? [1 Detection]`}},
		{"misspelt required key", strings.Replace(rule, "Severity", "Severty", 1), []string{
			`6:1 unknown-key unknown key "Severty" | did you mean "Severity"? [1 Severity]`}},
		{"key in the wrong case", strings.Replace(rule, "LogTypes", "logtypes", 1), []string{
			`5:1 unknown-key unknown key "logtypes" | did you mean "LogTypes"? [1 LogTypes]`}},
		{"two edits", rule + "DedupPeriodMintes: 10\nDdupPeriodMints: 5\n", []string{
			`7:1 unknown-key unknown key "DedupPeriodMintes" | did you mean "DedupPeriodMinutes"? [1 DedupPeriodMinutes]`,
			`8:1 unknown-key unknown key "DdupPeriodMints" | did you mean "DedupPeriodMinutes"?`}},
		{"wrong case of a key that is there", rule + "severity: Low\n", []string{
			`7:1 unknown-key unknown key "severity" | it looks like "Severity", which is already set; remove this one`}},
		{"unknown key", "AnalysisType: pack\nPackID: A\nPackDefinition: {IDs: [x], Wxyz: 1}\nQwertz: 1\n", []string{
			`3:28 unknown-key unknown key "Wxyz" in "PackDefinition" | the keys are IDs`,
			`4:1 unknown-key unknown key "Qwertz" | the keys of a pack are AnalysisType, Description, DisplayName, PackDefinition and PackID`}},
		{"unknown key in a test", rule + "Tests:\n  - Name: a\n    ExpectedResult: true\n    Log: {}\n    Mock: []\n", []string{
			`11:5 unknown-key unknown key "Mock" in test 1 | did you mean "Mocks"? [1 Mocks]`}},
		{"misspelt key where any may stand", lookup + "Schema: S\nRefresh: {RoleArn: r, ObjectPath: p, Provider: GCS}\n", []string{
			`6:11 unknown-key unknown key "RoleArn" in "Refresh" | did you mean "RoleARN"? [1 RoleARN]`}},
		{"text for a boolean", strings.Replace(rule, "true", "yes", 1), []string{
			`3:10 wrong-type "Enabled" must be true or false, not "yes" | YAML reads "yes" as a string here; use true [2 true]`}},
		{"other text for a boolean", strings.Replace(rule, "true", "sometimes", 1), []string{
			`3:10 wrong-type "Enabled" must be true or false, not "sometimes" | use true or false`}},
		{"quoted number", rule + "Threshold: '5'\n", []string{
			`7:12 wrong-type "Threshold" must be a whole number, not "5" | remove the quotes [2 5]`}},
		{"half a number", rule + "Threshold: 1.5\n", []string{
			`7:12 wrong-type "Threshold" must be a whole number, not the number 1.5 | `}},
		{"scalar for a list", strings.Replace(rule, "[AWS.CloudTrail]", "AWS.CloudTrail", 1), []string{
			`5:11 wrong-type "LogTypes" must be a list, not "AWS.CloudTrail" | write it as a list with one entry: [AWS.CloudTrail] [2 [AWS.CloudTrail]]`}},
		{"text with a space for a list", rule + "Tags: a b\n", []string{
			`7:7 wrong-type "Tags" must be a list, not "a b" | write it as a list with one entry: ["a b"] [2 ["a b"]]`}},
		{"several in one text", rule + "Tags: a, b\n", []string{
			`7:7 wrong-type "Tags" must be a list, not "a, b" | `}},
		{"mapping for a text", rule + "Description: {a: b}\nReports: []\n", []string{
			`7:1 wrong-type "Description" must be a string, not a mapping | `,
			`8:1 wrong-type "Reports" must be a mapping, not a list | `}},
		{"number for a text", "AnalysisType: saved_query\nQueryName: A\nQuery: 1.10\n", []string{
			`3:8 wrong-type "Query" must be a string, not the number 1.10 | put it in quotes: "1.10" [2 "1.10"]`}},
		{"a test that is none", rule + "Tests:\n  - a\n  - {Name: b, ExpectedResult: 1, Log: []}\n", []string{
			`8:5 wrong-type test 1 must be a mapping, not "a" | `,
			`9:31 wrong-type "ExpectedResult" of test 2 must be true or false, not the number 1 | `,
			`9:34 wrong-type "Log" of test 2 must be a mapping, not a list | `}},
		{"severity in capitals", strings.Replace(rule, "High", "HIGH", 1), []string{
			`6:11 bad-value "Severity" can't be "HIGH" | use High [2 High]`}},
		{"severity misspelt", strings.Replace(rule, "High", "Hihg", 1), []string{
			`6:11 bad-value "Severity" can't be "Hihg" | did you mean "High"? It must be Info, Low, Medium, High or Critical`}},
		{"severity unknown", strings.Replace(rule, "High", "Terrible and "+long, 1), []string{
			`6:11 bad-value "Severity" can't be "Terrible and ` + long[:27] + `…" | use Info, Low, Medium, High or Critical`}},
		{"severity inside", simple + "DynamicSeverities: [{ChangeTo: low, Conditions: []}]\n", []string{
			`8:32 bad-value "ChangeTo" of entry 1 of "DynamicSeverities" can't be "low" | use Low [2 Low]`}},
		{"forbidden characters", strings.Replace(rule, "A\n", "A<B> & A<C>\n", 1) + "DisplayName: 100%\n", []string{
			`2:9 forbidden-character "RuleID" contains <, > and &, which Panther does not allow there | the characters < > & " % are not allowed in ids and names; remove them or use a word instead`,
			`7:14 forbidden-character "DisplayName" contains %, which Panther does not allow there | the characters < > & " % are not allowed in ids and names; remove them or use a word instead`}},
		{"two logics", rule + "Detection: [{Key: a}]\n", []string{
			`4:1 exclusive "Detection" and "Filename" can't be used together | remove one of them`}},
		{"logic in a derived rule", "AnalysisType: rule\nRuleID: A\nBaseDetection: B\nDetection: []\n", []string{
			`4:1 exclusive "BaseDetection" and "Detection" can't be used together | a derived rule takes its logic from its base, so "Detection" would be ignored; remove it`}},
		{"logs of a scheduled rule", "AnalysisType: scheduled_rule\nRuleID: A\nEnabled: false\nFilename: a.py\nLogTypes: [Q]\nSeverity: Info\n", []string{
			`1:1 missing-key the scheduled rule has no "ScheduledQueries" | add it`,
			`5:1 exclusive a scheduled rule can't have "LogTypes" | it reads the rows of queries; list them in "ScheduledQueries", or set AnalysisType to rule`}},
		{"logs and queries", rule + "ScheduledQueries: [a]\n", []string{
			`7:1 exclusive "LogTypes" and "ScheduledQueries" can't be used together | remove one of them`}},
		{"path and method", strings.Replace(model, "Path: ip", "Path: ip, Method: ip", 1) + "Filename: a.py\n", []string{
			`6:33 exclusive "Path" and "Method" can't be used together in mapping 1 | remove one of them`}},
		{"neither path nor method", strings.Replace(model, ", Path: ip", "", 1), []string{
			`6:5 missing-key mapping 1 has neither "Path" nor "Method" | add "Path" or "Method"`}},
		{"method without a file", strings.Replace(model, "Path", "Method", 1), []string{
			`1:1 missing-key the data model has no "Filename", but its mappings use a "Method" | name the Python file with the methods, next to the spec`}},
		{"cron and rate", scheduled + "  CronExpression: 0 * * * *\n", []string{
			`6:3 exclusive "CronExpression" and "RateMinutes" can't be used together in "Schedule" | remove one of them`}},
		{"no time", without(scheduled, "RateMinutes"), []string{
			`5:1 missing-key "Schedule" has neither "RateMinutes" nor "CronExpression" | add "RateMinutes" or "CronExpression"`}},
		{"no time after the key", strings.Replace(scheduled, "60", "", 1), []string{
			`6:3 missing-key "Schedule" has neither "RateMinutes" nor "CronExpression" with a value; "RateMinutes" is empty | add "RateMinutes" or "CronExpression"`}},
		{"no timeout", without(scheduled, "TimeoutMinutes"), []string{
			`5:1 missing-key "Schedule" has no "TimeoutMinutes" | add it`}},
		{"misspelt time", strings.Replace(scheduled, "RateMinutes", "RateMinute", 1), []string{
			`6:3 unknown-key unknown key "RateMinute" in "Schedule" | did you mean "RateMinutes"? [1 RateMinutes]`}},
		{"no SQL", without(scheduled, "Query"), []string{
			`1:1 missing-key the scheduled query has none of "Query", "SnowflakeQuery", "DatabricksQuery", "AthenaQuery" | add "Query", "SnowflakeQuery", "DatabricksQuery" or "AthenaQuery"`}},
		{"empty SQL", strings.Replace(scheduled, "select 1", "", 1), []string{
			`4:1 missing-key the scheduled query has none of "Query", "SnowflakeQuery", "DatabricksQuery", "AthenaQuery" with a value; "Query" is empty | add "Query", "SnowflakeQuery", "DatabricksQuery" or "AthenaQuery"`}},
		{"small numbers", rule + "DedupPeriodMinutes: 3\nThreshold: 0\n", []string{
			`7:21 out-of-range "DedupPeriodMinutes" is 3, but Panther treats anything below 5 as 5 | use at least 5`,
			`8:12 out-of-range "Threshold" is 0, which Panther ignores: it uses 1 | use at least 1, or remove the key`}},
		{"no period", rule + "DedupPeriodMinutes: 0\nThreshold: -1\n", []string{
			`7:21 out-of-range "DedupPeriodMinutes" is 0, which Panther ignores: it uses 60 | use at least 5, or remove the key`,
			`8:12 out-of-range "Threshold" must be at least 1, not -1 | use a larger number`}},
		{"small rate", strings.Replace(scheduled, "60", "1", 1), []string{
			`6:16 out-of-range "RateMinutes" of "Schedule" must be at least 2, not 1 | use a larger number`}},
		{"long name", strings.Replace(prompt, "weekly_review", long, 1), []string{
			`2:13 out-of-range "PromptName" is longer than 256 characters | shorten it`}},
		{"no Python file", strings.Replace(rule, "a.py", "a.txt", 1), []string{
			`4:11 wrong-form "Filename" "a.txt" is not a Python file | name a file that ends in .py`}},
		{"no module name", "AnalysisType: global\nGlobalID: a-b\nFilename: a.py\n", []string{
			`2:11 wrong-form "GlobalID" "a-b" can't be imported | a GlobalID is the name of a Python module: letters, digits and _, not starting with a digit`}},
		{"twice", rule + "Tags: [a, b, A, a]\nOutputIds: [x, X, x]\nReports: {CIS: [1.10, 1.1, '1.10']}\n", []string{
			`7:14 duplicate "A" is the same tag as "a" on line 7; tags are case-insensitive | the first is on line 7; remove one [3 ]`,
			`7:17 duplicate "a" is listed twice in "Tags" | the first is on line 7; remove one [3 ]`,
			`8:19 duplicate "x" is listed twice in "OutputIds" | the first is on line 8; remove one [3 ]`}},
		{"nothing listed", strings.Replace(rule, "[AWS.CloudTrail]", "[]", 1) + "Tests: [{Name: '', ExpectedResult: true, Log: {}}]\n", []string{
			`5:11 missing-key "LogTypes" is empty | add at least one entry`,
			`7:16 missing-key "Name" of test 1 is empty | add a value`}},
		{"both kinds of correlation", correlation + "    Sequence: [{ID: a, RuleID: b}]\n", []string{
			`14:5 exclusive "Group" and "Sequence" can't be used together in entry 1 of "Detection" | remove one of them`}},
		{"criteria", strings.Replace(correlation, "GroupID: Two", "GroupId: Two", 1), []string{
			`12:12 unknown-key unknown key "GroupId" in entry 2 of "who" of "MatchCriteria" of entry 1 of "Detection" | did you mean "GroupID"? [1 GroupID]`}},
		{"aliases and merges", "AnalysisType: rule\n<<: {RuleID: A, Enabled: maybe}\nFilename: a.py\nLogTypes: &l [X, X]\nTags: *l\nSeverity: Low\n", []string{
			`2:26 wrong-type "Enabled" must be true or false, not "maybe" | use true or false`,
			`4:18 duplicate "X" is listed twice in "LogTypes" | the first is on line 4; remove one [3 ]`,
			`4:18 duplicate "X" is listed twice in "Tags" | the first is on line 4; remove one [3 ]`}},
	} {
		t.Run(tc.name, func(t *testing.T) { compareProblems(t, tc.src, tc.want) })
	}
}

func compareProblems(t *testing.T, src string, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, check(t, src)); diff != "" {
		t.Errorf("%s(-want +got):\n%s", src, diff)
	}
}

func TestSpecKind(t *testing.T) {
	for src, want := range map[string]string{
		rule: schemas.Rule, simple: schemas.SimpleRule, model: schemas.DataModel,
		"AnalysisType: rule\nBaseDetection: x\nDetection: []\n": schemas.DerivedRule,
		"AnalysisType: rule\nDetection:\n":                      schemas.Rule,
		"AnalysisType: simple_rule\n":                           "",
		"AnalysisType: Rule\n":                                  "",
		"AnalysisType: [rule]\n":                                "",
		"AnalysisType:\n":                                       "",
		"a: b\n":                                                "",
		"- AnalysisType: rule\n":                                "",
	} {
		kind, ok := schemacheck.SpecKind(parse(t, src))
		if ok != (want != "") || ok && kind != want {
			t.Errorf("%q: %q, %v", src, kind, ok)
		}
	}
	if got := schemacheck.Check("nothing", parse(t, rule)); got != nil {
		t.Error(got)
	}
	if got := schemacheck.Check(schemas.Rule, parse(t, "[a]")); got != nil {
		t.Error(got)
	}
}

func TestPath(t *testing.T) {
	root := parse(t, rule+"Reports: {a/b: [x, [y]]}\nTests: [{Name: a, ExpectedResult: 1, Log: {}}]\n")
	ps := schemacheck.Check(schemas.Rule, root)
	if len(ps) != 2 {
		t.Fatal(ps)
	}
	if got := ps[0].Path.String() + " " + ps[0].Path.Pointer(); got != "Reports.a/b[1] /Reports/a~1b/1" {
		t.Error(got)
	}
	p := ps[1].Path
	if !p.Match("Tests", "[]", "ExpectedResult") || p.Match("Tests", "[]") || !p.Within("Tests", "[]") || p.Within("Tests", "[]", "*", "x") || p.Within("Tags") || p.Match("Tests", "*", "ExpectedResult") {
		t.Error(p)
	}
}

// TestUseFromManyPlacesAtOnce runs under the race detector in CI.
func TestUseFromManyPlacesAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for _, src := range []string{rule, simple, model, scheduled, correlation, without(rule, "Severity"), rule + "Tags: [a, a]\nX: 1\n"} {
		want := check(t, src)
		for range 4 {
			wg.Go(func() {
				root := parse(t, src)
				kind, _ := schemacheck.SpecKind(root)
				if got := schemacheck.Check(kind, root); len(got) != len(want) {
					t.Errorf("%v, want %v", got, want)
				}
			})
		}
	}
	wg.Wait()
}

// FuzzCheck: whatever YAML there is, judged as any kind, gives problems that
// point into the file, and the same ones every time.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{rule, simple, model, scheduled, correlation, "Severity: 1e999\nThreshold: 1e999999999\nTags: [1e999, .inf]\n", "Tests: [~, {Log: ~}, [[]]]\n", "\"\\0\": 1\nReports: {\"\\0\\x1f\\0\": [a, a, ~]}\n", "Schedule: {CronExpression: ~, RateMinutes: ~}\n", "<<: [{Tags: &x [a]}, {Detection: *x}]\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, err := yamlcore.Parse(src, yamlcore.Limits{Nodes: 10_000})
		if err != nil || doc.Root == nil {
			return
		}
		for _, kind := range schemas.SpecKinds() {
			first := schemacheck.Check(kind, doc.Root)
			for _, p := range first {
				if p.Node == nil || p.Message == "" || p.Line() < 1 || p.Column() < 1 {
					t.Fatalf("%s: a problem that points nowhere: %+v", kind, p)
				}
				_ = p.Path.Pointer()
			}
			if diff := cmp.Diff(messages(first), messages(schemacheck.Check(kind, doc.Root))); diff != "" {
				t.Fatalf("%s: not the same twice: %s", kind, diff)
			}
		}
	})
}

func messages(ps []schemacheck.Problem) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = fmt.Sprint(p.Line(), p.Column(), p.Kind, p.Path, p.Message, p.Hint)
	}
	return out
}
