package python

// atom parses a name, a literal or anything in brackets.
func (p *parser) atom() Expr {
	t := p.toks[p.pos]
	switch t.kind {
	case tName:
		p.pos++
		return p.newName(t, Load)
	case tString:
		return p.strings()
	case tNumber:
		p.pos++
		return p.newNumber(t)
	case kwTrue, kwFalse, kwNone, tEllipsis:
		p.pos++
		n := p.constant.new()
		n.Span, n.Kind = Span{t.start, t.end}, constantOf(t.kind)
		return n
	case tLPar, tLSqb, tLBrace:
		if p.diag {
			return memoized(p, rAtom, func() Expr { return p.diagBrackets(t.kind) })
		}
		if p.quietly {
			return memoized(p, rAtom, func() Expr { return p.quietBrackets(t.kind) })
		}
		return p.brackets(t.kind)
	}
	p.fail()
	return nil
}

// quietBrackets tries the alternatives for brackets one by one instead of
// deciding on the way, because it must cache the same results as CPython's PEG
// parser.
func (p *parser) quietBrackets(k kind) (e Expr) {
	if k == tLBrace {
		start := p.start()
		if p.try(func() { p.pos++; e = p.dictDisplay(start, nil) }) {
			return e
		}
	}
	return p.brackets(k)
}

func (p *parser) brackets(k kind) Expr {
	p.enter()
	var e Expr
	switch k {
	case tLPar:
		e = p.parenthesized()
	case tLSqb:
		e = p.listDisplay()
	default:
		e = p.braces()
	}
	p.leave()
	return e
}

func constantOf(k kind) ConstKind {
	switch k {
	case kwTrue:
		return True
	case kwFalse:
		return False
	case tEllipsis:
		return Ellipsis
	}
	return None
}

func (p *parser) newName(t token, ctx Context) *Name {
	n := p.name.new()
	n.Span, n.ID, n.Ctx = Span{t.start, t.end}, identifier(p.text(t)), ctx
	return n
}

func (p *parser) newNumber(t token) *Constant {
	n := p.constant.new()
	n.Span, n.Value = Span{t.start, t.end}, p.text(t)
	n.Kind = numberKind(n.Value)
	return n
}

func (p *parser) parenthesized() Expr {
	start := p.start()
	p.pos++
	if p.accept(tRPar) {
		return p.newTuple(start, nil)
	}
	if p.kind() == kwYield {
		e := p.yieldExpr()
		p.expect(tRPar)
		return e
	}
	first := p.starNamed()
	_, starred := first.(*Starred)
	switch {
	case !starred && p.atComprehension():
		gens := p.comprehensions()
		p.expect(tRPar)
		return &GeneratorExp{exprNode{Span{start, p.end()}}, first, gens}
	case p.kind() == tComma:
		elts := p.restOfList(first, tRPar)
		p.expect(tRPar)
		return p.newTuple(start, elts)
	case starred:
		p.saw(p.pos)
		p.fail()
	}
	p.expect(tRPar)
	return first
}

func (p *parser) newTuple(start int32, elts []Expr) *Tuple {
	n := p.tuple.new()
	n.Span, n.Elts = Span{start, p.end()}, elts
	return n
}

// restOfList parses the rest of a display after its first element, which may be
// just a comma.
func (p *parser) restOfList(first Expr, closing kind) []Expr {
	mark := len(p.exprStack)
	p.exprStack = append(p.exprStack, first)
	for p.accept(tComma) && p.kind() != closing && p.opt(func() { p.exprStack = append(p.exprStack, p.starNamed()) }) {
		continue
	}
	return p.takeExprs(mark)
}

func (p *parser) listDisplay() Expr {
	start := p.start()
	p.pos++
	var elts []Expr
	if p.kind() != tRSqb {
		first := p.starNamed()
		if _, starred := first.(*Starred); !starred && p.atComprehension() {
			gens := p.comprehensions()
			p.expect(tRSqb)
			return &ListComp{exprNode{Span{start, p.end()}}, first, gens}
		}
		elts = p.restOfList(first, tRSqb)
	}
	p.expect(tRSqb)
	n := p.list.new()
	n.Span, n.Elts = Span{start, p.end()}, elts
	return n
}

