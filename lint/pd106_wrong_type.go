package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD106 finds values of the wrong type.
func rulePD106() Rule {
	return Rule{
		ID: "PD106", Name: "wrong-type", Severity: Error, Broken: true, Fixable: true,
		Doc: Doc{
			What: "A value has the wrong type: a string where a list is required, `yes` instead of `true`, a quoted number.",
			Why:  "Panther rejects the spec. In YAML 1.2, `yes`, `no`, `on` and `off` are strings. `--fix` converts the value where the meaning is clear.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: yes
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
`,
		},
		Spec: pd106,
	}
}

func pd106(p *SpecPass) {
	reportSchema(p, schemacheck.WrongType, func(at schemacheck.Path) bool { return notAboutTests(at) && !aboutEvent(at) })
}
