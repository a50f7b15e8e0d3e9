package python

// callArgs parses the arguments of a call with their parentheses.
func (p *parser) callArgs(n *Call) {
	p.enter()
	open := p.start()
	p.pos++
	if p.diag || p.quietly {
		parsed := memoized(p, rArguments, func() *Call {
			c := &Call{}
			if p.diag {
				p.diagArguments(c, open)
			} else {
				p.arguments(c, open)
			}
			return c
		})
		n.Args, n.Keywords = parsed.Args, parsed.Keywords
	} else {
		p.arguments(n, open)
	}
	p.leave()
}

// arguments parses the arguments after the opening parenthesis, including the
// closing one.
//
// The order is that of the grammar: positional arguments, then name=value and
// *list, and after the first **mapping no more *list.
func (p *parser) arguments(n *Call, open int32) {
	mark := len(p.exprStack)
	var kwBuf [8]*Keyword
	keywords := kwBuf[:0]
	mappings := false
	for p.kind() != tRPar {
		start := p.start()
		switch {
		case p.kind() == tDoubleStar:
			p.pos++
			keywords = append(keywords, p.newKeyword(start, "", p.expression()))
			mappings = true
		case p.kind() == tStar && !mappings:
			p.exprStack = append(p.exprStack, p.starred(p.expression))
		case p.kind() == tName && p.ahead(1) == tEqual:
			if p.diag {
				p.invalidKwarg()
			}
			name := identifier(p.text(p.toks[p.pos]))
			p.pos += 2
			keywords = append(keywords, p.newKeyword(start, name, p.expression()))
		case len(keywords) > 0:
			p.lateArgument()
		default:
			e := p.argument()
			if len(p.exprStack) == mark && p.atComprehension() {
				gens := p.comprehensions()
				p.expect(tRPar)
				n.Args = p.exprs.copyOf([]Expr{&GeneratorExp{exprNode{Span{open, p.end()}}, e, gens}})
				return
			}
			p.exprStack = append(p.exprStack, e)
		}
		if !p.accept(tComma) {
			break
		}
	}
	p.expect(tRPar)
	n.Args = p.takeExprs(mark)
	if len(keywords) > 0 {
		n.Keywords = append([]*Keyword(nil), keywords...)
	}
}

// lateArgument is called at a positional argument after a keyword argument.
// This is an error, but CPython reads up to the token after a name.
func (p *parser) lateArgument() {
	if p.diag {
		p.invalidKwarg()
	}
	if p.kind() == tName {
		p.saw(p.pos + 1)
	}
	p.fail()
}

func (p *parser) newKeyword(start int32, name string, value Expr) *Keyword {
	k := p.nodes.keyword.new()
	k.Span, k.Arg, k.Value = Span{start, p.end()}, name, value
	return k
}

// argument parses a positional argument.
func (p *parser) argument() Expr {
	from := p.pos
	var e Expr
	if p.kind() == tName && p.ahead(1) == tWalrus {
		e = p.assignmentExpression()
	} else {
		e = p.expression()
		if p.kind() == tWalrus {
			p.fail()
		}
	}
	if p.kind() == tEqual {
		p.saw(p.pos)
		if p.diag {
			p.pos = from
			p.invalidKwarg()
		}
		p.fail()
	}
	return e
}
