package lint

import (
	"strings"
)

// rulePD301 finds Python files with syntax errors.
func rulePD301() Rule {
	return Rule{
		ID: "PD301", Name: "syntax-error", Severity: Error, Broken: true,
		Doc: Doc{
			What: "A Python file is not valid Python 3.11: it can't be parsed or compiled, or it is not UTF-8, a Git LFS pointer, or has a merge conflict.",
			Why: "Panther rejects the upload, or the detection fails on its first event. Panther runs Python 3.11, and the message is the same as that of " +
				"Python 3.11. Python does not have to be installed.",
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
			Configure: "No other rule checks a file that can't be parsed. An error that only the compiler reports, such as a `return` outside a function, does not stop the other rules.",
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
	if kind == "" && e.Kind != notText {
		kind = "syntax error: "
	}
	f := p.Report(syntaxRange(p.Source, e.Line, e.Col, e.EndLine, e.EndCol), "%s%s", kind, strings.TrimRight(e.Msg, "."))
	if p.File.later {
		f.Hint = "this is valid in a later Python version, but Panther runs 3.11"
	}
}

// syntaxRange returns the range of an error, at least one character long.
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
