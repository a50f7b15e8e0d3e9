package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD107 finds values that the key doesn't allow.
func rulePD107() Rule {
	return Rule{
		ID: "PD107", Name: "bad-enum", Severity: Error, Broken: true, Fixable: true,
		Doc: Doc{
			What: "A value is not one of those that its key allows, such as an unknown severity.",
			Why:  "Panther rejects the spec. `--fix` corrects the case of a severity.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: high
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
		Spec: pd107,
	}
}

func pd107(p *SpecPass) { reportSchema(p, schemacheck.BadValue, nil) }
