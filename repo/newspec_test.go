package repo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

func TestNewSpec(t *testing.T) {
	e := panther.Entity{Key: panther.Key{Kind: panther.Rule, ID: "Okta.Admin: new"}, Extra: map[string]json.RawMessage{"colour": nil, "a\x00b": nil},
		Fields: map[string]any{
			"enabled": true, "displayName": "no", "severity": "HIGH", "logTypes": []any{"Okta.SystemLog"}, "threshold": json.Number("1"), "dedupPeriodMinutes": json.Number("15"),
			"description": strings.Repeat("words that go on ", 8) + "and end.", "runbook": "First.\nThen.\r\n", "tags": []any{"a: b", "0644"},
			"reports": map[string]any{"MITRE ATT&CK": []any{"TA0001:T1078"}, "Empty": []any{}}, "createAlert": true,
			"tests": []any{map[string]any{"name": "made", "expectedResult": true, "resource": `{"z":{"list":[1,2.50,null],"text":"a\nb"},"a":"yes","e":{}}`}},
			"body":  "def rule(event):\n    return True",
		}}
	n, err := repo.NewSpec(e, repo.NewSpecOptions{Path: "rules/okta_rules/okta_admin.yml"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"rules/okta_rules/okta_admin.py": "def rule(event):\n    return True\n",
		"rules/okta_rules/okta_admin.yml": `AnalysisType: rule
Filename: okta_admin.py
RuleID: "Okta.Admin: new"
DisplayName: "no"
Enabled: true
LogTypes:
  - Okta.SystemLog
Tags:
  - "a: b"
  - "0644"
Severity: High
Reports:
  MITRE ATT&CK:
    - TA0001:T1078
Description: >-
  words that go on words that go on words that go on words that go on words that
  go on words that go on words that go on words that go on and end.
Runbook: |
  First.
  Then.
DedupPeriodMinutes: 15
Tests:
  - Name: made
    ExpectedResult: true
    Log:
      z:
        list:
          - 1
          - 2.50
          - null
        text: |-
          a
          b
      a: "yes"
      e: {}
`}
	got := map[string]string{}
	for p, b := range n.Files() {
		got[p] = string(b)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a.b", "colour"}, n.Lost); diff != "" {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
}

func TestNewSpecRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		e    panther.Entity
		want string
	}{
		{"no body", panther.Entity{Key: panther.Key{Kind: panther.Global, ID: "g"}, Fields: map[string]any{}},
			`rules/x.yml: "body" can't be written back: it is empty in Panther, but a spec needs a Python file with content; add it in Panther first`},
		{"no severity", panther.Entity{Key: panther.Key{Kind: panther.SimpleRule, ID: "r"}, Fields: map[string]any{"enabled": true, "detection": "- a"}},
			`rules/x.yml: the rule has no "Severity", which Panther requires; add it; change that in Panther first`},
		{"test without a name", panther.Entity{Key: panther.Key{Kind: panther.SimpleRule, ID: "r"}, Fields: map[string]any{"enabled": true, "severity": "LOW", "detection": "- a", "tests": []any{map[string]any{"resource": "{}"}}}},
			`rules/x.yml: test 1 has no "Name"; add it; change that in Panther first`},
	} {
		_, err := repo.NewSpec(tc.e, repo.NewSpecOptions{Path: "rules/x.yml"})
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
	}
}

// placer makes one over files.
func placer(t testing.TB, files synth.Files, o repo.Options) *repo.Placer {
	t.Helper()
	entries, _ := files.Entries(context.Background())
	return repo.NewPlacer(load(t, files, o), entries, o)
}

func spec(kind, idKey, id, rest string) string {
	return fmt.Sprintf("AnalysisType: %s\n%s: %s\nEnabled: true\nSeverity: Low\n%s", kind, idKey, id, rest)
}

func entity(kind panther.Kind, id string, kv ...any) panther.Entity {
	e := panther.Entity{Key: panther.Key{Kind: kind, ID: id}, Fields: map[string]any{}}
	for i := 0; i < len(kv); i += 2 {
		e.Fields[kv[i].(string)] = kv[i+1]
	}
	return e
}

