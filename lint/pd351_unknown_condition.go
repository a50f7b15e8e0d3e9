package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD351 finds conditions that there aren't.
func rulePD351() Rule {
	return Rule{
		ID: "PD351", Name: "unknown-condition", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "A match expression has a `Condition` that there isn't.",
			Why:  "Panther refuses the detection.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - KeyPath: actor.email
    Condition: Equal
    Value: root@example.com
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
    Condition: Equals
    Value: root@example.com
`,
		},
		Options: []Option{{Name: "conditions", Doc: "Conditions that Panther has beside those that pdac knows.", Default: []string(nil)}},
		Spec:    func(p *SpecPass) { reportSimple(p, detection.UnknownCondition) },
	}
}
