package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD104 finds keys that are missing.
func rulePD104() Rule {
	return Rule{
		ID: "PD104", Name: "missing-key", Severity: Error,
		Doc: Doc{
			What: "A key that this kind of spec needs is missing, or has nothing after it.",
			Why:  "Panther refuses the spec, or makes of it something that never runs.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
`,
		},
		Spec: pd104,
	}
}

func pd104(p *SpecPass) { reportSchema(p, schemacheck.MissingKey, notAboutTests) }
