package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD406 finds test events of a log type that the rule never receives.
func rulePD406() Rule {
	return Rule{
		ID: "PD406", Name: "test-log-type", Severity: Warning,
		Doc: Doc{
			What: "The `p_log_type` of a test's event is not one of the rule's `LogTypes`.",
			Why:  "The rule never receives such an event, so the test proves nothing. It also uses the data model of another log type.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: {country: NZ, p_log_type: Okta.Systemlog}
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: {country: NZ, p_log_type: Okta.SystemLog}
`,
		},
		Spec: pd406,
	}
}

func pd406(p *SpecPass) {
	if p.Item.Type != repo.TypeRule || len(p.Facts.LogTypes) == 0 {
		return
	}
	var legal []string
	for _, l := range p.Facts.LogTypes {
		legal = append(legal, l.Value)
	}
	for _, t := range unitTests(p) {
		n := t.logType()
		if n == nil || n.Value == "" || slices.Contains(legal, n.Value) {
			continue
		}
		f := p.ReportNode(n, "p_log_type %q of %s is not one of the rule's LogTypes", n.Value, t.label())
		if near, ok := suggest.Nearest(n.Value, legal); ok {
			f.Hint = "did you mean `" + near + "`?"
		} else {
			f.Hint = "use one of them: " + strings.Join(legal, ", ")
		}
	}
}
