package lint

import (
	"strings"
)

// rulePD358 finds dynamic severities without an effect.
func rulePD358() Rule {
	return Rule{
		ID: "PD358", Name: "idle-severity", Severity: Warning,
		Doc: Doc{
			What: "The last entry of `DynamicSeverities` changes the severity to the rule's own severity.",
			Why:  "The entry has no effect. It is a leftover, or another severity was intended.",
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
		f := p.ReportNode(to, "the severity is already %s", own)
		f.Hint = "change the severity, or remove the entry"
		f.Related = []Location{{Path: p.Path(), Range: p.Facts.Severity.Range, Message: "the rule's severity"}}
	}
}
