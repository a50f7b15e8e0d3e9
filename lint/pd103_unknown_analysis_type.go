package lint

// rulePD103 finds specs whose type nobody knows. The loader looks for it.
func rulePD103() Rule {
	return Rule{
		ID: "PD103", Name: "unknown-analysis-type", Severity: Error, byLoader: true,
		Doc: Doc{
			What: "`AnalysisType` is missing, or none of the types that Panther has.",
			Why:  "Panther doesn't take the file for a detection, so it is never deployed.",
			Bad: `
-- rules/login.yml --
AnalysisType: rul
RuleID: Acme.Login
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
`,
		},
	}
}
