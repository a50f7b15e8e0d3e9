package lint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// A spec that is not content is not reported as one that does not exist.
func TestReferencesToSkippedSpecs(t *testing.T) {
	text := func(s string) []byte { return []byte(s) }
	files := map[string][]byte{
		"rules/derived.yml":   text("AnalysisType: rule\nRuleID: Acme.Derived\nBaseDetection: Acme.Base\n"),
		"rules/scheduled.yml": text("AnalysisType: scheduled_rule\nRuleID: Acme.Scheduled\nEnabled: true\nSeverity: Low\nFilename: scheduled.py\nScheduledQueries: [Acme Query]\n"),
		"rules/scheduled.py":  text("import acme_global\n\n\ndef rule(event):\n    return acme_global.odd(event)\n"),
		"rules/both.yml":      text("AnalysisType: correlation_rule\nRuleID: Acme.Both\nEnabled: true\nSeverity: Low\nDetection:\n  - Group:\n      - {ID: a, RuleID: Acme.Base}\n      - {ID: b, RuleID: Acme.Nowhere}\n"),
		"packs/p.yml":         text("AnalysisType: pack\nPackID: Acme\nPackDefinition:\n  IDs: [Acme.Base, Acme Query, acme_global, Acme.Nowhere, Acme.Derived, Acme.Scheduled, Acme.Both]\n"),
		"archive/base.yml":    text("AnalysisType: rule\nRuleID: Acme.Base\nEnabled: true\nSeverity: Low\nDetection: [{Key: a, Condition: Exists}]\n"),
		"archive/query.yml":   text("AnalysisType: scheduled_query\nQueryName: Acme Query\nEnabled: true\nQuery: SELECT 1\nSchedule: {RateMinutes: 60, TimeoutMinutes: 1}\n"),
		"archive/global.yml":  text("AnalysisType: global\nGlobalID: acme_global\nFilename: global.py\n"),
		"archive/global.py":   text("def odd(event):\n    return True\n"),
	}
	run := func(o repo.Options) []string {
		res, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{Files: files}}, lint.Options{Select: []string{"PD204", "PD205", "PD206", "PD207", "PD212", "PD213", "PD305"}, Content: o})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range res.Findings {
			out = append(out, f.Rule+" "+f.Path+": "+f.Message+"; "+f.Hint)
		}
		slices.Sort(out)
		return out
	}
	nowhere := []string{
		"PD206 packs/p.yml: no spec has the id \"Acme.Nowhere\"; correct it, or remove it",
		"PD213 rules/both.yml: RuleID \"Acme.Nowhere\" is not a rule in this repository; correct it, or make sure that one of Panther's packs contains it",
	}
	if diff := slices.Compare(run(repo.Options{Include: []string{"archive"}}), nowhere); diff != 0 {
		t.Errorf("all is content: %q", run(repo.Options{Include: []string{"archive"}}))
	}
	want := append([]string{
		`PD205 rules/scheduled.yml: query "Acme Query" is not deployed with this: its spec is not content; name archive/query.yml in content.include of pdac.yaml`,
		`PD212 rules/derived.yml: rule "Acme.Base" is not deployed with this: its spec is not content; name archive/base.yml in content.include of pdac.yaml`,
		`PD213 rules/both.yml: rule "Acme.Base" is not deployed with this: its spec is not content; name archive/base.yml in content.include of pdac.yaml`,
		`PD305 rules/scheduled.py: global "acme_global" is not deployed with this: its spec is not content; name archive/global.yml in content.include of pdac.yaml`,
	}, nowhere...)
	slices.Sort(want)
	if got := run(repo.Options{}); !slices.Equal(got, want) {
		t.Errorf("skipped:\n%s", strings.Join(got, "\n"))
	}
	if got := run(repo.Options{Include: []string{"archive"}, Exclude: []string{"archive/global.yml"}}); slices.ContainsFunc(got, func(f string) bool { return strings.HasPrefix(f, "PD204") }) {
		t.Errorf("the Python file of an excluded spec:\n%s", strings.Join(got, "\n"))
	}
	// What is excluded on purpose may be deployed from elsewhere.
	if got := run(repo.Options{Exclude: []string{"archive"}}); !slices.Equal(got, nowhere) {
		t.Errorf("excluded:\n%s", strings.Join(got, "\n"))
	}
}
