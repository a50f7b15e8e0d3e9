package pymutate

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// boolish reports whether an expression surely is a condition, wherever it is written.
func boolish(e python.Expr) bool {
	switch e := e.(type) {
	case *python.Compare:
		return true
	case *python.UnaryOp:
		return e.Op == python.Not
	case *python.BoolOp:
		return boolish(e.Values[len(e.Values)-1])
	case *python.Call:
		if n, ok := e.Func.(*python.Name); ok {
			return slices.Contains([]string{"any", "all", "bool", "isinstance"}, n.ID)
		}
	}
	return false
}

// quantified finds the changes of any(… for …) and all(… for …), whose element is a
// condition.
func (g *generator) quantified(c *python.Call) bool {
	n, ok := c.Func.(*python.Name)
	if !ok || n.ID != "any" && n.ID != "all" || len(c.Args) != 1 {
		return false
	}
	var elt python.Expr
	var list []python.Comprehension
	switch a := c.Args[0].(type) {
	case *python.GeneratorExp:
		elt, list = a.Elt, a.Generators
	case *python.ListComp:
		elt, list = a.Elt, a.Generators
	case *python.List:
		g.operands(a.Elts, n.ID == "all")
		return true
	default:
		return false
	}
	g.condition(elt, both)
	g.generators(list)
	for _, x := range list {
		g.expr(x.Iter)
	}
	return true
}

// forces says which values a condition is forced to have.
type forces int

const (
	both forces = iota
	onlyTrue
	onlyFalse
)

// condition finds the changes of a condition, and returns the mutants that force it to be
// true and false; -1 stands for none.
func (g *generator) condition(e python.Expr, f forces) (yes, no int) {
	yes, no = -1, -1
	if c, ok := e.(*python.Constant); ok && (c.Kind == python.True || c.Kind == python.False) {
		return yes, no
	}
	site := g.site()
	if f != onlyFalse {
		yes = g.force(e, true, site)
	}
	if f != onlyTrue {
		no = g.force(e, false, site)
	}
	g.in(g.within(yes, no), func() { g.inside(e) })
	return yes, no
}

// inside finds the changes of the parts of a condition.
func (g *generator) inside(e python.Expr) {
	switch e := e.(type) {
	case *python.BoolOp:
		g.in(g.within(g.swap(e)), func() { g.operands(e.Values, e.Op == python.And) })
	case *python.UnaryOp:
		if e.Op == python.Not {
			g.inside(e.Operand)
			return
		}
		g.expr(e.Operand)
	case *python.Compare:
		g.boundary(e)
		g.expr(e.Left)
		for _, c := range e.Comparators {
			g.expr(c)
		}
	default:
		g.expr(e)
	}
}

// operands forces each operand to the value that leaves the decision to the others. The
// other value equals forcing the whole.
func (g *generator) operands(list []python.Expr, and bool) {
	f := onlyFalse
	if and {
		f = onlyTrue
	}
	for _, v := range list {
		g.condition(v, f)
	}
}

func (g *generator) site() int {
	g.sites++
	return g.sites
}

// force makes a condition always true or false. A := in it still assigns.
func (g *generator) force(e python.Expr, value bool, site int) int {
	kind, text, keep := AlwaysTrue, "True", " or True)"
	if !value {
		kind, text, keep = AlwaysFalse, "False", " and False)"
	}
	if assigns(e) {
		if e.End()-e.Pos() > maxCode {
			return -1
		}
		text = "((" + g.m.Source[e.Pos():e.End()] + ")" + keep
	}
	return g.add(kind, e, text, site, g.group, e)
}

func assigns(e python.Expr) (found bool) {
	python.Inspect(e, func(n python.Node) bool {
		_, is := n.(*python.NamedExpr)
		found = found || is
		return !found
	})
	return found
}

// swap replaces and by or, or the other way round: all operators of the chain at once.
func (g *generator) swap(e *python.BoolOp) int {
	if e.End()-e.Pos() > maxCode {
		return -1
	}
	from, to := "and", "or"
	if e.Op == python.Or {
		from, to = to, from
	}
	parts := make([]string, len(e.Values))
	for i, v := range e.Values {
		parts[i] = "(" + g.m.Source[v.Pos():v.End()] + ")"
	}
	n := g.add(Operator, e, "("+strings.Join(parts, " "+to+" ")+")", g.site(), g.group, e)
	g.operator(n, from, to)
	return n
}

// operator notes the operators of a mutant.
func (g *generator) operator(n int, from, to string) {
	if n >= 0 {
		g.out[n].from, g.out[n].to = from, to
	}
}

var boundaries = map[python.Operator][2]string{python.Lt: {"<", "<="}, python.LtE: {"<=", "<"}, python.Gt: {">", ">="}, python.GtE: {">=", ">"}}

// boundary moves the limit of a comparison.
func (g *generator) boundary(e *python.Compare) {
	op, ok := boundaries[e.Ops[0]]
	if len(e.Ops) != 1 || !ok || e.End()-e.Pos() > maxCode {
		return
	}
	text := "((" + g.m.Source[e.Left.Pos():e.Left.End()] + ") " + op[1] + " (" + g.m.Source[e.Comparators[0].Pos():e.Comparators[0].End()] + "))"
	g.operator(g.add(Boundary, e, text, g.site(), g.group, e), op[0], op[1])
}
