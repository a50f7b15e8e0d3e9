package pymutate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

const (
	// maxMutants bounds the changes of one file.
	maxMutants = 2000
	// maxHints bounds the constants that go with a change.
	maxHints = 12
	// maxValues is how many values a list may have. Longer ones are data, of which nobody
	// tests each.
	maxValues = 20
	// maxCode bounds the code that a change repeats.
	maxCode = 4096
)

// generator finds the changes of one file.
type generator struct {
	m    *python.Module
	main string
	// top are the statements that define the names of the module.
	top   map[string][]python.Stmt
	sites int
	out   []Mutant
	// used are the names that the module uses while it is loaded, and future says that it
	// imports from __future__, which changes how its functions are compiled.
	used   map[string]bool
	future bool
	named  map[string][]any
	groups []Group
	// group is the one of the code that is being looked at.
	group int
	// alone is the function of the module that is being looked at, if it can be replaced
	// after the module was loaded.
	alone *python.FunctionDef
	// line is that of the statement that is being looked at.
	line int
	// inMain says that the value of a return is the verdict.
	inMain bool
}

func newGenerator(m *python.Module, main string) *generator {
	g := &generator{m: m, main: main, top: map[string][]python.Stmt{}, used: map[string]bool{}, named: map[string][]any{}, group: -1}
	for _, s := range m.Body {
		for _, name := range defines(s) {
			g.top[name] = append(g.top[name], s)
		}
		switch s := s.(type) {
		case *python.FunctionDef:
			continue
		case *python.ImportFrom:
			g.future = g.future || s.Module == "__future__"
		}
		python.Inspect(s, func(n python.Node) bool {
			if n, ok := n.(*python.Name); ok {
				g.used[n.ID] = true
			}
			return true
		})
	}
	return g
}

// defines returns the names that a statement of a module defines.
func defines(s python.Stmt) (out []string) {
	name := func(e python.Expr) {
		if n, ok := e.(*python.Name); ok {
			out = append(out, n.ID)
		}
	}
	switch s := s.(type) {
	case *python.FunctionDef:
		out = append(out, s.Name)
	case *python.ClassDef:
		out = append(out, s.Name)
	case *python.Assign:
		for _, t := range s.Targets {
			name(t)
		}
	case *python.AnnAssign:
		name(s.Target)
	}
	return out
}

// run finds the changes of what decides, in the order of the file.
func (g *generator) run() {
	seen := map[python.Stmt]bool{}
	var reach func(name string)
	reach = func(name string) {
		for _, s := range g.top[name] {
			if seen[s] {
				continue
			}
			seen[s] = true
			python.Inspect(s, func(n python.Node) bool {
				if n, ok := n.(*python.Name); ok && n.Ctx == python.Load {
					reach(n.ID)
				}
				return true
			})
		}
	}
	reach(g.main)
	for _, s := range g.m.Body {
		if !seen[s] {
			continue
		}
		switch s := s.(type) {
		case *python.FunctionDef:
			if g.replaceable(s) {
				g.alone = s
			}
			g.function(s)
			g.alone = nil
		case *python.ClassDef:
			for _, c := range s.Body {
				if f, ok := c.(*python.FunctionDef); ok {
					g.function(f)
				}
			}
		case *python.Assign:
			g.line, _ = g.m.Position(s.Pos())
			g.values(s.Value)
		case *python.AnnAssign:
			if s.Value != nil {
				g.line, _ = g.m.Position(s.Pos())
				g.values(s.Value)
			}
		}
	}
}

// replaceable reports whether a function can be compiled alone and only counts when it is
// called later: it has no decorators, and nothing but functions uses its name.
func (g *generator) replaceable(f *python.FunctionDef) bool {
	return !g.future && len(f.DecoratorList) == 0 && len(g.top[f.Name]) == 1 && !g.used[f.Name]
}

// within makes the group of code that some mutants explain.
func (g *generator) within(mutants ...int) int {
	mutants = slices.DeleteFunc(mutants, func(n int) bool { return n < 0 })
	if len(mutants) == 0 {
		return g.group
	}
	g.groups = append(g.groups, Group{Mutants: mutants, Up: g.group})
	return len(g.groups) - 1
}

// in finds changes of code that is in a group.
func (g *generator) in(group int, f func()) {
	was := g.group
	g.group = group
	f()
	g.group = was
}

func (g *generator) function(f *python.FunctionDef) {
	was := g.inMain
	g.inMain = f.Name == g.main
	g.in(-1, func() { g.block(f.Body) })
	g.inMain = was
}

