package lint

// rulePD002 finds ignore comments that can't be read.
func rulePD002() Rule {
	return Rule{
		ID: "PD002", Name: "malformed-ignore", Severity: Warning, byLoader: true,
		Doc: Doc{
			What: "A comment to pdac names no rule, or one that there isn't, or can't be read.",
			Why:  "It hides less than its author thinks, or nothing at all.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Hihg # pdac:ignore PD170 until=soon -- imported as it was
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Hihg # pdac:ignore PD107 until=2099-12-31 -- imported as it was
`,
		},
	}
}
