package lint

import (
	"slices"
)

// rulePD506 finds grave detections without a reference.
func rulePD506() Rule {
	return Rule{
		ID: "PD506", Name: "no-reference", Severity: Warning,
		Doc: Doc{
			What: "A detection of severity High or Critical has no `Reference`.",
			Why:  "Who has to judge its alert finds no word of where the idea comes from and what else is known about it.",
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
Reference: https://attack.mitre.org/techniques/T1078/
`,
			Configure: "For detections of a lower severity there is PD508. The option `severities` says which severities count.",
		},
		Options: []Option{graveSeverities},
		Spec: func(p *SpecPass) {
			if slices.Contains(p.Strings("severities"), p.Facts.Severity.Value) && undocumented(p, "Reference") {
				f := p.Report(p.Facts.Severity.Range, "the %s is of severity %s and has no Reference", typeWords(p.Item.Type), p.Facts.Severity.Value)
				f.Hint = "add `Reference`: a page that says more about it"
			}
		},
	}
}
