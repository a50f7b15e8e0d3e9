package lint

// rulePD006 finds tunings that have expired.
func rulePD006() Rule {
	return Rule{
		ID: "PD006", Name: "expired-tuning", Severity: Warning, byLoader: true,
		Doc: Doc{
			What: "The `until=` date of a `pdac:tuning` comment has passed.",
			Why:  "The filter or the threshold was meant to be temporary. It still hides alerts.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
# pdac:tuning INC-91 owner=ada until=2020-12-31
Threshold: 50
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
# pdac:tuning INC-91 owner=ada until=2099-12-31
Threshold: 50
`,
			Configure: "Dates are in UTC. The tuning expires after the date itself.",
		},
	}
}
