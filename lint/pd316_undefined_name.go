package lint

import (
	"fmt"

	"github.com/pdac-dev/pdac/internal/suggest"
)

// rulePD316 finds names that nothing defines.
func rulePD316() Rule {
	return Rule{
		ID: "PD316", Name: "undefined-name", Severity: Error,
		Doc: Doc{
			What: "The Python of a spec uses a name that it neither defines nor imports, and that Python doesn't have.",
			Why:  "The detection fails as soon as it comes to that line, which may be on the one event that matters.",
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
			Configure: "With `from … import *` nothing can be told, and nothing is.",
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
		out := p.ReportBody(b.rangeOf(n), "nothing defines %q", n.ID)
		out.Key = n.ID
		if near, ok := suggest.Nearest(n.ID, n.scope.all()); ok && len(n.ID) > 2 {
			out.Hint = fmt.Sprintf("did you mean %q?", near)
		} else {
			out.Hint = "define it, or import it"
		}
	}
}
