package lint

// rulePD102 finds duplicate keys. The loader reports them.
func rulePD102() Rule {
	return Rule{
		ID: "PD102", Name: "duplicate-key", Severity: Error, Broken: true, byLoader: true,
		Doc: Doc{
			What: "A mapping has a duplicate key.",
			Why:  "Only one of the two values is used, and which one depends on the program that reads the file. No other rule checks the file.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Low
Enabled: true
Severity: High
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: High
Enabled: true
`,
		},
	}
}
