package python

func check(m *Module) *rawError                     { return nil }
func (p *parser) diagExpression() Expr              { return p.plainExpression() }
func (p *parser) diagNamedExpression() Expr         { return p.plainNamedExpression() }
func (p *parser) diagBrackets(k kind) Expr          { return p.brackets(k) }
func (p *parser) diagArguments(n *Call, open int32) { p.arguments(n, open) }
func (p *parser) diagStatement() {
	if s := p.compound(); s != nil {
		p.stmtStack = append(p.stmtStack, s)
		return
	}
	p.simpleLine()
}
func (p *parser) diagAssignment() Stmt            { return p.expressionStmt() }
func (p *parser) invalidForTarget(from int)       {}
func (p *parser) invalidKwarg()                   {}
func (p *parser) invalidHead(k kind, what string) {}
func (p *parser) invalidFor()                     {}
func (p *parser) invalidWithIndent()              {}
func (p *parser) invalidWith()                    {}
func (p *parser) invalidWithItem(from int)        {}
func (p *parser) invalidTry()                     {}
func (p *parser) invalidExceptIndent(star bool)   {}
func (p *parser) invalidExcept()                  {}
func (p *parser) invalidClass()                   {}
func (p *parser) invalidDef()                     {}
func (p *parser) invalidParameters(lambda bool)   {}
func (p *parser) invalidKwds(lambda bool)         {}
func (p *parser) invalidStarEtc(lambda bool)      {}
func (p *parser) invalidCase()                    {}
func (p *parser) invalidAsPattern()               {}
func (p *parser) invalidDel()                     {}
