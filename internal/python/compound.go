package python

// block parses the body of a compound statement.
func (p *parser) block() []Stmt {
	if p.diag {
		return memoized(p, rBlock, p.plainBlock)
	}
	return p.plainBlock()
}

func (p *parser) plainBlock() []Stmt {
	mark := len(p.stmtStack)
	if p.kind() != tNewline {
		p.simpleLine()
		return p.takeStmts(mark)
	}
	p.pos++
	if p.kind() != tIndent {
		p.saw(p.pos)
		if p.diag {
			p.raiseIndent("expected an indented block")
		}
		p.fail()
	}
	p.enter()
	p.pos++
	for p.kind() != tDedent {
		p.statement()
	}
	p.pos++
	p.leave()
	return p.takeStmts(mark)
}

func (p *parser) ifStmt() Stmt {
	if p.diag {
		p.invalidHead(p.kind())
	}
	start := p.start()
	p.pos++
	n := p.ifs.new()
	n.Test = p.namedExpression()
	p.expect(tColon)
	n.Body = p.block()
	if p.kind() == kwElif {
		p.enter()
		n.Orelse = p.stmts.copyOf([]Stmt{p.ifStmt()})
		p.leave()
	} else {
		n.Orelse = p.elseBlock()
	}
	n.Span = Span{start, p.blockEnd()}
	return n
}

func (p *parser) elseBlock() []Stmt {
	if p.kind() != kwElse {
		return nil
	}
	if p.diag {
		p.invalidHead(kwElse)
	}
	p.pos++
	p.force(tColon, "':'")
	return p.block()
}

func (p *parser) whileStmt() Stmt {
	if p.diag {
		p.invalidHead(kwWhile)
	}
	start := p.start()
	p.pos++
	n := &While{Test: p.namedExpression()}
	p.expect(tColon)
	n.Body = p.block()
	n.Orelse = p.elseBlock()
	n.Span = Span{start, p.blockEnd()}
	return n
}

func (p *parser) forStmt() Stmt {
	from := p.pos
	if p.diag {
		p.invalidFor()
	}
	start := p.start()
	n := &For{Async: p.accept(kwAsync)}
	p.pos++
	if p.diag {
		if !p.try(func() { n.Target = p.starTargets(); p.expect(kwIn) }) {
			p.invalidForTarget(from)
			p.fail()
		}
	} else {
		n.Target = p.starTargets()
		p.expect(kwIn)
	}
	n.Iter = p.starExpressions()
	p.expect(tColon)
	n.Body = p.block()
	n.Orelse = p.elseBlock()
	n.Span = Span{start, p.blockEnd()}
	return n
}

func (p *parser) withStmt() Stmt {
	if p.diag {
		p.invalidWithIndent()
	}
	from := p.pos
	start := p.start()
	n := &With{Async: p.accept(kwAsync)}
	p.pos++
	parse := func() {
		if !p.parenthesizedItems(n) {
			n.Items = p.withItems(tColon)
		}
		p.expect(tColon)
		n.Body = p.block()
	}
	if p.diag {
		if !p.try(parse) {
			p.pos = from
			p.invalidWith()
			p.fail()
		}
	} else {
		parse()
	}
	n.Span = Span{start, p.blockEnd()}
	return n
}

// parenthesizedItems parses items in parentheses. The parentheses may also
// start an expression; the token after the closing one decides.
func (p *parser) parenthesizedItems(n *With) bool {
	if p.kind() != tLPar {
		return false
	}
	level := p.toks[p.pos].level
	i := p.pos + 1
	for p.toks[i].kind != tRPar || p.toks[i].level != level-1 {
		if k := p.toks[i].kind; k == tEnd || k == tError {
			break
		}
		i++
	}
	if !p.diag && p.toks[i].kind == tRPar && p.toks[i+1].kind != tColon {
		return false
	}
	return p.try(func() {
		p.pos++
		n.Items = p.withItems(tRPar)
		p.expect(tRPar)
		if p.kind() != tColon {
			p.fail()
		}
	})
}

func (p *parser) withItems(closing kind) []WithItem {
	var items []WithItem
	for {
		items = append(items, p.withItem())
		if !p.accept(tComma) || closing == tRPar && p.kind() == tRPar {
			return items
		}
	}
}

