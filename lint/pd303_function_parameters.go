package lint

import (
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD303 finds functions that Panther can't call.
func rulePD303() Rule {
	return Rule{
		ID: "PD303", Name: "function-parameters", Severity: Error, Broken: true,
		Doc: Doc{
			What: "A function that Panther calls, such as `rule`, `title` or the method of a data model, can't be called with exactly one argument, or is `async`.",
			Why:  "Panther passes only the event or the resource. With other parameters every call fails. An `async` function returns a coroutine, which is always true.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event, context):
    return event.get("user") == "root"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"
`,
		},
		Spec: pd303,
	}
}

func pd303(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	var names []string
	if entry := entryFunction(p.Item.Type); entry != "" {
		names = append([]string{entry}, optionalFunctions...)
	} else if p.Item.Type == repo.TypeDataModel {
		for _, m := range p.Facts.Methods {
			if !slices.Contains(names, m.Value) {
				names = append(names, m.Value)
			}
		}
	}
	for _, name := range names {
		f := b.plainFunction(name)
		if f == nil {
			continue
		}
		if f.Async {
			p.ReportBody(b.header(f), "%q is async, but Panther doesn't await it", name).Hint = "remove async"
			continue
		}
		if takesOne(f.Args) {
			continue
		}
		arg := "the event"
		if p.Item.Type == repo.TypePolicy {
			arg = "the resource"
		}
		out := p.ReportBody(b.header(f), "%q %s, but Panther calls it with one argument, %s", name, takes(f.Args), arg)
		out.Hint = fmt.Sprintf("write def %s(event)", name)
		if p.Item.Type == repo.TypePolicy {
			out.Hint = fmt.Sprintf("write def %s(resource)", name)
		}
	}
}

// takesOne reports whether a function can be called with one positional argument.
func takesOne(a *python.Arguments) bool {
	n := len(a.Posonlyargs) + len(a.Args)
	for _, d := range a.KwDefaults {
		if d == nil {
			return false
		}
	}
	return n-len(a.Defaults) <= 1 && (n >= 1 || a.Vararg != nil)
}

func takes(a *python.Arguments) string {
	n := len(a.Posonlyargs) + len(a.Args)
	if n == 0 && a.Vararg == nil {
		return "takes no parameters"
	}
	if need := n - len(a.Defaults); need > 1 {
		return "requires " + count(need, "argument")
	}
	return "requires a keyword argument"
}