// block finds the changes of statements. What follows an if that leaves the block has no
// effect if its condition may be always true.
func (g *generator) block(list []python.Stmt) {
	was := g.group
	for _, s := range list {
		yes, no := g.stmt(s)
		if n, ok := s.(*python.If); ok {
			if leaves(n.Body) {
				g.group = g.within(yes)
			}
			if leaves(n.Orelse) {
				g.group = g.within(no)
			}
		}
	}
	g.group = was
}

// leaves reports whether statements never go on to what follows them.
func leaves(list []python.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch s := list[len(list)-1].(type) {
	case *python.Return, *python.Raise, *python.Continue, *python.Break:
		return true
	case *python.If:
		return leaves(s.Body) && leaves(s.Orelse)
	}
	return false
}

// under finds changes of statements that a mutant explains.
func (g *generator) under(mutant int, list []python.Stmt) {
	g.in(g.within(mutant), func() { g.block(list) })
}

// stmt finds the changes of a statement. For an if, it returns the mutants that force its
// condition to be true and false; -1 stands for none.
func (g *generator) stmt(s python.Stmt) (yes, no int) {
	yes, no = -1, -1
	g.line, _ = g.m.Position(s.Pos())
	switch s := s.(type) {
	case *python.FunctionDef:
		was := g.inMain
		g.inMain = false
		g.block(s.Body)
		g.inMain = was
	case *python.If:
		yes, no = g.condition(s.Test, both)
		g.under(no, s.Body)
		g.under(yes, s.Orelse)
	case *python.While:
		_, no = g.condition(s.Test, onlyFalse) // one that is always true never ends
		g.under(no, s.Body)
		g.block(s.Orelse)
		return -1, -1
	case *python.For:
		g.expr(s.Iter)
		g.block(s.Body)
		g.block(s.Orelse)
	case *python.With:
		for _, w := range s.Items {
			g.expr(w.ContextExpr)
		}
		g.block(s.Body)
	case *python.Try:
		g.block(s.Body)
		for _, h := range s.Handlers {
			g.block(h.Body)
		}
		g.block(s.Orelse)
		g.block(s.Finalbody)
	case *python.Match:
		g.expr(s.Subject)
		for _, c := range s.Cases {
			no := -1
			if c.Guard != nil {
				_, no = g.condition(c.Guard, both)
			}
			g.under(no, c.Body)
		}
	case *python.Return:
		if s.Value != nil {
			g.result(s.Value)
		}
	case *python.Assign:
		g.assigned(s.Value)
	case *python.AnnAssign:
		if s.Value != nil {
			g.assigned(s.Value)
		}
	case *python.AugAssign:
		g.expr(s.Value)
	case *python.Assert:
		g.condition(s.Test, both)
	case *python.ExprStmt:
		g.expr(s.Value)
	}
	return yes, no
}

// result finds the changes of what a function returns.
func (g *generator) result(e python.Expr) {
	c, ok := e.(*python.Constant)
	switch {
	case ok && (c.Kind == python.True || c.Kind == python.False):
		text := "True"
		if c.Kind == python.True {
			text = "False"
		}
		g.add(Constant, e, text, g.site(), g.group, nil)
	case ok:
	case g.inMain || boolish(e):
		g.condition(e, both)
	default:
		g.expr(e)
	}
}

func (g *generator) assigned(e python.Expr) {
	if boolish(e) {
		g.condition(e, both)
		return
	}
	g.expr(e)
}

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

// expr finds the changes within an expression that is no condition itself.
func (g *generator) expr(e python.Node) {
	switch e := e.(type) {
	case *python.IfExp:
		yes, no := g.condition(e.Test, both)
		g.in(g.within(no), func() { g.expr(e.Body) })
		g.in(g.within(yes), func() { g.expr(e.Orelse) })
		return
	case *python.Compare, *python.UnaryOp, *python.BoolOp:
		if x := e.(python.Expr); boolish(x) {
			g.condition(x, both)
			return
		}
	case *python.Call:
		if g.quantified(e) {
			return
		}
	case *python.List, *python.Set, *python.Tuple:
		if g.list(e.(python.Expr)) {
			return
		}
	case *python.ListComp:
		g.generators(e.Generators)
	case *python.SetComp:
		g.generators(e.Generators)
	case *python.DictComp:
		g.generators(e.Generators)
	case *python.GeneratorExp:
		g.generators(e.Generators)
	case *python.JoinedStr:
		return
	case *python.Lambda:
		if boolish(e.Body) {
			g.condition(e.Body, both)
			return
		}
	}
	skip := conditionsOf(e)
	python.Children(e, func(c python.Node) {
		if !slices.Contains(skip, c) {
			g.expr(c)
		}
	})
}

