package lint

import "github.com/pdac-dev/pdac/internal/schemacheck"

// rulePD404 finds test events that are not mappings.
func rulePD404() Rule {
	return Rule{
		ID: "PD404", Name: "test-event", Severity: Error, Broken: true,
		Doc: Doc{
			What: "The `Log` or `Resource` of a test is not a mapping.",
			Why:  "An event is a mapping of names to values. The test can't run with anything else.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: [country, NZ]
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: {country: NZ}
`,
		},
		Spec: func(p *SpecPass) { reportSchema(p, schemacheck.WrongType, aboutEvent) },
	}
}
