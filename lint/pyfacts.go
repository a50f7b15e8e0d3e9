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
		out.Functions = append(out.Functions, PythonFunction{Name: strings.Clone(fn.Name), Range: f.rangeOf(fn.NameSpan), Async: fn.Async, Decorated: len(fn.DecoratorList) > 0 || assigned[fn.Name] != nil, Params: params(f, fn.Args)})
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
