package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD402 finds tests that all expect the same result.
func rulePD402() Rule {
	return Rule{
		ID: "PD402", Name: "one-sided-tests", Severity: Warning,
		Doc: Doc{
			What: "All tests of a detection expect the same result: either no event should match, or every event should.",
			Why:  "A rule that always or never matches passes such tests.",
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
			Configure: "A rule that only contains `return True`, as rules over scheduled queries often do, matches everything and needs no test that expects false.",
		},
		Spec: pd402,
	}
}

var returnsTrue = lazyregexp.New(`(?m)^def (?:rule|policy)\([^)\n]*\)[^:\n]*:[^\n]*\n(?:[ \t]*(?:#[^\n]*|"""[^"]*""")?\n)*[ \t]+return True[ \t]*(?:#.*)?$`)

// takesAll reports whether a detection matches every event.
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
	missing, hint := "true", "add an event that should match"
	if no == 0 {
		missing, hint = "false", "add an event that should not match"
	}
	if p.Item.Type == repo.TypePolicy {
		hint = map[string]string{"true": "add a resource that complies", "false": "add a resource that doesn't comply"}[missing]
	}
	f := p.Report(p.Source.Node(p.Key("Tests")), "no test has ExpectedResult: %s", missing)
	f.Hint = hint
}
