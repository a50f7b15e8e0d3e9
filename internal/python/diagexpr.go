package python

// The functions in the diag files are the second pass. They search for known
// errors in CPython's order, and have no effect if they find none.

// look runs a search for an error and then restores the position.
func (p *parser) look(search func()) {
	pos := p.pos
	p.try(search)
	p.pos = pos
}

// quiet parses without searching for errors.
func (p *parser) quiet(parse func()) bool {
	p.diag, p.quietly = false, true
	ok := p.try(parse)
	p.diag, p.quietly = true, false
	return ok
}

func (p *parser) diagExpression() Expr {
	p.enter()
	defer p.leave()
	p.look(p.invalidExpression)
	p.look(func() {
		a := p.expect(tName)
		if p.kind() == tLPar {
			p.fail()
		}
		b := p.starExpressions()
		if word := p.text(a); word == "print" || word == "exec" {
			p.raise(a.start, int32(b.End()), "Missing parentheses in call to '"+word+"'. Did you mean "+word+"(...)?")
		}
	})
	return p.pegExpression()
}

// pegExpression returns only the condition if no else follows.
func (p *parser) pegExpression() Expr {
	var e Expr
	if !p.try(func() { e = p.plainExpression() }) {
		e = p.disjunction()
	}
	return e
}

func isLegacy(e Expr) bool {
	n, ok := e.(*Name)
	return ok && (n.ID == "print" || n.ID == "exec")
}

func (p *parser) invalidExpression() {
	start := p.pos
	skip := false
	if p.kind() == tName {
		p.saw(p.pos + 1)
		word := p.text(p.toks[p.pos])
		skip = p.ahead(1) == tString || word == "match" || word == "case" || word == "_"
	}
	if !skip {
		p.look(func() {
			a := p.disjunction()
			var b Expr
			if !p.quiet(func() { b = p.pegExpression() }) {
				return
			}
			if !isLegacy(a) && p.toks[p.pos-1].level != 0 {
				p.raiseRange(a, b, "invalid syntax. Perhaps you forgot a comma?")
			}
		})
	}
	p.pos = start
	a := p.disjunction()
	p.expect(kwIf)
	b := p.disjunction()
	p.saw(p.pos)
	if k := p.kind(); k != kwElse && k != tColon {
		p.raiseRange(a, b, "expected 'else' after 'if' expression")
	}
}

func (p *parser) diagNamedExpression() Expr {
	if p.kind() == tName && p.ahead(1) == tWalrus {
		return p.assignmentExpression()
	}
	p.look(func() {
		a := p.expression()
		p.expect(tWalrus)
		p.expression()
		p.raiseNode(a, "cannot use assignment expressions with "+exprName(a))
	})
	p.look(func() {
		a := p.expect(tName)
		p.expect(tEqual)
		b := p.bitwiseOr()
		p.saw(p.pos)
		if k := p.kind(); k != tEqual && k != tWalrus {
			p.raise(a.start, int32(b.End()), "invalid syntax. Maybe you meant '==' or ':=' instead of '='?")
		}
	})
	p.look(p.invalidEqual)
	e := p.expression()
	if p.kind() == tWalrus {
		p.fail()
	}
	return e
}

func (p *parser) invalidEqual() {
	switch p.kind() {
	case kwTrue, kwFalse, kwNone:
		p.fail()
	}
	if k := p.kind(); k == tLSqb || k == tLPar {
		switch a := p.atom().(type) {
		case *List, *GeneratorExp:
			p.fail()
		case *Tuple:
			if a.End() == int(p.end()) {
				p.fail()
			}
		}
		p.pos = p.back(k)
	}
	a := p.bitwiseOr()
	p.expect(tEqual)
	p.bitwiseOr()
	p.saw(p.pos)
	if k := p.kind(); k != tEqual && k != tWalrus {
		p.raiseNode(a, "cannot assign to "+exprName(a)+" here. Maybe you meant '==' instead of '='?")
	}
}

// back returns the position of the bracket that the previous token closes.
func (p *parser) back(open kind) int {
	i := p.pos - 1
	level := p.toks[i].level + 1
	for p.toks[i].kind != open || p.toks[i].level != level {
		i--
	}
	return i
}

func (p *parser) diagBrackets(k kind) (e Expr) {
	from := p.pos
	if k == tLBrace {
		if p.try(func() { p.pos++; e = p.dictDisplay(p.toks[from].start, nil) }) {
			return e
		}
		p.look(func() { p.pos++; p.invalidPairs() })
	}
	if p.try(func() { e = p.brackets(k) }) {
		return e
	}
	switch k {
	case tLPar:
		p.look(func() {
			p.pos++
			if t := p.toks[p.pos]; p.accept(tDoubleStar) {
				p.expression()
				p.expect(tRPar)
				p.raise(t.start, t.end, "cannot use double starred expression here")
			}
			if p.kind() != tStar {
				p.fail()
			}
			a := p.starred(p.expression)
			p.expect(tRPar)
			p.raiseNode(a, "cannot use starred expression here")
		})
	case tLBrace:
		p.look(func() {
			p.pos++
			t := p.expect(tDoubleStar)
			p.bitwiseOr()
			p.forClauses()
			p.expect(tRBrace)
			p.raise(t.start, t.end, "dict unpacking cannot be used in dict comprehension")
		})
	}
	p.invalidComprehension(k)
	p.fail()
	return nil
}

