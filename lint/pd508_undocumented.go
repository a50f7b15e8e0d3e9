package lint

import (
	"slices"
	"strings"
)

// rulePD508 finds detections without documentation.
func rulePD508() Rule {
	return Rule{
		ID: "PD508", Name: "undocumented", Severity: Info,
		Doc: Doc{
			What: "A detection below severity High has no `Runbook`, no `Reference` or no `Description`.",
			Why:  "Anyone who receives its alert has to find out what it means and what to do.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Low
Description: A user logged in from a country without employees.
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Low
Description: A user logged in from a country without employees.
Runbook: Contact the user.
Reference: https://attack.mitre.org/techniques/T1078/
`,
			Configure: "The option `keys` lists the required keys.",
		},
		Options: []Option{{Name: "keys", Doc: "The keys that a detection should have.", Default: []string{"Description", "Runbook", "Reference"}}},
		Spec:    pd508,
	}
}

func pd508(p *SpecPass) {
	if slices.Contains([]string{"High", "Critical"}, p.Facts.Severity.Value) {
		return // PD505, PD506 and PD507
	}
	var missing []string
	for _, key := range p.Strings("keys") {
		if undocumented(p, key) {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		p.ReportTop("the %s has no %s", typeWords(p.Item.Type), strings.Join(missing, ", no ")).Hint = "add it for the people who handle the alert"
	}
}
