package lint

import (
	"github.com/pdac-dev/pdac/internal/python"
)

// maxLocals is the number of variables of a function that are followed.
const maxLocals = 64

// boundSet is a set of variables of one function, as bits.
type boundSet uint64

// binding follows which variables of a function have a value.
type binding struct {
	index map[string]int
	// depth is the number of conditions around the place, and since the one around the
	// branches that left a variable without a value.
	depth int
	since [maxLocals]int
	// maybe are the variables that some path has set.
	maybe boundSet
	found []*python.Name
	// breaks are the states at the breaks of the loop around the place.
	breaks []boundSet
}

// unboundIn lists reads of variables that have no value on some paths, the first of
// each variable.
func unboundIn(f *python.FunctionDef) []*python.Name {
	b := &binding{index: map[string]int{}}
	outside := map[string]bool{}
	for _, a := range parameters(f.Args) {
		outside[a.Arg] = true
	}
	b.locals(f.Body, outside)
	if len(b.index) == 0 || len(b.index) > maxLocals {
		return nil
	}
	b.block(f.Body, 0)
	return b.found
}

// locals finds the variables of a function that plain assignments, loops and with
// statements set.
func (b *binding) locals(list []python.Stmt, outside map[string]bool) {
	var visit func(n python.Node)
	add := func(name string) {
		if _, known := b.index[name]; !known && !outside[name] {
			b.index[name] = len(b.index)
		}
	}
	visit = func(n python.Node) {
		switch n := n.(type) {
		case *python.FunctionDef, *python.ClassDef, *python.Lambda, *python.ListComp, *python.SetComp, *python.DictComp, *python.GeneratorExp:
			return // they have their own variables
		case *python.Global:
			for _, g := range n.Names {
				outside[g] = true
			}
		case *python.Nonlocal:
			for _, g := range n.Names {
				outside[g] = true
			}
		case *python.Name:
			if n.Ctx == python.Store {
				add(n.ID)
			}
		}
		python.Children(n, visit)
	}
	for _, s := range list {
		visit(s)
	}
	// What else sets a name is left alone: imports, functions, patterns, := and del.
	for _, s := range list {
		python.Inspect(s, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Import:
				for _, a := range n.Names {
					outside[a.Bound()] = true
				}
			case *python.ImportFrom:
				for _, a := range n.Names {
					outside[a.Bound()] = true
				}
			case *python.FunctionDef:
				outside[n.Name] = true
			case *python.ClassDef:
				outside[n.Name] = true
			case *python.ExceptHandler:
				outside[n.Name] = true
			case *python.MatchAs:
				outside[n.Name] = true
			case *python.MatchStar:
				outside[n.Name] = true
			case *python.MatchMapping:
				outside[n.Rest] = true
			case *python.NamedExpr:
				outside[n.Target.ID] = true
			case *python.Name:
				if n.Ctx == python.Del {
					outside[n.ID] = true
				}
			case *python.Global:
				for _, g := range n.Names {
					outside[g] = true
				}
			}
			return true
		})
	}
	for name := range outside {
		delete(b.index, name)
	}
	i := 0
	for _, name := range sortedKeys(b.index) {
		b.index[name] = i
		i++
	}
}

// unreached is the state of a place that is never reached: everything has a value.
const unreached = ^boundSet(0)

func (b *binding) block(list []python.Stmt, st boundSet) boundSet {
	for _, s := range list {
		st = b.stmt(s, st)
	}
	return st
}

