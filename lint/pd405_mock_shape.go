package lint

import "github.com/pdac-dev/pdac/internal/schemacheck"

// rulePD405 finds mocks of the wrong shape.
func rulePD405() Rule {
	return Rule{
		ID: "PD405", Name: "mock-shape", Severity: Error, Broken: true, Fixable: true,
		Doc: Doc{
			What: "The `Mocks` of a test is not a list of mappings with `objectName` and `returnValue`, or a `returnValue` is not a string, true or false.",
			Why:  "Panther rejects the spec. In its API both values are strings, so a number or a list has to be written as one: `returnValue: \"5\"`.",
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
    Log: {country: NZ}
    Mocks:
      - objectname: is_known
        returnValue: "false"
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
    Mocks:
      - objectName: is_known
        returnValue: "false"
`,
		},
		Spec: func(p *SpecPass) {
			for _, kind := range []schemacheck.Kind{schemacheck.WrongType, schemacheck.UnknownKey, schemacheck.MissingKey} {
				reportSchema(p, kind, aboutMocks)
			}
		},
	}
}
