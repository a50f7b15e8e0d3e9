package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// facts are what is known at one place of a function, newest first. They are never
// changed, so that branches share what was known before them. The last of them is
// empty; nil means that the place is never reached.
type facts struct {
	before *facts
	depth  int
	// path is known not to be None, or else the variable name has the value.
	path, name string
	value      value
}

// maxFacts limits the work in one function.
const maxFacts = 400

func (st *facts) with(f *flow, next facts) *facts {
	if st == nil {
		st = &facts{}
	}
	next.before, next.depth = st, st.depth+1
	if next.depth > maxFacts {
		f.over = true
		return st
	}
	return &next
}

// ofEvent returns what is known of the event itself, without variables.
func (st *facts) ofEvent(f *flow) *facts {
	out := &facts{}
	for ; st != nil; st = st.before {
		if strings.HasPrefix(st.path, "event\x00") && !strings.Contains(st.path, "#") {
			out = out.know(f, st.path)
		}
	}
	return out
}

// know adds that a part of the event is not None.
func (st *facts) know(f *flow, path string) *facts {
	if path == "" || st == nil || st.knows(path) {
		return st
	}
	return st.with(f, facts{path: path})
}

// knows reports whether a part of the event is not None. If it isn't, what is around
// it isn't either.
func (st *facts) knows(path string) bool {
	for ; st != nil; st = st.before {
		if rest, ok := strings.CutPrefix(st.path, path); ok && st.path != "" && (rest == "" || rest[0] == 0) {
			return true
		}
	}
	return false
}

// variable returns the value of a variable.
func (st *facts) variable(name string) value {
	for at := st; at != nil; at = at.before {
		if at.name == name {
			v := at.value
			if v.null != nil && st.knows(v.path) {
				v.null = nil
			}
			return v
		}
	}
	return value{}
}

// bind gives a variable a value.
func (f *flow) bind(st *facts, name string, v value) *facts {
	if v.path == "" && v.null != nil {
		v.path = f.next(name)
	}
	if v == (value{}) && !st.has(name) {
		return st
	}
	return st.with(f, facts{name: name, value: v})
}

func (st *facts) has(name string) bool {
	for ; st != nil; st = st.before {
		if st.name == name {
			return true
		}
	}
	return false
}

// join returns what holds after either of two branches.
func (f *flow) join(a, b *facts) *facts {
	switch {
	case a == nil:
		return b
	case b == nil || a == b:
		return a
	}
	common, other := a, b
	for common.depth > other.depth {
		common = common.before
	}
	for other.depth > common.depth {
		other = other.before
	}
	for common != other && common != nil && other != nil {
		common, other = common.before, other.before
	}
	if common == nil || other == nil {
		common = &facts{}
	}
	out := common
	seen := map[string]bool{}
	for _, side := range [2]*facts{a, b} {
		for at := side; at != nil && at != common; at = at.before {
			switch {
			case at.name != "" && !seen[at.name]:
				seen[at.name] = true
				v, w := a.variable(at.name), b.variable(at.name)
				if v.path != w.path {
					v = value{}
				} else if v.null == nil {
					v.null = w.null // one side may be None, and neither knows better
				}
				if v.path != "" && (a.knows(v.path) || v.null == nil) && (b.knows(v.path) || w.null == nil) {
					v.null = nil
				}
				out = out.with(f, facts{name: at.name, value: v})
			case at.path != "" && side == a && b.knows(at.path):
				out = out.know(f, at.path)
			}
		}
	}
	return out
}

// forget drops what is known about the variables that statements assign to.
func (f *flow) forget(list []python.Stmt, st *facts) *facts {
	if len(list) == 0 || st == nil {
		return st
	}
	names := map[string]bool{}
	for _, s := range list {
		bind(s, names)
	}
	for _, n := range sortedKeys(names) {
		if st.has(n) {
			st = st.with(f, facts{name: n})
		}
	}
	return st
}

// forgetTarget drops what is known about the variables of a target.
func (f *flow) forgetTarget(target python.Expr, st *facts) *facts {
	names := map[string]bool{}
	bind(target, names)
	for _, n := range sortedKeys(names) {
		if st.has(n) {
			st = st.with(f, facts{name: n})
		}
	}
	return st
}

// assign gives a target a value. What is not a variable may be a part of the event.
func (f *flow) assign(target, from python.Expr, v value, st *facts) *facts {
	switch t := target.(type) {
	case *python.Name:
		return f.bind(st, t.ID, v)
	case *python.Tuple:
		return f.unpack(t.Elts, from, v, st)
	case *python.List:
		return f.unpack(t.Elts, from, v, st)
	case *python.Starred:
		return f.assign(t.Value, nil, value{}, st)
	case *python.Subscript:
		base, after := f.eval(t.Value, st)
		_, st = f.eval(t.Slice, after)
		if base.part() {
			how := "assigns to a key of it"
			if t.Ctx == python.Del {
				how = "deletes a key of it"
			}
			f.changes = append(f.changes, eventChange{t, f.b.short(t.Value), how})
		}
	case *python.Attribute:
		_, st = f.eval(t.Value, st)
	}
	return st
}

func (f *flow) unpack(targets []python.Expr, from python.Expr, v value, st *facts) *facts {
	if from != nil {
		st = f.use(from, from, v, "unpacks it", "", st)
	}
	for _, e := range targets {
		st = f.assign(e, nil, value{}, st)
	}
	return st
}

// item binds the target of a loop over a value.
func (f *flow) item(target python.Expr, over value, st *facts) *facts {
	if n, ok := target.(*python.Name); ok && over.path != "" {
		return f.bind(st, n.ID, value{path: f.next(over.path), loose: over.loose})
	}
	return f.assign(target, nil, value{}, st)
}

// part reports whether a value is the event or a part of it.
// maxPath is the maximum length of the path of a part of the event, in bytes. Code that goes
// deeper is not followed there.
const maxPath = 1000

// in returns a value that is at a key, or behind a method, of this one.
func (v value) in(step string) value {
	if len(v.path)+len(step) > maxPath {
		return value{}
	}
	return value{path: v.path + "\x00" + step, loose: v.loose}
}

// at returns a value that is at a key of this one.
func (v value) at(f *flow, key python.Expr) value {
	if c, ok := key.(*python.Constant); ok {
		return v.in(c.Value)
	}
	text := f.b.text(key)
	if len(text) > maxPath {
		return value{}
	}
	return v.in("[" + text)
}

func (v value) part() bool { return v.path != "" && !v.loose }
