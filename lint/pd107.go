package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/suggest"
	"gopkg.in/yaml.v3"
)

// PD107 finds values that are not among those that a key may have.
func (catalogue) PD107() Rule {
	return Rule{
		Name: "bad-enum", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "A value is not one of those that its key may have, such as a severity that there isn't.",
			Why:  "Panther refuses the detection. A severity in the wrong case is put right by `--fix`.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: high
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Severity: High
`,
		},
		Spec: pd107,
	}
}

var pd107Severities = []string{"Info", "Low", "Medium", "High", "Critical"}

func pd107(p *SpecPass) {
	v := p.Value("Severity")
	if v == nil || v.Kind != yaml.ScalarNode || slices.Contains(pd107Severities, v.Value) {
		return
	}
	f := p.ReportNode(v, "Severity %q is not one of %s", v.Value, strings.Join(pd107Severities, ", "))
	near, ok := suggest.Nearest(v.Value, pd107Severities)
	if !ok {
		return
	}
	f.Hint = "did you mean `" + near + "`?"
	if strings.EqualFold(near, v.Value) && v.Style == 0 {
		f.Fix = &Fix{Title: "write " + near, Edits: []Edit{p.Replace(f.Range, near)}, Touches: []string{"/Severity"}}
	}
}
