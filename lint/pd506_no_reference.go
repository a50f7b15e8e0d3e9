package lint

import (
	"slices"
)

// rulePD506 finds severe detections without a reference.
func rulePD506() Rule {
	return Rule{
		ID: "PD506", Name: "no-reference", Severity: Warning,
		Doc: Doc{
			What: "A detection of severity High or Critical has no `Reference`.",
			Why:  "Without a link, analysts can't find the source of the detection or further information on the threat.",
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
			Configure: "PD508 checks detections of a lower severity. The option `severities` lists the severities to check.",
		},
		Options: []Option{graveSeverities},
		Spec: func(p *SpecPass) {
			if slices.Contains(p.Strings("severities"), p.Facts.Severity.Value) && undocumented(p, "Reference") {
				f := p.Report(p.Facts.Severity.Range, "the %s has severity %s but no Reference", typeWords(p.Item.Type), p.Facts.Severity.Value)
				f.Hint = "add a `Reference`: a page with more information"
			}
		},
	}
}
