package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/python"
)

// anything reports whether a pattern matches every value.
func anything(p python.Pattern) bool {
	switch p := p.(type) {
	case *python.MatchAs:
		return p.Pattern == nil || anything(p.Pattern)
	case *python.MatchSingleton:
		return p.Kind == python.None // not a check that the value is there
	case *python.MatchOr:
		return slices.ContainsFunc(p.Patterns, anything)
	}
	return false
}

// endless reports whether a loop only ends with a break.
func endless(s *python.While) bool {
	c, ok := s.Test.(*python.Constant)
	return ok && (c.Kind == python.True || c.Kind == python.Int && c.Value != "0")
}

// breaks reports whether statements leave the loop around them.
func breaks(list []python.Stmt) (found bool) {
	var visit func(n python.Node)
	visit = func(n python.Node) {
		switch n := n.(type) {
		case python.Expr, *python.FunctionDef, *python.ClassDef:
			return
		case *python.For:
			found = found || breaks(n.Orelse)
			return
		case *python.While:
			found = found || breaks(n.Orelse)
			return
		case *python.Break:
			found = true
		}
		python.Children(n, visit)
	}
	for _, s := range list {
		visit(s)
	}
	return found
}

// suppresses reports whether a with statement may end an exception.
func suppresses(s *python.With) bool {
	return slices.ContainsFunc(s.Items, func(w python.WithItem) bool {
		c, ok := w.ContextExpr.(*python.Call)
		if !ok {
			return true
		}
		a, isAttr := c.Func.(*python.Attribute)
		n, isName := c.Func.(*python.Name)
		return isAttr && a.Attr == "suppress" || isName && n.ID == "suppress"
	})
}

// exits reports whether a call ends the program.
func exits(e python.Expr) bool {
	c, ok := e.(*python.Call)
	if !ok {
		return false
	}
	switch fn := c.Func.(type) {
	case *python.Name:
		return fn.ID == "exit" || fn.ID == "quit"
	case *python.Attribute:
		return fn.Attr == "exit" || fn.Attr == "_exit"
	}
	return false
}
