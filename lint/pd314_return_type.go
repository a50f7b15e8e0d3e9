package lint

import (
	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD314 finds values of the wrong type.
func rulePD314() Rule {
	return Rule{
		ID: "PD314", Name: "return-type", Severity: Warning,
		Doc: Doc{
			What: "A function that Panther calls returns a value of a type that Panther can't use, or never returns any.",
			Why:  "A `rule` that returns a text is always true, one that returns nothing never is. A `title` that is no text, or `destinations` that are no list, are dropped.",
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
	for _, name := range append([]string{entry}, optionalFunctions...) {
		f := b.plainFunction(name)
		if f == nil {
			continue
		}
		list, yields := returns(f)
		some := yields || endsInRaise(f)
		for _, r := range list {
			some = some || r.Value != nil
			for _, e := range outcomes(r.Value) {
				if is, want := valueType(e), wantedType(name); is != "" && is != want {
					p.ReportBody(b.header(e), "%s returns %s, and must return %s", name, is, want)
				}
			}
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
	return "a text"
}

// valueType names the type of a value, where it can be seen; None counts as unseen,
// since it stands for "as in the spec".
func valueType(e python.Expr) string {
	switch e := e.(type) {
	case *python.Constant:
		switch e.Kind {
		case python.True, python.False:
			return "true or false"
		case python.Str:
			return "a text"
		case python.Bytes:
			return "bytes"
		case python.Int, python.Float, python.Imag:
			return "a number"
		}
	case *python.JoinedStr:
		return "a text"
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

// endsInRaise tells whether a function is there only to fail.
func endsInRaise(f *python.FunctionDef) bool {
	_, ok := f.Body[len(f.Body)-1].(*python.Raise)
	return ok
}