// braces parses a dict, a set or a comprehension of either.
func (p *parser) braces() Expr {
	start := p.start()
	p.pos++
	if p.kind() == tRBrace || p.kind() == tDoubleStar {
		return p.dictDisplay(start, nil)
	}
	first := p.starNamed()
	_, starred := first.(*Starred)
	_, walrus := first.(*NamedExpr)
	if p.kind() == tColon && !starred && (!walrus || p.toks[p.pos-1].kind == tRPar) {
		return p.dictDisplay(start, first)
	}
	if !starred && p.atComprehension() {
		gens := p.comprehensions()
		p.expect(tRBrace)
		return &SetComp{exprNode{Span{start, p.end()}}, first, gens}
	}
	elts := p.restOfList(first, tRBrace)
	p.expect(tRBrace)
	return &Set{exprNode{Span{start, p.end()}}, elts}
}

// dictDisplay parses a dict from after its brace or its first key.
func (p *parser) dictDisplay(start int32, key Expr) Expr {
	mark := len(p.exprStack)
	for first := true; p.kind() != tRBrace; first = false {
		var value Expr
		if key == nil && p.accept(tDoubleStar) {
			value = p.bitwiseOr()
		} else {
			if key == nil {
				key = p.expression()
			}
			p.expect(tColon)
			value = p.expression()
			if first && p.atComprehension() {
				gens := p.comprehensions()
				p.expect(tRBrace)
				return &DictComp{exprNode{Span{start, p.end()}}, key, value, gens}
			}
		}
		p.exprStack = append(p.exprStack, key, value)
		key = nil
		if !p.accept(tComma) {
			break
		}
	}
	p.expect(tRBrace)
	pairs := p.exprStack[mark:]
	n := p.dict.new()
	keys := make([]Expr, 0, 16)
	if len(pairs) > 32 {
		keys = make([]Expr, 0, len(pairs)/2)
	}
	for i := 0; i < len(pairs); i += 2 {
		keys = append(keys, pairs[i])
		pairs[i/2] = pairs[i+1]
	}
	n.Keys = p.exprs.copyOf(keys)
	n.Values = p.exprs.copyOf(pairs[:len(pairs)/2])
	p.exprStack = p.exprStack[:mark]
	n.Span = Span{start, p.end()}
	return n
}

func (p *parser) atComprehension() bool {
	switch p.kind() {
	case kwFor:
		return true
	case kwAsync:
		p.saw(p.pos + 1)
		return p.ahead(1) == kwFor
	}
	return false
}

func (p *parser) comprehensions() []Comprehension {
	var gens []Comprehension
	for p.atComprehension() {
		gens = append(gens, p.comprehension())
	}
	return gens
}

func (p *parser) comprehension() (c Comprehension) {
	from := p.pos
	c.IsAsync = p.accept(kwAsync)
	p.expect(kwFor)
	if p.diag {
		if !p.try(func() { c.Target = p.starTargets(); p.expect(kwIn) }) {
			p.invalidForTarget(from)
			p.fail()
		}
	} else {
		c.Target = p.starTargets()
		p.expect(kwIn)
	}
	c.Iter = p.disjunction()
	mark := len(p.exprStack)
	for p.kind() == kwIf && p.opt(func() { p.pos++; p.exprStack = append(p.exprStack, p.disjunction()) }) {
		continue
	}
	c.Ifs = p.takeExprs(mark)
	return c
}

// starNamed parses an element of a display: a starred or a named expression.
func (p *parser) starNamed() Expr {
	if p.kind() == tStar {
		return p.starred(p.bitwiseOr)
	}
	return p.namedExpression()
}

func (p *parser) starred(value func() Expr) Expr {
	p.enter()
	start := p.start()
	p.pos++
	v := value()
	p.leave()
	return &Starred{exprNode{Span{start, p.end()}}, v, Load}
}

