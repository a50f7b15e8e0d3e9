package lint

import (
	"regexp"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD402 finds tests that all expect the same.
func rulePD402() Rule {
	return Rule{
		ID: "PD402", Name: "one-sided-tests", Severity: Warning,
		Doc: Doc{
			What: "All tests of a detection expect the same result: there is no event that should match, or none that should not.",
			Why:  "A rule that always says yes, or never does, passes such tests.",
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
			Configure: "A rule that does nothing but `return True` has nothing that it should not match, as rules over scheduled queries often are; it needs no such test.",
		},
		Spec: pd402,
	}
}

var returnsTrue = regexp.MustCompile(`(?m)^def (?:rule|policy)\([^)\n]*\)[^:\n]*:[^\n]*\n(?:[ \t]*(?:#[^\n]*|"""[^"]*""")?\n)*[ \t]+return True[ \t]*(?:#.*)?$`)

// takesAll tells whether a detection matches whatever comes.
func takesAll(p *SpecPass) bool {
	b := p.Body()
	return b != nil && returnsTrue.MatchString(strings.ReplaceAll(b.Source.Text, "\r\n", "\n"))
}

func pd402(p *SpecPass) {
	if !isDetection(p.Item.Type) {
		return
	}
	var yes, no int
	for _, t := range unitTests(p) {
		v, err := yamlcore.Value(t.want)
		switch {
		case err != nil:
		case v == true:
			yes++
		case v == false:
			no++
		}
	}
	if yes+no == 0 || yes > 0 && no > 0 {
		return
	}
	if no == 0 && takesAll(p) {
		return
	}
	missing, hint := "true", "add an event that it should find"
	if no == 0 {
		missing, hint = "false", "add an event that it should let pass"
	}
	if p.Item.Type == repo.TypePolicy {
		hint = map[string]string{"true": "add a resource that is as it should be", "false": "add a resource that is not as it should be"}[missing]
	}
	f := p.Report(p.Source.Node(p.Key("Tests")), "no test has ExpectedResult: %s", missing)
	f.Hint = hint
}
