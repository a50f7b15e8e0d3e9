package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD355 finds placeholders of titles that can't be read.
func rulePD355() Rule {
	return Rule{
		ID: "PD355", Name: "title-placeholder", Severity: Error,
		Doc: Doc{
			What: "A placeholder of `AlertTitle` has no end, no beginning, or a path that can't be read.",
			Why:  "The alert's title shows the braces in place of the value.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - {KeyPath: actor.email, Condition: Exists}
AlertTitle: "{actor.email logged in"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - {KeyPath: actor.email, Condition: Exists}
AlertTitle: "{actor.email} logged in"
`,
		},
		Spec: func(p *SpecPass) { reportSimple(p, detection.BadPlaceholder) },
	}
}
