package lint

// rulePD004 finds ignore comments without a reason.
func rulePD004() Rule {
	return Rule{
		ID: "PD004", Name: "ignore-without-reason", Severity: Info, byLoader: true,
		Doc: Doc{
			What: "A `pdac:ignore` comment gives no reason.",
			Why:  "Without a reason, the next reader can't decide whether the comment is still needed.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Hihg # pdac:ignore PD107
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Hihg # pdac:ignore PD107 -- written by the importer
`,
		},
	}
}
