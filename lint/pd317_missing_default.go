package lint

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD317 finds uses of values that are None for some events.
func rulePD317() Rule {
	return Rule{
		ID: "PD317", Name: "missing-default", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "A value of the event that may be missing is used as if it were always there: a method of it is called, it is searched with `in`, looped over, measured or compared.",
			Why:  "`get`, `deep_get` and `udm` return `None` if the event has no such key. Then the line fails, and a rule that fails creates no alert for that event.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user").lower() == "root" or "admin" in event.deep_get("actor", "roles")
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user", "").lower() == "root" or "admin" in event.deep_get("actor", "roles", default=[])
`,
			Configure: "A value counts as checked after `if value`, `value is not None`, a comparison with a constant, `isinstance` and the like, also if `rule` makes the check and `title` uses the value. Code in a `try` with a handler is not checked.",
		},
		Spec: pd317,
	}
}

func pd317(p *SpecPass) {
	f := flowOf(p)
	if f == nil {
		return
	}
	seen := map[python.Expr]bool{}
	for _, u := range f.uses {
		if u.fallback == `""` && !strings.Contains(f.b.text(u.from.call), `"`) && strings.Contains(f.b.text(u.from.call), "'") {
			u.fallback = "''" // as around it, which may be an f-string
		}
		if seen[u.at] {
			continue
		}
		seen[u.at] = true
		call := f.b.short(u.from.call)
		what := f.b.short(u.at)
		if u.at != python.Expr(u.from.call) {
			what += " (from " + call + ")"
		}
		out := p.ReportBody(f.b.header(u.at), "%s may be None, but the code %s", what, u.how)
		out.Hint = "check it first, or give " + getterName(u.from.call) + " a default"
		at, text, ok := defaultEdit(f.b, u)
		if !ok {
			continue
		}
		out.Hint = "write " + u.fallback + " as its default"
		if u.at == python.Expr(u.from.call) && !u.negated {
			out.Fix = &Fix{Title: fmt.Sprintf("write %s as its default", u.fallback), Edits: []Edit{f.b.replace(at, text)}}
		}
	}
}

// getterName returns the name of the method or function that is called.
func getterName(c *python.Call) string {
	switch fn := c.Func.(type) {
	case *python.Attribute:
		return fn.Attr
	case *python.Name:
		return fn.ID
	}
	return "it"
}

// defaultEdit returns where the default that fits a use goes, and its text.
func defaultEdit(b *body, u nullUse) (at python.Span, text string, ok bool) {
	c := u.from.call
	if u.fallback == "" {
		return at, "", false
	}
	if !u.from.keyword && len(c.Args) == 2 { // get(key, None)
		return python.Span{Start: int32(c.Args[1].Pos()), Stop: int32(c.Args[1].End())}, u.fallback, true
	}
	end := 0
	for _, a := range c.Args {
		end = max(end, a.End())
	}
	for _, k := range c.Keywords {
		if k.Arg == "default" {
			return python.Span{Start: int32(k.Value.Pos()), Stop: int32(k.Value.End())}, u.fallback, true
		}
		end = max(end, k.End())
	}
	text = ", " + u.fallback
	if u.from.keyword {
		text = ", default=" + u.fallback
	}
	// The argument may be in brackets of its own.
	if rest := strings.TrimSpace(b.text(python.Span{Start: int32(end), Stop: int32(c.End())})); rest != ")" && rest != ",)" {
		return at, "", false
	}
	return python.Span{Start: int32(end), Stop: int32(end)}, text, end > 0
}
