package python

import "strings"

type scopeKind uint8

const (
	moduleScope scopeKind = iota
	classScope
	functionScope
	asyncScope
	lambdaScope
	comprehensionScope
	annotationScope
	typeScope // of type parameters and type aliases
)

// What is known about a name in a scope.
const (
	defGlobal = 1 << iota
	defNonlocal
	defLocal
	defParam
	defAnnot
	defCompIter
	defUse
)

type directive struct {
	name string
	node Node
}

// scope is a block of names.
type scope struct {
	kind       scopeKind
	parent     *scope
	children   []*scope
	names      map[string]uint8
	order      []string // of names, for messages in a stable order
	directives []directive
	comp       string // kind of comprehension, for messages
	iterTarget bool   // the target of a for is being visited
	iterExpr   int    // depth within iterables
	generator  bool
	coroutine  bool
}

// scopes finds misuse of names. Names are tracked only in files that need it:
// those with global, nonlocal, or an assignment expression.
type scopes struct {
	m           *Module
	annotations bool
	cur         *scope
	keep        bool
	depth       int
	visit       func(Node)
	class       string // the enclosing class, for mangling private names
	asyncGens   map[*FunctionDef]bool
	asyncComps  map[Expr]bool
}

func (s *scopes) run() {
	s.visit = s.node
	s.asyncGens, s.asyncComps = map[*FunctionDef]bool{}, map[Expr]bool{}
	s.keep = s.m.needScopes
	root := &scope{}
	s.cur = root
	stmts(s.m.Body, s.visit)
	if s.keep {
		s.analyze(root, nil)
	}
}

func (s *scopes) enter(k scopeKind, visit func()) *scope {
	sc := &scope{kind: k, parent: s.cur, iterExpr: s.cur.iterExpr}
	if s.keep {
		s.cur.children = append(s.cur.children, sc)
	}
	s.cur = sc
	visit()
	s.cur = sc.parent
	return sc
}

func (s *scopes) define(name string, flag uint8, at Node) {
	if s.keep {
		s.defineIn(s.cur, name, flag, at)
	}
}

func (s *scopes) defineIn(sc *scope, name string, flag uint8, at Node) {
	name = s.mangle(name)
	if sc.names == nil {
		sc.names = map[string]uint8{}
	}
	old, known := sc.names[name]
	if !known {
		sc.order = append(sc.order, name)
	}
	now := old | flag
	if s.cur.iterTarget {
		if now&(defGlobal|defNonlocal) != 0 {
			raiseAt(at, "comprehension inner loop cannot rebind assignment expression target '"+name+"'")
		}
		now |= defCompIter
	}
	sc.names[name] = now
}

// mangle returns the mangled form of a private name within a class.
func (s *scopes) mangle(name string) string {
	class := strings.TrimLeft(s.class, "_")
	if class == "" || !strings.HasPrefix(name, "__") || strings.HasSuffix(name, "__") || strings.Contains(name, ".") {
		return name
	}
	return "_" + class + name
}

func (s *scopes) node(n Node) {
	if s.depth++; s.depth > maxDepth {
		raiseAt(n, tooDeep)
	}
	s.inner(n)
	s.depth--
}

func (s *scopes) inner(n Node) {
	switch n := n.(type) {
	case *Name:
		if n.Ctx == Load {
			s.define(n.ID, defUse, n)
		} else {
			s.define(n.ID, defLocal, n)
		}
	case *Constant, *Pass:
	case *FunctionDef:
		s.function(n)
	case *ClassDef:
		s.define(n.Name, defLocal, n)
		exprs(n.DecoratorList, s.visit)
		s.typed(n.TypeParams, func() {
			exprs(n.Bases, s.visit)
			keywords(n.Keywords, s.visit)
			outer := s.class
			s.class = n.Name
			s.enter(classScope, func() { stmts(n.Body, s.visit) })
			s.class = outer
		})
	case *Lambda:
		exprs(n.Args.Defaults, s.visit)
		exprs(n.Args.KwDefaults, s.visit)
		s.enter(lambdaScope, func() {
			s.params(n.Args)
			s.visit(n.Body)
		})
	case *AnnAssign:
		s.annAssign(n)
	case *Import:
		s.aliases(n.Names)
	case *ImportFrom:
		s.aliases(n.Names)
	case *Global:
		s.declare(n, n.Names, defGlobal, "global")
	case *Nonlocal:
		s.declare(n, n.Names, defNonlocal, "nonlocal")
	case *Try:
		stmts(n.Body, s.visit)
		stmts(n.Orelse, s.visit)
		for _, h := range n.Handlers {
			expr(h.Type, s.visit)
			if h.Name != "" {
				s.define(h.Name, defLocal, h)
			}
			stmts(h.Body, s.visit)
		}
		stmts(n.Finalbody, s.visit)
	case *NamedExpr:
		s.namedExpr(n)
	case *ListComp:
		s.comprehension(n, "list comprehension", n.Generators, n.Elt, nil)
	case *SetComp:
		s.comprehension(n, "set comprehension", n.Generators, n.Elt, nil)
	case *DictComp:
		s.comprehension(n, "dict comprehension", n.Generators, n.Key, n.Value)
	case *GeneratorExp:
		s.comprehension(n, "generator expression", n.Generators, n.Elt, nil)
	case *Yield:
		s.yield(n, n.Value)
	case *YieldFrom:
		s.yield(n, n.Value)
	case *Await:
		s.notInAnnotation("await expression", n)
		s.visit(n.Value)
		s.cur.coroutine = true
	case *MatchAs:
		if n.Pattern != nil {
			s.visit(n.Pattern)
		}
		if n.Name != "" {
			s.define(n.Name, defLocal, n)
		}
	case *MatchStar:
		if n.Name != "" {
			s.define(n.Name, defLocal, n)
		}
	case *MatchMapping:
		patternChildren(n, s.visit)
		if n.Rest != "" {
			s.define(n.Rest, defLocal, n)
		}
	case *TypeAlias:
		s.visit(n.Name)
		s.typed(n.TypeParams, func() { s.enter(typeScope, func() { s.visit(n.Value) }) })
	default:
		Children(n, s.visit)
	}
}

// typed visits within the scope of type parameters, if there are any.
func (s *scopes) typed(params []TypeParam, visit func()) {
	if len(params) == 0 {
		visit()
		return
	}
	s.enter(typeScope, func() {
		seen := map[string]bool{}
		for _, t := range params {
			name := typeParamName(t)
			if seen[name] {
				raiseAt(t, "duplicate type parameter '"+name+"'")
			}
			seen[name] = true
			s.define(name, defLocal, t)
			Children(t, s.visit)
		}
		visit()
	})
}

func typeParamName(t TypeParam) string {
	switch t := t.(type) {
	case *TypeVar:
		return t.Name
	case *ParamSpec:
		return t.Name
	case *TypeVarTuple:
		return t.Name
	}
	return ""
}

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
