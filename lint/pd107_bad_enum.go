package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD107 finds values that are not among those that a key may have.
func rulePD107() Rule {
	return Rule{
		ID: "PD107", Name: "bad-enum", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "A value is not one of those that its key may have, such as a severity that there isn't.",
			Why:  "Panther refuses the spec. A severity in the wrong case is put right by `--fix`.",
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
