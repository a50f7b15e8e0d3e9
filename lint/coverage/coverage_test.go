package coverage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/lint/coverage"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

func load(t testing.TB, files map[string]string) *repo.Repo {
	t.Helper()
	r, err := repo.Load(context.Background(), synth.Files(files), repo.Options{ExcludeStatus: []string{"Deprecated"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func of(t testing.TB, r *repo.Repo, f coverage.Filter) *coverage.Report {
	t.Helper()
	c, err := coverage.Of(r, f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// cell finds a technique under a tactic.
func cell(t testing.TB, c *coverage.Report, tactic, id string) coverage.Technique {
	t.Helper()
	for _, x := range c.Tactics {
		if x.ID != tactic {
			continue
		}
		for _, y := range x.Techniques {
			if y.ID == id {
				return y
			}
			for _, z := range y.SubTechniques {
				if z.ID == id {
					return z
				}
			}
		}
	}
	t.Fatalf("no %s under %s", id, tactic)
	return coverage.Technique{}
}

func rule(id, rest string) string {
	return fmt.Sprintf("AnalysisType: rule\nRuleID: %s\nDetection: [{KeyPath: a, Condition: Exists}]\n%s\n", id, rest)
}

var small = map[string]string{
	"rules/a.yml": rule("A", "Enabled: true\nLogTypes: [AWS.CloudTrail, AWS.ALB]\nReports: {MITRE ATT&CK: [TA0001:T1078, TA0001:T1078.004, TA0001:T1078]}"),
	"rules/b.yml": rule("B", "Enabled: false\nLogTypes: [Okta.SystemLog]\nReports: {MITRE ATT&CK: [TA0001:T1078.004, TA0006:T1110]}"),
	"rules/c.yml": rule("C", "Enabled: true\nStatus: Deprecated\nLogTypes: [Okta.SystemLog]\nReports: {MITRE ATT&CK: TA0040:T1485}"),
	"rules/d.yml": rule("D", "Enabled: true\nLogTypes: [GitHub.Audit]\nReports: {CIS: [1.1]}"),
	"rules/e.yml": "AnalysisType: rule\nRuleID: E\nBaseDetection: A\nEnabled: true\n",
	"rules/f.yml": "AnalysisType: rule\nRuleID: F\nBaseDetection: B\nReports: {MITRE ATT&CK: [TA0040:T1490]}\n",
	"policies/p.yml": `AnalysisType: policy
PolicyID: P
Enabled: true
Filename: p.py
ResourceTypes: [AWS.S3.Bucket]
Reports: {MITRE ATT&CK: [TA0009:T1530]}
`,
	"policies/p.py": "def policy(resource):\n    return True\n",
	"rules/s.yml":   "AnalysisType: scheduled_rule\nRuleID: S\nEnabled: true\nFilename: s.py\nScheduledQueries: [Q]\nReports: {MITRE ATT&CK: [TA0010:T1567]}\n",
	"rules/s.py":    "def rule(event):\n    return True\n",
	"correlation_rules/k.yml": `AnalysisType: correlation_rule
RuleID: K
Enabled: true
Reports: {MITRE ATT&CK: [TA0001:T1078]}
Detection:
  - Sequence: [{ID: X, RuleID: A}, {ID: Y, RuleID: B}]
`,
	"rules/wrong.yml": rule("Wrong", `Enabled: true
LogTypes: [AWS.CloudTrail]
Reports:
  MITRE ATT&CK:
    - TA001:T1078
    - TA9999:T1078
    - TA0001:T9999
    - TA0007:T1078
    - TA0005:T1108
    - TA0003:T1004
    - TA0010:T1002
`),
}

func TestCoverage(t *testing.T) {
	c := of(t, load(t, small), coverage.Filter{})
	got := map[string]string{}
	for _, d := range c.Detections {
		got[d.ID] = fmt.Sprintf("%s %v %s | %s", d.Kind, d.Enabled, strings.Join(d.LogTypes, ","), strings.Join(d.Mappings, ","))
	}
	want := map[string]string{
		"A":     "simple_rule true AWS.ALB,AWS.CloudTrail | TA0001:T1078,TA0001:T1078.004",
		"B":     "simple_rule false Okta.SystemLog | TA0001:T1078.004,TA0006:T1110",
		"C":     "simple_rule false Okta.SystemLog | TA0040:T1485",
		"D":     "simple_rule true GitHub.Audit | ",
		"E":     "derived_rule true AWS.ALB,AWS.CloudTrail | TA0001:T1078,TA0001:T1078.004",
		"F":     "derived_rule false Okta.SystemLog | TA0040:T1490",
		"P":     "policy true AWS.S3.Bucket | TA0009:T1530",
		"S":     "scheduled_rule true (scheduled query) | TA0010:T1567",
		"K":     "correlation_rule true AWS.ALB,AWS.CloudTrail,Okta.SystemLog | TA0001:T1078",
		"Wrong": "simple_rule true AWS.CloudTrail | TA0003:T1547.004",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("detections (-want +got):\n%s", diff)
	}
	// A, E and K name the technique; B names the sub-technique, and is disabled.
	x := cell(t, c, "TA0001", "T1078")
	if x.Enabled != 3 || x.Disabled != 1 || strings.Join(x.IDs, " ") != "A E K" || len(x.All()) != 4 {
		t.Errorf("T1078: %+v", x)
	}
	if s := cell(t, c, "TA0001", "T1078.004"); s.Enabled != 2 || s.Disabled != 1 {
		t.Errorf("T1078.004: %+v", s)
	}
	if s := cell(t, c, "TA0003", "T1078"); s.Enabled+s.Disabled != 0 {
		t.Errorf("T1078 counts under a tactic that nobody named: %+v", s)
	}
	for _, tactic := range c.Tactics {
		if tactic.ID == "TA0040" && (tactic.Covered != 0 || tactic.Dormant != 2 || tactic.Enabled != 0 || tactic.Disabled != 2) {
			t.Errorf("Impact: %+v", tactic)
		}
	}
	// T1078, T1530, T1567, T1547
	s := c.Summary
	if s.TechniquesCovered != 4 || s.SubTechniquesCovered != 2 || s.Detections != 10 || s.Enabled != 7 || s.Disabled != 3 || s.Unmapped != 1 {
		t.Errorf("%+v", s)
	}
	var logs []string
	for _, l := range c.LogTypes {
		logs = append(logs, fmt.Sprintf("%s %d %d %d %d", l.Name, l.Techniques, l.Enabled, l.Disabled, l.Unmapped))
	}
	if diff := cmp.Diff([]string{"(scheduled query) 1 1 0 0", "AWS.ALB 1 3 0 0", "AWS.CloudTrail 2 4 0 0", "AWS.S3.Bucket 1 1 0 0", "GitHub.Audit 0 1 0 1", "Okta.SystemLog 1 1 3 0"}, logs); diff != "" {
		t.Error(diff)
	}
}

func TestWhatDoesNotCountIsSaid(t *testing.T) {
	c := of(t, load(t, small), coverage.Filter{})
	var got []string
	for _, n := range c.Notes {
		got = append(got, fmt.Sprintf("%s:%d %s: %s -> %s", n.Path, n.Line, n.Mapping, n.Message, n.CountedAs))
	}
	want := []string{
		`rules/wrong.yml:8 TA001:T1078: "TA001:T1078" is not of the form tactic:technique, such as TA0001:T1078 or TA0001:T1078.004 -> `,
		`rules/wrong.yml:9 TA9999:T1078: unknown tactic TA9999 -> `,
		`rules/wrong.yml:10 TA0001:T9999: unknown technique T9999 -> `,
		`rules/wrong.yml:11 TA0007:T1078: T1078 (Valid Accounts) is not under TA0007 (Discovery) but under TA0001, TA0003, TA0004, TA0005 -> `,
		`rules/wrong.yml:12 TA0005:T1108: T1108 (Redundant Access) is deprecated and not in the matrix -> `,
		`rules/wrong.yml:13 TA0003:T1004: T1004 (Winlogon Helper DLL) was revoked and replaced by T1547.004 (Winlogon Helper DLL) -> TA0003:T1547.004`,
		`rules/wrong.yml:14 TA0010:T1002: T1002 (Data Compressed) was revoked and replaced by T1560 (Archive Collected Data), which is not under TA0010 -> `,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFilters(t *testing.T) {
	r := load(t, small)
	ids := func(f coverage.Filter) string {
		var out []string
		for _, d := range of(t, r, f).Detections {
			out = append(out, d.ID)
		}
		return strings.Join(out, " ")
	}
	for want, f := range map[string]coverage.Filter{
		"A E K P Wrong": {LogTypes: []string{"AWS.*"}},
		"K":             {LogTypes: []string{"Okta.*"}, EnabledOnly: true},
		"A D E K":       {LogTypes: []string{"AWS.ALB", "GitHub.Audit"}},
		"S":             {LogTypes: []string{"(scheduled query)"}},
	} {
		if got := ids(f); got != want {
			t.Errorf("%+v: %s, not %s", f, got, want)
		}
	}
	// What the filter leaves out isn't spoken of either.
	c := of(t, r, coverage.Filter{LogTypes: []string{"Okta.*"}})
	if len(c.Notes) != 0 || len(c.LogTypes) != 1 {
		t.Errorf("%+v %+v", c.Notes, c.LogTypes)
	}
	for glob, want := range map[string]string{
		"AWS.CloudTrial": `no detection has a log type that matches "AWS.CloudTrial"; did you mean "AWS.CloudTrail"?`,
		"Zoom.*":         `no detection has a log type that matches "Zoom.*"`,
		"AWS.[":          `the log type pattern "AWS.[" is not valid; write it like AWS.* or AWS.CloudTrail`,
	} {
		if _, err := coverage.Of(r, coverage.Filter{LogTypes: []string{glob}}); err == nil || err.Error() != want {
			t.Errorf("%s: %v", glob, err)
		}
	}
}

func TestARoundOfBasesEnds(t *testing.T) {
	c := of(t, load(t, map[string]string{
		"rules/a.yml": "AnalysisType: rule\nRuleID: A\nBaseDetection: B\n", "rules/b.yml": "AnalysisType: rule\nRuleID: B\nBaseDetection: A\n",
		"rules/k.yml": "AnalysisType: correlation_rule\nRuleID: K\nDetection: [{Group: [{RuleID: K}]}]\n",
	}), coverage.Filter{})
	if len(c.Detections) != 3 || c.Detections[0].LogTypes[0] != coverage.LogTypeNone {
		t.Errorf("%+v", c.Detections)
	}
}

// TestCountsAgree: whatever detections say, the counts of techniques, tactics
// and log types are those of the detections.
func TestCountsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := map[string]string{}
		for i := range rapid.IntRange(1, 12).Draw(t, "rules") {
			maps := rapid.SliceOfN(rapid.SampledFrom([]string{"TA0001:T1078", "TA0001:T1078.004", "TA0003:T1078", "TA0006:T1110", "TA0006:T1110.001", "TA0007:T1078", "x"}), 0, 4).Draw(t, "mappings")
			logs := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"L1", "L2", "L3"}), 0, 2, rapid.ID[string]).Draw(t, "logs")
			files[fmt.Sprintf("rules/%d.yml", i)] = rule(fmt.Sprint("R", i), fmt.Sprintf("Enabled: %v\nLogTypes: [%s]\nReports: {MITRE ATT&CK: [%s]}",
				rapid.Bool().Draw(t, "enabled"), strings.Join(logs, ","), strings.Join(maps, ",")))
		}
		r, err := repo.Load(context.Background(), synth.Files(files), repo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := coverage.Of(r, coverage.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if c.Summary.Enabled+c.Summary.Disabled != len(files) || len(c.Detections) != len(files) {
			t.Fatalf("%+v", c.Summary)
		}
		placed := 0
		for _, x := range c.Tactics {
			for _, y := range x.Techniques {
				if y.Enabled+y.Disabled != len(y.All()) {
					t.Fatalf("%+v", y)
				}
				placed += len(y.Detections)
				for _, z := range y.SubTechniques {
					placed += len(z.Detections)
				}
			}
			if x.Covered+x.Dormant > len(x.Techniques) {
				t.Fatalf("%+v", x)
			}
		}
		said := 0
		for _, d := range c.Detections {
			said += len(d.Mappings)
		}
		if placed != said {
			t.Fatalf("%d places for %d mappings", placed, said)
		}
		// Splitting by log type loses nobody: all have one at least.
		seen := 0
		for _, l := range c.LogTypes {
			seen += l.Enabled + l.Disabled
		}
		if seen < len(files) {
			t.Fatalf("%d of %d have a log type", seen, len(files))
		}
		if _, err := json.Marshal(c); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			files := map[string]string{}
			for i := range n {
				files[fmt.Sprintf("rules/%d.yml", i)] = rule(fmt.Sprint("R", i), fmt.Sprintf("Enabled: true\nLogTypes: [L%d]\nReports: {MITRE ATT&CK: [TA0001:T1078, TA0006:T1110.001]}", i%50))
			}
			r := load(b, files)
			b.ReportAllocs()
			for b.Loop() {
				of(b, r, coverage.Filter{})
			}
		})
	}
}
