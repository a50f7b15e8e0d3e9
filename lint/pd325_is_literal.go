package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD325 finds comparisons with "is" that should use ==.
func rulePD325() Rule {
	return Rule{
		ID: "PD325", Name: "is-literal", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "`is` compares with a text, a number, a list or another literal.",
			Why:  "`is` asks whether both are the same object. Equal texts and numbers often are not, so the condition is false for events that match.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") is "root"
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
		Spec: pd325,
	}
}

func pd325(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	for _, e := range b.compares {
		left := e.Left
		for i, right := range e.Comparators {
			was := left
			left = right
			if e.Ops[i] != python.Is && e.Ops[i] != python.IsNot {
				continue
			}
			lit := literal(right)
			if lit == nil {
				lit = literal(was)
			}
			if lit == nil {
				continue
			}
			old, op := "is", "=="
			if e.Ops[i] == python.IsNot {
				old, op = "is not", "!="
			}
			out := p.ReportBody(b.header(e), "%q compares with %s", old, b.short(lit))
			out.Hint = "use " + op
			between := python.Span{Start: int32(was.End()), Stop: int32(right.Pos())}
			if text := b.text(between); strings.Join(strings.Fields(text), " ") == old {
				at := int(between.Start) + strings.Index(text, "is")
				end := int(between.Start) + len(strings.TrimRight(text, " \t"))
				out.Fix = &Fix{Title: "use " + op, Edits: []Edit{b.replace(python.Span{Start: int32(at), Stop: int32(end)}, op)}}
			}
		}
	}
}

// literal returns an expression if it is a literal that is its own object each time;
// otherwise nil.
func literal(e python.Expr) python.Expr {
	switch e := e.(type) {
	case *python.Constant:
		if e.Kind == python.Str || e.Kind == python.Bytes || e.Kind == python.Int || e.Kind == python.Float || e.Kind == python.Imag {
			return e
		}
	case *python.List, *python.Dict, *python.Set, *python.Tuple, *python.JoinedStr:
		return e
	}
	return nil
}
