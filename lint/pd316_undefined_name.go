package lint

import (
	"fmt"

	"github.com/pdac-dev/pdac/internal/suggest"
)

// rulePD316 finds undefined names.
func rulePD316() Rule {
	return Rule{
		ID: "PD316", Name: "undefined-name", Severity: Error,
		Doc: Doc{
			What: "The Python file of a spec uses a name that is not defined, not imported and not a Python builtin.",
			Why:  "The detection fails when it reaches that line, possibly on the one event that matters.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
ADMINS = {"root"}


def rule(event):
    return event.get("user") in ADMIN
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
ADMINS = {"root"}


def rule(event):
    return event.get("user") in ADMINS
`,
			Configure: "Files with `from … import *` are not checked, because the names that they import are unknown.",
		},
		Spec: pd316,
	}
}

func pd316(p *SpecPass) {
	b := bodyOf(p)
	if b == nil || b.symbols().StarImport {
		return
	}
	told := map[string]bool{}
	for _, n := range unknownNames(b.PythonFile) {
		if told[n.ID] {
			continue
		}
		told[n.ID] = true
		out := p.ReportBody(b.rangeOf(n), "undefined name %q", n.ID)
		out.Key = n.ID
		if near, ok := suggest.Nearest(n.ID, n.scope.all()); ok && len(n.ID) > 2 {
			out.Hint = fmt.Sprintf("did you mean %q?", near)
		} else {
			out.Hint = "define it, or import it"
		}
	}
}
