package python

// starTargets parses the targets of for.
func (p *parser) starTargets() Expr {
	start := p.start()
	first := p.starTarget()
	if p.kind() != tComma {
		return first
	}
	mark := len(p.exprStack)
	p.exprStack = append(p.exprStack, first)
	for p.accept(tComma) && p.startsExpression() {
		if p.diag {
			var e Expr
			pos := p.pos
			if !p.try(func() { e = p.starTarget() }) {
				p.pos = pos
				break
			}
			p.exprStack = append(p.exprStack, e)
			continue
		}
		p.exprStack = append(p.exprStack, p.starTarget())
	}
	n := p.newTuple(start, p.takeExprs(mark))
	n.Ctx = Store
	return n
}

func (p *parser) starTarget() Expr {
	if p.kind() != tStar {
		return p.target(Store)
	}
	start := p.start()
	p.pos++
	if p.kind() == tStar {
		p.fail()
	}
	value := p.target(Store)
	return &Starred{exprNode{Span{start, p.end()}}, value, Store}
}

// target parses a single target of for or del.
func (p *parser) target(ctx Context) Expr {
	e := p.primary()
	if !assignable(e, ctx) {
		p.fail()
	}
	setContext(e, ctx)
	return e
}

// assignable reports whether the grammar allows assigning to e or deleting it.
func assignable(e Expr, ctx Context) bool {
	switch e := e.(type) {
	case *Name, *Attribute, *Subscript:
		return true
	case *Tuple:
		return allAssignable(e.Elts, ctx)
	case *List:
		return allAssignable(e.Elts, ctx)
	case *Starred:
		if _, twice := e.Value.(*Starred); twice || ctx == Del {
			return false
		}
		return assignable(e.Value, ctx)
	}
	return false
}

func allAssignable(list []Expr, ctx Context) bool {
	for _, e := range list {
		if !assignable(e, ctx) {
			return false
		}
	}
	return true
}

func setContext(e Expr, ctx Context) {
	switch e := e.(type) {
	case *Name:
		e.Ctx = ctx
	case *Attribute:
		e.Ctx = ctx
	case *Subscript:
		e.Ctx = ctx
	case *Starred:
		e.Ctx = ctx
		setContext(e.Value, ctx)
	case *Tuple:
		e.Ctx = ctx
		for _, x := range e.Elts {
			setContext(x, ctx)
		}
	case *List:
		e.Ctx = ctx
		for _, x := range e.Elts {
			setContext(x, ctx)
		}
	}
}

// single reports whether e may be annotated or be the target of +=.
func single(e Expr) bool {
	switch e.(type) {
	case *Name, *Attribute, *Subscript:
		return true
	}
	return false
}
