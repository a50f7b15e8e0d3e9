package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD105 finds unknown keys.
func rulePD105() Rule {
	return Rule{
		ID: "PD105", Name: "unknown-key", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "A key is unknown here: it is misspelled, or belongs to another kind of spec.",
			Why:  "Panther ignores the key, so the setting has no effect, or rejects the spec. `--fix` corrects a key that differs from a known one by one letter or by case, unless the spec has the known one too.",
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
