package lint_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
)

// TestSince: findings of rules that are newer than lint.since are warnings at most,
// unless pdac.yaml sets their severity.
func TestSince(t *testing.T) {
	at := func(id, since string, severity lint.Severity) lint.Rule {
		return lint.Rule{ID: id, Name: "rule-" + strings.ToLower(id), Since: since, Severity: severity, Broken: true, Doc: lint.Doc{What: "It finds every spec."},
			Spec: func(p *lint.SpecPass) { p.ReportTop("found") }}
	}
	rules := []lint.Rule{at("OLD01", "1.3", lint.Error), at("NEW01", "1.10", lint.Error), at("NEW02", "2.0", lint.Info), at("OWN01", "", lint.Error)}
	for text, want := range map[string]string{
		"version: 1\n":                                                        "error NEW01, info NEW02, error OLD01, error OWN01",
		"version: 1\nlint:\n  since: \"1.3\"\n":                               "warning NEW01, info NEW02, error OLD01, error OWN01",
		"version: 1\nlint:\n  since: v1.9.4\n":                                "warning NEW01, info NEW02, error OLD01, error OWN01",
		"version: 1\nlint:\n  since: \"1.10\"\n":                              "error NEW01, info NEW02, error OLD01, error OWN01",
		"version: 1\nlint:\n  since: \"1.0\"\n  severity: {NEW01: error}\n":   "error NEW01, info NEW02, warning OLD01, error OWN01",
		"version: 1\nlint:\n  since: \"1.0\"\n  severity: {NEW02: warning}\n": "warning NEW01, warning NEW02, warning OLD01, error OWN01",
	} {
		cfg, err := config.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		res, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{Files: map[string][]byte{"rules/a.yml": []byte("AnalysisType: rule\nRuleID: a\n")}}}, lint.Options{Rules: rules, Select: []string{"all"}, Config: cfg.Lint})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range res.Findings {
			got = append(got, string(f.Severity)+" "+f.Rule)
			if broken := res.Broken(f); broken != (f.Severity == lint.Error) {
				t.Errorf("%s: %s is broken: %v", text, f.Rule, broken)
			}
		}
		if got := strings.Join(got, ", "); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"version: 1\nlint:\n  since: latest\n": `"latest" is not a version; write it like "1.3"`,
		"version: 1\nlint:\n  since: 1\n":      `"1" is not a version; write it like "1.3"`,
		"version: 1\nlint:\n  since: [1.3]\n":  `"lint.since" must be a version of pdac, such as "1.3"`,
	} {
		if _, err := config.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got the error %v", text, err)
		}
	}
	for _, r := range lint.Rules() {
		if r.Since == "" {
			t.Errorf("%s has no version", r.ID)
		}
	}
}
