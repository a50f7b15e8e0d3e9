package lint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD329 finds calls with the wrong arguments.
func rulePD329() Rule {
	return Rule{
		ID: "PD329", Name: "call-arguments", Severity: Error,
		Doc: Doc{
			What: "A call of a global's function, of one of the same file, or of a method of an object that it makes has too many or too few arguments, or an unknown one, or there is no such method.",
			Why:  "The call fails with a TypeError, so the detection fails on every event that reaches it. It often comes from a global whose parameters changed.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
from acme_identity import is_admin


def rule(event):
    return is_admin(event.get("user"), True)
-- global_helpers/acme_identity.yml --
AnalysisType: global
GlobalID: acme_identity
Filename: acme_identity.py
-- global_helpers/acme_identity.py --
def is_admin(user):
    return user == "root"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
from acme_identity import is_admin


def rule(event):
    return is_admin(event.get("user"))
-- global_helpers/acme_identity.yml --
AnalysisType: global
GlobalID: acme_identity
Filename: acme_identity.py
-- global_helpers/acme_identity.py --
def is_admin(user):
    return user == "root"
`,
			Configure: "Calls with `*` or `**`, functions with decorators, and functions that are defined more than once are not checked.",
		},
		CollectPython: pd329Collect,
		Repo:          pd329,
	}
}

// pd329Collect collects the calls of functions of other modules, and of the file
// itself, for which Name is "". Value is the function's name, the number of its
// positional arguments and the names of the others.
func pd329Collect(p *PythonPass) (out []Fact) {
	if p.module() == nil {
		return nil
	}
	b := newBody(p.File)
	own := map[string]bool{}
	for _, f := range b.symbols().Functions {
		own[f.Name] = true
	}
	for _, c := range b.calls {
		module, name := "", ""
		switch fn := c.Func.(type) {
		case *python.Name:
			if b.rebound[fn.ID] {
				continue
			}
			if q := b.bound[fn.ID]; q != "" && !own[fn.ID] {
				module, name, _ = strings.Cut(q, ".")
			} else if q == "" && own[fn.ID] {
				name = fn.ID
			}
		case *python.Attribute:
			if root, ok := fn.Value.(*python.Name); ok && !b.rebound[root.ID] && b.bound[root.ID] != "" && !own[root.ID] {
				module, name = b.bound[root.ID], fn.Attr
			}
		}
		if name == "" || strings.Contains(module+name, ".") || python.Stdlib(module) {
			continue
		}
		if value, ok := argumentsOf(name, c.Call); ok {
			out = append(out, Fact{Name: strings.Clone(module), Value: value, Range: b.header(c.Func)})
		}
	}
	return append(out, methodCalls(b, own)...)
}

func argumentsOf(name string, c *python.Call) (string, bool) {
	parts := []string{name, strconv.Itoa(len(c.Args))}
	for _, a := range c.Args {
		if _, starred := a.(*python.Starred); starred {
			return "", false
		}
	}
	for _, k := range c.Keywords {
		if k.Arg == "" {
			return "", false
		}
		parts = append(parts, k.Arg)
	}
	return strings.Join(parts, " "), true
}

func pd329(p *RepoPass) {
	for f := range p.bodyFiles() {
		for _, fact := range p.Collected(f) {
			g := f
			if fact.Name != "" {
				global := p.Global(fact.Name)
				if global == nil {
					continue
				}
				if g = p.File(global.Spec.BodyPath); g == nil || g.Python == nil {
					continue
				}
			}
			parts := strings.Fields(fact.Value)
			if strings.HasPrefix(parts[0], ".") {
				p.checkMethod(f, g, fact, parts)
				continue
			}
			def, ok := g.Python.onlyFunction(parts[0])
			if !ok {
				continue
			}
			n, err := strconv.Atoi(parts[1])
			if err != nil {
				continue
			}
			wrong := def.misfit(n, parts[2:])
			if wrong == "" {
				continue
			}
			out := p.reportBody(f, fact.Range, "%s %s", def.Name, wrong)
			out.Key = fact.Value
			out.Hint = "it is defined as " + def.signature()
			out.Related = []Location{{Path: g.Path, Range: def.Range, Message: "the function"}}
		}
	}
}

// onlyFunction returns the function with a name if nothing else can have that name.
func (p *PythonFacts) onlyFunction(name string) (*PythonFunction, bool) {
	all := p.named().functions[name]
	if len(all) != 1 || all[0].Decorated || p.named().bound[name] {
		return nil, false
	}
	return all[0], true
}

// misfit says why a function can't be called with so many positional arguments and
// those keywords; "" if it can.
func (f *PythonFunction) misfit(n int, keywords []string) string {
	given := map[string]bool{}
	most, endless, any := 0, false, false
	for _, p := range f.Params {
		switch p.Kind {
		case Positional, PositionalOnly:
			if most < n {
				given[p.Name] = true
			}
			most++
		case VarPositional:
			endless = true
		case VarKeyword:
			any = true
		}
	}
	if n > most && !endless {
		return fmt.Sprintf("takes %s, but the call has %d", count(most, "positional argument"), n)
	}
	for _, k := range keywords {
		i := slices.IndexFunc(f.Params, func(p PythonParam) bool { return p.Name == k && (p.Kind == Positional || p.Kind == KeywordOnly) })
		switch {
		case i < 0 && !any:
			return fmt.Sprintf("has no parameter %q", k)
		case i >= 0 && given[k]:
			return fmt.Sprintf("gets the argument %q twice", k)
		}
		given[k] = true
	}
	for _, p := range f.Params {
		if p.Kind != VarPositional && p.Kind != VarKeyword && !p.Default && !given[p.Name] {
			return fmt.Sprintf("needs the argument %q, which the call lacks", p.Name)
		}
	}
	return ""
}

// signature writes a function's name and its parameters.
func (f *PythonFunction) signature() string {
	var parts []string
	star := false
	for i, p := range f.Params {
		name := p.Name
		switch p.Kind {
		case VarPositional:
			name, star = "*"+name, true
		case VarKeyword:
			name = "**" + name
		case KeywordOnly:
			if !star {
				parts, star = append(parts, "*"), true
			}
		}
		if p.Default {
			name += "=…"
		}
		parts = append(parts, name)
		if p.Kind == PositionalOnly && (i+1 == len(f.Params) || f.Params[i+1].Kind != PositionalOnly) {
			parts = append(parts, "/")
		}
	}
	return f.Name + "(" + strings.Join(parts, ", ") + ")"
}
