package python

import (
	"fmt"
	"strings"
)

// joined parses adjacent strings of which at least one is an f-string.
func (p *parser) joined(first, last int, span Span, u bool) Expr {
	j := joiner{p: p, span: span, u: u}
	for i := first; i <= last; i++ {
		t := p.toks[i]
		pre, body := p.literalParts(t)
		if !pre.format {
			j.text = append(j.text, p.literalValue(t, pre, body)...)
			continue
		}
		j.token = Span{t.start, t.end}
		end := j.pieces(int(body.Start), int(body.Stop), pre.raw, 0)
		if end < int(body.Stop) {
			j.fail("f-string: unexpected end of string")
		}
	}
	j.flush(span)
	return &JoinedStr{exprNode{span}, p.exprs.copyOf(j.values)}
}

// joiner collects the values of an f-string. Each has the span of the whole
// literal, as in CPython 3.11.
type joiner struct {
	p      *parser
	span   Span
	token  Span // the literal that is being parsed, for format specifications and their last string
	u      bool
	text   []byte
	values []Expr
}

// fail reports an error where CPython does: at the token after the strings.
func (j *joiner) fail(msg string) {
	j.p.saw(j.p.pos)
	j.p.raiseLast(msg)
}

func (j *joiner) flush(span Span) {
	if len(j.text) > 0 {
		j.values = append(j.values, j.p.newString(span, Str, string(j.text), j.u))
		j.text = j.text[:0]
	}
}

// pieces parses strings and fields up to end or, within a format specification
// (level > 0), up to the closing brace.
func (j *joiner) pieces(i, end int, raw bool, level int) int {
	src := j.p.src
	for i < end {
		from := i
		i = j.literal(i, end, raw, level)
		text := src[from:i]
		if !raw {
			text = j.p.unescape(text, false)
		}
		j.text = append(j.text, text...)
		if i >= end {
			break
		}
		if level == 0 && i+1 < end && src[i+1] == src[i] {
			j.text = append(j.text, src[i])
			i += 2
			continue
		}
		if src[i] == '}' {
			if level > 0 {
				return i
			}
			j.fail("f-string: single '}' is not allowed")
		}
		i = j.field(i, end, raw, level)
	}
	return i
}

// literal returns the position of the next brace that is not literal.
func (j *joiner) literal(i, end int, raw bool, level int) int {
	src := j.p.src
	for i < end {
		switch c := src[i]; {
		case c == '{' || c == '}':
			return i
		case c == '\\' && !raw && i+1 < end:
			i++
			switch src[i] {
			case 'N':
				i++
				if i < end && src[i] == '{' {
					for i < end && src[i] != '}' {
						i++
					}
					if i < end {
						i++
					}
				}
			case '{', '}':
			default:
				i++
			}
		default:
			i++
		}
	}
	return i
}

func (j *joiner) field(open, end int, raw bool, level int) int {
	p := j.p
	src := p.src
	if level >= 2 && p.strict || level >= maxFStringNesting {
		j.fail("f-string: expressions nested too deeply")
	}
	stop := j.exprEnd(open+1, end)
	if stop >= end {
		j.fail("f-string: expecting '}'")
	}
	value := p.fieldValue(open+1, stop, j)
	i := stop
	conversion := -1
	selfDoc := false
	if src[i] == '=' {
		selfDoc = true
		i++
		for i < end && strings.IndexByte(" \t\n\f\r\v", src[i]) >= 0 {
			i++
		}
		j.text = append(j.text, src[open+1:i]...)
	}
	if i < end && src[i] == '!' {
		i++
		conversion, i = j.conversion(i, end)
	}
	var spec Expr
	if i < end && src[i] == ':' {
		inner := joiner{p: p, span: j.span, token: j.token, u: j.u}
		i = inner.pieces(i+1, end, raw, level+1)
		inner.flush(j.token)
		spec = &JoinedStr{exprNode{j.token}, p.exprs.copyOf(inner.values)}
	}
	if i >= end || src[i] != '}' {
		j.fail("f-string: expecting '}'")
	}
	if selfDoc && spec == nil && conversion == -1 {
		conversion = 'r'
	}
	j.flush(j.span)
	j.values = append(j.values, &FormattedValue{exprNode{j.span}, value, conversion, spec})
	return i + 1
}

func (j *joiner) conversion(i, end int) (int, int) {
	src := j.p.src
	if !j.p.strict {
		for i < end && src[i] == ' ' {
			i++
		}
	}
	if i >= end {
		j.fail("f-string: expecting '}'")
	}
	c := src[i]
	if c != 's' && c != 'r' && c != 'a' {
		j.fail("f-string: invalid conversion character: expected 's', 'r', or 'a'")
	}
	i++
	for !j.p.strict && i < end && src[i] == ' ' {
		i++
	}
	if i < end && src[i] != ':' && src[i] != '}' {
		j.fail("f-string: expecting '}'")
	}
	return int(c), i
}

