package lint

import (
	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD320 finds code that never runs.
func rulePD320() Rule {
	return Rule{
		ID: "PD320", Name: "unreachable-code", Severity: Warning,
		Doc: Doc{
			What: "Code follows a `return`, `raise`, `break` or `continue` in the same block, and so never runs.",
			Why:  "What it should check or return has no effect. Often a condition above it was lost, or a line is indented too far.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"
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
		Spec: pd320,
	}
}

func pd320(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	for _, block := range b.blocks {
		for i, s := range block[:len(block)-1] {
			if ends(s) {
				if !onlyYields(block[i+1]) {
					out := p.ReportBody(b.header(block[i+1]), "this never runs: it follows %s", endWords(s))
					out.Hint = "remove it, or the line above it"
				}
				break
			}
		}
	}
}

// ends reports whether nothing after a statement in its block ever runs.
func ends(s python.Stmt) bool {
	switch s := s.(type) {
	case *python.Return, *python.Raise, *python.Break, *python.Continue:
		return true
	case *python.If:
		return len(s.Orelse) > 0 && ends(s.Body[len(s.Body)-1]) && ends(s.Orelse[len(s.Orelse)-1])
	}
	return false
}

func endWords(s python.Stmt) string {
	switch s.(type) {
	case *python.Return:
		return "a return"
	case *python.Raise:
		return "a raise"
	case *python.Break:
		return "a break"
	case *python.Continue:
		return "a continue"
	}
	return "an if of which every branch ends"
}

// onlyYields reports whether a statement makes its function a generator, which is a
// use even if it never runs.
func onlyYields(s python.Stmt) bool {
	e, ok := s.(*python.ExprStmt)
	if !ok {
		return false
	}
	_, yields := e.Value.(*python.Yield)
	return yields
}
