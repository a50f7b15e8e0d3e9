package lint

import (
	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD314 finds return values of the wrong type.
func rulePD314() Rule {
	return Rule{
		ID: "PD314", Name: "return-type", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "A function that Panther calls returns a value of the wrong type, or never returns a value.",
			Why:  "A `rule` that returns a string always matches, and one that returns nothing never matches. Panther ignores a `title` that is not a string and `destinations` that are not a list.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    event.get("user") == "root"
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
		Spec: pd314,
	}
}

func pd314(p *SpecPass) {
	b, entry := bodyOf(p), entryFunction(p.Item.Type)
	if b == nil || entry == "" {
		return
	}
	f := flowOf(p)
	for _, r := range f.results {
		is, name := r.value.is, r.function.Name
		if want := wantedType(name); is == "" || is == "None" || is == want {
			continue
		} else if out := p.ReportBody(b.header(r.at), "%s returns %s, but must return %s", name, is, want); name == entry && valueType(r.at) == "" {
			b.wrapInBool(out, r)
		}
	}
	for _, name := range append([]string{entry}, optionalFunctions...) {
		f := b.plainFunction(name)
		if f == nil {
			continue
		}
		list, yields := returns(f)
		some := yields || endsInRaise(f)
		for _, r := range list {
			some = some || r.Value != nil
		}
		if !some {
			out := p.ReportBody(b.header(f), "%s never returns anything", name)
			out.Hint = "return " + wantedType(name)
		}
	}
}

func wantedType(function string) string {
	switch function {
	case "rule", "policy":
		return "true or false"
	case "destinations":
		return "a list"
	case "alert_context":
		return "a dict"
	}
	return "a string"
}

// valueType names the type of a value, or returns "" if the type is unknown. None
// counts as unknown, because it means "as in the spec".
func valueType(e python.Expr) string {
	switch e := e.(type) {
	case *python.Constant:
		switch e.Kind {
		case python.True, python.False:
			return "true or false"
		case python.Str:
			return "a string"
		case python.Bytes:
			return "bytes"
		case python.Int, python.Float, python.Imag:
			return "a number"
		}
	case *python.JoinedStr:
		return "a string"
	case *python.Compare:
		return "true or false"
	case *python.List, *python.ListComp:
		return "a list"
	case *python.Dict, *python.DictComp:
		return "a dict"
	case *python.Set, *python.SetComp:
		return "a set"
	case *python.Tuple:
		return "a tuple"
	case *python.Lambda:
		return "a function"
	case *python.UnaryOp:
		if e.Op == python.Not {
			return "true or false"
		}
	}
	return ""
}

// endsInRaise reports whether a function ends with a raise statement.
func endsInRaise(f *python.FunctionDef) bool {
	_, ok := f.Body[len(f.Body)-1].(*python.Raise)
	return ok
}
