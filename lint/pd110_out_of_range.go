package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD110 finds numbers and lengths that Panther doesn't take as they are.
func rulePD110() Rule {
	return Rule{
		ID: "PD110", Name: "out-of-range", Severity: Warning,
		Doc: Doc{
			What: "A number is too small or a text too long. For `DedupPeriodMinutes`, 0 is ignored and less than 5 counts as 5; for `Threshold`, 0 is ignored.",
			Why:  "Panther takes another value than the one that stands there, so that alerts come more or less often than the spec says.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
DedupPeriodMinutes: 1
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
DedupPeriodMinutes: 5
`,
		},
		Spec: pd110,
	}
}

// pd110 leaves schedules to PD111.
func pd110(p *SpecPass) {
	reportSchema(p, schemacheck.OutOfRange, func(at schemacheck.Path) bool { return !inSchedule(at) })
}
