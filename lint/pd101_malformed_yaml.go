package lint

// rulePD101 finds files that can't be read. The loader looks for it.
func rulePD101() Rule {
	return Rule{
		ID: "PD101", Name: "malformed-yaml", Severity: Error, byLoader: true,
		Doc: Doc{
			What: "A spec is not YAML, not UTF-8, more than one document, or can't be read at all.",
			Why: "Panther's own tool stops at such a file, and pdac can't tell which detection it holds: nothing is deployed from it, and " +
				"nothing is deleted while it is there. No other rule looks at the file.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Description: Failed logins: too many of them
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Description: "Failed logins: too many of them"
`,
		},
	}
}
