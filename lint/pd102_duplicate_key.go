package lint

// rulePD102 finds keys that stand twice. The loader looks for it.
func rulePD102() Rule {
	return Rule{
		ID: "PD102", Name: "duplicate-key", Severity: Error, byLoader: true,
		Doc: Doc{
			What: "A mapping has the same key twice.",
			Why:  "Only one of the two values counts, and which one depends on the program that reads it. No other rule looks at the file.",
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
