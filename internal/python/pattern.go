package python

// atMatch reports whether the name match starts a match statement here: its
// line ends with a colon, and an indented line follows. No other valid code
// looks like this.
func (p *parser) atMatch() bool {
	switch p.ahead(1) {
	case tDot, tEqual, tComma, tRPar, tColon, tNewline, tSemi, kwIn, kwIs, kwAnd, kwOr, kwIf:
		return false
	}
	i := p.pos + 1
	for p.toks[i].kind != tNewline {
		if k := p.toks[i].kind; k == tEnd || k == tError {
			return false
		}
		i++
	}
	return p.toks[i-1].kind == tColon && p.toks[i+1].kind == tIndent
}

func (p *parser) matchStmt() Stmt {
	start := p.start()
	p.pos++
	n := &Match{Subject: p.subject()}
	p.expect(tColon)
	p.expect(tNewline)
	p.expect(tIndent)
	p.enter()
	for p.kind() != tDedent {
		n.Cases = append(n.Cases, p.matchCase())
	}
	p.pos++
	p.leave()
	n.Span = Span{start, p.blockEnd()}
	return n
}

func (p *parser) subject() Expr {
	start := p.start()
	first := p.starNamed()
	if p.kind() != tComma {
		if _, starred := first.(*Starred); starred {
			p.fail()
		}
		return first
	}
	mark := len(p.exprStack)
	p.exprStack = append(p.exprStack, first)
	for p.accept(tComma) && p.startsExpression() {
		p.exprStack = append(p.exprStack, p.starNamed())
	}
	return p.newTuple(start, p.takeExprs(mark))
}

func (p *parser) matchCase() *MatchCase {
	if p.diag {
		p.invalidCase()
	}
	c := &MatchCase{}
	start := p.start()
	if !p.softKeyword("case") {
		p.fail()
	}
	p.pos++
	c.Pattern = p.patterns()
	if p.accept(kwIf) {
		c.Guard = p.namedExpression()
	}
	p.expect(tColon)
	c.Body = p.block()
	c.Span = Span{start, p.blockEnd()}
	return c
}

// patterns parses the pattern of a case, which may be a sequence without
// brackets.
func (p *parser) patterns() Pattern {
	start := p.start()
	first := p.maybeStarPattern()
	if p.kind() != tComma {
		if _, star := first.(*MatchStar); star {
			p.fail()
		}
		return first
	}
	list := p.restOfPatterns(first, func() bool { return p.kind() == tColon || p.kind() == kwIf })
	return &MatchSequence{patternNode{Span{start, p.end()}}, list}
}

func (p *parser) restOfPatterns(first Pattern, end func() bool) []Pattern {
	list := []Pattern{first}
	for p.accept(tComma) && !end() {
		list = append(list, p.maybeStarPattern())
	}
	return list
}

func (p *parser) maybeStarPattern() Pattern {
	if p.kind() != tStar {
		return p.asPattern()
	}
	start := p.start()
	p.pos++
	name := p.captureTarget(true)
	return &MatchStar{patternNode{Span{start, p.end()}}, name}
}

// captureTarget parses a name to bind. With wildcard, _ binds nothing and
// returns "".
func (p *parser) captureTarget(wildcard bool) string {
	if p.softKeyword("_") {
		if !wildcard {
			p.fail()
		}
		p.pos++
		return ""
	}
	name := identifier(p.text(p.expect(tName)))
	switch p.kind() {
	case tDot, tLPar, tEqual:
		p.fail()
	}
	return name
}

func (p *parser) asPattern() Pattern {
	start := p.start()
	first := p.orPattern()
	if p.kind() != kwAs {
		return first
	}
	n := &MatchAs{Pattern: first}
	p.pos++
	if p.diag {
		at := p.pos
		if !p.try(func() { n.Name = p.captureTarget(false) }) {
			p.pos = at
			p.invalidAsPattern()
			p.fail()
		}
	} else {
		n.Name = p.captureTarget(false)
	}
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) orPattern() Pattern {
	start := p.start()
	first := p.closedPattern()
	if p.kind() != tBar {
		return first
	}
	list := []Pattern{first}
	for p.accept(tBar) {
		list = append(list, p.closedPattern())
	}
	return &MatchOr{patternNode{Span{start, p.end()}}, list}
}

func (p *parser) closedPattern() Pattern {
	p.enter()
	defer p.leave()
	start := p.start()
	switch k := p.kind(); k {
	case kwNone, kwTrue, kwFalse:
		p.pos++
		return &MatchSingleton{patternNode{Span{start, p.end()}}, constantOf(k)}
	case tNumber, tMinus, tString:
		value := p.literal()
		return &MatchValue{patternNode{Span{start, p.end()}}, value}
	case tName:
		return p.namePattern()
	case tLSqb:
		p.pos++
		list := p.sequence(tRSqb)
		p.expect(tRSqb)
		return &MatchSequence{patternNode{Span{start, p.end()}}, list}
	case tLPar:
		return p.groupPattern()
	case tLBrace:
		return p.mappingPattern()
	}
	p.fail()
	return nil
}