// starExpression parses an element of a list without brackets, in which := is
// not allowed.
func (p *parser) starExpression() Expr {
	if p.kind() == tStar {
		return p.starred(p.bitwiseOr)
	}
	return p.expression()
}

// starExpressions parses one or more expressions, which are a tuple if there is
// a comma.
func (p *parser) starExpressions() Expr { return p.commaList(p.starExpression) }

func (p *parser) commaList(element func() Expr) Expr {
	start := p.start()
	first := element()
	if p.kind() != tComma {
		return first
	}
	mark := len(p.exprStack)
	p.exprStack = append(p.exprStack, first)
	for p.accept(tComma) && p.startsExpression() && p.opt(func() { p.exprStack = append(p.exprStack, element()) }) {
		continue
	}
	return p.newTuple(start, p.takeExprs(mark))
}

// startsExpression reports whether an element may follow a comma here.
func (p *parser) startsExpression() bool {
	switch p.kind() {
	case tName, tNumber, tString, tLPar, tLSqb, tLBrace, tMinus, tPlus, tTilde, tStar, tEllipsis,
		kwNot, kwLambda, kwAwait, kwNone, kwTrue, kwFalse:
		return true
	}
	p.saw(p.pos)
	return false
}

func (p *parser) namedExpression() Expr {
	if p.diag {
		return memoized(p, rNamed, p.diagNamedExpression)
	}
	if p.quietly {
		return memoized(p, rNamed, p.plainNamedExpression)
	}
	return p.plainNamedExpression()
}

func (p *parser) plainNamedExpression() Expr {
	if p.kind() == tName && p.ahead(1) == tWalrus {
		return p.assignmentExpression()
	}
	e := p.expression()
	if p.kind() == tWalrus {
		p.fail()
	}
	return e
}

func (p *parser) assignmentExpression() Expr {
	*p.needScopes = true
	p.enter()
	target := p.newName(p.expect(tName), Store)
	p.pos++
	value := p.expression()
	p.leave()
	return &NamedExpr{exprNode{Span{target.Start, p.end()}}, target, value}
}

func (p *parser) yieldExpr() Expr {
	start := p.start()
	p.expect(kwYield)
	if p.accept(kwFrom) {
		value := p.expression()
		return &YieldFrom{exprNode{Span{start, p.end()}}, value}
	}
	var value Expr
	if p.startsExpression() {
		p.opt(func() { value = p.starExpressions() })
	}
	return &Yield{exprNode{Span{start, p.end()}}, value}
}

// yieldOrList parses the right side of an assignment.
func (p *parser) yieldOrList() Expr {
	if p.kind() == kwYield {
		return p.yieldExpr()
	}
	return p.starExpressions()
}

// slices parses the content of the brackets of a subscript.
func (p *parser) slices() Expr {
	start := p.start()
	first := p.slice()
	if _, starred := first.(*Starred); !starred && p.kind() != tComma {
		return first
	}
	mark := len(p.exprStack)
	p.exprStack = append(p.exprStack, first)
	for p.accept(tComma) && p.kind() != tRSqb {
		p.exprStack = append(p.exprStack, p.slice())
	}
	return p.newTuple(start, p.takeExprs(mark))
}

func (p *parser) slice() Expr {
	start := p.start()
	var lower Expr
	switch p.kind() {
	case tStar:
		return p.starred(p.expression)
	case tColon:
	default:
		lower = p.namedExpression()
		_, walrus := lower.(*NamedExpr)
		if p.kind() != tColon || walrus && p.toks[p.pos-1].kind != tRPar {
			return lower
		}
	}
	p.expect(tColon)
	n := &Slice{Lower: lower}
	if k := p.kind(); k != tColon && k != tComma && k != tRSqb {
		n.Upper = p.expression()
	}
	if p.accept(tColon) {
		if k := p.kind(); k != tComma && k != tRSqb {
			n.Step = p.expression()
		}
	}
	n.Span = Span{start, p.end()}
	return n
}
