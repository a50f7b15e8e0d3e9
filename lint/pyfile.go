package lint

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// PythonFile is a Python file, parsed once for all rules. It is safe for
// concurrent use and never changed.
type PythonFile struct {
	Source *Source
	// module is the syntax tree; nil if the file can't be parsed.
	module *python.Module
	// err is the first syntax error, or nil. Module is also set if only the compiler
	// would report the error (a return outside a function), or if the file needs a
	// later Python version than Panther has.
	err *python.SyntaxError
	// later is set if the file is only valid in a later Python version.
	later bool

	loadSymbols func() *python.Symbols
	loadFacts   func() *PythonFacts
	loadCalls   func() []PythonCall
}

// notText is the kind of an error in a file that is no Python text at all.
const notText = "not text"

// parsePython parses a file as Python 3.11, which Panther runs. A file that needs a
// later version keeps its tree for the other rules.
func parsePython(src *Source) *PythonFile {
	f := &PythonFile{Source: src}
	text := []byte(src.Text)
	var err error
	var at *yamlcore.Error
	if errors.As(repo.CheckText(text), &at) {
		f.err = &python.SyntaxError{Msg: at.Message, Kind: notText, Line: at.Line, Col: at.Column}
	} else if f.module, err = python.Parse(text, python.Options{Strict311: true}); err != nil {
		if !errors.As(err, &f.err) {
			f.err = &python.SyntaxError{Msg: err.Error(), Kind: "SyntaxError"}
		}
		if line := repo.MergeConflict(text); line > 0 {
			f.err = &python.SyntaxError{Msg: repo.ConflictMessage, Kind: notText, Line: line}
		}
		if f.module == nil {
			later, err := python.Parse(text, python.Options{})
			f.module, f.later = later, err == nil
		}
	}
	f.loadSymbols = sync.OnceValue(func() *python.Symbols {
		if f.module == nil {
			return &python.Symbols{Defined: map[string]python.Span{}}
		}
		return f.module.Symbols()
	})
	f.loadFacts = sync.OnceValue(func() *PythonFacts { return pythonFacts(f) })
	f.loadCalls = sync.OnceValue(func() []PythonCall { return pythonCalls(f) })
	return f
}

// Facts returns what the file defines and imports. They are empty if the file can't
// be parsed.
func (f *PythonFile) Facts() *PythonFacts { return f.loadFacts() }

// Calls returns every call in the file, in order of place; none if the file can't be
// parsed.
func (f *PythonFile) Calls() []PythonCall { return f.loadCalls() }

// PythonCall is a call of a function or a method.
type PythonCall struct {
	// Name is what is called, with imports resolved: "os.path.join" after "from
	// os.path import join as j" and a call of j. A name that is neither imported nor
	// defined in the file stays as written ("print", "event.get"). It is "" for
	// anything else.
	Name string
	// Method is the last part of what is called, as written: "get" in event.get(…).
	Method string
	// Args are the positional arguments, as written.
	Args []string
	// Function is the outermost function around the call; "" at module level.
	Function string
	Range    Range
}

// pythonCalls gathers the calls of a file.
func pythonCalls(f *PythonFile) (out []PythonCall) {
	if f.module == nil {
		return nil
	}
	b := newBody(f)
	for _, c := range b.calls {
		p := PythonCall{Name: b.name(c.Func), Range: f.header(c)}
		switch fn := c.Func.(type) {
		case *python.Name:
			p.Method = fn.ID
		case *python.Attribute:
			p.Method = fn.Attr
		}
		if c.function != nil {
			p.Function = c.function.Name
		}
		for _, a := range c.Args {
			p.Args = append(p.Args, f.text(a))
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b PythonCall) int { return a.Range.compare(b.Range) })
	return out
}

// symbols returns the names that the file defines and imports; none if the file
// can't be parsed.
func (f *PythonFile) symbols() *python.Symbols { return f.loadSymbols() }

// rangeOf returns the range of a node, or of a python.Span.
func (f *PythonFile) rangeOf(n python.Node) Range {
	if f.module == nil {
		return Range{}
	}
	var r Range
	r.Line, r.Column = f.module.Position(n.Pos())
	r.EndLine, r.EndColumn = f.module.Position(n.End())
	return r
}

// header returns the range of the name of a function or a class, and the range of
// the first line for any other node.
func (f *PythonFile) header(n python.Node) Range {
	switch n := n.(type) {
	case *python.FunctionDef:
		return f.rangeOf(n.NameSpan)
	case *python.ClassDef:
		return f.rangeOf(n.NameSpan)
	}
	r := f.rangeOf(n)
	if r.EndLine > r.Line {
		line := f.Source.LineRange(r.Line)
		r.EndLine, r.EndColumn = line.EndLine, max(line.EndColumn, r.Column)
	}
	return r
}

