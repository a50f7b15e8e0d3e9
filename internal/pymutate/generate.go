package pymutate

import (
	"slices"

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
			for _, list := range [][]python.Expr{s.DecoratorList, s.Args.Defaults, s.Args.KwDefaults} {
				for _, e := range list {
					if e != nil {
						g.uses(e)
					}
				}
			}
			continue
		case *python.ImportFrom:
			g.future = g.future || s.Module == "__future__"
		}
		g.uses(s)
	}
	return g
}

// uses notes the names in code that runs while the module is loaded.
func (g *generator) uses(n python.Node) {
	python.Inspect(n, func(n python.Node) bool {
		if n, ok := n.(*python.Name); ok {
			g.used[n.ID] = true
		}
		return true
	})
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
