package lint

import (
	"slices"
)

// rulePD505 finds grave detections without a runbook.
func rulePD505() Rule {
	return Rule{
		ID: "PD505", Name: "no-runbook", Severity: Warning,
		Doc: Doc{
			What: "A detection of severity High or Critical has no `Runbook`.",
			Why:  "Somebody is called out of bed by its alert and doesn't know what to do.",
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
			Configure: "For detections of a lower severity there is PD508. The option `severities` says which severities count.",
		},
		Options: []Option{graveSeverities},
		Spec: func(p *SpecPass) {
			if slices.Contains(p.Strings("severities"), p.Facts.Severity.Value) && undocumented(p, "Runbook") {
				f := p.Report(p.Facts.Severity.Range, "the %s is of severity %s and has no Runbook", typeWords(p.Item.Type), p.Facts.Severity.Value)
				f.Hint = "add `Runbook`: what to look at first, and what to do"
			}
		},
	}
}
