package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD354 finds malformed match expressions.
func rulePD354() Rule {
	return Rule{
		ID: "PD354", Name: "match-expression", Severity: Error, Broken: true, Fixable: true,
		Doc: Doc{
			What: "A match expression is malformed: it has an unknown key, no condition, or a combinator without members or together with other keys.",
			Why:  "Panther rejects the detection, or ignores part of the expression.",
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
