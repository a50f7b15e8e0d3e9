package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/python"
)

// eval goes through an expression in the order in which Python does. It returns what
// is known about its value, and what is known after it.
func (f *flow) eval(e python.Expr, st *facts) (value, *facts) {
	switch e := e.(type) {
	case nil:
		return value{}, st
	case *python.Name:
		return st.variable(e.ID), st
	case *python.Constant:
		return value{is: valueType(e)}, st
	case *python.Attribute:
		v, st := f.eval(e.Value, st)
		how, fallback := "reads ."+e.Attr+" of it", textOrDict(e.Attr)
		return value{}, f.use(e.Value, e, v, how, fallback, st)
	case *python.Subscript:
		v, st := f.eval(e.Value, st)
		_, st = f.eval(e.Slice, st)
		st = f.use(e.Value, e, v, "reads a key of it", "", st)
		if v.path != "" {
			return v.at(f, e.Slice), st
		}
		return value{}, st
	case *python.Call:
		return f.call(e, st)
	case *python.BoolOp, *python.Compare:
		v, yes, no := f.cond(e, st)
		return v, f.join(yes, no)
	case *python.UnaryOp:
		if e.Op == python.Not {
			v, yes, no := f.cond(e, st)
			return v, f.join(yes, no)
		}
		v, st := f.eval(e.Operand, st)
		return value{}, f.use(e.Operand, e, v, "calculates with it", "", st)
	case *python.BinOp:
		left, st := f.eval(e.Left, st)
		right, st := f.eval(e.Right, st)
		st = f.use(e.Left, e, left, "calculates with it", "", st)
		if e.Op != python.Mod {
			st = f.use(e.Right, e, right, "calculates with it", "", st)
		}
		return value{}, st
	case *python.IfExp:
		_, yes, no := f.cond(e.Test, st)
		a, yes := f.eval(e.Body, yes)
		b, no := f.eval(e.Orelse, no)
		return either(a, b), f.join(yes, no)
	case *python.NamedExpr:
		v, st := f.eval(e.Value, st)
		st = f.bind(st, e.Target.ID, v)
		return st.variable(e.Target.ID), st
	case *python.Starred:
		v, st := f.eval(e.Value, st)
		return value{}, f.use(e.Value, e, v, "unpacks it", "[]", st)
	case *python.Lambda:
		in := st
		for _, a := range parameters(e.Args) {
			in = f.bind(in, a.Arg, value{})
		}
		f.eval(e.Body, in)
		return value{is: valueType(e)}, st
	case *python.ListComp:
		return value{is: valueType(e)}, f.comprehension(e.Generators, st, e.Elt)
	case *python.SetComp:
		return value{is: valueType(e)}, f.comprehension(e.Generators, st, e.Elt)
	case *python.GeneratorExp:
		return value{}, f.comprehension(e.Generators, st, e.Elt)
	case *python.Dict:
		for i, k := range e.Keys {
			_, st = f.eval(k, st)
			var v value
			if v, st = f.eval(e.Values[i], st); k == nil {
				st = f.use(e.Values[i], e, v, "unpacks it", "{}", st)
			}
		}
		return value{is: valueType(e)}, st
	case *python.DictComp:
		return value{is: valueType(e)}, f.comprehension(e.Generators, st, e.Key, e.Value)
	}
	python.Children(e, func(c python.Node) {
		if c, ok := c.(python.Expr); ok {
			_, st = f.eval(c, st)
		}
	})
	return value{is: valueType(e)}, st
}

// either returns what is known of a value that is one of two.
func either(a, b value) value {
	v := value{null: a.null}
	if v.null == nil {
		v.null = b.null
	}
	if a.path == b.path {
		v.path = a.path
	}
	v.loose = a.loose || b.loose
	if a.is == b.is {
		v.is = a.is
	}
	return v
}

// boolean goes through "a and b" and "a or b". The value is that of one of them.
func (f *flow) boolean(e *python.BoolOp, st *facts) (v value, yes, no *facts) {
	for i, x := range e.Values {
		w, t, n := f.cond(x, st)
		switch {
		case i == 0:
			v = value{path: w.path, loose: w.loose}
		case i > 1 || v.path == "":
			v = value{}
		}
		if i == len(e.Values)-1 && e.Op == python.Or {
			v.null, v.otherwise = w.null, w.is
		}
		if e.Op == python.And {
			yes, no, st = t, f.join(no, n), t
		} else {
			yes, no, st = f.join(yes, t), n, n
		}
	}
	if e.Op == python.And {
		v = value{} // what is true with "and" says little about the value of the whole
	}
	return v, yes, no
}

