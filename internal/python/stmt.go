package python

// statement parses one statement, or a line of simple ones, onto the stack.
func (p *parser) statement() {
	if p.diag {
		p.diagStatement()
		return
	}
	if s := p.compound(); s != nil {
		p.stmtStack = append(p.stmtStack, s)
		return
	}
	p.simpleLine()
}

// compound parses a compound statement, if there is one.
func (p *parser) compound() Stmt {
	switch p.kind() {
	case kwIf:
		return p.ifStmt()
	case kwDef, kwClass, tAt:
		return p.decorated()
	case kwFor:
		return p.forStmt()
	case kwWhile:
		return p.whileStmt()
	case kwTry:
		return p.tryStmt()
	case kwWith:
		return p.withStmt()
	case kwAsync:
		switch p.ahead(1) {
		case kwDef:
			return p.functionDef(nil)
		case kwFor:
			return p.forStmt()
		case kwWith:
			return p.withStmt()
		}
		p.saw(p.pos + 1)
		p.fail()
	case tName:
		if p.softKeyword("match") && p.atMatch() {
			return p.matchStmt()
		}
	}
	return nil
}

// simpleLine parses simple statements up to the end of the line.
func (p *parser) simpleLine() {
	for {
		s := p.simple()
		p.stmtStack = append(p.stmtStack, s)
		if !p.accept(tSemi) {
			break
		}
		if p.kind() == tNewline {
			break
		}
	}
	p.expect(tNewline)
}

func (p *parser) simple() Stmt {
	start := p.start()
	switch p.kind() {
	case kwReturn:
		p.pos++
		var value Expr
		if p.startsExpression() {
			p.opt(func() { value = p.starExpressions() })
		}
		n := p.ret.new()
		n.Span, n.Value = Span{start, p.end()}, value
		return n
	case kwPass:
		p.pos++
		return &Pass{stmtNode{Span{start, p.end()}}}
	case kwBreak:
		p.pos++
		return &Break{stmtNode{Span{start, p.end()}}}
	case kwContinue:
		p.pos++
		return &Continue{stmtNode{Span{start, p.end()}}}
	case kwImport:
		return p.importStmt()
	case kwFrom:
		return p.importFrom()
	case kwRaise:
		return p.raiseStmt()
	case kwDel:
		return p.delStmt()
	case kwAssert:
		p.pos++
		n := &Assert{Test: p.expression()}
		if p.accept(tComma) {
			n.Msg = p.expression()
		}
		n.Span = Span{start, p.end()}
		return n
	case kwGlobal:
		return &Global{Names: p.names(), stmtNode: stmtNode{Span{start, p.end()}}}
	case kwNonlocal:
		return &Nonlocal{Names: p.names(), stmtNode: stmtNode{Span{start, p.end()}}}
	case kwYield:
		return p.yieldStmt()
	case tName:
		if !p.strict && p.softKeyword("type") && p.ahead(1) == tName && (p.ahead(2) == tEqual || p.ahead(2) == tLSqb) {
			return p.typeAlias()
		}
	}
	if p.diag {
		return p.diagAssignment()
	}
	return p.expressionStmt()
}

func (p *parser) newExprStmt(value Expr, start int32) Stmt {
	n := p.exprStmt.new()
	n.Span, n.Value = Span{start, p.end()}, value
	return n
}

func (p *parser) yieldStmt() Stmt {
	start := p.start()
	if p.diag {
		p.invalidAssignment()
	}
	e := p.yieldExpr()
	if p.kind() == tEqual {
		p.fail()
	}
	return p.newExprStmt(e, start)
}

// expressionStmt parses an assignment of any kind, or an expression statement.
func (p *parser) expressionStmt() Stmt {
	start := p.start()
	bracketed := p.kind() == tLPar
	first := p.starExpressions()
	switch k := p.kind(); k {
	case tEqual:
		return p.assignStmt(start, first)
	case tColon:
		if !single(first) {
			p.fail()
		}
		if _, isName := first.(*Name); isName {
			bracketed = bracketed && p.toks[p.pos-1].kind == tRPar
		} else {
			bracketed = true
		}
		return p.annotated(start, first, !bracketed)
	default:
		op, ok := augOp(k)
		if !ok {
			return p.newExprStmt(first, start)
		}
		if !single(first) {
			p.fail()
		}
		setContext(first, Store)
		p.pos++
		n := &AugAssign{Target: first, Op: op, Value: p.yieldOrList()}
		n.Span = Span{start, p.end()}
		return n
	}
}

func (p *parser) assignStmt(start int32, value Expr) Stmt {
	mark := len(p.exprStack)
	for p.kind() == tEqual {
		if !assignable(value, Store) {
			p.fail()
		}
		setContext(value, Store)
		p.exprStack = append(p.exprStack, value)
		p.pos++
		value = p.yieldOrList()
	}
	n := p.assign.new()
	n.Targets, n.Value = p.takeExprs(mark), value
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) annotated(start int32, target Expr, simple bool) Stmt {
	setContext(target, Store)
	p.expect(tColon)
	n := &AnnAssign{Target: target, Annotation: p.expression(), Simple: simple}
	if p.accept(tEqual) {
		n.Value = p.yieldOrList()
	}
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) names() []string {
	*p.needScopes = true
	p.pos++
	var names []string
	for {
		names = append(names, identifier(p.text(p.expect(tName))))
		if !p.accept(tComma) {
			return names
		}
	}
}

