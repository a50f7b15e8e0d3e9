package lint

// rulePD101 finds files that can't be parsed. The loader reports them.
func rulePD101() Rule {
	return Rule{
		ID: "PD101", Name: "malformed-yaml", Severity: Error, Broken: true, byLoader: true,
		Doc: Doc{
			What: "A spec is not valid YAML or UTF-8, has more than one document, or can't be read.",
			Why: "Panther's own tool stops at such a file. pdac can't determine which detection it contains, so it deploys nothing from the file and " +
				"deletes nothing while the file exists. No other rule checks the file.",
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
