package lint

import (
	"strings"
)

// rulePD358 finds dynamic severities that change nothing.
func rulePD358() Rule {
	return Rule{
		ID: "PD358", Name: "idle-severity", Severity: Warning,
		Doc: Doc{
			What: "The last entry of `DynamicSeverities` changes the severity to what the rule has anyway.",
			Why:  "It does nothing. Either it is left over, or another severity was meant.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Detection:
  - {KeyPath: actor.email, Condition: Exists}
DynamicSeverities:
  - ChangeTo: High
    Conditions:
      - {KeyPath: actor.role, Condition: Equals, Value: admin}
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
DynamicSeverities:
  - ChangeTo: Critical
    Conditions:
      - {KeyPath: actor.role, Condition: Equals, Value: admin}
`,
		},
		Spec: pd358,
	}
}

func pd358(p *SpecPass) {
	list := simple(p).spec.Severities
	if len(list) == 0 || p.Facts.BaseDetection.There() {
		return
	}
	to := list[len(list)-1].ChangeTo
	if own := p.Facts.Severity.Value; own != "" && to != nil && strings.EqualFold(to.Value, own) {
		f := p.ReportNode(to, "the severity is %s already", own)
		f.Hint = "write another one, or take the entry out"
		f.Related = []Location{{Path: p.Path(), Range: p.Facts.Severity.Range, Message: "the rule's severity"}}
	}
}