func (p *parser) raiseStmt() Stmt {
	start := p.start()
	p.pos++
	n := &Raise{}
	if p.kind() != tStar && p.startsExpression() {
		n.Exc = p.expression()
		if p.accept(kwFrom) {
			n.Cause = p.expression()
		}
	}
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) delStmt() Stmt {
	start := p.start()
	if p.diag {
		from := p.pos
		var n Stmt
		if !p.try(func() { n = p.plainDel(start) }) {
			p.pos = from
			p.invalidDel()
			p.fail()
		}
		return n
	}
	return p.plainDel(start)
}

func (p *parser) plainDel(start int32) Stmt {
	p.pos++
	mark := len(p.exprStack)
	for {
		p.exprStack = append(p.exprStack, p.target(Del))
		if !p.accept(tComma) || !p.startsExpression() {
			break
		}
	}
	if k := p.kind(); k != tSemi && k != tNewline {
		p.fail()
	}
	return &Delete{stmtNode{Span{start, p.end()}}, p.takeExprs(mark)}
}

func (p *parser) dottedName() string {
	first := p.expect(tName)
	last := first
	plain := true
	for p.accept(tDot) {
		plain = plain && p.start() == last.end+1
		last = p.expect(tName)
	}
	if plain {
		return identifier(p.src[first.start:last.end])
	}
	// Blanks around the dots are not part of the name.
	var name []byte
	for _, c := range []byte(p.src[first.start:last.end]) {
		if c != ' ' && c != '\t' && c != '\\' && c != '\n' && c != '\f' {
			name = append(name, c)
		}
	}
	return identifier(string(name))
}

func (p *parser) alias(name func() string) Alias {
	start := p.start()
	a := Alias{Name: name()}
	if p.accept(kwAs) {
		a.AsName = identifier(p.text(p.expect(tName)))
	}
	a.Span = Span{start, p.end()}
	return a
}

func (p *parser) importStmt() Stmt {
	start := p.start()
	p.pos++
	n := &Import{Names: make([]Alias, 0, 1)}
	for {
		n.Names = append(n.Names, p.alias(p.dottedName))
		if !p.accept(tComma) {
			break
		}
	}
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) simpleName() string { return identifier(p.text(p.expect(tName))) }

func (p *parser) importFrom() Stmt {
	start := p.start()
	p.pos++
	n := &ImportFrom{}
	for {
		if p.accept(tDot) {
			n.Level++
		} else if p.accept(tEllipsis) {
			n.Level += 3
		} else {
			break
		}
	}
	if n.Level == 0 || p.kind() == tName {
		n.Module = p.dottedName()
	}
	p.expect(kwImport)
	switch star := p.start(); {
	case p.accept(tStar):
		n.Names = []Alias{{Span: Span{star, p.end()}, Name: "*"}}
	case p.accept(tLPar):
		for first := true; first || p.kind() != tRPar; first = false {
			n.Names = append(n.Names, p.alias(p.simpleName))
			if !p.accept(tComma) {
				break
			}
		}
		p.expect(tRPar)
	default:
		for {
			n.Names = append(n.Names, p.alias(p.simpleName))
			if !p.accept(tComma) {
				break
			}
			if p.diag && p.kind() == tNewline {
				p.saw(p.pos)
				p.raiseLast("trailing comma not allowed without surrounding parentheses")
			}
		}
	}
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) typeAlias() Stmt {
	start := p.start()
	p.pos++
	n := &TypeAlias{Name: p.newName(p.expect(tName), Store)}
	n.TypeParams = p.typeParams()
	p.expect(tEqual)
	n.Value = p.expression()
	n.Span = Span{start, p.end()}
	return n
}

// typeParams parses a list of type parameters in brackets, if there is one.
func (p *parser) typeParams() []TypeParam {
	if p.strict || !p.accept(tLSqb) {
		return nil
	}
	var list []TypeParam
	for {
		list = append(list, p.typeParam())
		if !p.accept(tComma) || p.kind() == tRSqb {
			break
		}
	}
	p.expect(tRSqb)
	return list
}

func (p *parser) typeParam() TypeParam {
	start := p.start()
	star := p.kind()
	if star == tStar || star == tDoubleStar {
		p.pos++
	}
	name := identifier(p.text(p.expect(tName)))
	var bound, def Expr
	if star == tName && p.accept(tColon) {
		bound = p.expression()
	}
	if p.accept(tEqual) {
		if star == tStar {
			def = p.starExpression()
		} else {
			def = p.expression()
		}
	}
	at := typeParamNode{Span{start, p.end()}}
	switch star {
	case tStar:
		return &TypeVarTuple{at, name, def}
	case tDoubleStar:
		return &ParamSpec{at, name, def}
	}
	return &TypeVar{at, name, bound, def}
}
