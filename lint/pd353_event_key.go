package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD353 finds invalid event keys.
func rulePD353() Rule {
	return Rule{
		ID: "PD353", Name: "event-key", Severity: Error, Broken: true,
		Doc: Doc{
			What: "A match expression, or an entry of `GroupBy` or `AlertContext`, has no event key, has several, or has a path that can't be parsed.",
			Why:  "Panther rejects the detection, or never finds the value.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - KeyPath: actor..email
    Condition: Exists
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - KeyPath: actor.email
    Condition: Exists
`,
		},
		Spec: func(p *SpecPass) { reportSimple(p, detection.BadKey) },
	}
}
