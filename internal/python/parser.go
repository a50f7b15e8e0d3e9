package python

import "slices"

// Options configures parsing. The zero value accepts the syntax of any Python
// from 3.11 on.
type Options struct {
	// Strict311 rejects syntax that is newer than Python 3.11: f-strings with
	// nested quotes, backslashes or comments in their fields, type parameters
	// and the type statement.
	Strict311 bool
}

// Parse parses a file, given as its bytes on disk. The encoding is that of the
// byte order mark or the coding cookie (PEP 263), or else UTF-8.
//
// The error is nil or a *SyntaxError with the first error. With an error, the
// module is nil unless only the compiler's checks failed (such as return
// outside a function).
func Parse(src []byte, opts Options) (*Module, error) {
	text, raw := decode(src)
	if raw != nil {
		return nil, decodeError(raw)
	}
	if len(text) > maxSource {
		return nil, &SyntaxError{Line: 1, EndLine: 1, Msg: "file is larger than 1 GiB", Kind: "SyntaxError"}
	}
	lines := newLineTable(text)
	m, raw := parseText(text, lines, opts)
	if raw == nil {
		raw = check(m)
	}
	if raw != nil {
		return m, raw.resolve(text, lines)
	}
	return m, nil
}

// Offsets are 32 bits wide.
const maxSource = 1 << 30

func decodeError(raw *rawError) *SyntaxError {
	e := &SyntaxError{Msg: raw.msg, Kind: "SyntaxError"}
	if raw.line > 0 {
		e.Line, e.EndLine = raw.line, raw.line
	}
	return e
}

func parseText(text string, lines lineTable, opts Options) (*Module, *rawError) {
	l := newLexer(text, lines, opts.Strict311)
	l.run()
	p := &parser{src: text, lines: lines, toks: l.tokens, strict: opts.Strict311, nodes: &nodes{}, lex: l, needScopes: new(bool)}
	var body []Stmt
	if err := p.run(func() { body = p.file() }); err != nil {
		return nil, err
	}
	// Comments within f-strings are found when the parser reaches them.
	slices.SortFunc(l.comments, func(a, b Comment) int { return int(a.Start - b.Start) })
	m := &Module{Body: body, Comments: l.comments, Source: text, lines: lines}
	m.needScopes = *p.needScopes
	m.Stop = int32(len(text))
	return m, nil
}

// parser is a recursive-descent parser over all tokens of a text. Functions
// return a node, or fail with panic(failure{}) or panic(*rawError), which run
// and try recover from.
//
// CPython parses twice: first only for the tree and, if that fails, again with
// rules for known errors (the invalid_ rules of its grammar). So does this
// parser. diag is the second pass, which follows the order in which CPython
// tries its rules, because the order determines the message.
type parser struct {
	src    string
	lines  lineTable
	toks   []token
	pos    int
	far    int // the furthest token that was read
	depth  int
	strict bool
	diag   bool
	raised bool // an error is propagating
	// quietly is set while the second pass parses without searching for errors.
	quietly bool
	nest    int // enclosing fields
	lex     *lexer
	*nodes

	needScopes *bool
	stmtStart  int // token at which the current statement of the file starts
	exprStack  []Expr
	stmtStack  []Stmt
	memos      map[memoKey]memo
}

// failure means that the grammar has no alternative left.
type failure struct{}

// maxDepth is the maximum recursion depth; CPython has about the same limit.
const maxDepth = 3000

