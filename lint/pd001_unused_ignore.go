package lint

// rulePD001 finds ignore comments that hide nothing.
func rulePD001() Rule {
	return Rule{
		ID: "PD001", Name: "unused-ignore", Severity: Warning, byLoader: true,
		Doc: Doc{
			What: "A `pdac:ignore` comment names a rule that finds nothing there.",
			Why: "The comment outlived what it hid, or stands in the wrong place. Left alone it will hide the next fault of that kind, " +
				"which nobody has looked at.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: High # pdac:ignore PD107 -- imported as it was
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: High
`,
			Configure: "Rules that don't run don't count: an ignore comment for a rule that is off is no finding.",
		},
	}
}
