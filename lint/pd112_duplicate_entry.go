package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD112 finds entries that stand twice.
func rulePD112() Rule {
	return Rule{
		ID: "PD112", Name: "duplicate-entry", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "An entry stands twice in a list whose order means nothing, such as `LogTypes`, `Tags` or `OutputIds`. Capitals make no difference between tags.",
			Why:  "Panther's own tool refuses the spec. `--fix` takes the later entry out, unless a comment stands with it.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tags: [AWS, Identity, aws]
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tags: [AWS, Identity]
`,
		},
		Spec: pd112,
	}
}

func pd112(p *SpecPass) { reportSchema(p, schemacheck.Duplicate, nil) }