func (p *parser) run(parse func()) *rawError {
	err, failed := p.attempt(parse)
	if !failed && err == nil {
		return nil
	}
	first := p.far
	if p.toks[first].kind == tError {
		return p.lexicalError()
	}
	generic := err == nil
	hard := p.lex.failure
	if hard != nil && hard.soft {
		hard = nil
	}
	if k := p.toks[first].kind; hard != nil && (!generic || k != tIndent && k != tDedent) {
		return hard
	}
	if generic {
		p.diag, p.memos = true, map[memoKey]memo{}
		p.pos, p.depth = p.stmtStart, 0
		p.exprStack, p.stmtStack = p.exprStack[:0], p.stmtStack[:0]
		err, _ = p.attempt(parse)
		generic = err == nil
	}
	if generic {
		err = p.genericError(first)
		if err.kind != "" {
			return err
		}
	}
	if hard != nil {
		return hard
	}
	if p.toks[p.far].kind == tError {
		return err
	}
	if last := p.toks[len(p.toks)-1]; last.kind == tError && len(p.lex.brackets) > 0 {
		open := p.lex.brackets[len(p.lex.brackets)-1]
		if p.lines.line(p.toks[p.far].start) > p.lines.line(open.pos) {
			return neverClosed(open)
		}
	}
	return err
}

func (p *parser) genericError(at int) *rawError {
	t := p.toks[at]
	switch t.kind {
	case tIndent:
		return &rawError{start: t.start, end: -1, msg: "unexpected indent", kind: "IndentationError"}
	case tDedent:
		return &rawError{start: t.start, end: -1, msg: "unexpected unindent", kind: "IndentationError"}
	}
	return &rawError{start: t.start, end: t.end, msg: "invalid syntax"}
}

func neverClosed(open bracket) *rawError {
	return &rawError{start: open.pos, end: -1, msg: "'" + string(open.char) + "' was never closed"}
}

// lexicalError returns the error of the last token, once the parser reaches it.
func (p *parser) lexicalError() *rawError {
	if n := len(p.lex.brackets); n > 0 && p.lex.failure.soft && p.lex.pos >= p.lex.end {
		return neverClosed(p.lex.brackets[n-1])
	}
	return p.lex.failure
}

func (p *parser) attempt(parse func()) (err *rawError, failed bool) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			failed = true
		case *rawError:
			err = r
		default:
			panic(r)
		}
	}()
	parse()
	return nil, false
}

// try runs parse and restores the position if it fails. A recognized error is
// propagated.
func (p *parser) try(parse func()) (ok bool) {
	pos, depth, exprs, stmts := p.pos, p.depth, len(p.exprStack), len(p.stmtStack)
	defer func() {
		// Errors propagate freely: recovering and panicking again at every
		// level takes quadratic time.
		if ok || p.raised {
			return
		}
		if r := recover(); r != nil {
			if _, isFailure := r.(failure); !isFailure {
				panic(r)
			}
			p.pos, p.depth = pos, depth
			p.exprStack, p.stmtStack = p.exprStack[:exprs], p.stmtStack[:stmts]
		}
	}()
	parse()
	return true
}

// throw ends parsing with an error.
func (p *parser) throw(e *rawError) {
	p.raised = true
	panic(e)
}

// opt parses something optional. The second pass backtracks, as a PEG parser
// does; the first would fail anyway.
func (p *parser) opt(parse func()) bool {
	if p.diag || p.quietly {
		return p.try(parse)
	}
	parse()
	return true
}

func (p *parser) fail() {
	p.saw(p.pos)
	panic(failure{})
}

// saw records that the token at i was read. A lexical error ends everything.
func (p *parser) saw(i int) {
	if i > p.far {
		p.far = i
	}
	if p.toks[i].kind == tError {
		p.throw(p.lexicalError())
	}
}

func (p *parser) raise(start, end int32, msg string) {
	p.throw(&rawError{start: start, end: end, msg: msg})
}

func (p *parser) raiseNode(n Node, msg string) { p.raise(int32(n.Pos()), int32(n.End()), msg) }

func (p *parser) raiseRange(a, b Node, msg string) { p.raise(int32(a.Pos()), int32(b.End()), msg) }

// raiseLast reports an error at the last token that was read.
func (p *parser) raiseLast(msg string) {
	t := p.toks[p.far]
	p.raise(t.start, t.end, msg)
}

