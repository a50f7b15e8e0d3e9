package python

import "slices"

// Options say how to read a file. The zero value reads what any Python from
// 3.11 on accepts.
type Options struct {
	// Strict311 refuses what Python 3.11 doesn't know: f-strings with nested
	// quotes, backslashes or comments in their fields, type parameters and the type
	// statement.
	Strict311 bool
}

// Parse reads a whole file, given as its bytes on disk: the encoding is taken
// from the byte order mark or the coding cookie (PEP 263), UTF-8 otherwise.
//
// The error is nil or a *SyntaxError with the first mistake. The module is
// nil with an error, unless the text was well-formed and only the compiler's
// checks failed (such as return outside a function).
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
	// Those within f-strings come when the parser gets to them.
	slices.SortFunc(l.comments, func(a, b Comment) int { return int(a.Start - b.Start) })
	m := &Module{Body: body, Comments: l.comments, Source: text, lines: lines}
	m.needScopes = *p.needScopes
	m.Stop = int32(len(text))
	return m, nil
}

// parser goes down the grammar over all tokens of a text. Functions give a
// node or leave with panic(failure{}) or panic(*rawError), which never gets out
// of run and try.
//
// CPython parses twice: first for the tree alone, and when that fails again
// with rules that look for known mistakes (the invalid_ rules of its grammar). So
// does this one: diag is the second pass, in which functions follow the order in
// which CPython tries things, since that decides which message is given.
type parser struct {
	src    string
	lines  lineTable
	toks   []token
	pos    int
	far    int // the furthest token that was asked for
	depth  int
	strict bool
	diag   bool
	raised bool // a mistake is on its way out
	// quietly is set while the second pass parses without looking for mistakes.
	quietly bool
	nest    int // fields around
	lex     *lexer
	*nodes

	needScopes *bool
	stmtStart  int // token at which the current statement of the file begins
	exprStack  []Expr
	stmtStack  []Stmt
	memos      map[memoKey]memo
}

// failure says that the grammar has no way on from here.
type failure struct{}

// maxDepth bounds recursion; CPython gives up at about the same depth.
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

// lexicalError is the error of the last token, now that the parser got to it.
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

// try runs parse and goes back to where it was if that fails; a mistake that was
// recognized goes through.
func (p *parser) try(parse func()) (ok bool) {
	pos, depth, exprs, stmts := p.pos, p.depth, len(p.exprStack), len(p.stmtStack)
	defer func() {
		// A mistake is left to fly on: catching and throwing it again at every level
		// takes quadratic time.
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

// throw ends parsing with a mistake.
func (p *parser) throw(e *rawError) {
	p.raised = true
	panic(e)
}

// opt reads something that may be left out. The second pass takes back what
// doesn't fit, as a PEG does; in the first it is sure to fail anyway.
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

// saw notes that the token at i was asked for. One that could not be lexed ends
// everything.
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

// raiseLast puts the mistake at the last token that was asked for.
func (p *parser) raiseLast(msg string) {
	t := p.toks[p.far]
	p.raise(t.start, t.end, msg)
}

func (p *parser) raiseIndent(msg string) {
	t := p.toks[p.far]
	p.throw(&rawError{start: t.start, end: t.end, msg: msg, kind: "IndentationError"})
}

func (p *parser) kind() kind { return p.toks[p.pos].kind }

// ahead is the kind of the nth token from here; it counts as asked for.
func (p *parser) ahead(n int) kind {
	i := min(p.pos+n, len(p.toks)-1)
	return p.toks[i].kind
}

func (p *parser) start() int32 { return p.toks[p.pos].start }

// end is where the last consumed token ends.
func (p *parser) end() int32 { return p.toks[p.pos-1].end }

// blockEnd is end without line ends and changes of indentation.
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

// force is expect with a message of its own.
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
			panic(failure{}) // what has been found out so far has to do
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

// memoized returns what parse gave here before: the second pass tries the same
// things in many ways, which would take exponential time otherwise.
func memoized[T any](p *parser, r rule, parse func() T) T {
	if !p.diag && !p.quietly {
		return parse()
	}
	// CPython keeps one memory for both ways of looking, so what was found
	// without looking for mistakes hides mistakes later. It keeps none of some rules.
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