// text returns the source text of a node.
func (f *PythonFile) text(n python.Node) string {
	if f.module == nil || n.Pos() < 0 || n.End() > len(f.module.Source) || n.End() < n.Pos() {
		return ""
	}
	return f.module.Source[n.Pos():n.End()]
}

// module returns the syntax tree; nil if the file can't be parsed.
func (p *PythonPass) module() *python.Module { return p.File.module }

// symbols returns the names that the file defines and imports.
func (p *PythonPass) symbols() *python.Symbols { return p.File.symbols() }

// PythonFacts are the definitions and imports of a Python file. They are empty if
// the file can't be parsed.
type PythonFacts struct {
	// Module is the name under which other files import this one.
	Module string
	// Parsed is set if the file could be parsed, so that the rest is complete.
	Parsed bool
	// Imports are all imports of the file, including those in functions.
	Imports []PythonImport
	// Names are all names that the module can define, imports included, each at its
	// first binding, sorted by position. With StarImport there may be more.
	Names      []Ref
	StarImport bool
	// Functions are the functions at module level, in order, including duplicate
	// definitions.
	Functions []PythonFunction
	// Classes are the classes at module level, in order.
	Classes []PythonClass

	index atomic.Pointer[pythonIndex]
}

// pythonIndex finds the definitions of a file by their names.
type pythonIndex struct {
	names, bound map[string]bool
	functions    map[string][]*PythonFunction
	classes      map[string][]*PythonClass
}

// named returns the index, which the first call makes.
func (p *PythonFacts) named() *pythonIndex {
	if x := p.index.Load(); x != nil {
		return x
	}
	x := &pythonIndex{names: map[string]bool{}, bound: map[string]bool{}, functions: map[string][]*PythonFunction{}, classes: map[string][]*PythonClass{}}
	for _, n := range p.Names {
		x.names[n.Value] = true
	}
	for _, i := range p.Imports {
		x.bound[i.Bound] = true
	}
	for i := range p.Functions {
		x.functions[p.Functions[i].Name] = append(x.functions[p.Functions[i].Name], &p.Functions[i])
	}
	for i := range p.Classes {
		x.classes[p.Classes[i].Name] = append(x.classes[p.Classes[i].Name], &p.Classes[i])
	}
	p.index.Store(x)
	return x
}

// PythonClass is a class at module level.
type PythonClass struct {
	Name string
	// Range is the range of the name.
	Range Range
	// Open is set if the class may have more attributes than these, as one with a base.
	Open bool
	// Methods are its functions, and Attributes all other names that it or its instances
	// may have, sorted.
	Methods    []PythonFunction
	Attributes []string
}

// PythonImport is one name of an import statement.
type PythonImport struct {
	// Module is as written ("os.path"), Name the imported name ("" for "import x",
	// "*" for all), and Bound the local name.
	Module, Name, Bound string
	// Level counts the dots of a relative import.
	Level int
	// Local is set inside functions and classes, Guarded inside a try with handlers.
	Local, Guarded bool
	Range          Range
}

// Top returns the first part of the module's name.
func (i PythonImport) Top() string {
	top, _, _ := strings.Cut(i.Module, ".")
	return top
}

// PythonFunction is a function at module level.
type PythonFunction struct {
	Name string
	// Range is the range of the name.
	Range Range
	Async bool
	// Decorated is set if a decorator or an assignment may change how it is called.
	Decorated bool
	Params    []PythonParam
	// Makes are the functions and classes of which every return is a call; empty if one
	// returns anything else.
	Makes []string
}

// ParamKind says how a parameter accepts arguments.
type ParamKind uint8

// The kinds of parameter.
const (
	Positional ParamKind = iota
	PositionalOnly
	VarPositional
	KeywordOnly
	VarKeyword
)

// PythonParam is a parameter of a function.
type PythonParam struct {
	Name string
	Kind ParamKind
	// Default is set if the parameter has a default value.
	Default bool
	Range   Range
}

// Accepts reports whether the function can be called with n positional arguments and
// no others.
func (f *PythonFunction) Accepts(n int) bool {
	least, most, endless := 0, 0, false
	for _, p := range f.Params {
		switch p.Kind {
		case Positional, PositionalOnly:
			most++
			if !p.Default {
				least++
			}
		case VarPositional:
			endless = true
		case KeywordOnly:
			if !p.Default {
				return false
			}
		}
	}
	return n >= least && (n <= most || endless)
}

// Function returns the last function with a name, which is the effective one, or nil
// if there is none.
func (p *PythonFacts) Function(name string) *PythonFunction {
	if all := p.named().functions[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// Defines reports whether the module may define a name. With a star import it may
// define any.
func (p *PythonFacts) Defines(name string) bool {
	return !p.Parsed || p.StarImport || p.named().names[name]
}