func (p *parser) withItem() WithItem {
	from := p.pos
	item := WithItem{ContextExpr: p.expression()}
	if p.kind() != kwAs {
		return item
	}
	parse := func() {
		p.pos++
		item.OptionalVars = p.starTarget()
		if k := p.kind(); k != tComma && k != tRPar && k != tColon {
			p.fail()
		}
	}
	if p.diag {
		if !p.try(parse) {
			p.invalidWithItem(from)
			return item
		}
		return item
	}
	parse()
	return item
}

func (p *parser) tryStmt() Stmt {
	if p.diag {
		p.invalidTry()
	}
	start := p.start()
	p.pos++
	p.force(tColon, "':'")
	n := &Try{Body: p.block()}
	if p.kind() == kwExcept {
		n.Star = p.ahead(1) == tStar
		for p.kind() == kwExcept {
			if len(n.Handlers) > 0 && n.Star != (p.ahead(1) == tStar) {
				p.saw(p.pos + 1)
				break
			}
			n.Handlers = append(n.Handlers, p.exceptHandler(n.Star))
		}
		n.Orelse = p.elseBlock()
	}
	if p.kind() == kwFinally {
		if p.diag {
			p.invalidHead(kwFinally)
		}
		p.pos++
		p.force(tColon, "':'")
		n.Finalbody = p.block()
	} else if len(n.Handlers) == 0 || p.kind() == kwExcept {
		p.fail()
	}
	n.Span = Span{start, p.blockEnd()}
	return n
}

func (p *parser) exceptHandler(star bool) *ExceptHandler {
	h := &ExceptHandler{}
	if p.kind() != kwExcept {
		p.fail()
	}
	from := p.pos
	start := p.start()
	parse := func() {
		p.pos++
		if star {
			p.pos++
		}
		if star || p.kind() != tColon {
			h.Type = p.expression()
			if p.accept(kwAs) {
				name := p.expect(tName)
				h.Name, h.NameSpan = identifier(p.text(name)), Span{name.start, name.end}
			}
		}
		p.expect(tColon)
		h.Body = p.block()
	}
	if p.diag {
		p.invalidExceptIndent(star)
		if !p.try(parse) {
			p.pos = from
			p.invalidExcept()
			p.fail()
		}
	} else {
		parse()
	}
	h.Span = Span{start, p.blockEnd()}
	return h
}

func (p *parser) decorated() Stmt {
	var decorators []Expr
	for p.accept(tAt) {
		decorators = append(decorators, p.namedExpression())
		p.expect(tNewline)
	}
	switch p.kind() {
	case kwClass:
		return p.classDef(decorators)
	case kwDef:
		return p.functionDef(decorators)
	case kwAsync:
		if p.ahead(1) == kwDef {
			return p.functionDef(decorators)
		}
		p.saw(p.pos + 1)
	}
	p.fail()
	return nil
}

func (p *parser) classDef(decorators []Expr) Stmt {
	if p.diag {
		p.invalidClass()
	}
	start := p.start()
	p.pos++
	name := p.expect(tName)
	n := &ClassDef{Name: identifier(p.text(name)), NameSpan: Span{name.start, name.end}, DecoratorList: decorators}
	n.TypeParams = p.typeParams()
	if p.kind() == tLPar {
		var c Call
		p.classArgs(&c)
		n.Bases, n.Keywords = c.Args, c.Keywords
	}
	p.expect(tColon)
	n.Body = p.block()
	n.Span = Span{start, p.blockEnd()}
	return n
}

// classArgs parses the arguments of a class, like those of a call, but without
// a bare generator expression.
func (p *parser) classArgs(c *Call) {
	open := p.pos
	p.callArgs(c)
	if len(c.Args) == 1 {
		if g, ok := c.Args[0].(*GeneratorExp); ok && g.Start == p.toks[open].start {
			p.pos = open + 1
			p.expression()
			p.fail()
		}
	}
}

func (p *parser) functionDef(decorators []Expr) Stmt {
	if p.diag {
		p.invalidDef()
	}
	start := p.start()
	n := p.function.new()
	n.Async = p.accept(kwAsync)
	p.pos++
	name := p.expect(tName)
	n.Name, n.NameSpan = identifier(p.text(name)), Span{name.start, name.end}
	n.DecoratorList = decorators
	n.TypeParams = p.typeParams()
	p.force(tLPar, "'('")
	n.Args = p.parameters(false)
	p.expect(tRPar)
	if arrow := p.pos; p.accept(tArrow) && !p.try(func() { n.Returns = p.expression() }) {
		p.pos = arrow
	}
	p.force(tColon, "':'")
	n.Body = p.block()
	n.Span = Span{start, p.blockEnd()}
	return n
}
