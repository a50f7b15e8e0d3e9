package lint

import (
	"strings"
)

// rulePD301 finds Python that can't be read.
func rulePD301() Rule {
	return Rule{
		ID: "PD301", Name: "syntax-error", Severity: Error,
		Doc: Doc{
			What: "A Python file is not Python 3.11: it can't be parsed, or a compiler would refuse it.",
			Why: "Panther refuses the upload, or the detection fails on its first event. The message is the one that Python 3.11, which Panther " +
				"runs, would give. No Python is needed to find it.",
			Bad: `
-- rules/login.py --
def rule(event)
    return event.get("user") == "root"
`,
			Good: `
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"
`,
			Configure: "Until the file can be parsed, no other rule looks into it. A mistake that leaves the file readable, such as a `return` outside a function, doesn't keep the others away.",
		},
		Python: pd301,
	}
}

func pd301(p *PythonPass) {
	e := p.File.err
	if e == nil {
		return
	}
	kind := map[string]string{"IndentationError": "indentation error: ", "TabError": "tab error: "}[e.Kind]
	if kind == "" {
		kind = "syntax error: "
	}
	f := p.Report(syntaxRange(p.Source, e.Line, e.Col, e.EndLine, e.EndCol), "%s%s", kind, strings.TrimRight(e.Msg, "."))
	if p.File.later {
		f.Hint = "a later Python than 3.11 can read it; Panther runs 3.11"
	}
}

// syntaxRange gives a mistake at least one character of its line.
func syntaxRange(src *Source, line, col, endLine, endCol int) Range {
	switch {
	case line == 0:
		return Range{}
	case line > src.Lines():
		return Range{src.Lines(), 1, src.Lines(), 2}
	case col == 0:
		return src.LineRange(line)
	case endLine != line:
		return Range{line, col, line, max(src.LineRange(line).EndColumn, col+1)}
	}
	return Range{line, col, line, max(endCol, col+1)}
}
