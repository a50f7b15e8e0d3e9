package pymutate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// values finds lists of constants in the value of a module's name.
func (g *generator) values(e python.Expr) {
	python.Inspect(e, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.List, *python.Set, *python.Tuple:
			return !g.list(n.(python.Expr))
		case *python.JoinedStr, *python.Lambda:
			return false
		}
		return true
	})
}

// list replaces each value of a list of constants.
func (g *generator) list(e python.Expr) bool {
	var elts []python.Expr
	switch e := e.(type) {
	case *python.List:
		elts = e.Elts
	case *python.Set:
		elts = e.Elts
	case *python.Tuple:
		elts = e.Elts
	}
	if len(elts) < 2 || len(elts) > maxValues {
		return false
	}
	for _, x := range elts {
		if c, ok := x.(*python.Constant); !ok || c.Kind != python.Str && c.Kind != python.Int {
			return false
		}
	}
	site := g.site()
	for _, x := range elts {
		text := `"\x00pdac"`
		if x.(*python.Constant).Kind == python.Int {
			text = "-987654321"
		}
		g.add(Value, x, text, site, g.group, x)
	}
	return true
}

// hints collects the constants of some code, and of the names of the module in it.
func (g *generator) hints(n python.Node) []any { return g.constants(n, 0) }

func (g *generator) constants(n python.Node, depth int) (out []any) {
	add := func(h any) {
		if h != nil && len(out) < maxHints && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	python.Inspect(n, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.ExprStmt:
			if _, doc := n.Value.(*python.Constant); doc {
				return false
			}
		case *python.Constant:
			if len(out) < maxHints {
				add(hint(n))
			}
		case *python.Name:
			for _, h := range g.constantsOf(n.ID, depth) {
				add(h)
			}
		}
		return len(out) < maxHints
	})
	return out
}

// constantsOf collects the constants of a name of the module.
func (g *generator) constantsOf(name string, depth int) []any {
	const deepest = 3
	if out, ok := g.named[name]; ok || depth == deepest {
		return out
	}
	g.named[name] = nil // it may name itself
	var out []any
	for _, s := range g.top[name] {
		if len(out) < maxHints {
			out = append(out, g.constants(s, depth+1)...)
		}
	}
	g.named[name] = out
	return out
}

func hint(c *python.Constant) any {
	switch c.Kind {
	case python.Str:
		if len(c.Value) > 0 && len(c.Value) <= 100 {
			return strings.ToValidUTF8(c.Value, "")
		}
	case python.Int:
		if n, err := strconv.ParseInt(strings.ReplaceAll(c.Value, "_", ""), 10, 32); err == nil {
			return n
		}
	}
	return nil
}

// oneLine shortens code to one line.
func oneLine(s string) string {
	const most = 120
	if len(s) > 8*most {
		s = s[:8*most]
	}
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
