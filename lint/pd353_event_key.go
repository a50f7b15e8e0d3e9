package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD353 finds event keys that lead nowhere.
func rulePD353() Rule {
	return Rule{
		ID: "PD353", Name: "event-key", Severity: Error,
		Doc: Doc{
			What: "A match expression, or an entry of `GroupBy` or `AlertContext`, names no value of the event, several, or one by a path that can't be read.",
			Why:  "Panther refuses the detection, or the value is never found.",
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
