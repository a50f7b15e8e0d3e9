// Package pychange compares two versions of a Python module by their code: which
// functions, classes and other names changed, and which names of other modules
// depend on those. Comments, formatting and docstrings don't count.
package pychange

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/python"
)

// Name is a name of a module, such as a function. A Name of "" is the code of the
// module that defines no name and runs on import.
type Name struct{ Module, Name string }

// Module is what a Python module defines at its top level, and what that uses.
type Module struct {
	defs map[string]*definition
	// imports has what the imported names are; a Name of "" there is a whole module.
	imports map[string]Name
	// stars lists the modules of which all names are imported.
	stars []string
}

// definition is the code that defines a name, and the names that it reads.
type definition struct {
	code  []byte
	loads map[string]bool
	// attrs has the attributes that are read of a name, and bare whether the name is
	// also used in another way.
	attrs map[string]map[string]bool
	bare  map[string]bool
}

func newDefinition() *definition {
	return &definition{loads: map[string]bool{}, attrs: map[string]map[string]bool{}, bare: map[string]bool{}}
}

// Parse reads a module. ok is false if it is not Python.
func Parse(text string) (m *Module, ok bool) {
	tree, err := python.Parse([]byte(text), python.Options{})
	if err != nil || tree == nil {
		return nil, false
	}
	m = &Module{defs: map[string]*definition{}, imports: map[string]Name{}}
	for _, i := range tree.Symbols().Imports {
		switch {
		case i.Level != 0:
		case i.Name == "*":
			m.stars = append(m.stars, i.Module)
		case i.Bound != "" && i.Name == "":
			m.imports[i.Bound] = Name{Module: top(i.Module)}
		case i.Bound != "":
			m.imports[i.Bound] = Name{Module: i.Module, Name: i.Name}
		}
	}
	for _, s := range tree.Body {
		m.statement(s)
	}
	return m, true
}

func top(module string) string {
	for i := range len(module) {
		if module[i] == '.' {
			return module[:i]
		}
	}
	return module
}

// Imports reports whether the module imports another one.
func (m *Module) Imports(module string) bool {
	for _, n := range m.imports {
		if n.Module == module {
			return true
		}
	}
	return slices.Contains(m.stars, module)
}

// Stars returns the modules of which the module imports all names.
func (m *Module) Stars() []string { return m.stars }

// Imported reports whether a name of the module is imported.
func (m *Module) Imported(name string) bool { return m.imports[name] != (Name{}) }

// Defines reports whether the module defines a name.
func (m *Module) Defines(name string) bool { return m.defs[name] != nil }

// statement adds a statement of the module to the names that it defines.
func (m *Module) statement(s python.Stmt) {
	if _, pass := s.(*python.Pass); pass || python.Docstring(s) || isMain(s) {
		return
	}
	names := m.defined(s)
	if len(names) == 0 {
		names = []string{""}
	}
	d := newDefinition()
	d.code = append(python.AppendCode(nil, s), '\n')
	d.read(s)
	for _, name := range names {
		m.define(name, d)
	}
}

// define adds code to a name. Names of one statement share its definition until one
// of them gets more.
func (m *Module) define(name string, d *definition) {
	old := m.defs[name]
	if old == nil {
		m.defs[name] = d
		return
	}
	both := newDefinition()
	both.code = slices.Concat(old.code, d.code)
	both.take(old, nil)
	both.take(d, nil)
	m.defs[name] = both
}

