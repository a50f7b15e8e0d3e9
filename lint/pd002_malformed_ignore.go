package lint

// rulePD002 finds ignore comments that can't be parsed.
func rulePD002() Rule {
	return Rule{
		ID: "PD002", Name: "malformed-ignore", Severity: Warning, byLoader: true,
		Doc: Doc{
			What: "A `pdac:` comment names no rule or an unknown rule, or can't be parsed.",
			Why:  "It suppresses less than intended, or nothing at all.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Hihg # pdac:ignore PD170 until=soon -- imported unchanged
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Hihg # pdac:ignore PD107 until=2099-12-31 -- imported unchanged
`,
		},
	}
}
