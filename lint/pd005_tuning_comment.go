package lint

// rulePD005 finds tuning comments that explain nothing.
func rulePD005() Rule {
	return Rule{
		ID: "PD005", Name: "tuning-comment", Severity: Warning, byLoader: true,
		Doc: Doc{
			What: "A `pdac:tuning` comment has neither a ticket nor a reason, no owner, or a mistake.",
			Why:  "A filter or a threshold hides alerts. Without its reason and its owner, it stays for ever.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
# pdac:tuning until=2099-12-31
Threshold: 50
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
# pdac:tuning INC-91 owner=ada until=2099-12-31
Threshold: 50
`,
			Configure: "`pdac tuning` lists the tunings of a repository, and with an API token those that were made in the console.",
		},
	}
}