// conditionsOf are the children of a comprehension that generators looks at.
func conditionsOf(e python.Node) (out []python.Node) {
	add := func(list []python.Comprehension) {
		for _, c := range list {
			for _, x := range c.Ifs {
				out = append(out, x)
			}
		}
	}
	switch e := e.(type) {
	case *python.ListComp:
		add(e.Generators)
	case *python.SetComp:
		add(e.Generators)
	case *python.DictComp:
		add(e.Generators)
	case *python.GeneratorExp:
		add(e.Generators)
	}
	return out
}

func (g *generator) generators(list []python.Comprehension) {
	for _, c := range list {
		for _, e := range c.Ifs {
			g.condition(e, both)
		}
	}
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

// values finds lists of constants in the value of a module's name.
func (g *generator) values(e python.Expr) {
	python.Inspect(e, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.List, *python.Set, *python.Tuple:
			return !g.list(n.(python.Expr))
		case *python.JoinedStr, *python.Lambda:
			return false
		}
		return true
	})
}

// list replaces each value of a list of constants.
func (g *generator) list(e python.Expr) bool {
	var elts []python.Expr
	switch e := e.(type) {
	case *python.List:
		elts = e.Elts
	case *python.Set:
		elts = e.Elts
	case *python.Tuple:
		elts = e.Elts
	}
	if len(elts) < 2 || len(elts) > maxValues {
		return false
	}
	for _, x := range elts {
		if c, ok := x.(*python.Constant); !ok || c.Kind != python.Str && c.Kind != python.Int {
			return false
		}
	}
	site := g.site()
	for _, x := range elts {
		text := `"\x00pdac"`
		if x.(*python.Constant).Kind == python.Int {
			text = "-987654321"
		}
		g.add(Value, x, text, site, g.group, x)
	}
	return true
}

// add adds a mutant and returns its number; -1 if there are too many.
func (g *generator) add(k Kind, e python.Expr, text string, site, group int, hints python.Node) int {
	if len(g.out) == maxMutants {
		return -1
	}
	m := Mutant{Kind: k, Start: e.Pos(), End: e.End(), Text: text, Site: site, Group: group, Code: oneLine(g.m.Source[e.Pos():e.End()])}
	if g.alone != nil {
		m.Of, m.Until = g.alone.Pos(), g.alone.End()
	}
	m.Line, m.Column = g.m.Position(e.Pos())
	m.Listens = []int{m.Line, g.line}
	m.EndLine, _ = g.m.Position(max(e.Pos(), e.End()-1))
	if hints != nil {
		m.Hints = g.hints(hints)
	}
	g.out = append(g.out, m)
	return len(g.out) - 1
}

// hints collects the constants of some code, and of the names of the module in it.
func (g *generator) hints(n python.Node) []any { return g.constants(n, 0) }

func (g *generator) constants(n python.Node, depth int) (out []any) {
	add := func(h any) {
		if h != nil && len(out) < maxHints && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	python.Inspect(n, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.ExprStmt:
			if _, doc := n.Value.(*python.Constant); doc {
				return false
			}
		case *python.Constant:
			if len(out) < maxHints {
				add(hint(n))
			}
		case *python.Name:
			for _, h := range g.constantsOf(n.ID, depth) {
				add(h)
			}
		}
		return len(out) < maxHints
	})
	return out
}

// constantsOf collects the constants of a name of the module.
func (g *generator) constantsOf(name string, depth int) []any {
	const deepest = 3
	if out, ok := g.named[name]; ok || depth == deepest {
		return out
	}
	g.named[name] = nil // it may name itself
	var out []any
	for _, s := range g.top[name] {
		if len(out) < maxHints {
			out = append(out, g.constants(s, depth+1)...)
		}
	}
	g.named[name] = out
	return out
}

func hint(c *python.Constant) any {
	switch c.Kind {
	case python.Str:
		if len(c.Value) > 0 && len(c.Value) <= 100 {
			return strings.ToValidUTF8(c.Value, "")
		}
	case python.Int:
		if n, err := strconv.ParseInt(strings.ReplaceAll(c.Value, "_", ""), 10, 32); err == nil {
			return n
		}
	}
	return nil
}

// oneLine shortens code to one line.
func oneLine(s string) string {
	const most = 120
	if len(s) > 8*most {
		s = s[:8*most]
	}
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
