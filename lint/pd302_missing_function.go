package lint

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD302 finds detections without the function that Panther calls.
func rulePD302() Rule {
	return Rule{
		ID: "PD302", Name: "missing-function", Severity: Error, Broken: true,
		Doc: Doc{
			What: "The Python file of a rule defines no `rule` function, or that of a policy no `policy` function; or that of a global is empty.",
			Why:  "Panther calls that function for every event or resource, and rejects Python files without it.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rules(event):
    return event.get("user") == "root"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"
`,
		},
		Spec: pd302,
	}
}

func pd302(p *SpecPass) {
	if f := p.Body(); p.Item.Type == repo.TypeGlobal && f != nil && strings.TrimSpace(f.Source.Text) == "" {
		p.ReportBody(Range{}, "the Python file of the global is empty, but Panther requires content").Hint = "write the global, or remove its spec"
		return
	}
	b, entry := bodyOf(p), entryFunction(p.Item.Type)
	if b == nil || entry == "" {
		return
	}
	s := b.symbols()
	if _, defined := s.Defined[entry]; defined || s.StarImport {
		return
	}
	other := map[string]string{"rule": "policy", "policy": "rule"}[entry]
	if f := s.Function(other); f != nil {
		p.ReportBody(b.header(f), "this is a %s, but its Python file defines %q instead of %q", typeWords(p.Item.Type), other, entry).Hint = "rename it to " + entry
		return
	}
	var names []string
	for _, f := range s.Functions {
		names = append(names, f.Name)
	}
	if near, ok := suggest.Nearest(entry, names); ok && misspelt(near, entry) {
		p.ReportBody(b.header(s.Function(near)), "missing function %q, which Panther calls", entry).Hint = fmt.Sprintf("rename %q to %q", near, entry)
		return
	}
	p.ReportBody(Range{1, 1, 1, max(b.Source.LineRange(1).EndColumn, 2)}, "missing function %q, which Panther calls", entry).Hint = "define it: def " + entry + "(" + parameter(entry) + ")"
}

func parameter(entry string) string {
	if entry == "policy" {
		return "resource"
	}
	return "event"
}
