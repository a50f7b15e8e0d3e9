package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD357 finds paths that are given as the name of one key.
func rulePD357() Rule {
	return Rule{
		ID: "PD357", Name: "dotted-key", Severity: Warning,
		Doc: Doc{
			What: "`Key` has a name with dots or brackets, as of a path.",
			Why:  "`Key` is looked for at the top of the event, dots and all. `KeyPath` leads inwards; with the wrong one the value is never found.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - Key: actor.email
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
		Spec: func(p *SpecPass) { reportSimple(p, detection.DottedKey) },
	}
}
