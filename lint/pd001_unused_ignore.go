package lint

// rulePD001 finds ignore comments that suppress nothing.
func rulePD001() Rule {
	return Rule{
		ID: "PD001", Name: "unused-ignore", Severity: Warning, byLoader: true,
		Doc: Doc{
			What: "A `pdac:ignore` comment names a rule that reports nothing there.",
			Why: "The problem was fixed, or the comment is in the wrong place. " +
				"If it stays, it hides the next problem of that kind before anyone has seen it.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: High # pdac:ignore PD107 -- imported unchanged
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: High
`,
			Configure: "Only rules that run are checked: an ignore comment for a rule that is off is not reported.",
		},
	}
}