func (b *binding) stmt(s python.Stmt, st boundSet) boundSet {
	switch s := s.(type) {
	case *python.Return:
		b.read(s.Value, st)
		return unreached
	case *python.Raise:
		b.read(s.Exc, st)
		return unreached
	case *python.Continue:
		return unreached
	case *python.Break:
		b.breaks = append(b.breaks, st)
		return unreached
	case *python.Assign:
		b.read(s.Value, st)
		for _, t := range s.Targets {
			st = b.set(t, st)
		}
	case *python.AnnAssign:
		if s.Value != nil {
			b.read(s.Value, st)
			st = b.set(s.Target, st)
		}
	case *python.AugAssign:
		b.read(s.Value, st)
		if n, ok := s.Target.(*python.Name); ok {
			b.name(n, st)
		}
		st = b.set(s.Target, st)
	case *python.If:
		b.read(s.Test, st)
		b.depth++
		yes, no := b.block(s.Body, st), b.block(s.Orelse, st)
		b.depth--
		st = b.join(yes, no)
	case *python.While:
		b.read(s.Test, st)
		after := b.loop(s.Body, st)
		if endless(s) {
			return after
		}
		st = b.join(after, b.block(s.Orelse, st))
	case *python.For:
		b.read(s.Iter, st)
		after := b.loop(s.Body, b.set(s.Target, st))
		st = b.join(after, b.block(s.Orelse, st))
	case *python.With:
		for _, w := range s.Items {
			b.read(w.ContextExpr, st)
			if w.OptionalVars != nil {
				st = b.set(w.OptionalVars, st)
			}
		}
		end := b.block(s.Body, st)
		if suppresses(s) {
			end = b.join(end, st)
		}
		return end
	case *python.Try:
		return b.try(s, st)
	case *python.Match:
		return b.match(s, st)
	case *python.ExprStmt:
		b.read(s.Value, st)
		if exits(s.Value) {
			return unreached
		}
	case *python.Assert:
		b.read(s.Test, st)
	}
	return st
}

// loop goes through the body of a loop. It returns the state at its breaks.
func (b *binding) loop(body []python.Stmt, st boundSet) boundSet {
	outer := b.breaks
	b.breaks = nil
	b.depth++
	b.block(body, st)
	b.depth--
	out := unreached
	for _, at := range b.breaks {
		out &= at
	}
	b.breaks = outer
	return out
}

func (b *binding) try(s *python.Try, st boundSet) boundSet {
	b.depth++
	end := b.block(s.Orelse, b.block(s.Body, st))
	for _, h := range s.Handlers {
		end = b.join(end, b.block(h.Body, st))
	}
	b.depth--
	return b.block(s.Finalbody, b.join(end, end))
}

func (b *binding) match(s *python.Match, st boundSet) boundSet {
	b.read(s.Subject, st)
	end, rest := unreached, true
	b.depth++
	for _, c := range s.Cases {
		if c.Guard == nil && anything(c.Pattern) {
			rest = false
		}
		end &= b.block(c.Body, st)
	}
	b.depth--
	if rest {
		end &= st
	}
	return b.join(end, end)
}

// join returns the state after two branches, and notes for the variables that one of
// them did not set where they came together.
func (b *binding) join(x, y boundSet) boundSet {
	both := x & y
	for i := range b.index {
		if n := b.index[i]; both&(1<<n) == 0 {
			b.since[n] = b.depth
		}
	}
	return both
}

// set gives a target its value.
func (b *binding) set(target python.Expr, st boundSet) boundSet {
	python.Inspect(target, func(n python.Node) bool {
		name, ok := n.(*python.Name)
		if !ok {
			return true
		}
		if i, local := b.index[name.ID]; local && name.Ctx == python.Store {
			st |= 1 << i
			b.maybe |= 1 << i
		} else if name.Ctx == python.Load {
			b.name(name, st)
		}
		return true
	})
	return st
}

// read goes through the names that an expression reads. Those that it may not reach
// don't count.
func (b *binding) read(e python.Expr, st boundSet) {
	if e == nil {
		return
	}
	python.Inspect(e, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Lambda, *python.ListComp, *python.SetComp, *python.DictComp, *python.GeneratorExp:
			return false
		case *python.BoolOp:
			b.read(n.Values[0], st)
			return false
		case *python.IfExp:
			b.read(n.Test, st)
			return false
		case *python.Name:
			if n.Ctx == python.Load {
				b.name(n, st)
			}
		}
		return true
	})
}

// name reports a variable that some paths have set, and some not.
func (b *binding) name(n *python.Name, st boundSet) {
	i, local := b.index[n.ID]
	if !local || st&(1<<i) != 0 || b.maybe&(1<<i) == 0 || b.depth > b.since[i] {
		return
	}
	b.found = append(b.found, n)
	delete(b.index, n.ID) // once is enough
}
