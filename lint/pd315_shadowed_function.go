package lint

import (
	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD315 finds duplicate function definitions.
func rulePD315() Rule {
	return Rule{
		ID: "PD315", Name: "shadowed-function", Severity: Warning,
		Doc: Doc{
			What: "A function is defined twice at the top level of a file.",
			Why:  "The second definition replaces the first, which never runs.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def rule(event):
    return event.get("user") == "admin"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") in ("root", "admin")
`,
		},
		Spec: pd315,
	}
}

func pd315(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	first := map[string]*python.FunctionDef{}
	for _, s := range b.module.Body {
		f, ok := s.(*python.FunctionDef)
		if !ok || len(f.DecoratorList) > 0 {
			continue
		}
		if was := first[f.Name]; was != nil {
			out := p.ReportBody(b.header(f), "%q is already defined, and the first definition never runs", f.Name)
			out.Hint = "remove or rename one of them"
			out.Related = append(out.Related, Location{Path: p.Facts.BodyPath, Range: b.header(was), Message: "first definition"})
		}
		first[f.Name] = f
	}
}
