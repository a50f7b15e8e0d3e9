package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD106 finds values of the wrong type.
func rulePD106() Rule {
	return Rule{
		ID: "PD106", Name: "wrong-type", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "A value is of another type than its key needs: a text in place of a list, `yes` in place of `true`, a number in quotes.",
			Why:  "Panther refuses the spec. YAML 1.2 takes `yes`, `no`, `on` and `off` for texts. Where it is plain what was meant, `--fix` writes it.",
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
