package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD104 finds missing keys.
func rulePD104() Rule {
	return Rule{
		ID: "PD104", Name: "missing-key", Severity: Error, Broken: true,
		Doc: Doc{
			What: "A key that this kind of spec requires is missing or has no value.",
			Why:  "Panther rejects the spec, or creates a detection that never runs.",
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
