package python

// diagArguments parses the arguments after the opening parenthesis.
func (p *parser) diagArguments(n *Call, open int32) {
	from := p.pos
	if p.try(func() { p.arguments(n, open) }) {
		return
	}
	p.pos = from - 1
	p.invalidComprehension(tLPar)
	p.pos = from
	p.invalidArguments()
	p.fail()
}

const mustBeParenthesized = "Generator expression must be parenthesized"

func lastOf(gens []Comprehension) Expr {
	c := gens[len(gens)-1]
	if len(c.Ifs) > 0 {
		return c.Ifs[len(c.Ifs)-1]
	}
	return c.Iter
}

func (p *parser) invalidArguments() {
	start := p.start()
	p.look(func() {
		if c := p.argList(); len(c.Keywords) == 0 {
			p.fail()
		}
		end := p.end()
		p.expect(tComma)
		p.expect(tStar)
		p.raise(start, end, "iterable argument unpacking follows keyword argument unpacking")
	})
	p.look(func() {
		a := p.expression()
		gens := p.forClauses()
		p.expect(tComma)
		p.look(func() { p.argList() })
		p.raiseRange(a, lastOf(gens), mustBeParenthesized)
	})
	p.look(p.invalidNameEqual)
	p.look(func() {
		c := p.argList()
		gens := p.forClauses()
		if len(c.Args) > 1 {
			p.raiseRange(c.Args[len(c.Args)-1], lastOf(gens), mustBeParenthesized)
		}
	})
	p.look(func() {
		p.argList()
		p.expect(tComma)
		a := p.expression()
		gens := p.forClauses()
		p.raiseRange(a, lastOf(gens), mustBeParenthesized)
	})
	p.look(func() {
		c := p.argList()
		p.expect(tComma)
		p.argList()
		msg := "positional argument follows keyword argument"
		for _, k := range c.Keywords {
			if k.Arg == "" {
				msg += " unpacking"
				break
			}
		}
		p.raiseLast(msg)
	})
}

// invalidNameEqual finds name=value followed by for.
func (p *parser) invalidNameEqual() {
	a := p.expect(tName)
	b := p.expect(tEqual)
	p.expression()
	p.forClauses()
	p.raise(a.start, b.end, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?")
}

func (p *parser) invalidKwarg() {
	p.look(func() {
		t := p.toks[p.pos]
		switch t.kind {
		case kwTrue, kwFalse, kwNone:
			p.pos++
			b := p.expect(tEqual)
			p.raise(t.start, b.end, "cannot assign to "+p.text(t))
		}
	})
	p.look(p.invalidNameEqual)
	p.look(func() {
		if p.kind() == tName && p.ahead(1) == tEqual {
			return
		}
		a := p.expression()
		b := p.expect(tEqual)
		p.raise(int32(a.Pos()), b.end, `expression cannot contain assignment, perhaps you meant "=="?`)
	})
}

// argList parses arguments as long as they are valid, and stops before the
// comma or whatever follows.
func (p *parser) argList() *Call {
	return memoized(p, rArgs, func() *Call {
		c := &Call{}
		mark := len(p.exprStack)
		for n := 0; ; n++ {
			ok := p.try(func() {
				if n > 0 {
					p.expect(tComma)
				}
				if p.kind() == tStar {
					p.exprStack = append(p.exprStack, p.starred(p.expression))
				} else {
					p.exprStack = append(p.exprStack, p.argument())
				}
			})
			if ok {
				continue
			}
			if n == 0 {
				p.kwargList(c)
			} else {
				p.try(func() { p.expect(tComma); p.kwargList(c) })
			}
			break
		}
		c.Args = append(p.takeExprs(mark), c.Args...)
		return c
	})
}

func (p *parser) kwargList(c *Call) {
	mappings := false
	for n := 0; ; n++ {
		ok := p.try(func() {
			if n > 0 {
				p.expect(tComma)
			}
			p.invalidKwarg()
			start := p.start()
			switch {
			case p.kind() == tName && p.ahead(1) == tEqual:
				name := p.text(p.toks[p.pos])
				p.pos += 2
				c.Keywords = append(c.Keywords, p.newKeyword(start, name, p.expression()))
			case p.kind() == tDoubleStar:
				p.pos++
				c.Keywords = append(c.Keywords, p.newKeyword(start, "", p.expression()))
				mappings = true
			case p.kind() == tStar && !mappings:
				c.Args = append(c.Args, p.starred(p.expression))
			default:
				p.fail()
			}
		})
		if !ok {
			if n == 0 {
				p.fail()
			}
			return
		}
	}
}
