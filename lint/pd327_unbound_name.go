package lint

import (
	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD327 finds variables that have no value on some paths.
func rulePD327() Rule {
	return Rule{
		ID: "PD327", Name: "unbound-name", Severity: Warning,
		Doc: Doc{
			What: "A function reads a variable that it sets only on some of the paths that lead there.",
			Why:  "On the other paths the function fails with an UnboundLocalError, possibly on the one event that matters.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def title(event):
    if event.get("success"):
        action = "logged in"
    return f"root {action}"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def title(event):
    action = "failed to log in"
    if event.get("success"):
        action = "logged in"
    return f"root {action}"
`,
			Configure: "A variable that is read under a condition of its own is not reported, because that condition may hold only where the variable is set.",
		},
		Spec: pd327,
	}
}

func pd327(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	for _, f := range b.functions {
		for _, u := range unboundIn(f) {
			out := p.ReportBody(b.rangeOf(u), "%q has no value on some paths that lead here", u.ID)
			out.Key = u.ID
			out.Hint = "set it before the branches, or on each of them"
			if at, ok := firstBinding(f, u.ID); ok {
				out.Related = append(out.Related, Location{Path: b.Source.Path, Range: b.rangeOf(at), Message: "set here"})
			}
		}
	}
}

// firstBinding returns the first place where a function sets a variable.
func firstBinding(f *python.FunctionDef, name string) (at *python.Name, ok bool) {
	python.Inspect(f, func(n python.Node) bool {
		if x, isName := n.(*python.Name); isName && x.Ctx == python.Store && x.ID == name && at == nil {
			at = x
		}
		return at == nil
	})
	return at, at != nil
}
