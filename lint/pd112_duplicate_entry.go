package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD112 finds duplicate entries.
func rulePD112() Rule {
	return Rule{
		ID: "PD112", Name: "duplicate-entry", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "An unordered list, such as `LogTypes`, `Tags` or `OutputIds`, has a duplicate entry. Tags are compared without case.",
			Why:  "Panther's own tool rejects most of them, and the others are mistakes. `--fix` removes the later entry, unless it has a comment.",
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
