package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD114 finds keys and entries with nothing after them.
func rulePD114() Rule {
	return Rule{
		ID: "PD114", Name: "empty-value", Severity: Warning,
		Doc: Doc{
			What: "A key that may be left out, or an entry of a list, has nothing after it.",
			Why:  "It counts as if it were not there, which is seldom what was meant; Panther's own tool refuses it.",
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
