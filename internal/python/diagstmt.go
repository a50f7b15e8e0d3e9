package python

import "fmt"

func (p *parser) diagStatement() {
	if p.softKeyword("match") {
		var s Stmt
		if p.try(func() { s = p.matchStmt() }) {
			p.stmtStack = append(p.stmtStack, s)
			return
		}
		p.invalidHeadOf("'match' statement", p.pos, true, func() { p.pos++; p.subject() })
		p.simpleLine()
		return
	}
	if s := p.compound(); s != nil {
		p.stmtStack = append(p.stmtStack, s)
		return
	}
	p.simpleLine()
}

// diagAssignment parses an assignment of any kind, or an expression statement.
func (p *parser) diagAssignment() Stmt {
	from, start := p.pos, p.start()
	var s Stmt
	ok := p.try(func() {
		e := p.target(Store)
		if !single(e) {
			p.fail()
		}
		s = p.annotated(start, e, true)
	})
	if ok {
		return s
	}
	n := 0
	for p.try(func() { p.starTargets(); p.expect(tEqual) }) {
		n++
	}
	if n > 0 && p.try(func() {
		value := p.yieldOrList()
		if p.kind() == tEqual {
			p.fail()
		}
		s = &Assign{stmtNode{Span{start, p.end()}}, nil, value}
	}) {
		return s
	}
	p.pos = from
	augmented := p.try(func() {
		if !single(p.target(Store)) {
			p.fail()
		}
		if _, ok := augOp(p.kind()); !ok {
			p.fail()
		}
		p.pos++
	})
	if augmented {
		if p.try(func() { p.yieldOrList() }) {
			return &AugAssign{stmtNode: stmtNode{Span{start, p.end()}}}
		}
	} else {
		p.invalidAssignment()
	}
	p.pos = from
	return p.newExprStmt(p.starExpressions(), start)
}

func (p *parser) invalidAssignment() {
	p.look(func() {
		if k := p.kind(); k != tLPar && k != tLSqb {
			p.fail()
		}
		a := p.atom()
		switch a.(type) {
		case *List, *Tuple:
		default:
			p.fail()
		}
		p.expect(tColon)
		p.expression()
		p.raiseNode(a, "only single target (not "+exprName(a)+") can be annotated")
	})
	p.look(func() {
		a := p.starNamed()
		p.expect(tComma)
		for p.try(func() { p.starNamed() }) {
			p.accept(tComma)
		}
		p.expect(tColon)
		p.expression()
		p.raiseNode(a, "only single target (not tuple) can be annotated")
	})
	p.look(func() {
		a := p.expression()
		p.expect(tColon)
		p.expression()
		p.raiseNode(a, "illegal target for annotation")
	})
	p.look(func() {
		for p.try(func() { p.starTargets(); p.expect(tEqual) }) {
			continue
		}
		here := p.pos
		p.try(func() {
			a := p.starExpressions()
			p.expect(tEqual)
			p.invalidTarget(a, Store, false)
			p.fail()
		})
		p.pos = here
		a := p.yieldExpr()
		p.expect(tEqual)
		p.raiseNode(a, "assignment to yield expression not possible")
	})
	p.look(func() {
		a := p.starExpressions()
		if _, ok := augOp(p.kind()); !ok {
			p.fail()
		}
		p.pos++
		p.yieldOrList()
		p.raiseNode(a, "'"+exprName(a)+"' is an illegal expression for augmented assignment")
	})
}

func (p *parser) invalidDel() {
	p.look(func() {
		p.pos++
		p.invalidTarget(p.starExpressions(), Del, false)
	})
}

// invalidHeadOf checks the head of a compound statement for a missing colon
// (with colon), or a body that is not indented. at is the token whose line is
// reported.
func (p *parser) invalidHeadOf(what string, at int, colon bool, head func()) {
	p.look(func() {
		head()
		p.saw(p.pos)
		if p.kind() == tNewline && colon {
			p.raiseLast("expected ':'")
		}
		p.expect(tColon)
		p.expect(tNewline)
		p.saw(p.pos)
		if p.kind() != tIndent {
			p.raiseIndent(fmt.Sprintf("expected an indented block after %s on line %d", what, p.lines.line(p.toks[at].start)))
		}
	})
}

// invalidHead checks a head that is a keyword and usually a condition.
func (p *parser) invalidHead(k kind) {
	at := p.pos
	name := "'" + p.text(p.toks[at]) + "' statement"
	switch k {
	case kwElse, kwFinally, kwTry:
		p.invalidHeadOf(name, at, false, func() { p.pos++ })
	default:
		p.invalidHeadOf(name, at, true, func() { p.pos++; p.namedExpression() })
	}
}

func (p *parser) invalidFor() {
	at := p.pos
	if p.kind() == kwAsync {
		at++
	}
	p.invalidHeadOf("'for' statement", at, true, func() {
		p.pos = at + 1
		p.starTargets()
		p.expect(kwIn)
		p.starExpressions()
	})
}

