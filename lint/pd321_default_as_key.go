package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD321 finds defaults that are given as keys.
func rulePD321() Rule {
	return Rule{
		ID: "PD321", Name: "default-as-key", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "`deep_get` or `udm` gets its default as one more key, or `get` gets more than two arguments.",
			Why:  "All positional arguments of `deep_get` are keys, so the call looks for a key such as `\"\"` and returns `None`. `get` with three arguments fails.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return "admin" in event.deep_get("actor", "role", "")
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return "admin" in event.deep_get("actor", "role", default="")
`,
		},
		Spec: pd321,
	}
}

func pd321(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	for _, c := range b.calls {
		keys, method := getterKeys(b, c.Call)
		if len(keys) == 0 || slices.ContainsFunc(keys, func(e python.Expr) bool { _, is := e.(*python.Starred); return is }) {
			continue
		}
		last := keys[len(keys)-1]
		switch {
		case method == "get" && len(keys) > 2:
			out := p.ReportBody(b.header(c), "get takes a key and a default, but gets %d arguments", len(keys))
			if out.Hint = "use deep_get for several keys"; len(c.Keywords) == 0 && noKey(last) {
				out.Hint = "use deep_get for several keys, with default=" + b.text(last)
			}
		case method != "get" && len(keys) > 1 && noKey(last) && len(c.Keywords) == 0:
			out := p.ReportBody(b.rangeOf(last), "%s takes %s for a key; a default needs its name", method, b.text(last))
			out.Hint = "write default=" + b.text(last)
			out.Fix = &Fix{Title: out.Hint, Edits: []Edit{b.replace(last, "default="+b.text(last))}}
		}
	}
}

// getterKeys returns the positional arguments of a call that reads an event, without
// the event itself, and the method's name.
func getterKeys(b *body, c *python.Call) ([]python.Expr, string) {
	switch fn := c.Func.(type) {
	case *python.Attribute:
		_, known := getters[fn.Attr]
		switch root := b.name(fn.Value); {
		case !known:
			return nil, ""
		case b.imported(fn.Value):
			if fn.Attr == "deep_get" && len(c.Args) > 0 {
				return c.Args[1:], fn.Attr
			}
		case fn.Attr != "get" || root == "event":
			return c.Args, fn.Attr
		}
	case *python.Name:
		if b.imported(fn) && strings.HasSuffix(b.name(fn), ".deep_get") && len(c.Args) > 0 {
			return c.Args[1:], "deep_get"
		}
	}
	return nil, ""
}

// noKey reports whether an expression can't be meant as a key of an event.
func noKey(e python.Expr) bool {
	switch e := e.(type) {
	case *python.Constant:
		return e.Kind != python.Str && e.Kind != python.Int || e.Kind == python.Str && (e.Value == "" || strings.HasPrefix(e.Value, "<"))
	case *python.List, *python.Dict, *python.Set, *python.Tuple, *python.ListComp, *python.DictComp:
		return true
	}
	return false
}
