package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD319 finds functions that can return None.
func rulePD319() Rule {
	return Rule{
		ID: "PD319", Name: "returns-none", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "A function that Panther calls ends without a `return` on some paths, or `rule`, `policy` or `severity` returns a value of the event that may be missing.",
			Why:  "Panther checks the type of what the function returns. For `None` instead of `True` or `False` a rule fails for that event, and a `title` or `dedup` that is no text is replaced by the default, which groups alerts differently.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    if event.get("action") == "login":
        return event.get("user") and event.get("user") != "guest"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    if event.get("action") == "login":
        return bool(event.get("user")) and event.get("user") != "guest"
    return False
`,
			Configure: "`destinations` may return `None`, and so may a `return None` in the other functions that a detection may leave out. PD326 reports a `title` or `dedup` that returns a value which may be missing.",
		},
		Spec: pd319,
	}
}

func pd319(p *SpecPass) {
	f := flowOf(p)
	if f == nil {
		return
	}
	for _, r := range f.results {
		name := r.function.Name
		list, yields := f.b.returns(r.function)
		if yields || r.function.Async || name == "destinations" || !slices.ContainsFunc(list, func(s *python.Return) bool { return s.Value != nil }) {
			continue // PD314 and PD303 report these
		}
		must := "return " + wantedType(name)
		switch {
		case r.stmt == nil:
			out := p.ReportBody(f.b.header(r.function), "%s ends without a return on some paths, and so returns None", name)
			out.Hint = must + " at its end"
		case r.at == nil:
			p.ReportBody(f.b.header(r.stmt), "%s returns nothing here", name).Hint = must
		case r.value.is == "None" && name == f.entry:
			p.ReportBody(f.b.header(r.at), "%s returns None here", name).Hint = must
		case r.value.null != nil && name == f.entry:
			out := p.ReportBody(f.b.header(r.at), "%s returns None if %s is missing", name, f.b.short(r.value.null.call))
			out.Hint = "give " + getterName(r.value.null.call) + " a default"
			f.b.wrapInBool(out, r)
		case r.value.null != nil && name == "severity":
			u := nullUse{at: r.at, from: r.value.null, fallback: `"DEFAULT"`}
			out := p.ReportBody(f.b.header(r.at), "%s returns None if %s is missing", name, f.b.short(r.value.null.call))
			out.Hint = "write \"DEFAULT\" as its default"
			if at, text, ok := defaultEdit(f.b, u); ok && r.at == python.Expr(u.from.call) {
				out.Fix = &Fix{Title: out.Hint, Edits: []Edit{f.b.replace(at, text)}}
			}
		}
	}
}

// wrapInBool fixes the type of what rule or policy returns.
func (b *body) wrapInBool(out *Finding, r result) {
	text := b.text(r.stmt.Value)
	if _, yields := r.stmt.Value.(*python.Tuple); yields || text == "" {
		return
	}
	out.Hint = "write bool(…) around it"
	out.Fix = &Fix{Title: "write bool(…) around it", Edits: []Edit{b.replace(r.stmt.Value, "bool("+text+")")}}
}
