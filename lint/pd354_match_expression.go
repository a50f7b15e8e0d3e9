package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD354 finds match expressions that are none.
func rulePD354() Rule {
	return Rule{
		ID: "PD354", Name: "match-expression", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "A match expression is none: a key that means nothing, no condition, a combinator without members or beside other keys.",
			Why:  "Panther refuses the detection, or reads less than is written.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - Any:
      - KeyPath: actor.email
        Condition: Equals
        Valeu: root@example.com
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - Any:
      - KeyPath: actor.email
        Condition: Equals
        Value: root@example.com
`,
		},
		Spec: func(p *SpecPass) { reportSimple(p, detection.Malformed) },
	}
}