// comprehension goes through its loops, and then what it makes of each turn.
func (f *flow) comprehension(loops []python.Comprehension, st *facts, results ...python.Expr) *facts {
	in := st
	for i, g := range loops {
		v, after := f.eval(g.Iter, in)
		in = f.use(g.Iter, g.Iter, v, "loops over it", "[]", after)
		if i == 0 {
			st = in
		}
		in = f.item(g.Target, v, f.forgetTarget(g.Target, in))
		for _, c := range g.Ifs {
			_, in, _ = f.cond(c, in)
		}
	}
	for _, e := range results {
		_, in = f.eval(e, in)
	}
	return st
}

// cond goes through a condition. It returns its value, what is known where it is true,
// and what is known where it is false.
func (f *flow) cond(e python.Expr, st *facts) (v value, yes, no *facts) {
	switch e := e.(type) {
	case *python.BoolOp:
		return f.boolean(e, st)
	case *python.UnaryOp:
		if e.Op == python.Not {
			f.negated++
			_, yes, no = f.cond(e.Operand, st)
			f.negated--
			return value{is: valueType(e)}, no, yes
		}
	case *python.Compare:
		yes, no = f.compare(e, st)
		return value{is: valueType(e)}, yes, no
	case *python.Call:
		return f.check(e, st)
	}
	v, st = f.eval(e, st)
	return v, st.know(f, v.path), st
}

// compare goes through a comparison.
func (f *flow) compare(e *python.Compare, st *facts) (yes, no *facts) {
	if slices.ContainsFunc(e.Ops, func(op python.Operator) bool { return op == python.NotEq || op == python.NotIn || op == python.IsNot }) {
		f.negated++
		defer func() { f.negated-- }()
	}
	left, st := f.eval(e.Left, st)
	lhs := e.Left
	yes = st
	for i, rhs := range e.Comparators {
		right, after := f.eval(rhs, st)
		st = after
		yes = st
		none := isNone(rhs)
		switch op := e.Ops[i]; op {
		case python.In, python.NotIn:
			st = f.use(rhs, e, right, "looks into it with "+operatorText(op), "[]", st)
			there := st.know(f, left.path)
			if c, ok := lhs.(*python.Constant); ok && right.path != "" {
				there = there.know(f, right.path+"\x00"+c.Value)
			}
			if len(e.Ops) == 1 {
				if op == python.In {
					return there, st
				}
				return st, there
			}
		case python.Lt, python.LtE, python.Gt, python.GtE:
			st = f.use(lhs, e, left, "compares it with "+operatorText(op), "", st)
			st = f.use(rhs, e, right, "compares it with "+operatorText(op), "", st)
			yes = st
		case python.Is, python.Eq:
			if len(e.Ops) == 1 {
				if none {
					return st, st.know(f, left.path)
				}
				if right.null == nil {
					yes = st.know(f, left.path)
				}
				if left.null == nil {
					yes = yes.know(f, right.path)
				}
				return yes, st
			}
		case python.IsNot, python.NotEq:
			if len(e.Ops) == 1 {
				if none {
					return st.know(f, left.path), st
				}
				no = st
				if right.null == nil {
					no = no.know(f, left.path)
				}
				if left.null == nil {
					no = no.know(f, right.path)
				}
				return st, no
			}
		}
		left, lhs = right, rhs
	}
	return st, st
}

func isNone(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	return ok && c.Kind == python.None
}

var operatorTexts = map[python.Operator]string{python.Lt: "<", python.LtE: "<=", python.Gt: ">", python.GtE: ">=", python.In: "in", python.NotIn: "not in"}

func operatorText(op python.Operator) string { return operatorTexts[op] }

// check goes through a call that is a condition. Where it is true, its arguments and
// the value whose method it is count as checked.
func (f *flow) check(e *python.Call, st *facts) (v value, yes, no *facts) {
	v, used, after := f.callWith(e, st)
	yes = after.know(f, v.path)
	if v.path == "" {
		for _, w := range used {
			if w.path != "event" {
				yes = yes.know(f, w.path)
			}
		}
	}
	return v, yes, after
}
