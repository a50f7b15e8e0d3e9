package lint

// rulePD003 finds ignore comments whose day is over.
func rulePD003() Rule {
	return Rule{
		ID: "PD003", Name: "expired-ignore", Severity: Warning, byLoader: true,
		Doc: Doc{
			What: "The last day of a `pdac:ignore` comment with `until=` is over.",
			Why: "Somebody meant to mend the fault by then. From the day after, the comment hides nothing any more, and what it hid is " +
				"found again.",
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
			Configure: "Days are those of UTC.",
		},
	}
}
