package python

func (s *scopes) function(n *FunctionDef) {
	s.define(n.Name, defLocal, n)
	exprs(n.Args.Defaults, s.visit)
	exprs(n.Args.KwDefaults, s.visit)
	exprs(n.DecoratorList, s.visit)
	s.typed(n.TypeParams, func() {
		n.Args.each(func(a *Arg) { s.annotation(a.Annotation) })
		s.annotation(n.Returns)
		k := functionScope
		if n.Async {
			k = asyncScope
		}
		sc := s.enter(k, func() {
			s.params(n.Args)
			stmts(n.Body, s.visit)
		})
		if n.Async && sc.generator {
			s.asyncGens[n] = true
		}
	})
}

func (s *scopes) annotation(e Expr) {
	switch {
	case e == nil:
	case s.annotations:
		s.enter(annotationScope, func() { s.visit(e) })
	default:
		s.visit(e)
	}
}

// params checks for duplicates. It uses no map, because functions have few
// parameters.
func (s *scopes) params(a *Arguments) {
	var buf [16]string
	seen := buf[:0]
	var many map[string]bool
	add := func(x *Arg) {
		dup := many[x.Arg]
		if many == nil {
			for _, name := range seen {
				dup = dup || name == x.Arg
			}
		}
		if dup {
			raiseAt(x, "duplicate argument '"+x.Arg+"' in function definition")
		}
		if seen = append(seen, x.Arg); many != nil {
			many[x.Arg] = true
		} else if len(seen) > 32 {
			many = make(map[string]bool, 64)
			for _, name := range seen {
				many[name] = true
			}
		}
		s.define(x.Arg, defParam, x)
	}
	for _, list := range [...][]*Arg{a.Posonlyargs, a.Args, a.Kwonlyargs} {
		for _, x := range list {
			add(x)
		}
	}
	if a.Vararg != nil {
		add(a.Vararg)
	}
	if a.Kwarg != nil {
		add(a.Kwarg)
	}
}

func (s *scopes) annAssign(n *AnnAssign) {
	if name, ok := n.Target.(*Name); ok {
		if cur := s.cur.names[name.ID]; n.Simple && s.cur.kind != moduleScope {
			if cur&defGlobal != 0 {
				raiseAt(n, "annotated name '"+name.ID+"' can't be global")
			}
			if cur&defNonlocal != 0 {
				raiseAt(n, "annotated name '"+name.ID+"' can't be nonlocal")
			}
		}
		if n.Simple {
			s.define(name.ID, defAnnot|defLocal, name)
		} else if n.Value != nil {
			s.define(name.ID, defLocal, name)
		}
	} else {
		s.visit(n.Target)
	}
	s.annotation(n.Annotation)
	expr(n.Value, s.visit)
}

func (s *scopes) aliases(list []Alias) {
	for i := range list {
		a := &list[i]
		if a.Name == "*" {
			if s.cur.kind != moduleScope {
				raiseAt(a, "import * only allowed at module level")
			}
			continue
		}
		s.define(a.Bound(), defLocal, a)
	}
}

func (s *scopes) declare(n Node, names []string, flag uint8, word string) {
	for _, name := range names {
		name = s.mangle(name)
		cur := s.cur.names[name]
		switch {
		case cur&defParam != 0:
			raiseAt(n, "name '"+name+"' is parameter and "+word)
		case cur&defUse != 0:
			raiseAt(n, "name '"+name+"' is used prior to "+word+" declaration")
		case cur&defAnnot != 0:
			raiseAt(n, "annotated name '"+name+"' can't be "+word)
		case cur&defLocal != 0:
			raiseAt(n, "name '"+name+"' is assigned to before "+word+" declaration")
		}
		s.define(name, flag, n)
		s.cur.directives = append(s.cur.directives, directive{name, n})
	}
}

func (s *scopes) notInAnnotation(what string, n Node) {
	if s.cur.kind == annotationScope {
		raiseAt(n, what+" cannot be used within an annotation")
	}
	if s.cur.kind == typeScope {
		raiseAt(n, what+" cannot be used within a type alias")
	}
}

func (s *scopes) yield(n Expr, value Expr) {
	s.notInAnnotation("yield expression", n)
	expr(value, s.visit)
	s.cur.generator = true
	if s.cur.comp != "" {
		raiseAt(n, "'yield' inside "+s.cur.comp)
	}
}

func (s *scopes) namedExpr(n *NamedExpr) {
	s.notInAnnotation("named expression", n)
	if s.cur.iterExpr > 0 {
		raiseAt(n, "assignment expression cannot be used in a comprehension iterable expression")
	}
	if s.cur.comp != "" {
		s.extendScope(n.Target)
	}
	s.visit(n.Value)
	s.visit(n.Target)
}

// extendScope binds the target of an assignment expression in the scope around
// all comprehensions.
func (s *scopes) extendScope(target *Name) {
	name := s.mangle(target.ID)
	for sc := s.cur; sc != nil; sc = sc.parent {
		switch {
		case sc.comp != "":
			if sc.names[name]&defCompIter != 0 {
				raiseAt(target, "assignment expression cannot rebind comprehension iteration variable '"+name+"'")
			}
		case sc.kind == classScope:
			raiseAt(target, "assignment expression within a comprehension cannot be used in a class body")
		case sc.kind == moduleScope:
			s.define(name, defGlobal, target)
			s.defineIn(sc, name, defGlobal, target)
			return
		default:
			flag := uint8(defNonlocal)
			if sc.names[name]&defGlobal != 0 {
				flag = defGlobal
			}
			s.define(name, flag, target)
			s.cur.directives = append(s.cur.directives, directive{name, target})
			s.defineIn(sc, name, defLocal, target)
			return
		}
	}
}

func (s *scopes) comprehension(n Expr, kind string, gens []Comprehension, elt, value Expr) {
	s.cur.iterExpr++
	s.visit(gens[0].Iter)
	s.cur.iterExpr--
	sc := s.enter(comprehensionScope, func() {
		s.cur.comp = kind
		for i := range gens {
			g := &gens[i]
			s.cur.coroutine = s.cur.coroutine || g.IsAsync
			s.cur.iterTarget = true
			s.visit(g.Target)
			s.cur.iterTarget = false
			if i > 0 {
				s.cur.iterExpr++
				s.visit(g.Iter)
				s.cur.iterExpr--
			}
			exprs(g.Ifs, s.visit)
		}
		expr(value, s.visit)
		s.visit(elt)
	})
	if sc.coroutine {
		if _, isGen := n.(*GeneratorExp); !isGen {
			s.asyncComps[n] = true
			s.cur.coroutine = true
		}
	}
}
