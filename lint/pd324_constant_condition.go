package lint

import (
	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD324 finds conditions that are always the same.
func rulePD324() Rule {
	return Rule{
		ID: "PD324", Name: "constant-condition", Severity: Warning,
		Doc: Doc{
			What: "A condition has a text or a number as one side of `or` or `and`, such as `x == \"a\" or \"b\"`, or a type is written as `list or str`.",
			Why:  "A text that is not empty is always true. `x == \"a\" or \"b\"` doesn't compare x with `\"b\"`, and is true for every event.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root" or "admin"
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
		Spec: pd324,
	}
}

func pd324(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	for _, e := range b.annotations {
		op, ok := e.(*python.BoolOp)
		if !ok {
			continue
		}
		first := b.text(op.Values[0])
		if op.Op == python.And {
			first = b.text(op.Values[len(op.Values)-1])
		}
		out := p.ReportBody(b.header(op), "the type %s is only %s", b.short(op), first)
		out.Hint = "write | between the types"
	}
	for _, e := range b.boolOps {
		compared := false
		for i, v := range e.Values {
			c, ok := v.(*python.Constant)
			_, compare := v.(*python.Compare)
			compared = compared || compare
			if !ok || !alwaysTrue(c) {
				continue
			}
			last := i == len(e.Values)-1
			switch {
			case e.Op == python.Or && compared && i > 0:
				p.ReportBody(b.header(c), "%s is always true, so what is before it doesn't matter", b.text(c)).Hint = "compare with it, such as x in (\"a\", \"b\")"
			case !last && (compared || i == 0):
				what := "what follows doesn't matter"
				if e.Op == python.And {
					what = "it checks nothing"
				}
				p.ReportBody(b.header(c), "%s is always true, so %s", b.text(c), what).Hint = "write any(…) or all(…), or compare each side"
			default:
				continue
			}
			break
		}
	}
}

// alwaysTrue reports whether a constant is a text or a number that counts as true.
func alwaysTrue(c *python.Constant) bool {
	switch c.Kind {
	case python.Str, python.Bytes:
		return c.Value != ""
	case python.Int:
		return c.Int().Sign() != 0
	}
	return false
}
