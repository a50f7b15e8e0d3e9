package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/suggest"
)

// rulePD313 finds unknown severities.
func rulePD313() Rule {
	return Rule{
		ID: "PD313", Name: "severity-value", Severity: Error,
		Doc: Doc{
			What: "The function `severity` returns an unknown severity.",
			Why:  "The alert doesn't get the intended severity.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def severity(event):
    return "HIHG" if event.get("admin") else "DEFAULT"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def severity(event):
    return "HIGH" if event.get("admin") else "DEFAULT"
`,
		},
		Spec: pd313,
	}
}

// dynamicSeverities are the values that severity may return, in any case. DEFAULT
// is the severity of the spec.
var dynamicSeverities = []string{"INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL", "DEFAULT"}

func pd313(p *SpecPass) {
	b := bodyOf(p)
	if b == nil || entryFunction(p.Item.Type) == "" {
		return
	}
	f := b.plainFunction("severity")
	if f == nil {
		return
	}
	list, yields := returns(f)
	if yields {
		return
	}
	v := newPossible(b, f, map[python.Node]bool{})
	for _, r := range list {
		v.of(r.Value, 0)
	}
	for _, c := range v.texts {
		if slices.Contains(dynamicSeverities, strings.ToUpper(c.Value)) {
			continue
		}
		out := p.ReportBody(b.header(c), "severity returns %q, which is not a severity", c.Value)
		if near, ok := suggest.Nearest(c.Value, dynamicSeverities); ok {
			out.Hint = fmt.Sprintf("did you mean %q?", near)
		} else {
			out.Hint = "use INFO, LOW, MEDIUM, HIGH, CRITICAL or DEFAULT"
		}
	}
}

// possible gathers the constant texts that an expression can have, through
// conditions, variables, dicts, defaults and functions of the file.
type possible struct {
	b     *body
	local map[string][]python.Expr
	seen  map[python.Node]bool
	texts []*python.Constant
}

// assignedNames returns what statements assign to each plain name.
func assignedNames(list []python.Stmt) map[string][]python.Expr {
	out := map[string][]python.Expr{}
	var visit func(n python.Node)
	visit = func(n python.Node) {
		switch n := n.(type) {
		case python.Expr, *python.FunctionDef, *python.ClassDef:
			return
		case *python.Assign:
			for _, t := range n.Targets {
				if name, ok := t.(*python.Name); ok {
					out[name.ID] = append(out[name.ID], n.Value)
				}
			}
		case *python.AnnAssign:
			if name, ok := n.Target.(*python.Name); ok && n.Value != nil {
				out[name.ID] = append(out[name.ID], n.Value)
			}
		}
		python.Children(n, visit)
	}
	for _, s := range list {
		visit(s)
	}
	return out
}

// newPossible returns an empty one for a function. Variables that it checks may never
// be returned with each of their values, so these are not followed.
func newPossible(b *body, f *python.FunctionDef, seen map[python.Node]bool) *possible {
	v := &possible{b: b, seen: seen, local: assignedNames(f.Body)}
	if len(v.local) == 0 {
		return v
	}
	python.Inspect(f, func(n python.Node) bool {
		c, ok := n.(*python.Compare)
		if !ok {
			return true
		}
		for _, e := range append([]python.Expr{c.Left}, c.Comparators...) {
			if name, ok := e.(*python.Name); ok && v.local[name.ID] != nil {
				v.local[name.ID] = []python.Expr{}
			}
		}
		return true
	})
	return v
}

// maxSteps limits how far a value is followed.
const maxSteps = 8

func (v *possible) of(e python.Expr, steps int) {
	if e == nil || steps > maxSteps || v.seen[e] {
		return
	}
	v.seen[e] = true
	steps++
	switch e := e.(type) {
	case *python.Constant:
		if e.Kind == python.Str {
			v.texts = append(v.texts, e)
		}
	case *python.IfExp:
		v.of(e.Body, steps)
		v.of(e.Orelse, steps)
	case *python.BoolOp:
		for i, x := range e.Values {
			if c, ok := x.(*python.Constant); e.Op == python.And && i < len(e.Values)-1 || ok && c.Value == "" {
				continue // only returned where it is false
			}
			v.of(x, steps)
		}
	case *python.NamedExpr:
		v.of(e.Value, steps)
	case *python.Name:
		for _, x := range v.named(e) {
			v.of(x, steps)
		}
	case *python.Subscript:
		v.values(e.Value, steps)
	case *python.Call:
		v.call(e, steps)
	}
}

// named returns what a name is assigned, in the function or else in the file.
func (v *possible) named(n *python.Name) []python.Expr {
	if list := v.local[n.ID]; list != nil {
		return list
	}
	return v.b.assigned()[n.ID]
}

// values gathers the values of a dict.
func (v *possible) values(e python.Expr, steps int) {
	list := []python.Expr{e}
	if n, ok := e.(*python.Name); ok {
		list = v.named(n)
	}
	for _, x := range list {
		if d, ok := x.(*python.Dict); ok {
			for i, value := range d.Values {
				if d.Keys[i] != nil {
					v.of(value, steps)
				}
			}
		}
	}
}

func (v *possible) call(e *python.Call, steps int) {
	switch fn := e.Func.(type) {
	case *python.Attribute:
		switch {
		case fn.Attr == "upper" || fn.Attr == "lower" || fn.Attr == "strip":
			v.of(fn.Value, steps)
		case fn.Attr == "get":
			v.values(fn.Value, steps)
			if len(e.Args) == 2 {
				v.of(e.Args[1], steps)
			}
		}
	case *python.Name:
		if f := v.b.plainFunction(fn.ID); f != nil {
			if v.seen[f] {
				return
			}
			v.seen[f] = true
			inner := newPossible(v.b, f, v.seen)
			list, yields := v.b.returns(f)
			for _, r := range list {
				if !yields {
					inner.of(r.Value, steps)
				}
			}
			v.texts = append(v.texts, inner.texts...)
		}
	}
	for _, k := range e.Keywords {
		if k.Arg == "default" {
			v.of(k.Value, steps)
		}
	}
}
