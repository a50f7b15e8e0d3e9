package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD114 finds keys and entries without a value.
func rulePD114() Rule {
	return Rule{
		ID: "PD114", Name: "empty-value", Severity: Warning,
		Doc: Doc{
			What: "An optional key or an entry of a list has no value.",
			Why:  "It is treated as missing, which is seldom intended, and Panther's own tool rejects it.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Runbook:
Tags: [Okta]
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tags: [Okta]
`,
		},
		Spec: pd114,
	}
}

func pd114(p *SpecPass) { reportSchema(p, schemacheck.NoValue, nil) }
