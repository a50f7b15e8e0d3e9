package python

// item parses one parameter with the comma after it, or before the closing
// token.
func (r *paramReader) item(defaults, noDefaults bool) (at token) {
	p := r.p
	at = p.toks[p.pos]
	r.param(false)
	switch {
	case p.kind() == tEqual && defaults:
		p.defaultValue()
	case p.kind() != tEqual && noDefaults:
	default:
		p.fail()
	}
	if !p.accept(tComma) && p.kind() != r.closing {
		p.fail()
	}
	return at
}

// items parses as many parameters as possible.
func (r *paramReader) items(defaults, noDefaults bool) (n int) {
	for r.p.try(func() { r.item(defaults, noDefaults) }) {
		n++
	}
	return n
}

// slashed parses parameters up to and including a slash.
func (r *paramReader) slashed() {
	p := r.p
	if r.items(false, true)+r.items(true, false) == 0 {
		p.fail()
	}
	p.expect(tSlash)
	if !p.accept(tComma) && p.kind() != r.closing {
		p.fail()
	}
}

func (p *parser) invalidParameters(lambda bool) {
	r := &paramReader{p: p, n: &Arguments{}, lambda: lambda, closing: tRPar}
	name := "Function"
	if lambda {
		r.closing, name = tColon, "Lambda expression"
	}
	p.look(func() {
		r.items(false, true)
		if !p.try(func() {
			if r.items(true, false) == 0 {
				p.fail()
			}
			p.expect(tSlash)
			p.expect(tComma)
		}) && r.items(true, false) == 0 {
			p.fail()
		}
		start := p.start()
		r.item(false, true)
		end := p.end()
		if p.toks[p.pos-1].kind == tComma {
			end = p.toks[p.pos-2].end
		}
		p.raise(start, end, "non-default argument follows default argument")
	})
	p.look(func() {
		r.items(false, true)
		a := p.expect(tLPar)
		if lambda {
			p.expect(tName)
			for p.accept(tComma) && p.kind() == tName {
				p.pos++
			}
		} else if r.items(false, true) == 0 {
			p.fail()
		}
		p.accept(tComma)
		b := p.expect(tRPar)
		p.raise(a.start, b.end, name+" parameters cannot be parenthesized")
	})
	p.look(func() {
		a := p.expect(tSlash)
		p.expect(tComma)
		p.raise(a.start, a.end, "at least one argument must precede /")
	})
	p.look(func() {
		r.slashed()
		r.items(true, true)
		a := p.expect(tSlash)
		p.raise(a.start, a.end, "/ may appear only once")
	})
	p.look(func() {
		p.try(r.slashed)
		r.items(true, true)
		p.expect(tStar)
		if !p.accept(tComma) {
			r.item(false, true)
		}
		r.items(true, true)
		a := p.expect(tSlash)
		p.raise(a.start, a.end, "/ must be ahead of *")
	})
	p.look(func() {
		if r.items(true, true) == 0 {
			p.fail()
		}
		p.expect(tSlash)
		a := p.expect(tStar)
		p.raise(a.start, a.end, "expected comma between / and *")
	})
}

// invalidStarEtc is called at the star.
func (p *parser) invalidStarEtc(lambda bool) {
	r := &paramReader{p: p, n: &Arguments{}, lambda: lambda, closing: tRPar}
	if lambda {
		r.closing = tColon
	}
	p.look(func() {
		a := p.expect(tStar)
		if p.accept(tComma) && p.kind() == tDoubleStar || p.kind() == r.closing {
			p.saw(p.pos)
			p.raise(a.start, a.end, "named arguments must follow bare *")
		}
	})
	p.look(func() {
		p.expect(tStar)
		r.param(false)
		a := p.expect(tEqual)
		p.raise(a.start, a.end, "var-positional argument cannot have default value")
	})
	p.look(func() {
		p.expect(tStar)
		if !p.accept(tComma) {
			r.item(false, true)
		}
		r.items(true, true)
		a := p.expect(tStar)
		if !p.accept(tComma) {
			r.item(false, true)
		}
		p.raise(a.start, a.end, "* argument may appear only once")
	})
}

// invalidKwds is called at the double star.
func (p *parser) invalidKwds(lambda bool) {
	r := &paramReader{p: p, n: &Arguments{}, lambda: lambda, closing: tRPar}
	p.look(func() {
		p.pos++
		r.param(false)
		if a := p.toks[p.pos]; p.accept(tEqual) {
			p.raise(a.start, a.end, "var-keyword argument cannot have default value")
		}
		p.expect(tComma)
		a := p.toks[p.pos]
		p.saw(p.pos)
		const msg = "arguments cannot follow var-keyword argument"
		switch a.kind {
		case tName:
			p.raiseNode(r.param(false), msg)
		case tStar, tDoubleStar, tSlash:
			p.raise(a.start, a.end, msg)
		}
	})
}
