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
		ID: "PD303", Name: "function-parameters", Severity: Error,
		Doc: Doc{
			What: "A function that Panther calls, such as `rule`, `title` or the method of a data model, can't be called with just one value, or is `async`.",
			Why:  "Panther calls each with the event or the resource and nothing else. With other parameters every call fails; an `async` function gives a coroutine, which counts as true.",
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
			p.ReportBody(b.header(f), "%q is async, and Panther doesn't wait for it", name).Hint = "take async off"
			continue
		}
		if takesOne(f.Args) {
			continue
		}
		arg := "the event"
		if p.Item.Type == repo.TypePolicy {
			arg = "the resource"
		}
		out := p.ReportBody(b.header(f), "%q %s, and Panther calls it with one value, %s", name, takes(f.Args), arg)
		out.Hint = fmt.Sprintf("write def %s(event)", name)
		if p.Item.Type == repo.TypePolicy {
			out.Hint = fmt.Sprintf("write def %s(resource)", name)
		}
	}
}

// takesOne tells whether a function can be called with one value by position.
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
		return "needs " + count(need, "parameter")
	}
	return "needs a parameter by name"
}
