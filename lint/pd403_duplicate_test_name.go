package lint

import "gopkg.in/yaml.v3"

// rulePD403 finds tests with the same name.
func rulePD403() Rule {
	return Rule{
		ID: "PD403", Name: "duplicate-test-name", Severity: Error,
		Doc: Doc{
			What: "Two tests of a detection have the same name.",
			Why:  "Panther rejects the detection, or shows one result for both tests, so it is unclear which of them fails.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tests:
  - Name: A login
    ExpectedResult: true
    Log: {country: NZ}
  - Name: A login
    ExpectedResult: false
    Log: {country: US}
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
  - Name: A login from home
    ExpectedResult: false
    Log: {country: US}
`,
		},
		Spec: pd403,
	}
}

func pd403(p *SpecPass) {
	first := map[string]*yaml.Node{}
	for _, t := range unitTests(p) {
		if t.name == nil || t.name.Kind != yaml.ScalarNode || t.name.Value == "" {
			continue
		}
		other := first[t.name.Value]
		if other == nil {
			first[t.name.Value] = t.name
			continue
		}
		f := p.ReportNode(t.name, "another test is also named %q", t.name.Value)
		f.Hint = "give each test a unique name"
		f.Related = []Location{{Path: p.Path(), Range: p.Source.Node(other), Message: "the first one"}}
	}
}
