package lint

import "strings"

// rulePD517 finds references that lead nowhere.
func rulePD517() Rule {
	return Rule{
		ID: "PD517", Name: "reference-form", Severity: Warning,
		Doc: Doc{
			What: "A `Reference` is not a URL.",
			Why:  "An analyst who opens it from an alert gets nowhere. It is often a placeholder of a template.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reference: reference.link
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reference: https://docs.example.com/login
`,
		},
		Spec: pd517,
	}
}

func pd517(p *SpecPass) {
	n := p.Value("Reference")
	text := strings.TrimSpace(plainText(n))
	if text == "" || strings.Contains(text, "://") {
		return
	}
	f := p.ReportNode(n, "Reference %q is not a URL", text)
	f.Hint = "write a URL that begins with https://, or remove the key"
}
