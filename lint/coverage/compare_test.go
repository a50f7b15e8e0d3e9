package coverage_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/lint/coverage"
	"github.com/pdac-dev/pdac/repo"
)

func loadedFiles(t *testing.T, files synth.Files) *repo.Repo {
	t.Helper()
	r, err := repo.Load(t.Context(), files, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mapped(id, logType, enabled, mappings string) string {
	return "AnalysisType: rule\nRuleID: " + id + "\nEnabled: " + enabled + "\nDetection: [{KeyPath: a, Condition: Exists}]\nLogTypes: [" + logType + "]\nSeverity: Low\nReports: {MITRE ATT&CK: [" + mappings + "]}\n"
}

func TestCompared(t *testing.T) {
	before := synth.Files{
		"rules/a.yml":      mapped("A", "AWS.CloudTrail", "true", "TA0001:T1078.004, TA0003:T1078.004"),
		"rules/b.yml":      mapped("B", "Okta.SystemLog", "true", "TA0040:T1485"),
		"rules/c.yml":      mapped("C", "Okta.SystemLog", "true", "TA0040:T1485"),
		"rules/broken.yml": "AnalysisType: rule\nRuleID: [\n",
	}
	now := synth.Files{
		"rules/a.yml": mapped("A", "AWS.CloudTrail", "true", "TA0001:T1078, TA0003:T1098"),
		"rules/b.yml": mapped("B", "GitHub.Audit", "false", "TA0040:T1485"),
	}
	compare := func(now, before synth.Files, f coverage.Filter) *coverage.Trend {
		t.Helper()
		c, err := coverage.Compared(loadedFiles(t, now), loadedFiles(t, before), "v1", f)
		if err != nil {
			t.Fatal(err)
		}
		return c.Trend
	}
	got := compare(now, before, coverage.Filter{})
	// T1078 was covered by a sub-technique, and is covered now.
	if diff := cmp.Diff([]coverage.Step{{ID: "T1098", Name: "Account Manipulation", Tactics: []string{"TA0003"}, Detections: []string{"A"}}}, got.Gained); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]coverage.Step{
		{ID: "T1078.004", Name: "Cloud Accounts", Tactics: []string{"TA0001", "TA0003"}, Detections: []string{"A"}},
		{ID: "T1485", Name: "Data Destruction", Tactics: []string{"TA0040"}, Detections: []string{"B", "C"}},
	}, got.Lost); diff != "" {
		t.Error(diff)
	}
	if got.Before.TechniquesCovered != 2 || got.Tactics["TA0003"] != 1 || got.Tactics["TA0040"] != 1 || got.Tactics["TA0002"] != 0 || len(got.Unread) != 1 || got.Unread[0] != "rules/broken.yml" || got.Since != "v1" {
		t.Errorf("%+v", got)
	}
	if n, subs := coverage.Techniques(got.Lost); n != 1 || subs != 1 {
		t.Errorf("%d techniques and %d sub-techniques", n, subs)
	}
	// A log type that only the earlier state has is no mistake.
	if got := compare(now, before, coverage.Filter{LogTypes: []string{"Okta.*"}}); len(got.Gained) != 0 || len(got.Lost) != 1 {
		t.Errorf("%+v", got)
	}
	_, err := coverage.Compared(loadedFiles(t, now), loadedFiles(t, before), "v1", coverage.Filter{LogTypes: []string{"Okta.SystemLogs"}})
	if err == nil || err.Error() != `no detection has a log type that matches "Okta.SystemLogs"; did you mean "Okta.SystemLog"?` {
		t.Error(err)
	}
	if got := compare(before, before, coverage.Filter{}); len(got.Gained)+len(got.Lost) > 0 {
		t.Errorf("a state differs from itself: %+v", got)
	}
}
