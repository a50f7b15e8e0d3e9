package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD355 finds malformed placeholders in titles.
func rulePD355() Rule {
	return Rule{
		ID: "PD355", Name: "title-placeholder", Severity: Error,
		Doc: Doc{
			What: "A placeholder in `AlertTitle` is not opened, not closed, or has a path that can't be parsed.",
			Why:  "The alert's title shows the braces instead of the value.",
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
