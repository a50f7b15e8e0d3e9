package lint

import (
	"slices"
)

// rulePD507 finds severe detections without a description.
func rulePD507() Rule {
	return Rule{
		ID: "PD507", Name: "no-description", Severity: Warning,
		Doc: Doc{
			What: "A detection of severity High or Critical has no `Description`.",
			Why:  "Analysts read the description in the alert. Without it they have to guess from the title what was found and why it matters.",
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
Description: A user logged in from a country without employees.
`,
			Configure: "PD508 checks detections of a lower severity. The option `severities` lists the severities to check.",
		},
		Options: []Option{graveSeverities},
		Spec: func(p *SpecPass) {
			if slices.Contains(p.Strings("severities"), p.Facts.Severity.Value) && undocumented(p, "Description") {
				f := p.Report(p.Facts.Severity.Range, "the %s has severity %s but no Description", typeWords(p.Item.Type), p.Facts.Severity.Value)
				f.Hint = "add a `Description`: what it finds, and why that matters"
			}
		},
	}
}
