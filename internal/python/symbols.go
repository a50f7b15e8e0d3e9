package python

// Symbols contains the names that a module defines and imports, for questions
// such as "does this file define rule?".
type Symbols struct {
	// Functions lists the functions at module level, in order, including
	// redefinitions. Functions under if, try, with, for and while count.
	Functions []*FunctionDef
	// Classes lists the classes at module level, in the same way.
	Classes []*ClassDef
	// Imports lists all imports of the file, including those within functions
	// and classes.
	Imports []ImportedName
	// Defined contains every name that the module may have after it ran, with
	// the position where it is first bound.
	Defined map[string]Span
	// StarImport reports whether a star import may define other names.
	StarImport bool
	// functions are the last ones of each name.
	functions map[string]*FunctionDef
}

// ImportedName is one name of an import statement.
type ImportedName struct {
	Span
	// Module is the module as written: "os.path" in "import os.path", "x" in
	// "from x import y", and empty for "from . import y".
	Module string
	// Name is y in "from x import y" ("*" for all), and empty for "import x".
	Name string
	// Bound is the name that it has in the file, empty for "*".
	Bound string
	// Level is the number of dots of a relative import.
	Level int
	// Local reports whether it is within a function or a class.
	Local bool
}

// Function returns the last module-level function with the name, which is the
// one that is in effect after the module ran, or nil.
func (s *Symbols) Function(name string) *FunctionDef {
	return s.functions[name]
}

// Symbols returns the names of a module.
func (m *Module) Symbols() *Symbols {
	c := &collector{out: &Symbols{Defined: map[string]Span{}}}
	c.visit = c.node
	stmts(m.Body, c.visit)
	c.out.functions = make(map[string]*FunctionDef, len(c.out.Functions))
	for _, f := range c.out.Functions {
		c.out.functions[f.Name] = f
	}
	return c.out
}

type collector struct {
	out   *Symbols
	visit func(Node)
	local int             // enclosing functions and classes
	comp  int             // enclosing comprehensions
	glob  map[string]bool // declared global in the enclosing function
}

func (c *collector) define(name string, at Node) {
	if name == "" || c.local > 0 && !c.glob[name] {
		return
	}
	if _, known := c.out.Defined[name]; !known {
		c.out.Defined[name] = Span{int32(at.Pos()), int32(at.End())}
	}
}

func (c *collector) node(n Node) {
	switch n := n.(type) {
	case *FunctionDef:
		c.define(n.Name, n.NameSpan)
		if c.local == 0 {
			c.out.Functions = append(c.out.Functions, n)
		}
		exprs(n.DecoratorList, c.visit)
		n.Args.children(c.visit)
		expr(n.Returns, c.visit)
		c.inner(n.Body)
	case *ClassDef:
		c.define(n.Name, n.NameSpan)
		if c.local == 0 {
			c.out.Classes = append(c.out.Classes, n)
		}
		exprs(n.DecoratorList, c.visit)
		exprs(n.Bases, c.visit)
		keywords(n.Keywords, c.visit)
		c.inner(n.Body)
	case *Lambda:
		exprs(n.Args.Defaults, c.visit)
		exprs(n.Args.KwDefaults, c.visit)
		glob := c.glob
		c.local, c.glob = c.local+1, nil
		c.visit(n.Body)
		c.local, c.glob = c.local-1, glob
	case *Import:
		for _, a := range n.Names {
			c.imported(ImportedName{Span: a.Span, Module: a.Name, Bound: a.Bound()})
		}
	case *ImportFrom:
		for _, a := range n.Names {
			i := ImportedName{Span: a.Span, Module: n.Module, Name: a.Name, Bound: a.Bound(), Level: n.Level}
			if a.Name == "*" {
				i.Bound = ""
				c.out.StarImport = true
			}
			c.imported(i)
		}
	case *Name:
		// The targets of comprehensions are local to them.
		if n.Ctx == Store && c.comp == 0 {
			c.define(n.ID, n)
		}
	case *NamedExpr:
		c.define(n.Target.ID, n.Target)
		c.visit(n.Value)
	case *ListComp, *SetComp, *DictComp, *GeneratorExp:
		c.comp++
		Children(n, c.visit)
		c.comp--
	case *ExceptHandler:
		c.define(n.Name, n.NameSpan)
		Children(n, c.visit)
	case *MatchAs:
		c.define(n.Name, n)
		Children(n, c.visit)
	case *MatchStar:
		c.define(n.Name, n)
	case *MatchMapping:
		c.define(n.Rest, n)
		Children(n, c.visit)
	default:
		Children(n, c.visit)
	}
}

func (c *collector) imported(i ImportedName) {
	i.Local = c.local > 0
	c.define(i.Bound, i)
	c.out.Imports = append(c.out.Imports, i)
}

// inner visits the body of a function or a class, whose names belong to the
// module only if they are declared global.
func (c *collector) inner(body []Stmt) {
	glob := c.glob
	c.local, c.glob = c.local+1, nil
	for _, s := range body {
		c.globals(s)
	}
	stmts(body, c.visit)
	c.local, c.glob = c.local-1, glob
}

func (c *collector) globals(n Node) {
	switch n := n.(type) {
	case *Global:
		for _, name := range n.Names {
			if c.glob == nil {
				c.glob = map[string]bool{}
			}
			c.glob[name] = true
		}
	case *FunctionDef, *ClassDef, Expr:
	default:
		Children(n, c.globals)
	}
}
