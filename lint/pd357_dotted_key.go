package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD357 finds paths that are used as the name of a key.
func rulePD357() Rule {
	return Rule{
		ID: "PD357", Name: "dotted-key", Severity: Warning,
		Doc: Doc{
			What: "`Key` has a name with dots or brackets, which looks like a path.",
			Why:  "`Key` names a top-level key of the event, including any dots. Nested values need `KeyPath`; with the wrong one of the two the value is never found.",
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
