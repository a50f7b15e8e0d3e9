package lint

// rulePD103 finds specs of an unknown type. The loader reports them.
func rulePD103() Rule {
	return Rule{
		ID: "PD103", Name: "unknown-analysis-type", Severity: Error, Broken: true, byLoader: true,
		Doc: Doc{
			What: "`AnalysisType` is missing or unknown.",
			Why:  "Panther doesn't recognize the file as a detection, so it is never deployed.",
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
