package python

// compiler finds the errors that CPython's code generator reports.
type compiler struct {
	m           *Module
	scopes      *scopes
	annotations bool
	futureLine  int
	unit        *unit
	visit       func(Node)
}

// unit is a block that becomes a code object, with the stack of enclosing
// loops, with and try statements.
type unit struct {
	kind     scopeKind
	blocks   []blockKind
	asyncGen bool
}

type blockKind uint8

const (
	otherBlock blockKind = iota
	loopBlock
	exceptStarBlock
)

// maxBlocks is CPython's limit for the nesting of loops, with and try
// statements.
const maxBlocks = 20

func (c *compiler) enter(k scopeKind, visit func()) {
	outer := c.unit
	c.unit = &unit{kind: k}
	visit()
	c.unit = outer
}

func (c *compiler) block(k blockKind, n Node, visit func()) {
	if len(c.unit.blocks) >= maxBlocks {
		raiseAt(n, "too many statically nested blocks")
	}
	c.unit.blocks = append(c.unit.blocks, k)
	visit()
	c.unit.blocks = c.unit.blocks[:len(c.unit.blocks)-1]
}

func (c *compiler) body(list []Stmt) { stmts(list, c.visit) }

func (c *compiler) node(n Node) {
	switch n := n.(type) {
	case Stmt:
		c.stmt(n)
	case Expr:
		c.expr(n)
	default:
		Children(n, c.visit)
	}
}

func (c *compiler) stmt(s Stmt) {
	switch s := s.(type) {
	case *FunctionDef:
		c.function(s)
	case *ClassDef:
		exprs(s.DecoratorList, c.visit)
		c.forbidden(s.Name, Store, s)
		c.enter(classScope, func() { c.body(s.Body) })
		c.elements(s.Bases)
		c.keywords(s.Keywords)
	case *Return:
		c.returnStmt(s)
	case *Assign:
		c.visit(s.Value)
		exprs(s.Targets, c.visit)
	case *AnnAssign:
		expr(s.Value, c.visit)
		c.visit(s.Target)
		if !c.annotations {
			c.visit(s.Annotation)
		}
	case *For:
		if s.Async && c.unit.kind != asyncScope {
			raiseAt(s, "'async for' outside async function")
		}
		c.visit(s.Iter)
		c.block(loopBlock, s, func() {
			c.visit(s.Target)
			c.body(s.Body)
		})
		c.body(s.Orelse)
	case *While:
		c.block(loopBlock, s, func() {
			c.visit(s.Test)
			c.body(s.Body)
		})
		c.body(s.Orelse)
	case *With:
		c.with(s, 0)
	case *Match:
		c.match(s)
	case *Try:
		c.try(s)
	case *Import:
		c.aliases(s.Names, s)
	case *ImportFrom:
		if s.Module == "__future__" && s.Level == 0 && c.m.lines.line(s.Start) > c.futureLine {
			raiseAt(s, lateFuture)
		}
		c.aliases(s.Names, s)
	case *Break:
		c.leaveLoop(s, "'break' outside loop")
	case *Continue:
		c.leaveLoop(s, "'continue' not properly in loop")
	default:
		stmtChildren(s, c.visit)
	}
}

const inExceptStar = "'break', 'continue' and 'return' cannot appear in an except* block"

func (c *compiler) leaveLoop(s Stmt, msg string) {
	for i := len(c.unit.blocks) - 1; i >= 0; i-- {
		switch c.unit.blocks[i] {
		case exceptStarBlock:
			raiseAt(s, inExceptStar)
		case loopBlock:
			return
		}
	}
	raiseAt(s, msg)
}

func (c *compiler) returnStmt(s *Return) {
	switch c.unit.kind {
	case functionScope, asyncScope:
	default:
		raiseAt(s, "'return' outside function")
	}
	if s.Value != nil && c.unit.asyncGen {
		raiseAt(s, "'return' with value in async generator")
	}
	expr(s.Value, c.visit)
	for _, b := range c.unit.blocks {
		if b == exceptStarBlock {
			raiseAt(s, inExceptStar)
		}
	}
}

func (c *compiler) with(s *With, i int) {
	if s.Async && c.unit.kind != asyncScope {
		raiseAt(s, "'async with' outside async function")
	}
	if i == len(s.Items) {
		c.body(s.Body)
		return
	}
	c.visit(s.Items[i].ContextExpr)
	c.block(otherBlock, s, func() {
		expr(s.Items[i].OptionalVars, c.visit)
		c.with(s, i+1)
	})
}

func (c *compiler) try(s *Try) {
	body := func() {
		if len(s.Handlers) == 0 {
			c.body(s.Body)
			return
		}
		c.block(otherBlock, s, func() { c.body(s.Body) })
		c.body(s.Orelse)
		c.handlers(s)
	}
	if len(s.Finalbody) == 0 {
		body()
		return
	}
	c.block(otherBlock, s, body)
	c.block(otherBlock, s, func() { c.body(s.Finalbody) })
}

func (c *compiler) handlers(s *Try) {
	k := otherBlock
	if s.Star {
		k = exceptStarBlock
	}
	c.block(k, s, func() {
		for i, h := range s.Handlers {
			if h.Type == nil && i < len(s.Handlers)-1 {
				raiseAt(h, "default 'except:' must be last")
			}
			expr(h.Type, c.visit)
			if h.Name != "" {
				c.forbidden(h.Name, Store, h)
			}
			c.block(otherBlock, h, func() { c.body(h.Body) })
		}
	})
}

