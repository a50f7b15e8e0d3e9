package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD105 finds keys that nobody knows.
func rulePD105() Rule {
	return Rule{
		ID: "PD105", Name: "unknown-key", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "A key that means nothing in its place: it is misspelt, or belongs to another kind of spec.",
			Why:  "Panther ignores the key or refuses the spec, and what it was to say is not said. A key that is one letter or its capitals away from the right one is put right by `--fix`, where the right one is not there as well.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
DedupPeriodMinute: 30
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
DedupPeriodMinutes: 30
`,
		},
		Spec: pd105,
	}
}

func pd105(p *SpecPass) { reportSchema(p, schemacheck.UnknownKey, notAboutTests) }
