package python

// Inspect calls f for n and, if f returns true, for everything below it, in the
// order of CPython's fields.
func Inspect(n Node, f func(Node) bool) {
	if f(n) {
		Children(n, func(c Node) { Inspect(c, f) })
	}
}

// Children calls f for every node directly below n: statements, expressions,
// patterns, parameters, keywords, handlers, cases and type parameters.
func Children(n Node, f func(Node)) {
	switch n := n.(type) {
	case *Module:
		stmts(n.Body, f)
	case Stmt:
		stmtChildren(n, f)
	case Expr:
		exprChildren(n, f)
	case Pattern:
		patternChildren(n, f)
	case *MatchCase:
		f(n.Pattern)
		expr(n.Guard, f)
		stmts(n.Body, f)
	case *ExceptHandler:
		expr(n.Type, f)
		stmts(n.Body, f)
	case *Keyword:
		f(n.Value)
	case *Arg:
		expr(n.Annotation, f)
	case *TypeVar:
		expr(n.Bound, f)
		expr(n.Default, f)
	case *ParamSpec:
		expr(n.Default, f)
	case *TypeVarTuple:
		expr(n.Default, f)
	}
}

func expr(e Expr, f func(Node)) {
	if e != nil {
		f(e)
	}
}

func exprs(list []Expr, f func(Node)) {
	for _, e := range list {
		if e != nil {
			f(e)
		}
	}
}

func stmts(list []Stmt, f func(Node)) {
	for _, s := range list {
		f(s)
	}
}

func typeParams(list []TypeParam, f func(Node)) {
	for _, t := range list {
		f(t)
	}
}

func keywords(list []*Keyword, f func(Node)) {
	for _, k := range list {
		f(k)
	}
}

func (a *Arguments) each(f func(*Arg)) {
	for _, x := range a.Posonlyargs {
		f(x)
	}
	for _, x := range a.Args {
		f(x)
	}
	if a.Vararg != nil {
		f(a.Vararg)
	}
	for _, x := range a.Kwonlyargs {
		f(x)
	}
	if a.Kwarg != nil {
		f(a.Kwarg)
	}
}

func (a *Arguments) children(f func(Node)) {
	a.each(func(x *Arg) { f(x) })
	exprs(a.KwDefaults, f)
	exprs(a.Defaults, f)
}

func generators(list []Comprehension, f func(Node)) {
	for i := range list {
		f(list[i].Target)
		f(list[i].Iter)
		exprs(list[i].Ifs, f)
	}
}

func stmtChildren(s Stmt, f func(Node)) {
	switch s := s.(type) {
	case *FunctionDef:
		typeParams(s.TypeParams, f)
		s.Args.children(f)
		stmts(s.Body, f)
		exprs(s.DecoratorList, f)
		expr(s.Returns, f)
	case *ClassDef:
		typeParams(s.TypeParams, f)
		exprs(s.Bases, f)
		keywords(s.Keywords, f)
		stmts(s.Body, f)
		exprs(s.DecoratorList, f)
	case *Return:
		expr(s.Value, f)
	case *Delete:
		exprs(s.Targets, f)
	case *Assign:
		exprs(s.Targets, f)
		f(s.Value)
	case *AugAssign:
		f(s.Target)
		f(s.Value)
	case *AnnAssign:
		f(s.Target)
		f(s.Annotation)
		expr(s.Value, f)
	case *For:
		f(s.Target)
		f(s.Iter)
		stmts(s.Body, f)
		stmts(s.Orelse, f)
	case *While:
		f(s.Test)
		stmts(s.Body, f)
		stmts(s.Orelse, f)
	case *If:
		f(s.Test)
		stmts(s.Body, f)
		stmts(s.Orelse, f)
	case *With:
		for _, w := range s.Items {
			f(w.ContextExpr)
			expr(w.OptionalVars, f)
		}
		stmts(s.Body, f)
	case *Match:
		f(s.Subject)
		for _, c := range s.Cases {
			f(c)
		}
	case *Raise:
		expr(s.Exc, f)
		expr(s.Cause, f)
	case *Try:
		stmts(s.Body, f)
		for _, h := range s.Handlers {
			f(h)
		}
		stmts(s.Orelse, f)
		stmts(s.Finalbody, f)
	case *Assert:
		f(s.Test)
		expr(s.Msg, f)
	case *ExprStmt:
		f(s.Value)
	case *TypeAlias:
		f(s.Name)
		typeParams(s.TypeParams, f)
		f(s.Value)
	}
}

func exprChildren(e Expr, f func(Node)) {
	switch e := e.(type) {
	case *BoolOp:
		exprs(e.Values, f)
	case *NamedExpr:
		f(e.Target)
		f(e.Value)
	case *BinOp:
		f(e.Left)
		f(e.Right)
	case *UnaryOp:
		f(e.Operand)
	case *Lambda:
		e.Args.children(f)
		f(e.Body)
	case *IfExp:
		f(e.Test)
		f(e.Body)
		f(e.Orelse)
	case *Dict:
		for i, k := range e.Keys {
			expr(k, f)
			f(e.Values[i])
		}
	case *Set:
		exprs(e.Elts, f)
	case *ListComp:
		f(e.Elt)
		generators(e.Generators, f)
	case *SetComp:
		f(e.Elt)
		generators(e.Generators, f)
	case *DictComp:
		f(e.Key)
		f(e.Value)
		generators(e.Generators, f)
	case *GeneratorExp:
		f(e.Elt)
		generators(e.Generators, f)
	case *Await:
		f(e.Value)
	case *Yield:
		expr(e.Value, f)
	case *YieldFrom:
		f(e.Value)
	case *Compare:
		f(e.Left)
		exprs(e.Comparators, f)
	case *Call:
		f(e.Func)
		exprs(e.Args, f)
		keywords(e.Keywords, f)
	case *FormattedValue:
		f(e.Value)
		expr(e.FormatSpec, f)
	case *JoinedStr:
		exprs(e.Values, f)
	case *Attribute:
		f(e.Value)
	case *Subscript:
		f(e.Value)
		f(e.Slice)
	case *Starred:
		f(e.Value)
	case *List:
		exprs(e.Elts, f)
	case *Tuple:
		exprs(e.Elts, f)
	case *Slice:
		expr(e.Lower, f)
		expr(e.Upper, f)
		expr(e.Step, f)
	}
}

func patterns(list []Pattern, f func(Node)) {
	for _, p := range list {
		f(p)
	}
}

func patternChildren(p Pattern, f func(Node)) {
	switch p := p.(type) {
	case *MatchValue:
		f(p.Value)
	case *MatchSequence:
		patterns(p.Patterns, f)
	case *MatchMapping:
		exprs(p.Keys, f)
		patterns(p.Patterns, f)
	case *MatchClass:
		f(p.Cls)
		patterns(p.Patterns, f)
		patterns(p.KwdPatterns, f)
	case *MatchAs:
		if p.Pattern != nil {
			f(p.Pattern)
		}
	case *MatchOr:
		patterns(p.Patterns, f)
	}
}
