package python

// expression parses a conditional expression, a lambda or anything that binds
// tighter.
func (p *parser) expression() Expr {
	if p.diag {
		return memoized(p, rExpression, p.diagExpression)
	}
	if p.quietly {
		return memoized(p, rExpression, p.pegExpression)
	}
	return p.plainExpression()
}

func (p *parser) plainExpression() Expr {
	if p.kind() == kwLambda {
		return p.lambda()
	}
	start := p.start()
	body := p.disjunction()
	if p.kind() != kwIf {
		return body
	}
	p.enter()
	p.pos++
	test := p.disjunction()
	p.expect(kwElse)
	orelse := p.expression()
	p.leave()
	return &IfExp{exprNode{Span{start, p.end()}}, test, body, orelse}
}

func (p *parser) lambda() Expr {
	p.enter()
	start := p.start()
	p.pos++
	args := p.parameters(true)
	p.expect(tColon)
	body := p.expression()
	p.leave()
	return &Lambda{exprNode{Span{start, p.end()}}, args, body}
}

func (p *parser) disjunction() Expr {
	if p.diag || p.quietly {
		return memoized(p, rDisjunction, func() Expr { return p.boolean(kwOr) })
	}
	return p.boolean(kwOr)
}

// boolean parses a chain of or, or of and.
func (p *parser) boolean(k kind) Expr {
	start := p.start()
	var first Expr
	if k == kwOr {
		first = p.boolean(kwAnd)
	} else {
		first = p.inversion()
	}
	if p.kind() != k {
		return first
	}
	mark := len(p.exprStack)
	p.exprStack = append(p.exprStack, first)
	for p.kind() == k && p.opt(func() {
		p.pos++
		var next Expr
		if k == kwOr {
			next = p.boolean(kwAnd)
		} else {
			next = p.inversion()
		}
		p.exprStack = append(p.exprStack, next)
	}) {
		continue
	}
	if len(p.exprStack) == mark+1 {
		p.exprStack = p.exprStack[:mark]
		return first
	}
	n := p.boolop.new()
	n.Op = Or
	if k == kwAnd {
		n.Op = And
	}
	n.Values = p.takeExprs(mark)
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) inversion() Expr {
	if p.kind() != kwNot {
		return p.comparison()
	}
	p.enter()
	start := p.start()
	p.pos++
	operand := p.inversion()
	p.leave()
	return p.unary(Not, start, operand)
}

func (p *parser) unary(op Operator, start int32, operand Expr) Expr {
	n := p.unaryop.new()
	n.Span, n.Op, n.Operand = Span{start, p.end()}, op, operand
	return n
}

// comparisonOp parses a comparison operator.
func (p *parser) comparisonOp() (op Operator, ok bool) {
	n := 1
	switch p.kind() {
	case tEqEq:
		op = Eq
	case tNotEq:
		op = NotEq
	case tLess:
		op = Lt
	case tLessEq:
		op = LtE
	case tGreater:
		op = Gt
	case tGreaterEq:
		op = GtE
	case kwIn:
		op = In
	case kwIs:
		op = Is
		if p.ahead(1) == kwNot {
			op, n = IsNot, 2
		}
	case kwNot:
		if p.ahead(1) != kwIn {
			p.saw(p.pos + 1)
			return 0, false
		}
		op, n = NotIn, 2
	case tLtGt:
		p.saw(p.pos)
		return 0, false
	default:
		return 0, false
	}
	p.pos += n
	return op, true
}

func (p *parser) comparison() Expr {
	start := p.start()
	left := p.bitwiseOr()
	from := p.pos
	op, ok := p.comparisonOp()
	if !ok {
		return left
	}
	mark := len(p.exprStack)
	var buf [8]Operator
	ops := buf[:0]
	for ok {
		if !p.opt(func() { p.exprStack = append(p.exprStack, p.bitwiseOr()) }) {
			p.pos = from
			break
		}
		ops = append(ops, op)
		from = p.pos
		op, ok = p.comparisonOp()
	}
	if len(ops) == 0 {
		return left
	}
	n := p.compare.new()
	n.Left, n.Ops, n.Comparators = left, p.ops.copyOf(ops), p.takeExprs(mark)
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) bitwiseOr() Expr {
	if p.diag || p.quietly {
		return memoized(p, rBitwiseOr, func() Expr { return p.binary(1) })
	}
	return p.binary(1)
}

// binary parses left-associative operators with at least the given precedence.
func (p *parser) binary(prec uint8) Expr {
	start := p.start()
	left := p.factor()
	for {
		o := binaryOps[p.kind()]
		if o.prec < prec || o.prec == 0 {
			return left
		}
		var right Expr
		if p.diag || p.quietly {
			if !p.try(func() { p.pos++; right = p.binary(o.prec + 1) }) {
				return left
			}
		} else {
			p.pos++
			right = p.binary(o.prec + 1)
		}
		n := p.binop.new()
		n.Span, n.Left, n.Op, n.Right = Span{start, p.end()}, left, o.op, right
		left = n
	}
}

func (p *parser) factor() Expr {
	start := p.start()
	var op Operator
	switch p.kind() {
	case tPlus:
		op = UAdd
	case tMinus:
		op = USub
	case tTilde:
		op = Invert
	default:
		base := p.awaitPrimary()
		if p.kind() != tDoubleStar {
			return base
		}
		var exp Expr
		p.enter()
		ok := p.opt(func() { p.pos++; exp = p.factor() })
		p.leave()
		if !ok {
			return base
		}
		n := p.binop.new()
		n.Span, n.Left, n.Op, n.Right = Span{start, p.end()}, base, Pow, exp
		return n
	}
	p.enter()
	p.pos++
	operand := p.factor()
	p.leave()
	return p.unary(op, start, operand)
}

func (p *parser) awaitPrimary() Expr {
	if p.kind() != kwAwait {
		return p.primary()
	}
	start := p.start()
	p.pos++
	value := p.primary()
	return &Await{exprNode{Span{start, p.end()}}, value}
}

func (p *parser) primary() Expr {
	if p.diag || p.quietly {
		return memoized(p, rPrimary, p.plainPrimary)
	}
	return p.plainPrimary()
}

func (p *parser) plainPrimary() Expr {
	// Use the start of the first token, not of the atom: the parentheses of a
	// group belong to the expression built on it. This is the rule everywhere.
	start := p.start()
	e := p.atom()
	for {
		next := e
		if p.diag || p.quietly {
			if !p.try(func() { next = p.trailer(e, start) }) {
				return e
			}
		} else {
			next = p.trailer(e, start)
		}
		if next == nil {
			return e
		}
		e = next
	}
}

// trailer parses an attribute, a call or a subscript of e, or returns nil.
func (p *parser) trailer(e Expr, start int32) Expr {
	switch p.kind() {
	case tDot:
		p.pos++
		name := p.expect(tName)
		n := p.attribute.new()
		n.Value, n.Attr, n.NameSpan = e, identifier(p.text(name)), Span{name.start, name.end}
		n.Span = Span{start, name.end}
		return n
	case tLPar:
		n := p.call.new()
		n.Func = e
		p.callArgs(n)
		n.Span = Span{start, p.end()}
		return n
	case tLSqb:
		p.enter()
		p.pos++
		index := p.slices()
		p.expect(tRSqb)
		p.leave()
		n := p.subscript.new()
		n.Span, n.Value, n.Slice = Span{start, p.end()}, e, index
		return n
	}
	if p.pos > p.far {
		p.saw(p.pos)
	}
	return nil
}
