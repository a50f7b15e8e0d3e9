package lint

import (
	"github.com/pdac-dev/pdac/internal/detection"
)

// rulePD356 finds conditions that inline filters don't support.
func rulePD356() Rule {
	return Rule{
		ID: "PD356", Name: "filter-condition", Severity: Warning,
		Doc: Doc{
			What: "`InlineFilters` use a condition or a combinator that filters don't support.",
			Why:  "Inline filters support only some of the match expressions. Panther may reject the rule, or not filter the intended events.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - {KeyPath: actor.email, Condition: Exists}
InlineFilters:
  - KeyPath: environment
    Condition: IStartsWith
    Value: prod
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
InlineFilters:
  - KeyPath: environment
    Condition: StartsWith
    Value: prod
`,
		},
		Spec: func(p *SpecPass) { reportSimple(p, detection.NotInFilters) },
	}
}
