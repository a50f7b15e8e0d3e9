package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD331 finds names that modules of the standard library don't have.
func rulePD331() Rule {
	return Rule{
		ID: "PD331", Name: "unknown-stdlib-name", Severity: Error, Broken: true,
		Doc: Doc{
			What: "A Python file imports or uses a name that a module of the standard library of Python 3.11 doesn't have.",
			Why:  "The import fails, so the detection fails on every event. Without an import, the line that uses the name fails.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
import json
from re import fulmatch


def rule(event):
    return fulmatch("root|admin", json.load_s(event.get("user", "")))
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
import json
from re import fullmatch


def rule(event):
    return fullmatch("root|admin", json.loads(event.get("user", "")))
`,
			Configure: "Names of other Python versions are not in the table: Panther runs Python 3.11. Imports and uses inside a `try` with a handler, and after `hasattr`, are not checked.",
		},
		Spec: pd331,
	}
}

func pd331(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	for _, i := range b.Facts().Imports {
		if i.Level == 0 && i.Name != "" && i.Name != "*" && !i.Guarded {
			reportUnknown(p, i.Range, i.Module, i.Name)
		}
	}
	if b.used["hasattr"] {
		return
	}
	for _, a := range b.attributes {
		if module := b.stdlibModule(a.Value); module != "" && a.Ctx == python.Load {
			if out := reportUnknown(p, b.rangeOf(a.NameSpan), module, a.Attr); out != nil {
				out.Works = true // only where the line is reached
			}
		}
	}
}

// stdlibModule returns the module of the standard library, or the class of datetime, that
// an expression certainly is.
func (b *body) stdlibModule(e python.Expr) string {
	const longest = 6 // no name of the standard library has more parts
	root := e
	for n := 0; ; n++ {
		a, ok := root.(*python.Attribute)
		if !ok {
			break
		}
		if n == longest {
			return ""
		}
		root = a.Value
	}
	n, ok := root.(*python.Name)
	if !ok || b.rebound[n.ID] || b.bound[n.ID] == "" {
		return ""
	}
	return b.name(e)
}

func reportUnknown(p *SpecPass, at Range, module, name string) *Finding {
	names := python.StdlibNames(module)
	if names == nil || slices.Contains(names, name) || strings.HasPrefix(name, "__") {
		return nil
	}
	out := p.ReportBody(at, "%s of Python 3.11 has no %q", module, name)
	out.Key = module + "." + name
	if near, ok := p.nearest(name, names); ok {
		out.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	return out
}
