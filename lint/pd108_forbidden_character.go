package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD108 finds characters that ids and names can't contain.
func rulePD108() Rule {
	return Rule{
		ID: "PD108", Name: "forbidden-character", Severity: Error, Broken: true,
		Doc: Doc{
			What: "An id or a name contains one of the characters `<`, `>`, `&`, `\"` and `%`.",
			Why:  "Panther rejects such ids and names.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
DisplayName: "More than 10% failed logins"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
DisplayName: "More than a tenth of logins failed"
`,
		},
		Spec: pd108,
	}
}

func pd108(p *SpecPass) { reportSchema(p, schemacheck.ForbiddenCharacter, nil) }