// exprEnd finds the end of a field's expression: at = (self-documenting), !
// (conversion), : (format) or }, outside brackets and strings.
func (j *joiner) exprEnd(i, end int) int {
	src, strict := j.p.src, j.p.strict
	var open []byte
	for ; i < end; i++ {
		c := src[i]
		switch c {
		case '\\':
			if strict {
				j.fail("f-string expression part cannot include a backslash")
			}
		case '#':
			if strict {
				j.fail("f-string expression part cannot include '#'")
			}
			for i+1 < end && src[i+1] != '\n' {
				i++
			}
		case '"', '\'':
			i = j.stringEnd(i, end) - 1
		case '(', '[', '{':
			if len(open) >= maxBrackets {
				j.fail("f-string: too many nested parenthesis")
			}
			open = append(open, c)
		case '!', ':', '}', '=', '<', '>':
			if len(open) == 0 {
				if i+1 < end && src[i+1] == '=' && (c == '!' || c == '=' || c == '<' || c == '>') {
					i++
					continue
				}
				if c == '<' || c == '>' {
					continue
				}
				return i
			}
			if c == '}' {
				open = j.closing(open, c)
			}
		case ')', ']':
			open = j.closing(open, c)
		}
	}
	if len(open) > 0 {
		j.fail(fmt.Sprintf("f-string: unmatched '%c'", open[len(open)-1]))
	}
	return i
}

func (j *joiner) closing(open []byte, c byte) []byte {
	if len(open) == 0 {
		j.fail(fmt.Sprintf("f-string: unmatched '%c'", c))
	}
	o := open[len(open)-1]
	if o == '(' && c != ')' || o == '[' && c != ']' || o == '{' && c != '}' {
		j.fail(fmt.Sprintf("f-string: closing parenthesis '%c' does not match opening parenthesis '%c'", c, o))
	}
	return open[:len(open)-1]
}

// stringEnd returns the end of the string with its quote at i.
func (j *joiner) stringEnd(i, end int) int {
	src := j.p.src[:end]
	size := quoteSize(src, i)
	if j.p.strict {
		// Backslashes have no meaning here, because they are not allowed
		// anyway.
		for k := i + size; k < end; k++ {
			if src[k] == '\\' {
				j.fail("f-string expression part cannot include a backslash")
			}
			if strings.HasPrefix(src[k:], src[i:i+size]) {
				return k + size
			}
		}
		j.fail("f-string: unterminated string")
	}
	n := 0
	for n < 2 && class[src[i-n-1]]&(cIdent|cDigit) != 0 {
		n++
	}
	pre, ok := stringPrefix(src[i-n : i])
	var stop int
	if ok && pre.format {
		s := fscan{src: src, end: end}
		stop = s.body(i+size, src[i], size, pre.raw, 0)
	} else {
		stop, _ = plainEnd(src, i, size)
	}
	if stop < 0 {
		j.fail("f-string: unterminated string")
	}
	return stop
}

// fieldValue parses src[from:to] like CPython: in parentheses, so that blanks
// and line ends are allowed.
func (p *parser) fieldValue(from, to int, j *joiner) Expr {
	if strings.Trim(p.src[from:to], " \t\n\f\r") == "" {
		if c := p.src[to]; c != '}' {
			j.fail(fmt.Sprintf("f-string: expression required before '%c'", c))
		}
		j.fail("f-string: empty expression not allowed")
	}
	p.enter()
	if p.nest >= maxFStringNesting {
		j.fail("f-string: expressions nested too deeply")
	}
	l := &lexer{src: p.src, pos: from, end: to, lines: p.lines, strict: p.strict, tokens: make([]token, 0, (to-from)/3+4)}
	l.brackets = append(l.brackets, bracket{'(', int32(from - 1)})
	l.emit(tLPar, from-1, from)
	if _, ok := l.lineRest(false); ok {
		l.brackets = l.brackets[:0]
		l.emit(tRPar, to, to+1)
		l.emit(tNewline, to+1, to+1)
		l.emit(tEnd, to+1, to+1)
	}
	sub := &parser{src: p.src, lines: p.lines, toks: l.tokens, strict: p.strict, lex: l, nodes: p.nodes, needScopes: p.needScopes,
		nest: p.nest + 1, depth: p.depth}
	var value Expr
	if err := sub.run(func() { value = sub.starExpressions() }); err != nil {
		if err != l.failure {
			err.msg = "f-string: " + err.msg
		}
		p.throw(err)
	}
	p.lex.comments = append(p.lex.comments, l.comments...)
	p.leave()
	return value
}