func (p *parser) sequence(closing kind) []Pattern {
	if p.kind() == closing {
		return nil
	}
	return p.restOfPatterns(p.maybeStarPattern(), func() bool { return p.kind() == closing })
}

func (p *parser) groupPattern() Pattern {
	start := p.start()
	p.pos++
	if p.accept(tRPar) {
		return &MatchSequence{patternNode{Span{start, p.end()}}, nil}
	}
	first := p.maybeStarPattern()
	if p.kind() != tComma {
		if _, star := first.(*MatchStar); star {
			p.fail()
		}
		p.expect(tRPar)
		return first
	}
	list := p.restOfPatterns(first, func() bool { return p.kind() == tRPar })
	p.expect(tRPar)
	return &MatchSequence{patternNode{Span{start, p.end()}}, list}
}

// literal parses a number, possibly negative or complex, or a string.
func (p *parser) literal() Expr {
	if p.kind() == tString {
		return p.strings()
	}
	start := p.start()
	value := p.signedNumber()
	if k := p.kind(); k == tPlus || k == tMinus {
		op := Add
		if k == tMinus {
			op = Sub
		}
		if realPart(value) == Imag {
			p.raiseNode(value, "real number required in complex literal")
		}
		p.pos++
		imag := p.newNumber(p.expect(tNumber))
		if imag.Kind != Imag {
			p.raiseNode(imag, "imaginary number required in complex literal")
		}
		return &BinOp{exprNode{Span{start, p.end()}}, value, op, imag}
	}
	return value
}

func realPart(e Expr) ConstKind {
	if u, ok := e.(*UnaryOp); ok {
		e = u.Operand
	}
	return e.(*Constant).Kind
}

func (p *parser) signedNumber() Expr {
	start := p.start()
	if p.accept(tMinus) {
		n := p.newNumber(p.expect(tNumber))
		return p.unary(USub, start, n)
	}
	return p.newNumber(p.expect(tNumber))
}

// namePattern parses a capture, the wildcard, a dotted value or a class
// pattern.
func (p *parser) namePattern() Pattern {
	start := p.start()
	t := p.expect(tName)
	word := p.text(t)
	switch p.kind() {
	case tDot, tLPar:
	case tEqual:
		p.fail()
	default:
		n := &MatchAs{patternNode: patternNode{Span{start, p.end()}}}
		if word != "_" {
			n.Name = identifier(word)
		}
		return n
	}
	value := p.dotted(t)
	switch p.kind() {
	case tLPar:
		return p.classPattern(start, value)
	case tEqual:
		p.fail()
	}
	return &MatchValue{patternNode{Span{start, p.end()}}, value}
}

func (p *parser) dotted(first token) Expr {
	var value Expr = p.newName(first, Load)
	for p.accept(tDot) {
		name := p.expect(tName)
		value = &Attribute{exprNode: exprNode{Span{first.start, name.end}}, Value: value, Attr: identifier(p.text(name)),
			NameSpan: Span{name.start, name.end}}
	}
	return value
}

func (p *parser) classPattern(start int32, cls Expr) Pattern {
	n := &MatchClass{Cls: cls}
	p.pos++
	for p.kind() != tRPar {
		if p.kind() == tName && p.ahead(1) == tEqual {
			n.KwdAttrs = append(n.KwdAttrs, identifier(p.text(p.toks[p.pos])))
			p.pos += 2
			n.KwdPatterns = append(n.KwdPatterns, p.asPattern())
		} else {
			if len(n.KwdAttrs) > 0 {
				p.latePattern()
			}
			n.Patterns = append(n.Patterns, p.asPattern())
		}
		if !p.accept(tComma) {
			break
		}
	}
	p.expect(tRPar)
	n.Span = Span{start, p.end()}
	return n
}

// latePattern is called at a positional pattern after a keyword pattern.
func (p *parser) latePattern() {
	if p.diag {
		first := p.asPattern()
		last := first
		for p.kind() == tComma && p.try(func() { p.pos++; last = p.asPattern() }) {
			continue
		}
		p.raiseRange(first, last, "positional patterns follow keyword patterns")
	}
	if p.kind() == tName {
		p.saw(p.pos + 1)
	}
	p.fail()
}

func (p *parser) mappingPattern() Pattern {
	start := p.start()
	p.pos++
	n := &MatchMapping{}
	for p.kind() != tRBrace {
		if p.accept(tDoubleStar) {
			n.Rest = p.captureTarget(false)
			p.accept(tComma)
			break
		}
		n.Keys = append(n.Keys, p.mappingKey())
		p.expect(tColon)
		n.Patterns = append(n.Patterns, p.asPattern())
		if !p.accept(tComma) {
			break
		}
	}
	p.expect(tRBrace)
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) mappingKey() Expr {
	t := p.toks[p.pos]
	switch t.kind {
	case kwNone, kwTrue, kwFalse:
		p.pos++
		return &Constant{exprNode: exprNode{Span{t.start, t.end}}, Kind: constantOf(t.kind)}
	case tName:
		p.pos++
		if p.kind() != tDot {
			p.fail()
		}
		return p.dotted(t)
	case tNumber, tMinus, tString:
		return p.literal()
	}
	p.fail()
	return nil
}
