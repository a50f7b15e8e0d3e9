package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// builtinNames are the names in the builtins module of Python 3.11.
var builtinNames = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(`
		ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError BufferError
		BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError
		DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception ExceptionGroup FileExistsError
		FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError
		IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError
		NameError NotADirectoryError NotImplemented NotImplementedError OSError OverflowError PendingDeprecationWarning
		PermissionError ProcessLookupError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning
		StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError
		UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning
		ValueError Warning WindowsError ZeroDivisionError abs aiter all anext any ascii bin bool breakpoint bytearray bytes
		callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float
		format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len license list locals
		map max memoryview min next object oct open ord pow print property quit range repr reversed round set setattr slice
		sorted staticmethod str sum super tuple type vars zip`) {
		m[n] = true
	}
	return m
}()

// nameScope is the set of names that are defined in part of a file.
type nameScope struct {
	names  map[string]bool
	around *nameScope
	// listed is what all returns.
	listed []string
}

func (s *nameScope) knows(name string) bool {
	for ; s != nil; s = s.around {
		if s.names[name] {
			return true
		}
	}
	return false
}

// unknownName is an undefined name that is read, and the scope of the read.
type unknownName struct {
	*python.Name
	scope *nameScope
}

// all lists the names of a scope and of the scopes around it.
func (s *nameScope) all() []string {
	if s.listed == nil {
		m := map[string]bool{}
		for at := s; at != nil; at = at.around {
			maps.Copy(m, at.names)
		}
		s.listed = sortedKeys(m)
	}
	return s.listed
}

// unknownNames lists the names that are read but bound nowhere. It is conservative:
// names that a class or a comprehension binds are visible in more places than in
// Python.
func unknownNames(f *PythonFile) (out []unknownName) {
	module := &nameScope{names: map[string]bool{}}
	for n := range f.symbols().Defined {
		module.names[n] = true
	}
	for _, s := range f.module.Body {
		bind(s, module.names)
	}
	var visit func(n python.Node, s *nameScope)
	inside := func(args *python.Arguments, types []python.TypeParam, s *nameScope) *nameScope {
		in := &nameScope{names: map[string]bool{}, around: s}
		for _, a := range parameters(args) {
			in.names[a.Arg] = true
		}
		for _, t := range types {
			switch t := t.(type) {
			case *python.TypeVar:
				in.names[t.Name] = true
			case *python.ParamSpec:
				in.names[t.Name] = true
			case *python.TypeVarTuple:
				in.names[t.Name] = true
			}
		}
		return in
	}
	visit = func(n python.Node, s *nameScope) {
		switch n := n.(type) {
		case *python.Name:
			if n.Ctx == python.Load && !s.knows(n.ID) && !builtinNames[n.ID] && !strings.HasPrefix(n.ID, "__") {
				out = append(out, unknownName{n, s})
			}
			return
		case *python.FunctionDef:
			in := inside(n.Args, n.TypeParams, s)
			for _, b := range n.Body {
				bind(b, in.names)
			}
			python.Children(n, func(c python.Node) { visit(c, in) })
			return
		case *python.ClassDef:
			in := inside(nil, n.TypeParams, s)
			for _, b := range n.Body {
				bind(b, in.names)
			}
			python.Children(n, func(c python.Node) { visit(c, in) })
			return
		case *python.TypeAlias:
			in := inside(nil, n.TypeParams, s)
			python.Children(n, func(c python.Node) { visit(c, in) })
			return
		case *python.Lambda:
			in := inside(n.Args, nil, s)
			bind(n.Body, in.names)
			python.Children(n, func(c python.Node) { visit(c, in) })
			return
		case *python.Try:
			// Code that catches a NameError expects that the name may be missing.
			if slices.ContainsFunc(n.Handlers, catchesNameError) {
				in := &nameScope{names: map[string]bool{}, around: s}
				for _, b := range n.Body {
					python.Inspect(b, func(c python.Node) bool {
						if name, ok := c.(*python.Name); ok {
							in.names[name.ID] = true
						}
						return true
					})
				}
				python.Children(n, func(c python.Node) { visit(c, in) })
				return
			}
		}
		python.Children(n, func(c python.Node) { visit(c, s) })
	}
	visit(f.module, module)
	return out
}

func parameters(a *python.Arguments) (out []*python.Arg) {
	if a == nil {
		return nil
	}
	out = slices.Concat(a.Posonlyargs, a.Args, a.Kwonlyargs)
	for _, x := range []*python.Arg{a.Vararg, a.Kwarg} {
		if x != nil {
			out = append(out, x)
		}
	}
	return out
}

func catchesNameError(h *python.ExceptHandler) bool {
	found := h.Type == nil
	if h.Type != nil {
		python.Inspect(h.Type, func(n python.Node) bool {
			name, ok := n.(*python.Name)
			found = found || ok && (name.ID == "NameError" || name.ID == "Exception" || name.ID == "BaseException")
			return true
		})
	}
	return found
}

// bind adds the names that a statement binds in its own scope.
func bind(n python.Node, names map[string]bool) {
	switch n := n.(type) {
	case *python.FunctionDef:
		names[n.Name] = true
		return
	case *python.ClassDef:
		names[n.Name] = true
		return
	case *python.Lambda:
		return
	case *python.Name:
		if n.Ctx != python.Load {
			names[n.ID] = true
		}
	case *python.Import:
		for _, a := range n.Names {
			names[a.Bound()] = true
		}
	case *python.ImportFrom:
		for _, a := range n.Names {
			names[a.Bound()] = true
		}
	case *python.Global:
		for _, g := range n.Names {
			names[g] = true
		}
	case *python.ExceptHandler:
		names[n.Name] = true
	case *python.MatchAs:
		names[n.Name] = true
	case *python.MatchStar:
		names[n.Name] = true
	case *python.MatchMapping:
		names[n.Rest] = true
	}
	python.Children(n, func(c python.Node) { bind(c, names) })
}