func (c *compiler) function(s *FunctionDef) {
	exprs(s.DecoratorList, c.visit)
	c.arguments(s.Args, s)
	if !c.annotations {
		s.Args.each(func(a *Arg) {
			if star, ok := a.Annotation.(*Starred); ok && a == s.Args.Vararg {
				c.visit(star.Value)
			} else {
				expr(a.Annotation, c.visit)
			}
		})
		expr(s.Returns, c.visit)
	}
	typeParams(s.TypeParams, c.visit)
	k := functionScope
	if s.Async {
		k = asyncScope
	}
	c.enter(k, func() {
		c.unit.asyncGen = c.scopes.asyncGens[s]
		c.body(s.Body)
	})
	c.forbidden(s.Name, Store, s)
}

func (c *compiler) arguments(a *Arguments, n Node) {
	a.each(func(x *Arg) { c.forbidden(x.Arg, Store, n) })
	exprs(a.Defaults, c.visit)
	exprs(a.KwDefaults, c.visit)
}

func (c *compiler) aliases(list []Alias, n Node) {
	for i := range list {
		if list[i].Name != "*" {
			c.forbidden(list[i].Bound(), Store, n)
		}
	}
}

// forbidden reports an error for binding __debug__, the only name that is not a
// keyword and can't be bound.
func (c *compiler) forbidden(name string, ctx Context, at Node) {
	if name != "__debug__" || ctx == Load {
		return
	}
	if ctx == Del {
		raiseAt(at, "cannot delete __debug__")
	}
	raiseAt(at, "cannot assign to __debug__")
}

func (c *compiler) keywords(list []*Keyword) {
	for i, k := range list {
		if k.Arg == "" {
			continue
		}
		c.forbidden(k.Arg, Store, k)
		for _, other := range list[i+1:] {
			if other.Arg == k.Arg {
				raiseAt(other, "keyword argument repeated: "+k.Arg)
			}
		}
	}
	for _, k := range list {
		c.visit(k.Value)
	}
}

// elements visits a list that may contain starred expressions.
func (c *compiler) elements(list []Expr) {
	for _, e := range list {
		if star, ok := e.(*Starred); ok {
			c.visit(star.Value)
		} else {
			c.visit(e)
		}
	}
}

func (c *compiler) sequence(e Expr, elts []Expr, ctx Context) {
	if ctx == Store {
		seen := false
		for i, x := range elts {
			if _, ok := x.(*Starred); !ok {
				continue
			}
			if seen {
				raiseAt(e, "multiple starred expressions in assignment")
			}
			if i >= 256 {
				raiseAt(e, "too many expressions in star-unpacking assignment")
			}
			seen = true
		}
	}
	c.elements(elts)
}

func (c *compiler) expr(e Expr) {
	switch e := e.(type) {
	case *Name:
		if e.Ctx != Load {
			c.forbidden(e.ID, e.Ctx, e)
		}
	case *Constant:
	case *Attribute:
		c.visit(e.Value)
		c.forbidden(e.Attr, e.Ctx, e)
	case *Call:
		c.visit(e.Func)
		c.elements(e.Args)
		c.keywords(e.Keywords)
	case *List:
		c.sequence(e, e.Elts, e.Ctx)
	case *Tuple:
		c.sequence(e, e.Elts, e.Ctx)
	case *Set:
		c.elements(e.Elts)
	case *Starred:
		if e.Ctx == Store {
			raiseAt(e, "starred assignment target must be in a list or tuple")
		}
		raiseAt(e, "can't use starred expression here")
	case *Lambda:
		c.arguments(e.Args, e)
		c.enter(lambdaScope, func() { c.visit(e.Body) })
	case *Yield:
		c.inFunction(e, "'yield' outside function")
		expr(e.Value, c.visit)
	case *YieldFrom:
		c.inFunction(e, "'yield' outside function")
		if c.unit.kind == asyncScope {
			raiseAt(e, "'yield from' inside async function")
		}
		c.visit(e.Value)
	case *Await:
		c.inFunction(e, "'await' outside function")
		if c.unit.kind != asyncScope && c.unit.kind != comprehensionScope {
			raiseAt(e, "'await' outside async function")
		}
		c.visit(e.Value)
	case *ListComp:
		c.comprehension(e, e.Generators, e.Elt, nil)
	case *SetComp:
		c.comprehension(e, e.Generators, e.Elt, nil)
	case *DictComp:
		c.comprehension(e, e.Generators, e.Key, e.Value)
	case *GeneratorExp:
		c.comprehension(e, e.Generators, e.Elt, nil)
	default:
		exprChildren(e, c.visit)
	}
}

func (c *compiler) inFunction(e Expr, msg string) {
	switch c.unit.kind {
	case moduleScope, classScope:
		raiseAt(e, msg)
	}
}

func (c *compiler) comprehension(e Expr, gens []Comprehension, elt, value Expr) {
	if c.scopes.asyncComps[e] && c.unit.kind != asyncScope && c.unit.kind != comprehensionScope {
		raiseAt(e, "asynchronous comprehension outside of an asynchronous function")
	}
	c.visit(gens[0].Iter)
	c.enter(comprehensionScope, func() {
		for i := range gens {
			if i > 0 {
				c.visit(gens[i].Iter)
			}
			c.visit(gens[i].Target)
			exprs(gens[i].Ifs, c.visit)
		}
		c.visit(elt)
		expr(value, c.visit)
	})
}