// forClauses parses one or more for clauses.
func (p *parser) forClauses() []Comprehension {
	if !p.atComprehension() {
		p.fail()
	}
	return p.comprehensions()
}

func (p *parser) invalidComprehension(k kind) {
	p.look(func() {
		p.pos++
		if p.kind() != tStar {
			p.fail()
		}
		a := p.starred(p.expression)
		p.forClauses()
		p.raiseNode(a, "iterable unpacking cannot be used in comprehension")
	})
	if k == tLPar {
		return
	}
	const forgot = "did you forget parentheses around the comprehension target?"
	p.look(func() {
		p.pos++
		a := p.starNamed()
		comma := p.expect(tComma)
		if p.atComprehension() {
			p.comprehensions()
			p.raise(int32(a.Pos()), comma.end, forgot)
		}
		last := p.starNamed()
		for p.accept(tComma) && !p.atComprehension() {
			last = p.starNamed()
		}
		p.forClauses()
		p.raiseRange(a, last, forgot)
	})
}

// invalidPairs checks the items of a dict, from after its brace.
func (p *parser) invalidPairs() {
	for first := true; ; first = false {
		from := p.pos
		if first {
			p.look(func() { p.invalidValue(false) })
		}
		ok := p.try(func() {
			if p.accept(tDoubleStar) {
				p.bitwiseOr()
			} else {
				p.expression()
				p.expect(tColon)
				p.expression()
			}
			p.expect(tComma)
		})
		if !ok {
			p.pos = from
			p.invalidValue(!first)
			return
		}
	}
}

// invalidValue checks one item. The first may not belong to a dict.
func (p *parser) invalidValue(inDict bool) {
	key := p.expression()
	p.saw(p.pos)
	if p.kind() != tColon {
		if inDict {
			p.raiseNode(key, "':' expected after dictionary key")
		}
		p.fail()
	}
	colon := p.expect(tColon)
	if t := p.toks[p.pos]; p.accept(tStar) {
		p.bitwiseOr()
		p.raise(t.start, -1, "cannot use a starred expression in a dictionary value")
	}
	p.saw(p.pos)
	if k := p.kind(); k == tRBrace || k == tComma {
		p.raise(colon.start, colon.end, "expression expected after dictionary key and ':'")
	}
	p.fail()
}

func (p *parser) invalidForTarget(from int) {
	p.pos = from
	p.look(func() {
		p.accept(kwAsync)
		p.expect(kwFor)
		p.invalidTarget(p.starExpressions(), Store, true)
	})
}

// invalidTarget reports the first part of e that can't be assigned to or
// deleted, if there is one.
func (p *parser) invalidTarget(e Expr, ctx Context, inFor bool) {
	bad := badTarget(e, ctx, inFor)
	if bad == nil {
		return
	}
	verb := "cannot assign to "
	if ctx == Del {
		verb = "cannot delete "
	}
	p.raiseNode(bad, verb+exprName(bad))
}

func badTarget(e Expr, ctx Context, inFor bool) Expr {
	var elts []Expr
	switch e := e.(type) {
	case *Name, *Attribute, *Subscript:
		return nil
	case *Starred:
		if ctx == Del {
			return e
		}
		return badTarget(e.Value, ctx, inFor)
	case *Compare:
		if !inFor {
			return e
		}
		if e.Ops[0] == In {
			return badTarget(e.Left, ctx, inFor)
		}
		return nil
	case *List:
		elts = e.Elts
	case *Tuple:
		elts = e.Elts
	default:
		return e
	}
	for _, x := range elts {
		if bad := badTarget(x, ctx, inFor); bad != nil {
			return bad
		}
	}
	return nil
}

// exprName returns the name of an expression in messages.
func exprName(e Expr) string {
	switch e := e.(type) {
	case *Attribute:
		return "attribute"
	case *Subscript:
		return "subscript"
	case *Starred:
		return "starred"
	case *Name:
		return "name"
	case *List:
		return "list"
	case *Tuple:
		return "tuple"
	case *Lambda:
		return "lambda"
	case *Call:
		return "function call"
	case *BoolOp, *BinOp, *UnaryOp:
		return "expression"
	case *GeneratorExp:
		return "generator expression"
	case *Yield, *YieldFrom:
		return "yield expression"
	case *Await:
		return "await expression"
	case *ListComp:
		return "list comprehension"
	case *SetComp:
		return "set comprehension"
	case *DictComp:
		return "dict comprehension"
	case *Dict:
		return "dict literal"
	case *Set:
		return "set display"
	case *JoinedStr, *FormattedValue:
		return "f-string expression"
	case *Compare:
		return "comparison"
	case *IfExp:
		return "conditional expression"
	case *NamedExpr:
		return "named expression"
	case *Constant:
		switch e.Kind {
		case None, True, False:
			return e.Kind.String()
		case Ellipsis:
			return "ellipsis"
		}
	}
	return "literal"
}
