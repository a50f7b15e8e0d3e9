package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD332 finds functions and methods that are not called.
func rulePD332() Rule {
	return Rule{
		ID: "PD332", Name: "uncalled-function", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "A condition or a comparison has a function or a method that is not called, such as `user.lower == \"root\"`.",
			Why:  "A function is always true and never equal to a text, so the check is always the same.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user", "").lower == "root"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user", "").lower() == "root"
`,
		},
		Spec: pd332,
	}
}

func pd332(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	seen := map[python.Expr]bool{}
	var check func(e python.Expr)
	check = func(e python.Expr) {
		if e == nil || seen[e] {
			return
		}
		seen[e] = true
		switch e := e.(type) {
		case *python.UnaryOp:
			if e.Op == python.Not {
				check(e.Operand)
			}
		case *python.Attribute:
			if !b.isTextMethod(e) {
				return
			}
			out := p.ReportBody(b.rangeOf(e.NameSpan), "the method %s is not called", e.Attr)
			out.Hint = "write " + e.Attr + "()"
			if slices.Contains(bareMethods, e.Attr) {
				out.Fix = &Fix{Title: "call it", Edits: []Edit{b.replace(e.NameSpan, e.Attr+"()")}}
			}
		case *python.Name:
			f := b.plainFunction(e.ID)
			if f == nil || b.rebound[e.ID] || b.assigned()[e.ID] != nil {
				return
			}
			p.ReportBody(b.rangeOf(e), "the function %s is not called", e.ID).Hint = "write " + e.ID + "(…)"
		}
	}
	for _, e := range b.conditions {
		check(e)
	}
	for _, e := range b.boolOps {
		for _, v := range e.Values {
			check(v)
		}
	}
	for _, c := range b.compares {
		if !slices.ContainsFunc(c.Ops, func(op python.Operator) bool { return op == python.Is || op == python.IsNot }) && anyConstant(c) {
			for _, v := range append([]python.Expr{c.Left}, c.Comparators...) {
				check(v)
			}
		}
	}
}

// bareMethods are the methods that need no argument.
var bareMethods = []string{"lower", "upper", "strip", "lstrip", "rstrip", "casefold", "isdigit", "isnumeric", "isalpha", "splitlines", "split"}

// isTextMethod reports whether an attribute is a method of a text, or a getter of the
// event, and not an attribute of an object of the file.
func (b *body) isTextMethod(a *python.Attribute) bool {
	if n, ok := a.Value.(*python.Name); ok && (n.ID == "self" || n.ID == "cls" || b.bound[n.ID] != "") || b.imported(a.Value) {
		return false
	}
	_, getter := getters[a.Attr]
	return getter && a.Attr != "get" || slices.Contains(textMethods, a.Attr) && a.Attr != "title" && a.Attr != "find" && a.Attr != "replace" && a.Attr != "encode" && a.Attr != "partition"
}

// anyConstant reports whether one side of a comparison is a constant, or a list of them.
func anyConstant(c *python.Compare) bool {
	return slices.ContainsFunc(append([]python.Expr{c.Left}, c.Comparators...), func(e python.Expr) bool {
		switch e := e.(type) {
		case *python.Constant:
			return e.Kind != python.None
		case *python.List, *python.Tuple, *python.Set:
			return true
		}
		return false
	})
}
