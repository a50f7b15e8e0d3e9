package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

func pythonFacts(f *PythonFile) *PythonFacts {
	out := &PythonFacts{Module: moduleOf(f.Source.Path), Parsed: f.module != nil}
	if f.module == nil {
		return out
	}
	s := f.symbols()
	out.StarImport = s.StarImport
	guarded := guardedSpans(f.module)
	for _, i := range s.Imports {
		out.Imports = append(out.Imports, PythonImport{
			Module: strings.Clone(i.Module), Name: strings.Clone(i.Name), Bound: strings.Clone(i.Bound), Level: i.Level, Local: i.Local,
			Guarded: slices.ContainsFunc(guarded, func(g python.Span) bool { return g.Pos() <= i.Pos() && i.End() <= g.End() }),
			Range:   f.rangeOf(i),
		})
	}
	for name, at := range s.Defined {
		out.Names = append(out.Names, Ref{Value: strings.Clone(name), Range: f.rangeOf(at)})
	}
	slices.SortFunc(out.Names, func(a, b Ref) int {
		if c := a.Range.compare(b.Range); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
	assigned := assignedNames(f.module.Body)
	for _, fn := range s.Functions {
		p := pythonFunction(f, fn)
		p.Decorated = p.Decorated || assigned[fn.Name] != nil
		out.Functions = append(out.Functions, p)
	}
	for _, c := range s.Classes {
		out.Classes = append(out.Classes, pythonClass(f, c))
	}
	return out
}

func pythonFunction(f *PythonFile, fn *python.FunctionDef) PythonFunction {
	return PythonFunction{Name: strings.Clone(fn.Name), Range: f.rangeOf(fn.NameSpan), Async: fn.Async, Decorated: len(fn.DecoratorList) > 0, Params: params(f, fn.Args), Makes: makes(fn)}
}

// makes returns the names that the returns of a function call, if all do.
func makes(fn *python.FunctionDef) (out []string) {
	list, yields := returns(fn)
	if yields || fn.Async || len(list) == 0 {
		return nil
	}
	for _, r := range list {
		c, ok := r.Value.(*python.Call)
		if !ok {
			return nil
		}
		n, ok := c.Func.(*python.Name)
		if !ok {
			return nil
		}
		out = append(out, strings.Clone(n.ID))
	}
	// Without a return at its end it may return None, whose methods are not looked at.
	return out
}

func pythonClass(f *PythonFile, c *python.ClassDef) PythonClass {
	out := PythonClass{Name: strings.Clone(c.Name), Range: f.rangeOf(c.NameSpan), Open: len(c.DecoratorList)+len(c.Keywords) > 0}
	for _, b := range c.Bases {
		n, ok := b.(*python.Name)
		out.Open = out.Open || !ok || n.ID != "object"
	}
	names := map[string]bool{}
	for _, s := range c.Body {
		fn, ok := s.(*python.FunctionDef)
		if !ok {
			bind(s, names)
			continue
		}
		out.Open = out.Open || fn.Name == "__getattr__" || fn.Name == "__getattribute__"
		out.Methods = append(out.Methods, pythonFunction(f, fn))
		python.Inspect(fn, func(n python.Node) bool {
			if a, ok := n.(*python.Attribute); ok && a.Ctx == python.Store {
				names[a.Attr] = true
			}
			return true
		})
	}
	for _, n := range sortedKeys(names) {
		out.Attributes = append(out.Attributes, strings.Clone(n))
	}
	return out
}

// guardedSpans finds the bodies of try statements with handlers.
func guardedSpans(m *python.Module) (out []python.Span) {
	var visit func(n python.Node)
	visit = func(n python.Node) {
		switch n := n.(type) {
		case python.Expr:
			return
		case *python.Try:
			if len(n.Handlers) > 0 && len(n.Body) > 0 {
				out = append(out, python.Span{Start: int32(n.Body[0].Pos()), Stop: int32(n.Body[len(n.Body)-1].End())})
			}
		}
		python.Children(n, visit)
	}
	python.Children(m, visit)
	return out
}

func params(f *PythonFile, a *python.Arguments) (out []PythonParam) {
	if a == nil {
		return nil
	}
	add := func(arg *python.Arg, kind ParamKind, def bool) {
		if arg != nil {
			out = append(out, PythonParam{Name: strings.Clone(arg.Arg), Kind: kind, Default: def, Range: f.rangeOf(arg.Span)})
		}
	}
	firstDefault := len(a.Posonlyargs) + len(a.Args) - len(a.Defaults)
	for i, arg := range a.Posonlyargs {
		add(arg, PositionalOnly, i >= firstDefault)
	}
	for i, arg := range a.Args {
		add(arg, Positional, len(a.Posonlyargs)+i >= firstDefault)
	}
	add(a.Vararg, VarPositional, false)
	for i, arg := range a.Kwonlyargs {
		add(arg, KeywordOnly, i < len(a.KwDefaults) && a.KwDefaults[i] != nil)
	}
	add(a.Kwarg, VarKeyword, false)
	return out
}
