package python

// parameters parses the parameters of a def or a lambda, up to the closing
// parenthesis or the colon.
func (p *parser) parameters(lambda bool) *Arguments {
	n := p.nodes.arguments.new()
	if p.diag {
		p.invalidParameters(lambda)
	}
	closing := tRPar
	if lambda {
		closing = tColon
	}
	if p.kind() == closing {
		return n
	}
	r := paramReader{p: p, n: n, lambda: lambda, closing: closing}
	r.run()
	return n
}

type paramReader struct {
	p        *parser
	n        *Arguments
	lambda   bool
	closing  kind
	slash    bool
	star     bool
	buf      [8]*Arg
	pending  []*Arg
	defaults int
}

func (r *paramReader) run() {
	p := r.p
	r.pending = r.buf[:0]
	mark := len(p.exprStack)
	for p.kind() != r.closing {
		switch p.kind() {
		case tSlash:
			if r.slash || r.star || len(r.pending) == 0 {
				p.fail()
			}
			r.slash = true
			r.n.Posonlyargs = p.nodes.args.copyOf(r.pending)
			r.pending = r.pending[:0]
			p.pos++
		case tStar:
			if r.star {
				p.fail()
			}
			r.flush(mark)
			r.starParam()
		case tDoubleStar:
			r.flush(mark)
			if p.diag {
				p.invalidKwds(r.lambda)
			}
			p.pos++
			r.n.Kwarg = r.param(false)
			if p.accept(tComma) && p.kind() != r.closing {
				p.fail()
			}
			if p.kind() != r.closing {
				p.fail()
			}
			return
		default:
			r.normal()
		}
		if !p.accept(tComma) {
			break
		}
	}
	r.flush(mark)
	if p.kind() != r.closing {
		p.fail()
	}
}

// flush ends the parameters before the star.
func (r *paramReader) flush(mark int) {
	if r.star {
		return
	}
	r.star = true
	r.n.Args = r.p.nodes.args.copyOf(r.pending)
	r.n.Defaults = r.p.takeExprs(mark)
}

func (r *paramReader) starParam() {
	p := r.p
	if p.diag {
		p.invalidStarEtc(r.lambda)
	}
	p.pos++
	if p.kind() == tComma {
		// A bare star must be followed by a name.
		if p.ahead(1) != tName {
			p.pos++
			p.fail()
		}
		return
	}
	r.n.Vararg = r.param(!r.lambda)
}

func (r *paramReader) normal() {
	p := r.p
	a := r.param(false)
	if r.star {
		var def Expr
		if p.kind() == tEqual {
			def = p.defaultValue()
		}
		r.n.Kwonlyargs = append(r.n.Kwonlyargs, a)
		r.n.KwDefaults = append(r.n.KwDefaults, def)
		return
	}
	r.pending = append(r.pending, a)
	if p.kind() == tEqual {
		p.exprStack = append(p.exprStack, p.defaultValue())
		r.defaults++
	} else if r.defaults > 0 {
		p.fail()
	}
}

func (p *parser) defaultValue() Expr {
	if p.diag {
		if k := p.ahead(1); k == tComma || k == tRPar {
			t := p.toks[p.pos]
			p.saw(p.pos + 1)
			p.raise(t.start, t.end, "expected default value expression")
		}
	}
	p.pos++
	return p.expression()
}

// param parses a name with its annotation, which may be starred only for *args.
func (r *paramReader) param(star bool) *Arg {
	p := r.p
	t := p.expect(tName)
	a := p.nodes.arg.new()
	a.Arg = identifier(p.text(t))
	if !r.lambda && p.accept(tColon) {
		if star {
			a.Annotation = p.starExpression()
		} else {
			a.Annotation = p.expression()
		}
	}
	a.Span = Span{t.start, p.end()}
	return a
}
