package lint

import (
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// rulePD401 finds detections without tests.
func rulePD401() Rule {
	return Rule{
		ID: "PD401", Name: "no-tests", Severity: Warning,
		Doc: Doc{
			What: "A rule or a policy has no unit tests.",
			Why:  "Without tests it is unknown whether the detection works, and the next change can break it unnoticed. Panther runs the tests before it accepts a detection.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
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
			Configure: "Derived rules are not checked, because the tests belong to their base.",
		},
		Spec: pd401,
	}
}

func pd401(p *SpecPass) {
	if !isDetection(p.Item.Type) || p.Value("BaseDetection") != nil {
		return
	}
	tests := p.Value("Tests")
	if tests != nil && (tests.Kind != yaml.SequenceNode || len(tests.Content) > 0) {
		if v, err := yamlcore.Value(tests); err != nil || v != nil {
			return
		}
	}
	f := p.ReportTop("the %s has no tests", typeWords(p.Item.Type))
	if tests != nil {
		f.Range = p.Source.Node(p.Key("Tests"))
	}
	f.Hint = "add `Tests` with at least one event that should match and one that should not"
}
