package lint

import (
	"errors"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/python"
)

// PythonFile is a Python file, parsed once for all rules. It is safe for
// concurrent use, and nobody changes it.
type PythonFile struct {
	Source *Source
	// Module is the syntax tree; nil where the file can't be parsed.
	Module *python.Module
	// Err is the first syntax error, or nil. Both are set where the tree is whole
	// and only the compiler would refuse it (a return outside a function), or
	// where the file needs a later Python than Panther has.
	Err *python.SyntaxError
	// Later says that the file is right for a later Python alone.
	Later bool

	symbols func() *python.Symbols
}

// parsePython reads a file as Python 3.11, which Panther runs. One that needs a
// later Python keeps its tree for the other rules.
func parsePython(src *Source) *PythonFile {
	f := &PythonFile{Source: src}
	text := []byte(src.Text)
	var err error
	if f.Module, err = python.Parse(text, python.Options{Strict311: true}); err != nil {
		if !errors.As(err, &f.Err) {
			f.Err = &python.SyntaxError{Msg: err.Error(), Kind: "SyntaxError"}
		}
		if f.Module == nil {
			later, err := python.Parse(text, python.Options{})
			f.Module, f.Later = later, err == nil
		}
	}
	f.symbols = sync.OnceValue(func() *python.Symbols {
		if f.Module == nil {
			return &python.Symbols{Defined: map[string]python.Span{}}
		}
		return f.Module.Symbols()
	})
	return f
}

// Symbols are the names that the file defines and imports; without any where it
// can't be parsed.
func (f *PythonFile) Symbols() *python.Symbols { return f.symbols() }

// Range gives the range of a node, or of a python.Span.
func (f *PythonFile) Range(n python.Node) Range {
	if f.Module == nil {
		return Range{}
	}
	var r Range
	r.Line, r.Column = f.Module.Position(n.Pos())
	r.EndLine, r.EndColumn = f.Module.Position(n.End())
	return r
}

// Header gives the range of a function's or a class's name, and of any other
// node its first line.
func (f *PythonFile) Header(n python.Node) Range {
	switch n := n.(type) {
	case *python.FunctionDef:
		return f.Range(n.NameSpan)
	case *python.ClassDef:
		return f.Range(n.NameSpan)
	}
	r := f.Range(n)
	if r.EndLine > r.Line {
		line := f.Source.LineRange(r.Line)
		r.EndLine, r.EndColumn = line.EndLine, max(line.EndColumn, r.Column)
	}
	return r
}

// Text gives the text of a node as it is written.
func (f *PythonFile) Text(n python.Node) string {
	if f.Module == nil || n.Pos() < 0 || n.End() > len(f.Module.Source) || n.End() < n.Pos() {
		return ""
	}
	return f.Module.Source[n.Pos():n.End()]
}

// ReportNode adds a finding at a node; of a function or a class at its name.
func (p *PythonPass) ReportNode(n python.Node, format string, args ...any) *Finding {
	return p.Report(p.File.Header(n), format, args...)
}

// Module is the syntax tree; nil where the file can't be parsed.
func (p *PythonPass) Module() *python.Module { return p.File.Module }

// Symbols are the names that the file defines and imports.
func (p *PythonPass) Symbols() *python.Symbols { return p.File.Symbols() }

// PythonFacts are what a Python file defines and uses. Of a file that can't be
// parsed they are empty.
type PythonFacts struct {
	// Module is the name by which others import the file.
	Module string
	// Parsed says that the file could be parsed, so that the rest is whole.
	Parsed bool
	// Imports are all of the file's, those inside functions too.
	Imports []PythonImport
	// Names are all that the module may have once it ran, imports included, each
	// where it is first bound, sorted by place. With StarImport there may be others.
	Names      []Ref
	StarImport bool
	// Functions are those at module level, in order; of a name that is defined more
	// than once, all.
	Functions []PythonFunction
}

// PythonImport is one name of an import statement.
type PythonImport struct {
	// Module is as written ("os.path"), Name what is taken of it ("" for "import
	// x", "*" for all), and Bound the name it gets.
	Module, Name, Bound string
	// Level counts the dots of a relative import.
	Level int
	// Local is set inside functions and classes, Guarded inside a try that has
	// handlers.
	Local, Guarded bool
	Range          Range
}

// Top is the first part of the module's name, which says where it comes from.
func (i PythonImport) Top() string {
	top, _, _ := strings.Cut(i.Module, ".")
	return top
}

// PythonFunction is a function at module level.
type PythonFunction struct {
	Name string
	// Range is that of the name.
	Range  Range
	Async  bool
	Params []PythonParam
}

// ParamKind is how a parameter takes its values.
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
	Name    string
	Kind    ParamKind
	Default bool
	Range   Range
}

// Accepts tells whether the function can be called with so many values by
// position and nothing else.
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

// Function gives the last function of a name, which is the one that counts; nil
// where there is none.
func (p *PythonFacts) Function(name string) *PythonFunction {
	for i := len(p.Functions) - 1; i >= 0; i-- {
		if p.Functions[i].Name == name {
			return &p.Functions[i]
		}
	}
	return nil
}

// Defines tells whether the module has a name, as far as can be told: with a
// star import it may have any.
func (p *PythonFacts) Defines(name string) bool {
	if !p.Parsed || p.StarImport {
		return true
	}
	for _, n := range p.Names {
		if n.Value == name {
			return true
		}
	}
	return false
}
