package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD352 finds values that a condition doesn't accept.
func rulePD352() Rule {
	return Rule{
		ID: "PD352", Name: "condition-value", Severity: Error, Broken: true,
		Doc: Doc{
			What: "The value of a match expression is missing, has a type that the condition doesn't accept, or is a list where a single value is required.",
			Why:  "Panther rejects the detection, or the expression is never true.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - KeyPath: eventType
    Condition: Equals
    Values: [user.session.start, user.session.end]
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - KeyPath: eventType
    Condition: IsIn
    Values: [user.session.start, user.session.end]
`,
		},
		Spec: func(p *SpecPass) { reportSimple(p, detection.WrongValue) },
	}
}