func (p *parser) raiseIndent(msg string) {
	t := p.toks[p.far]
	p.throw(&rawError{start: t.start, end: t.end, msg: msg, kind: "IndentationError"})
}

func (p *parser) kind() kind { return p.toks[p.pos].kind }

// ahead returns the kind of the nth token from here, which counts as read.
func (p *parser) ahead(n int) kind {
	i := min(p.pos+n, len(p.toks)-1)
	return p.toks[i].kind
}

func (p *parser) start() int32 { return p.toks[p.pos].start }

// end returns the end of the last consumed token.
func (p *parser) end() int32 { return p.toks[p.pos-1].end }

// blockEnd is like end, without line ends and changes of indentation.
func (p *parser) blockEnd() int32 {
	i := p.pos - 1
	for i > 0 && (p.toks[i].kind == tNewline || p.toks[i].kind == tIndent || p.toks[i].kind == tDedent) {
		i--
	}
	return p.toks[i].end
}

func (p *parser) text(t token) string { return p.src[t.start:t.end] }

func (p *parser) accept(k kind) bool {
	if p.toks[p.pos].kind == k {
		p.pos++
		return true
	}
	return false
}

func (p *parser) expect(k kind) token {
	t := p.toks[p.pos]
	if t.kind != k {
		p.fail()
	}
	p.pos++
	return t
}

// force is like expect, with a specific message.
func (p *parser) force(k kind, name string) {
	t := p.toks[p.pos]
	if t.kind != k {
		p.saw(p.pos)
		p.raise(t.start, t.end, "expected "+name)
	}
	p.pos++
}

func (p *parser) softKeyword(word string) bool {
	t := p.toks[p.pos]
	return t.kind == tName && int(t.end-t.start) == len(word) && p.src[t.start:t.end] == word
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		if p.diag || p.quietly {
			panic(failure{}) // what was found so far must suffice
		}
		t := p.toks[p.pos]
		p.raise(t.start, t.end, tooDeep)
	}
}

const tooDeep = "too deeply nested"

func (p *parser) leave() { p.depth-- }

func (p *parser) takeExprs(mark int) []Expr {
	out := p.exprs.copyOf(p.exprStack[mark:])
	p.exprStack = p.exprStack[:mark]
	return out
}

func (p *parser) takeStmts(mark int) []Stmt {
	out := p.stmts.copyOf(p.stmtStack[mark:])
	p.stmtStack = p.stmtStack[:mark]
	return out
}

type rule uint8

type memoKey struct {
	rule rule
	pos  int32
}

type memo struct {
	node any
	end  int
	ok   bool
}

const (
	rExpression rule = iota
	rDisjunction
	rNamed
	rBitwiseOr
	rArgs
	rAtom
	rBlock
	rPrimary
	rArguments
	rQuietly rule = 0x80
)

// memoized returns the cached result of parse at this position. The second pass
// tries the same rules in many ways, which would take exponential time
// otherwise.
func memoized[T any](p *parser, r rule, parse func() T) T {
	if !p.diag && !p.quietly {
		return parse()
	}
	// CPython has one cache for both modes, so a result that was found without
	// searching for errors hides errors later. Some rules are not cached.
	if p.quietly && (r == rNamed || r == rAtom || r == rArgs || r == rBlock) {
		r |= rQuietly
	}
	key := memoKey{r, int32(p.pos)}
	m, found := p.memos[key]
	if !found {
		var node T
		m.ok = p.try(func() { node = parse() })
		m.node, m.end = node, p.pos
		p.memos[key] = m
	}
	if !m.ok {
		panic(failure{})
	}
	p.pos = m.end
	node, _ := m.node.(T)
	return node
}

func (p *parser) file() []Stmt {
	mark := len(p.stmtStack)
	for p.kind() != tEnd {
		p.stmtStart = p.pos
		p.statement()
	}
	return p.takeStmts(mark)
}