func TestPlace(t *testing.T) {
	detection := "Detection: [{Key: a, Condition: Exists}]\n"
	files := synth.Files{
		"rules/okta_rules/okta_admin_made.yml":    spec("rule", "RuleID", "Okta.AdminMade", "LogTypes: [Okta.SystemLog]\n"+detection),
		"rules/aws-rules/trail-stopped.yaml":      spec("rule", "RuleID", "Acme.AWS.TrailStopped", "LogTypes: [AWS.CloudTrail]\n"+detection),
		"rules/aws-rules/root-login.yaml":         spec("rule", "RuleID", "Acme.AWS.RootLogin", "LogTypes: [AWS.CloudTrail]\n"+detection),
		"rules/aws-rules/key-made.py":             "",
		"global_helpers/acme_text.yml":            "AnalysisType: global\nGlobalID: acme_text\nFilename: acme_text.py\n",
		"global_helpers/acme_text.py":             "A = 1\n",
		"queries/okta_queries/dormant.yml":        "AnalysisType: scheduled_query\nQueryName: Dormant\nQuery: select 1 from panther_logs.public.okta_systemlog\nSchedule: {RateMinutes: 9, TimeoutMinutes: 1}\n",
		"queries/okta_queries/dormant_rule.yml":   spec("scheduled_rule", "RuleID", "Okta.Dormant", "ScheduledQueries: [Dormant]\nFilename: dormant_rule.py\n"),
		"queries/okta_queries/dormant_rule.py":    "def rule(e):\n    return True\n",
		"policies/aws_policies/bucket_public.yml": spec("policy", "PolicyID", "AWS.Bucket.Public", "ResourceTypes: [AWS.S3.Bucket]\nFilename: p.py\n"),
		"policies/aws_policies/p.py":              "def policy(r):\n    return True\n",
	}
	logs := func(l ...any) []any { return l }
	for _, tc := range []struct {
		e    panther.Entity
		want string
	}{
		{entity(panther.Rule, "Okta.SessionStolen", "logTypes", logs("Okta.SystemLog")), "rules/okta_rules/okta_session_stolen.yml"},
		{entity(panther.SimpleRule, "Acme.AWS.BucketOpened", "logTypes", logs("AWS.CloudTrail")), "rules/aws-rules/bucket-opened.yaml"},
		{entity(panther.Rule, "Acme.AWS.KeyMade", "logTypes", logs("AWS.CloudTrail")), "rules/aws-rules/key-made_2.yaml"},
		{entity(panther.Rule, "Acme.AWS.KeyMADE", "logTypes", logs("AWS.CloudTrail")), "rules/aws-rules/key-made_3.yaml"},
		{entity(panther.Rule, "GitHub.Fork", "logTypes", logs("GitHub.Audit")), "rules/github_audit_rules/git_hub_fork.yml"},
		{entity(panther.Global, "acme_net"), "global_helpers/acme_net.yml"},
		{entity(panther.ScheduledRule, "Unlike", "scheduledQueries", logs("Dormant")), "queries/okta_queries/unlike.yml"},
		{entity(panther.Query, "Sessions of One", "sql", "select * from panther_logs.public.okta_systemlog"), "queries/okta_queries/sessions_of_one.yml"},
		{entity(panther.Policy, "AWS.Bucket.Logged", "resourceTypes", logs("AWS.S3.Bucket")), "policies/aws_policies/bucket_logged.yml"},
		{entity(panther.DataModel, "Standard.Okta", "logTypes", logs("Okta.SystemLog")), "data_models/okta_systemlog_data_model.yml"},
	} {
		p := placer(t, files, repo.Options{})
		if tc.want == "rules/aws-rules/key-made_3.yaml" {
			if _, err := p.Place(entity(panther.Rule, "Acme.AWS.KeyMade", "logTypes", logs("AWS.CloudTrail"))); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := p.Place(tc.e); got != tc.want || err != nil {
			t.Errorf("%s: %s (%v), want %s", tc.e.Key, got, err, tc.want)
		}
	}
}

func TestPlaceInAnEmptyRepository(t *testing.T) {
	logs := func(l ...any) []any { return l }
	p := placer(t, synth.Files{"README.md": "x"}, repo.Options{})
	for _, tc := range []struct {
		e    panther.Entity
		want string
	}{
		{entity(panther.Rule, "AWS.Root.Login", "logTypes", logs("AWS.CloudTrail")), "rules/aws_cloudtrail_rules/aws_root_login.yml"},
		{entity(panther.Rule, "AWS.Root/Login", "logTypes", logs("AWS.CloudTrail")), "rules/aws_cloudtrail_rules/aws_root_login_2.yml"},
		{entity(panther.Rule, "Two", "logTypes", logs("AWS.ALB", "AWS.CloudTrail")), "rules/aws_rules/two.yml"},
		{entity(panther.Rule, "None"), "rules/general_rules/none.yml"},
		{entity(panther.Rule, "../../etc/passwd"), "rules/general_rules/etc_passwd.yml"},
		{entity(panther.Rule, "con"), "rules/general_rules/con_rule.yml"},
		{entity(panther.Rule, "aux.x"), "rules/general_rules/aux_x.yml"},
		{entity(panther.Rule, "日本"), "rules/general_rules/rule_7bf8b264.yml"},
		{entity(panther.Rule, "Für alle"), "rules/general_rules/fr_alle_def626d7.yml"},
		{entity(panther.Rule, strings.Repeat("Long", 60)), "rules/general_rules/" + ""},
		{entity(panther.Global, "json tool"), "global_helpers/json_tool.yml"},
		{entity(panther.Global, "panther_Base"), "global_helpers/panther_Base.yml"},
		{entity(panther.Policy, "P", "resourceTypes", logs("AWS.S3.Bucket")), "policies/aws_s3_policies/p.yml"},
		{entity(panther.Query, "Q"), "queries/q.yml"},
		{entity(panther.Query, "Q of Okta", "sql", "from panther_logs.public.okta_systemlog"), "queries/okta_queries/q_of_okta.yml"},
		{entity(panther.ScheduledRule, "S"), "rules/scheduled_rules/s.yml"},
		{entity(panther.DataModel, "D", "logTypes", logs("AWS.ALB")), "data_models/aws_alb_data_model.yml"},
	} {
		got, err := p.Place(tc.e)
		if err != nil || got != tc.want && tc.want != "rules/general_rules/" {
			t.Errorf("%s: %s (%v), want %s", tc.e.Key, got, err, tc.want)
		}
		if base := got[strings.LastIndexByte(got, '/')+1:]; len(base) > 110 {
			t.Errorf("%s: the name has %d bytes", tc.e.Key, len(base))
		}
	}
}

func TestPlaceCountsAsContent(t *testing.T) {
	rule := spec("rule", "RuleID", "A", "Detection: [{Key: a, Condition: Exists}]\n")
	for _, tc := range []struct {
		name        string
		files       synth.Files
		o           repo.Options
		want, fault string
	}{
		{"flat", synth.Files{"a.yml": rule}, repo.Options{}, "q.yml", ""},
		{"own folders", synth.Files{"detections/x/a.yml": rule}, repo.Options{}, "detections/x/q.yml", ""},
		{"below a folder", synth.Files{"content/rules/a.yml": rule}, repo.Options{}, "content/queries/q.yml", ""},
		{"below two folders", synth.Files{"a/rules/a.yml": rule, "b/rules/b.yml": strings.Replace(rule, "RuleID: ", "RuleID: B", 1)}, repo.Options{}, "queries/q.yml", ""},
		{"included", synth.Files{"content/x/a.yml": rule}, repo.Options{Include: []string{"content/**"}}, "queries/q.yml", ""},
		{"only", synth.Files{"content/x/a.yml": rule}, repo.Options{Only: []string{"content/**"}}, "",
			"no content folder for the new spec of query/Q: queries is not one of them; change content.only in pdac.yaml"},
		{"excluded", synth.Files{"rules/a.yml": rule}, repo.Options{Exclude: []string{"queries"}}, "",
			"no content folder for the new spec of query/Q: queries is not one of them; change content.exclude in pdac.yaml"},
		{"other case", synth.Files{"Queries/x.txt": "", "rules/a.yml": rule}, repo.Options{Include: []string{"**"}}, "Queries/q.yml", ""},
	} {
		got, err := placer(t, tc.files, tc.o).Place(entity(panther.Query, "Q"))
		if fault := ""; err != nil {
			if fault = err.Error(); fault != tc.fault {
				t.Errorf("%s: %v", tc.name, err)
			}
		} else if got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// TestPlacesAreSafeAndDistinct: whatever the ids, all paths differ, in more
// than case, are safe everywhere, and what is written there is loaded.
func TestPlacesAreSafeAndDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.OneOf(rapid.StringN(1, 40, -1), rapid.SampledFrom([]string{"a", "A", "a.b", "a/b", "a b", "a_b", "con", "nul.x", "COM1", "..", ".", "-", "é", "É", "CON"})), 1, 8, rapid.ID).Draw(t, "ids")
		files := synth.Files{"rules/general_rules/A_b.yml": "x: y\n", "README.md": ""}
		entries, _ := files.Entries(t.Context())
		r, err := repo.Load(t.Context(), files, repo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := repo.NewPlacer(r, entries, repo.Options{})
		seen := map[string]bool{"rules/general_rules/a_b": true}
		for _, id := range ids {
			if strings.TrimSpace(id) == "" || strings.ContainsRune(id, 0) {
				continue
			}
			e := entity(rapid.SampledFrom([]panther.Kind{panther.Rule, panther.Global}).Draw(t, "kind"), id, "enabled", true, "severity", "LOW", "body", "x = 1")
			path, err := p.Place(e)
			if err != nil {
				t.Fatal(err)
			}
			stem := strings.ToLower(strings.TrimSuffix(path, ".yml"))
			if seen[stem] {
				t.Fatalf("%q is given twice", path)
			}
			seen[stem] = true
			for _, part := range strings.Split(path, "/") {
				head, _, _ := strings.Cut(strings.ToLower(part), ".")
				if part == "" || strings.Trim(part, ".-") != part || strings.ContainsAny(part, " \\:*?\"<>|") || head == "con" || head == "nul" || head == "com1" {
					t.Fatalf("%q is not safe", path)
				}
			}
			n, err := repo.NewSpec(e, repo.NewSpecOptions{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			for p, b := range n.Files() {
				files[p] = string(b)
			}
		}
		r, err = repo.Load(t.Context(), files, repo.Options{})
		if err != nil || len(r.Items) != len(seen)-1 {
			t.Fatalf("%d of %d are loaded: %v %v", len(r.Items), len(seen)-1, err, r.Diagnostics)
		}
	})
}

func TestRemoveFiles(t *testing.T) {
	body := "def rule(e):\n    return True\n"
	files := synth.Files{
		"rules/a/own.yml": spec("rule", "RuleID", "Own", "Filename: own.py\n"), "rules/a/own.py": body,
		"rules/a/one.yml": spec("rule", "RuleID", "One", "Filename: shared.py\n"), "rules/a/two.yml": spec("rule", "RuleID", "Two", "Filename: ./Shared.py\n"), "rules/a/shared.py": body,
		"rules/b/c.yml": spec("rule", "RuleID", "C", "Filename: c.py\n"), "rules/b/c.py": body, "rules/b/broken.yml": "AnalysisType: [\n",
	}
	r := load(t, files, repo.Options{})
	for id, want := range map[string][]string{
		"Own": {"rules/a/own.yml", "rules/a/own.py"},
		"One": {"rules/a/one.yml"},
		"C":   {"rules/b/c.yml"},
	} {
		it, _ := live(t, r, id)
		if diff := cmp.Diff(want, repo.RemoveFiles(r, it)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