func (p *parser) invalidDef() {
	at := p.pos
	if p.kind() == kwAsync {
		at++
	}
	p.invalidHeadOf("function definition", at, false, func() {
		p.pos = at + 1
		p.expect(tName)
		p.typeParams()
		p.expect(tLPar)
		p.parameters(false)
		p.expect(tRPar)
		if p.accept(tArrow) {
			p.expression()
		}
	})
}

func (p *parser) invalidClass() {
	p.invalidHeadOf("class definition", p.pos, true, func() {
		p.pos++
		p.expect(tName)
		p.typeParams()
		if p.kind() == tLPar {
			p.classArgs(&Call{})
		}
	})
}

// withHeads returns the two forms of a with statement's head.
func (p *parser) withHeads() [2]func() {
	at := p.pos
	if p.kind() == kwAsync {
		at++
	}
	item := func(value func()) {
		value()
		if p.accept(kwAs) {
			p.starTarget()
		}
	}
	return [2]func(){
		func() {
			p.pos = at
			p.expect(kwWith)
			item(func() { p.expression() })
			for p.accept(tComma) {
				item(func() { p.expression() })
			}
		},
		func() {
			p.pos = at
			p.expect(kwWith)
			p.expect(tLPar)
			value := func() { p.commaList(p.expression) }
			item(value)
			for p.accept(tComma) && p.kind() != tRPar {
				item(value)
			}
			p.expect(tRPar)
		},
	}
}

func (p *parser) withAt() int {
	if p.kind() == kwAsync {
		return p.pos + 1
	}
	return p.pos
}

func (p *parser) invalidWithIndent() {
	for _, head := range p.withHeads() {
		p.invalidHeadOf("'with' statement", p.withAt(), false, head)
	}
}

func (p *parser) invalidWith() {
	for _, head := range p.withHeads() {
		p.look(func() {
			head()
			p.expect(tNewline)
			p.raiseLast("expected ':'")
		})
	}
}

func (p *parser) invalidWithItem(from int) {
	here := p.pos
	p.pos = from
	p.look(func() {
		p.expression()
		p.expect(kwAs)
		a := p.expression()
		p.saw(p.pos)
		if k := p.kind(); k == tComma || k == tRPar || k == tColon {
			p.invalidTarget(a, Store, false)
		}
	})
	p.pos = here
}

func (p *parser) invalidTry() {
	p.invalidHead(kwTry)
	p.look(func() {
		p.pos++
		p.expect(tColon)
		p.block()
		p.saw(p.pos)
		if k := p.kind(); k != kwExcept && k != kwFinally {
			p.raiseLast("expected 'except' or 'finally' block")
		}
		star := p.ahead(1) == tStar
		p.exceptHandler(star)
		for p.try(func() { p.exceptHandler(star) }) {
			continue
		}
		const both = "cannot have both 'except' and 'except*' on the same 'try'"
		a := p.expect(kwExcept)
		if star {
			if p.kind() != tColon {
				p.handlerType()
			}
			p.expect(tColon)
			p.raise(a.start, a.end, both)
		}
		b := p.expect(tStar)
		p.handlerType()
		p.expect(tColon)
		p.raise(a.start, b.end, both)
	})
}

func (p *parser) handlerType() {
	p.expression()
	if p.accept(kwAs) {
		p.expect(tName)
	}
}

func (p *parser) invalidExceptIndent(star bool) {
	what := "'except' statement"
	if star {
		what = "'except*' statement"
	}
	p.invalidHeadOf(what, p.pos, false, func() {
		p.pos++
		if star {
			p.pos++
		}
		if star || p.kind() != tColon {
			p.handlerType()
		}
	})
}

func (p *parser) invalidExcept() {
	p.look(func() {
		p.pos++
		star := p.accept(tStar)
		if k := p.kind(); k == tNewline || k == tColon {
			if star {
				p.saw(p.pos)
				p.raiseLast("expected one or more exception types")
			}
			p.expect(tNewline)
			p.raiseLast("expected ':'")
		}
		a := p.expression()
		p.look(func() {
			p.expect(tComma)
			p.commaList(p.expression)
			if p.accept(kwAs) {
				p.expect(tName)
			}
			p.expect(tColon)
			p.raise(int32(a.Pos()), -1, "multiple exception types must be parenthesized")
		})
		if p.accept(kwAs) {
			p.expect(tName)
		}
		p.expect(tNewline)
		p.raiseLast("expected ':'")
	})
}

func (p *parser) invalidCase() {
	p.invalidHeadOf("'case' statement", p.pos, true, func() {
		if !p.softKeyword("case") {
			p.fail()
		}
		p.pos++
		p.patterns()
		if p.accept(kwIf) {
			p.namedExpression()
		}
	})
}

// invalidAsPattern is called after as.
func (p *parser) invalidAsPattern() {
	t := p.toks[p.pos]
	if p.softKeyword("_") {
		p.raise(t.start, t.end, "cannot use '_' as a target")
	}
	p.look(func() {
		if p.kind() == tName {
			p.fail()
		}
		p.raiseNode(p.expression(), "invalid pattern target")
	})
}
