package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD110 finds numbers and lengths that Panther changes or rejects.
func rulePD110() Rule {
	return Rule{
		ID: "PD110", Name: "out-of-range", Severity: Warning,
		Doc: Doc{
			What: "A number is too small or a string is too long. Panther ignores 0 for `DedupPeriodMinutes` and `Threshold`, and treats a `DedupPeriodMinutes` below 5 as 5.",
			Why:  "Panther uses a different value, so alerts are more or less frequent than the spec says.",
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

// pd110 skips schedules, which PD111 checks.
func pd110(p *SpecPass) {
	reportSchema(p, schemacheck.OutOfRange, func(at schemacheck.Path) bool { return !inSchedule(at) })
}
