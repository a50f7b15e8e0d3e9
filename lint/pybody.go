package lint

import (
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// optionalFunctions are those that a detection may define besides rule or policy
// (source: Panther's documentation of Python detections).
var optionalFunctions = []string{"title", "dedup", "severity", "description", "reference", "runbook", "destinations", "alert_context", "unique"}

// entryFunction returns the function that Panther calls in a spec's Python file, or
// "" if it calls none.
func entryFunction(t repo.Type) string {
	switch t {
	case repo.TypeRule, repo.TypeScheduledRule:
		return "rule"
	case repo.TypePolicy:
		return "policy"
	}
	return ""
}

// body is the information about a spec's Python file that the Python rules need.
type body struct {
	*PythonFile
	calls      []call
	handlers   []*python.ExceptHandler
	subscripts []subscript
	functions  []*python.FunctionDef
	dicts      []*python.Dict
	boolOps    []*python.BoolOp
	// annotations are the types of parameters, results and variables.
	annotations []python.Expr
	compares    []*python.Compare
	// conditions are the tests of if, while and conditional expressions.
	conditions []python.Expr
	// attributes are those outside a try with handlers.
	attributes []*python.Attribute
	// blocks are the bodies of functions, loops and branches with two statements or more.
	blocks [][]python.Stmt
	// used are all names that are read, and all attributes.
	used map[string]bool
	// bound maps the names of the file's imports to what they refer to: "os.path" for
	// "import os.path as p", "os.system" for "from os import system".
	bound map[string]string
	// rebound are the names that assignments and parameters bind anywhere.
	rebound map[string]bool
	// returned are the results of returns.
	returned map[*python.FunctionDef]returned
	// assigned returns what the file assigns to each plain name outside functions.
	assigned func() map[string][]python.Expr
}

// call is a call, and the function around it.
type call struct {
	*python.Call
	function *python.FunctionDef
}

// subscript is a read by key, and the function that contains it.
type subscript struct {
	*python.Subscript
	function *python.FunctionDef
	guarded  bool
}

// bodyOf analyzes the Python file of a spec, once for all rules. It returns nil if
// there is no file or it can't be parsed. It isn't kept with the file, because that
// is in memory until the end of the run.
func bodyOf(p *SpecPass) *body {
	return Once(p, "body", func(p *SpecPass) *body {
		f := p.Body()
		if f == nil || f.module == nil {
			return nil
		}
		return newBody(f)
	})
}

// newBody looks through a file that can be parsed.
func newBody(f *PythonFile) *body {
	b := &body{PythonFile: f, used: map[string]bool{}, bound: map[string]string{}, rebound: map[string]bool{}}
	for _, i := range f.symbols().Imports {
		if i.Level > 0 || i.Name == "*" {
			continue
		}
		if b.bound[i.Bound] != "" {
			b.rebound[i.Bound] = true
		}
		switch top, _, _ := strings.Cut(i.Module, "."); {
		case i.Name != "":
			b.bound[i.Bound] = i.Module + "." + i.Name
		case i.Bound == top:
			b.bound[i.Bound] = top
		default:
			b.bound[i.Bound] = i.Module
		}
	}
	b.assigned = sync.OnceValue(func() map[string][]python.Expr { return assignedNames(f.module.Body) })
	b.look(f.module, nil, false)
	return b
}

// look visits every node once.
func (b *body) look(n python.Node, function *python.FunctionDef, guarded bool) {
	switch n := n.(type) {
	case *python.FunctionDef:
		b.functions = append(b.functions, n)
		b.annotation(n.Returns)
		b.block(n.Body)
		if function != nil {
			b.rebound[n.Name] = true
		}
		if function == nil {
			function = n
		}
	case *python.Call:
		b.calls = append(b.calls, call{n, function})
	case *python.Name:
		if n.Ctx == python.Load {
			b.used[n.ID] = true
		} else {
			b.rebound[n.ID] = true
		}
	case *python.Arg:
		b.rebound[n.Arg] = true
		b.annotation(n.Annotation)
	case *python.AnnAssign:
		b.annotation(n.Annotation)
	case *python.Attribute:
		b.used[n.Attr] = true
		if !guarded {
			b.attributes = append(b.attributes, n)
		}
	case *python.Dict:
		b.dicts = append(b.dicts, n)
	case *python.BoolOp:
		b.boolOps = append(b.boolOps, n)
	case *python.Compare:
		b.compares = append(b.compares, n)
	case *python.Subscript:
		b.subscripts = append(b.subscripts, subscript{n, function, guarded})
	case *python.IfExp:
		b.conditions = append(b.conditions, n.Test)
	case *python.If:
		b.conditions = append(b.conditions, n.Test)
		b.block(n.Body)
		b.block(n.Orelse)
	case *python.For:
		b.block(n.Body)
		b.block(n.Orelse)
	case *python.While:
		b.conditions = append(b.conditions, n.Test)
		b.block(n.Body)
		b.block(n.Orelse)
	case *python.With:
		b.block(n.Body)
	case *python.MatchCase:
		b.block(n.Body)
	case *python.Try:
		b.block(n.Body)
		b.block(n.Orelse)
		b.block(n.Finalbody)
		for _, s := range n.Body {
			b.look(s, function, guarded || len(n.Handlers) > 0)
		}
		for _, h := range n.Handlers {
			b.look(h, function, guarded)
		}
		for _, s := range n.Orelse {
			b.look(s, function, guarded)
		}
		for _, s := range n.Finalbody {
			b.look(s, function, guarded)
		}
		return
	case *python.ExceptHandler:
		b.block(n.Body)
		b.handlers = append(b.handlers, n)
	}
	python.Children(n, func(c python.Node) { b.look(c, function, guarded) })
}

func (b *body) annotation(e python.Expr) {
	if e != nil {
		b.annotations = append(b.annotations, e)
	}
}

func (b *body) block(list []python.Stmt) {
	if len(list) > 1 {
		b.blocks = append(b.blocks, list)
	}
}

// name resolves an expression with the file's imports, for example to
// "os.path.join". A name that is neither imported nor defined in the file resolves
// to itself, and everything else to "".
func (b *body) name(e python.Expr) string {
	switch e := e.(type) {
	case *python.Name:
		if q := b.bound[e.ID]; q != "" {
			return q
		}
		if _, own := b.symbols().Defined[e.ID]; own || b.symbols().StarImport {
			return ""
		}
		return e.ID
	case *python.Attribute:
		if root := b.name(e.Value); root != "" {
			return root + "." + e.Attr
		}
	}
	return ""
}

// imported reports whether an expression refers to an import.
func (b *body) imported(e python.Expr) bool {
	for {
		a, ok := e.(*python.Attribute)
		if !ok {
			break
		}
		e = a.Value
	}
	n, ok := e.(*python.Name)
	return ok && b.bound[n.ID] != ""
}

// plainFunction returns the function that a call of a name certainly reaches: it has
// no decorator, and no import binds the same name.
func (b *body) plainFunction(name string) *python.FunctionDef {
	f := b.symbols().Function(name)
	if f == nil || len(f.DecoratorList) > 0 || b.bound[name] != "" {
		return nil
	}
	return f
}

// returned are the return statements of a function.
type returned struct {
	list   []*python.Return
	yields bool
}

// returns is the function of that name, for functions that are looked at again and again.
func (b *body) returns(f *python.FunctionDef) (list []*python.Return, yields bool) {
	r, ok := b.returned[f]
	if !ok {
		r.list, r.yields = returns(f)
		if b.returned == nil {
			b.returned = map[*python.FunctionDef]returned{}
		}
		b.returned[f] = r
	}
	return r.list, r.yields
}

// returns lists the return statements of a function, without those of functions
// inside it. yields is set for generators.
func returns(f *python.FunctionDef) (out []*python.Return, yields bool) {
	var visit func(n python.Node)
	visit = func(n python.Node) {
		switch n := n.(type) {
		case *python.FunctionDef, *python.ClassDef, *python.Lambda:
			return
		case *python.Return:
			out = append(out, n)
		case *python.Yield, *python.YieldFrom:
			yields = true
		}
		python.Children(n, visit)
	}
	for _, s := range f.Body {
		visit(s)
	}
	return out, yields
}

// maxShort is how much of an expression is read for a message, in bytes.
const maxShort = 2000

// short returns the source text of an expression on one line, without its end if it is
// long.
func (b *body) short(n python.Node) string {
	text := b.text(n)
	if len(text) > maxShort {
		text = strings.ToValidUTF8(text[:maxShort], "") + "…"
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return text
}

// replace is the edit that puts a text in place of a node.
func (b *body) replace(n python.Node, text string) Edit {
	start, end := b.Source.Offsets(b.rangeOf(n))
	return Edit{Path: b.Source.Path, Start: start, End: end, New: text}
}
