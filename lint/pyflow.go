package lint

import (
	"slices"
	"strconv"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// flow follows the values of the event through the functions of a Python file: which
// part of the event an expression is, and whether it may be None there. It is
// conservative: what it does not understand is not None.
type flow struct {
	b *body
	// uses are the places where a value that may be None is used as if it never was.
	uses []nullUse
	// changes are the places that change the event or a part of it.
	changes []eventChange
	// typeChecks are the calls of isinstance for parts of the event.
	typeChecks []*python.Call
	// results are the returns of the functions that Panther calls.
	results []result

	entry string
	// function is the one being followed, and whether Panther calls it.
	function *python.FunctionDef
	called   bool
	guarded  int
	// negated counts the "not" and "!=" around the place.
	negated int
	fresh   int
	// over is set in functions with too many facts; nothing is found in them.
	over bool
	// matched are the facts that hold where rule returned something true.
	matched *facts
}

// nullUse is the use of a value that may be None.
type nullUse struct {
	// at is the expression that may be None, and in the expression that fails then.
	at, in python.Expr
	from   *source
	// how says what happens to the value, such as "calls .lower() on it".
	how string
	// fallback is the default that fits the use; "" if none does. With negated it could
	// make the rule match.
	fallback string
	negated  bool
}

// eventChange is a change of the event, which Panther does not allow.
type eventChange struct {
	at        python.Node
	what, how string
}

// result is one way in which a function that Panther calls can end. A nil value is a
// return without one, or the end of the function.
type result struct {
	function *python.FunctionDef
	stmt     *python.Return
	at       python.Expr
	value    value
}

// source is the call that a value without a default comes from.
type source struct {
	call *python.Call
	// keyword is set if the default is a keyword argument.
	keyword bool
}

// value is what is known about the value of an expression.
type value struct {
	// path says which part of the event it is; "" for anything else.
	path string
	// null is set if it may be None.
	null *source
	// is names the type, as valueType does, and otherwise that of the default.
	is, otherwise string
	// loose is set for values that are copies, so that they can be changed.
	loose bool
}

// flowOf follows the event through the Python file of a spec, once for all rules. It
// returns nil if there is nothing to follow.
func flowOf(p *SpecPass) *flow {
	return Once(p, "flow", func(p *SpecPass) *flow {
		b := bodyOf(p)
		if b == nil {
			return nil
		}
		f := &flow{b: b, entry: entryFunction(p.Item.Type)}
		// What rule checks holds in title and the others: they only run after it.
		functions := slices.Clone(b.functions)
		slices.SortStableFunc(functions, func(x, y *python.FunctionDef) int { return f.rank(x) - f.rank(y) })
		for _, d := range functions {
			f.follow(d, p.Item.Type)
		}
		return f
	})
}

// rank is 0 for the function that Panther calls first.
func (f *flow) rank(d *python.FunctionDef) int {
	if f.entry != "" && d.Name == f.entry {
		return 0
	}
	return 1
}

// follow goes through one function.
func (f *flow) follow(d *python.FunctionDef, t repo.Type) {
	f.function, f.over = d, false
	f.called = f.entry != "" && (d.Name == f.entry || slices.Contains(optionalFunctions, d.Name)) && f.b.plainFunction(d.Name) == d
	uses, changes, checks, results := len(f.uses), len(f.changes), len(f.typeChecks), len(f.results)
	var st *facts
	if f.called && d.Name != f.entry && t != repo.TypePolicy {
		st = f.matched
	}
	for i, a := range slices.Concat(d.Args.Posonlyargs, d.Args.Args) {
		if i == 0 && f.called || a.Arg == "event" {
			st = f.bind(st, a.Arg, value{path: "event", loose: t == repo.TypePolicy})
		}
	}
	if st == nil {
		st = &facts{}
	}
	end := f.block(d.Body, st)
	if end != nil && f.called {
		f.results = append(f.results, result{function: d})
	}
	if f.over {
		f.uses, f.changes, f.typeChecks, f.results = f.uses[:uses], f.changes[:changes], f.typeChecks[:checks], f.results[:results]
		if d.Name == f.entry {
			f.matched = nil
		}
	}
}

// block goes through statements. The result is nil if their end is never reached.
func (f *flow) block(list []python.Stmt, st *facts) *facts {
	for _, s := range list {
		if st = f.stmt(s, st); st == nil || f.over {
			return st
		}
	}
	return st
}

func (f *flow) stmt(s python.Stmt, st *facts) *facts {
	switch s := s.(type) {
	case *python.ExprStmt:
		_, st = f.eval(s.Value, st)
	case *python.Return:
		f.result(s, st)
		return nil
	case *python.Raise:
		if s.Exc != nil {
			f.eval(s.Exc, st)
		}
		return nil
	case *python.Break, *python.Continue:
		return nil
	case *python.Assign:
		v, after := f.eval(s.Value, st)
		st = after
		for _, t := range s.Targets {
			st = f.assign(t, s.Value, v, st)
		}
	case *python.AnnAssign:
		if s.Value != nil {
			v, after := f.eval(s.Value, st)
			st = f.assign(s.Target, s.Value, v, after)
		}
	case *python.AugAssign:
		_, st = f.eval(s.Value, st)
		if n, ok := s.Target.(*python.Name); ok {
			v := st.variable(n.ID)
			st = f.use(n, n, v, "changes it with an operator", "", st)
			return f.bind(st, n.ID, value{})
		}
		st = f.assign(s.Target, nil, value{}, st)
	case *python.Delete:
		for _, t := range s.Targets {
			st = f.assign(t, nil, value{}, st)
		}
	case *python.If:
		_, yes, no := f.cond(s.Test, st)
		return f.join(f.block(s.Body, yes), f.block(s.Orelse, no))
	case *python.Assert:
		_, st, _ = f.cond(s.Test, st)
	case *python.While:
		st = f.forget(s.Body, st)
		_, yes, no := f.cond(s.Test, st)
		f.block(s.Body, yes)
		if endless(s) {
			if !breaks(s.Body) {
				return nil
			}
			return st
		}
		if len(s.Orelse) > 0 {
			f.block(s.Orelse, no)
			return f.forget(s.Orelse, st)
		}
		if breaks(s.Body) {
			return st
		}
		return no
	case *python.For:
		v, after := f.eval(s.Iter, st)
		after = f.use(s.Iter, s.Iter, v, "loops over it", "[]", after)
		st = f.forget(s.Body, after)
		st = f.forgetTarget(s.Target, st)
		f.block(s.Body, f.item(s.Target, v, st))
		if len(s.Orelse) > 0 {
			if !breaks(s.Body) {
				return f.block(s.Orelse, st)
			}
			f.block(s.Orelse, st)
			st = f.forget(s.Orelse, st)
		}
	case *python.With:
		for _, w := range s.Items {
			_, st = f.eval(w.ContextExpr, st)
			if w.OptionalVars != nil {
				st = f.assign(w.OptionalVars, nil, value{}, st)
			}
		}
		end := f.block(s.Body, st)
		if end == nil && suppresses(s) {
			return f.forget(s.Body, st)
		}
		return end
	case *python.Try:
		return f.try(s, st)
	case *python.Match:
		return f.match(s, st)
	case *python.FunctionDef:
		st = f.bind(st, s.Name, value{})
	case *python.ClassDef:
		st = f.bind(st, s.Name, value{})
	case *python.Import:
		for _, a := range s.Names {
			st = f.bind(st, a.Bound(), value{})
		}
	case *python.ImportFrom:
		for _, a := range s.Names {
			st = f.bind(st, a.Bound(), value{})
		}
	}
	return st
}

func (f *flow) try(s *python.Try, st *facts) *facts {
	if len(s.Handlers) > 0 {
		f.guarded++
	}
	end := f.block(s.Body, st)
	if len(s.Handlers) > 0 {
		f.guarded--
	}
	if end != nil {
		end = f.block(s.Orelse, end)
	}
	before := f.forget(s.Body, st)
	for _, h := range s.Handlers {
		in := before
		if h.Name != "" {
			in = f.bind(in, h.Name, value{})
		}
		end = f.join(end, f.block(h.Body, in))
	}
	if len(s.Finalbody) > 0 {
		last := f.block(s.Finalbody, f.forget(s.Orelse, before))
		if last == nil {
			return nil
		}
		if end != nil {
			end = f.forget(s.Finalbody, end)
		}
	}
	return end
}

func (f *flow) match(s *python.Match, st *facts) *facts {
	v, st := f.eval(s.Subject, st)
	var end *facts
	rest := true
	for _, c := range s.Cases {
		in := st
		names := map[string]bool{}
		bind(c.Pattern, names)
		for _, n := range sortedKeys(names) {
			in = f.bind(in, n, value{})
		}
		all := anything(c.Pattern)
		if !all {
			in = in.know(f, v.path)
		}
		if c.Guard != nil {
			_, in, _ = f.cond(c.Guard, in)
		} else if all {
			rest = false
		}
		end = f.join(end, f.block(c.Body, in))
	}
	if rest {
		end = f.join(end, st)
	}
	return end
}

// result notes what a function that Panther calls returns.
func (f *flow) result(s *python.Return, st *facts) {
	if s.Value == nil {
		if f.called {
			f.results = append(f.results, result{function: f.function, stmt: s})
		}
		return
	}
	if !f.called {
		f.eval(s.Value, st)
		return
	}
	f.outcome(s, s.Value, st)
	if f.function.Name == f.entry {
		// Where it returns something true, these facts hold.
		if _, yes, _ := f.quietly().cond(s.Value, st); !falsy(s.Value) {
			f.matched = f.join(f.matched, yes.ofEvent(f))
		}
	}
}

// falsy reports whether an expression is a constant that is false.
func falsy(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	return ok && (c.Kind == python.None || c.Kind == python.False)
}

// quietly returns a flow that reports nothing.
func (f *flow) quietly() *flow {
	q := *f
	q.guarded, q.changes, q.uses, q.typeChecks = 1, nil, nil, nil
	return &q
}

// next returns the path of a value that has no other.
func (f *flow) next(name string) string {
	f.fresh++
	return name + "#" + strconv.Itoa(f.fresh)
}
