package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD351 finds unknown conditions.
func rulePD351() Rule {
	return Rule{
		ID: "PD351", Name: "unknown-condition", Severity: Error, Broken: true, Fixable: true,
		Doc: Doc{
			What: "A match expression uses an unknown `Condition`.",
			Why:  "Panther rejects the detection.",
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
		Options: []Option{{Name: "conditions", Doc: "Additional conditions to accept.", Default: []string(nil)}},
		Spec:    func(p *SpecPass) { reportSimple(p, detection.UnknownCondition) },
	}
}
