package lint

import (
	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD311 finds handlers that catch every exception.
func rulePD311() Rule {
	return Rule{
		ID: "PD311", Name: "bare-except", Severity: Warning,
		Doc: Doc{
			What: "An `except` without an exception type catches every exception.",
			Why:  "Besides the intended error, it silently hides misspelled names and the signal that stops a detection after its time limit.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    try:
        return int(event.get("count")) > 5
    except:
        return False
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    try:
        return int(event.get("count")) > 5
    except (TypeError, ValueError):
        return False
`,
		},
		Spec: pd311,
	}
}

func pd311(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	for _, h := range b.handlers {
		if h.Type != nil || raisesAgain(h) {
			continue
		}
		p.ReportBody(b.rangeOf(python.Span{Start: int32(h.Pos()), Stop: int32(h.Pos() + len("except"))}), "except without an exception type catches every exception").Hint =
			"name the expected exceptions, such as except (KeyError, ValueError)"
	}
}

// raisesAgain reports whether a handler re-raises the exception.
func raisesAgain(h *python.ExceptHandler) (found bool) {
	for _, s := range h.Body {
		python.Inspect(s, func(n python.Node) bool {
			r, ok := n.(*python.Raise)
			found = found || ok && r.Exc == nil
			return !found
		})
	}
	return found
}
