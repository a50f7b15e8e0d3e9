package lint

// rulePD003 finds ignore comments that have expired.
func rulePD003() Rule {
	return Rule{
		ID: "PD003", Name: "expired-ignore", Severity: Warning, byLoader: true,
		Doc: Doc{
			What: "The `until=` date of a `pdac:ignore` comment has passed.",
			Why: "The problem was meant to be fixed by that date. After it, the comment no longer applies and the findings that it suppressed " +
				"are reported again.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Hihg # pdac:ignore PD107 until=2020-12-31 -- until the import is done
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: Hihg # pdac:ignore PD107 until=2099-12-31 -- until the import is done
`,
			Configure: "Dates are in UTC. The comment still applies on the date itself.",
		},
	}
}
