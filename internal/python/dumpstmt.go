package python

import "strconv"

func (d *dumper) stmt(s Stmt) {
	switch s := s.(type) {
	case *FunctionDef:
		d.raw(pick(s.Async, "AsyncFunctionDef", "FunctionDef"))
		d.str("(name=", s.Name)
		d.raw(", args=")
		d.arguments(s.Args)
		d.definition(s.Body)
		d.exprs(", decorator_list=", s.DecoratorList)
		d.opt(", returns=", s.Returns)
		d.typeParams(s.TypeParams)
	case *ClassDef:
		d.str("ClassDef(name=", s.Name)
		d.exprs(", bases=", s.Bases)
		d.keywords(s.Keywords)
		d.definition(s.Body)
		d.exprs(", decorator_list=", s.DecoratorList)
		d.typeParams(s.TypeParams)
	case *Return:
		d.raw("Return(")
		if s.Value == nil {
			d.attrs(s, true)
			return
		}
		d.sub("value=", s.Value)
	case *Delete:
		d.exprs("Delete(targets=", s.Targets)
	case *Assign:
		d.exprs("Assign(targets=", s.Targets)
		d.sub(", value=", s.Value)
	case *AugAssign:
		d.sub("AugAssign(target=", s.Target)
		d.op(", op=", s.Op)
		d.sub(", value=", s.Value)
	case *AnnAssign:
		d.sub("AnnAssign(target=", s.Target)
		d.sub(", annotation=", s.Annotation)
		d.opt(", value=", s.Value)
		d.raw(pick(s.Simple, ", simple=1", ", simple=0"))
	case *For:
		d.sub(pick(s.Async, "AsyncFor(target=", "For(target="), s.Target)
		d.sub(", iter=", s.Iter)
		d.body(", body=", s.Body)
		d.body(", orelse=", s.Orelse)
	case *While:
		d.sub("While(test=", s.Test)
		d.body(", body=", s.Body)
		d.body(", orelse=", s.Orelse)
	case *If:
		d.sub("If(test=", s.Test)
		d.body(", body=", s.Body)
		d.body(", orelse=", s.Orelse)
	case *With:
		d.raw(pick(s.Async, "AsyncWith(items=", "With(items="))
		dumpList(d, s.Items, func(w WithItem) {
			d.sub("withitem(context_expr=", w.ContextExpr)
			d.opt(", optional_vars=", w.OptionalVars)
			d.raw(")")
		})
		d.body(", body=", s.Body)
	case *Match:
		d.sub("Match(subject=", s.Subject)
		d.raw(", cases=")
		dumpList(d, s.Cases, func(c *MatchCase) {
			d.raw("match_case(pattern=")
			d.pattern(c.Pattern)
			d.opt(", guard=", c.Guard)
			d.body(", body=", c.Body)
			d.raw(")")
		})
	case *Raise:
		d.raw("Raise(")
		if s.Exc == nil {
			d.attrs(s, true)
			return
		}
		d.sub("exc=", s.Exc)
		d.opt(", cause=", s.Cause)
	case *Try:
		d.try(s)
	case *Assert:
		d.sub("Assert(test=", s.Test)
		d.opt(", msg=", s.Msg)
	case *Import:
		d.raw("Import(names=")
		d.aliases(s.Names)
	case *ImportFrom:
		d.raw("ImportFrom(")
		if s.Module != "" {
			d.str("module=", s.Module)
			d.raw(", ")
		}
		d.raw("names=")
		d.aliases(s.Names)
		d.raw(", level=")
		d.b = strconv.AppendInt(d.b, int64(s.Level), 10)
	case *Global:
		d.names("Global(names=", s.Names)
	case *Nonlocal:
		d.names("Nonlocal(names=", s.Names)
	case *ExprStmt:
		d.sub("Expr(value=", s.Value)
	case *Pass:
		d.raw("Pass(")
		d.attrs(s, true)
		return
	case *Break:
		d.raw("Break(")
		d.attrs(s, true)
		return
	case *Continue:
		d.raw("Continue(")
		d.attrs(s, true)
		return
	case *TypeAlias:
		d.sub("TypeAlias(name=", s.Name)
		d.raw(", type_params=")
		dumpList(d, s.TypeParams, d.typeParam)
		d.sub(", value=", s.Value)
	}
	d.end(s)
}

func (d *dumper) try(s *Try) {
	d.body(pick(s.Star, "TryStar(body=", "Try(body="), s.Body)
	d.raw(", handlers=")
	dumpList(d, s.Handlers, func(h *ExceptHandler) {
		d.raw("ExceptHandler(")
		if h.Type != nil {
			d.sub("type=", h.Type)
			d.raw(", ")
		}
		if h.Name != "" {
			d.str("name=", h.Name)
			d.raw(", ")
		}
		d.body("body=", h.Body)
		d.end(h)
	})
	d.body(", orelse=", s.Orelse)
	d.body(", finalbody=", s.Finalbody)
}

func (d *dumper) patterns(field string, list []Pattern) {
	d.raw(field)
	dumpList(d, list, d.pattern)
}

func (d *dumper) pattern(p Pattern) {
	switch p := p.(type) {
	case *MatchValue:
		d.sub("MatchValue(value=", p.Value)
	case *MatchSingleton:
		d.raw("MatchSingleton(value=")
		d.raw(p.Kind.String())
	case *MatchSequence:
		d.patterns("MatchSequence(patterns=", p.Patterns)
	case *MatchMapping:
		d.exprs("MatchMapping(keys=", p.Keys)
		d.patterns(", patterns=", p.Patterns)
		if p.Rest != "" {
			d.str(", rest=", p.Rest)
		}
	case *MatchClass:
		d.sub("MatchClass(cls=", p.Cls)
		d.patterns(", patterns=", p.Patterns)
		d.names(", kwd_attrs=", p.KwdAttrs)
		d.patterns(", kwd_patterns=", p.KwdPatterns)
	case *MatchStar:
		d.raw("MatchStar(")
		if p.Name == "" {
			d.attrs(p, true)
			return
		}
		d.str("name=", p.Name)
	case *MatchAs:
		d.raw("MatchAs(")
		if p.Name == "" {
			d.attrs(p, true)
			return
		}
		if p.Pattern != nil {
			d.raw("pattern=")
			d.pattern(p.Pattern)
			d.raw(", ")
		}
		d.str("name=", p.Name)
	case *MatchOr:
		d.patterns("MatchOr(patterns=", p.Patterns)
	}
	d.end(p)
}
