package lint

// rulePD004 finds ignore comments without a reason.
func rulePD004() Rule {
	return Rule{
		ID: "PD004", Name: "ignore-without-reason", Severity: Info, byLoader: true,
		Doc: Doc{
			What: "A `pdac:ignore` comment does not say why.",
			Why:  "Whoever reads it next can't tell whether it may go.",
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
Severity: Hihg # pdac:ignore PD107 -- the import writes it so
`,
		},
	}
}
