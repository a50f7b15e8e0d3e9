package lint

import (
	"slices"
)

// rulePD505 finds severe detections without a runbook.
func rulePD505() Rule {
	return Rule{
		ID: "PD505", Name: "no-runbook", Severity: Warning,
		Doc: Doc{
			What: "A detection of severity High or Critical has no `Runbook`.",
			Why:  "The on-call engineer who is paged for its alert doesn't know what to do.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Critical
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Critical
Runbook: Call the person on a number you know; if it was not them, end their sessions.
`,
			Configure: "PD508 checks detections of a lower severity. The option `severities` lists the severities to check.",
		},
		Options: []Option{graveSeverities},
		Spec: func(p *SpecPass) {
			if slices.Contains(p.Strings("severities"), p.Facts.Severity.Value) && undocumented(p, "Runbook") {
				f := p.Report(p.Facts.Severity.Range, "the %s has severity %s but no Runbook", typeWords(p.Item.Type), p.Facts.Severity.Value)
				f.Hint = "add a `Runbook`: what to check first, and what to do"
			}
		},
	}
}
