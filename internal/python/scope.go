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
