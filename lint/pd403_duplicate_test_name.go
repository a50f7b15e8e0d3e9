package lint

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// rulePD403 finds tests with the same name.
func rulePD403() Rule {
	return Rule{
		ID: "PD403", Name: "duplicate-test-name", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "Two tests of a detection have the same name.",
			Why:  "Panther accepts the detection, but if one of the tests fails, its name doesn't say which. `--fix` adds a number to the name of the later test.",
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
	names := map[string]bool{}
	next := map[string]int{} // the number to try for a name
	for _, t := range unitTests(p) {
		if t.name != nil {
			names[t.name.Value] = true
		}
	}
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
		name := ""
		for i := max(2, next[t.name.Value]); name == "" || names[name]; i++ {
			name = fmt.Sprintf("%s (%d)", t.name.Value, i)
			next[t.name.Value] = i + 1
		}
		names[name] = true
		f.Fix = fixScalar(p, t.name, name)
		f.Related = []Location{{Path: p.Path(), Range: p.Source.Node(other), Message: "the first one"}}
	}
}