// defined returns the names that a top-level statement defines or changes.
func (m *Module) defined(s python.Stmt) []string {
	seen := map[string]bool{}
	var out []string
	add := func(name string) {
		if name != "" && !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	var visit func(python.Node)
	visit = func(n python.Node) {
		switch n := n.(type) {
		case *python.FunctionDef:
			add(n.Name)
			return
		case *python.ClassDef:
			add(n.Name)
			return
		case *python.Import:
			for _, a := range n.Names {
				add(a.Bound())
			}
			return
		case *python.ImportFrom:
			for _, a := range n.Names {
				if a.Name != "*" {
					add(a.Bound())
				}
			}
			return
		case *python.Lambda, *python.ListComp, *python.SetComp, *python.DictComp, *python.GeneratorExp:
			return
		case *python.Name:
			if n.Ctx != python.Load {
				add(n.ID)
			}
			return
		case *python.Attribute:
			if n.Ctx != python.Load {
				add(base(n))
				return
			}
		case *python.Subscript:
			if n.Ctx != python.Load {
				add(base(n))
				return
			}
		case *python.ExprStmt:
			// TABLE.update(…) changes TABLE.
			if call, ok := n.Value.(*python.Call); ok {
				if f, ok := call.Func.(*python.Attribute); ok {
					if name := base(f); m.defs[name] != nil && m.imports[name] == (Name{}) {
						add(name)
					}
				}
			}
		}
		python.Children(n, visit)
	}
	visit(s)
	return out
}

// base returns the name that attributes and subscripts start with; "" for none.
func base(e python.Expr) string {
	for {
		switch x := e.(type) {
		case *python.Attribute:
			e = x.Value
		case *python.Subscript:
			e = x.Value
		case *python.Name:
			return x.ID
		default:
			return ""
		}
	}
}

// isMain reports whether a statement runs only if the file is run as a program.
func isMain(s python.Stmt) bool {
	i, ok := s.(*python.If)
	if !ok || len(i.Orelse) > 0 {
		return false
	}
	c, ok := i.Test.(*python.Compare)
	if !ok || len(c.Ops) != 1 || c.Ops[0] != python.Eq {
		return false
	}
	name, ok := c.Left.(*python.Name)
	return ok && name.ID == "__name__"
}

// read adds the names that a node reads. Parameters and other local names of a
// function hide those of the module.
func (d *definition) read(n python.Node) {
	switch n := n.(type) {
	case *python.FunctionDef:
		local := locals(n)
		inner := newDefinition()
		for _, s := range n.Body {
			inner.read(s)
		}
		d.take(inner, local)
		python.Children(n, func(c python.Node) {
			if _, body := c.(python.Stmt); !body {
				d.read(c) // decorators, defaults and annotations
			}
		})
		return
	case *python.Attribute:
		if name, ok := n.Value.(*python.Name); ok {
			d.readAttr(name.ID, n.Attr)
			return
		}
	case *python.Name:
		d.loads[n.ID], d.bare[n.ID] = true, true
		return
	}
	python.Children(n, d.read)
}

// readAttr adds an attribute of a name.
func (d *definition) readAttr(name, attr string) {
	d.loads[name] = true
	if d.attrs[name] == nil {
		d.attrs[name] = map[string]bool{}
	}
	d.attrs[name][attr] = true
}

// take adds what other code reads, such as a function, besides its local names.
func (d *definition) take(inner *definition, local map[string]bool) {
	for name := range inner.loads {
		if local[name] {
			continue
		}
		d.loads[name] = true
		if inner.bare[name] {
			d.bare[name] = true
		}
		for attr := range inner.attrs[name] {
			d.readAttr(name, attr)
		}
	}
}

// locals returns the parameters of a function and the names that it assigns, without
// those that it imports or declares global.
func locals(f *python.FunctionDef) map[string]bool {
	out, outer := map[string]bool{}, map[string]bool{}
	args := f.Args
	for _, list := range [][]*python.Arg{args.Posonlyargs, args.Args, args.Kwonlyargs, {args.Vararg, args.Kwarg}} {
		for _, a := range list {
			if a != nil {
				out[a.Arg] = true
			}
		}
	}
	var visit func(python.Node)
	visit = func(n python.Node) {
		switch n := n.(type) {
		case *python.FunctionDef, *python.ClassDef, *python.Lambda, *python.ListComp, *python.SetComp, *python.DictComp, *python.GeneratorExp:
			return
		case *python.Global:
			for _, name := range n.Names {
				outer[name] = true
			}
		case *python.Name:
			if n.Ctx == python.Store {
				out[n.ID] = true
			}
		}
		python.Children(n, visit)
	}
	for _, s := range f.Body {
		visit(s)
	}
	for name := range outer {
		delete(out, name)
	}
	return out
}
