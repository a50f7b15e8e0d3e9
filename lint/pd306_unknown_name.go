package lint

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD306 finds names that a global doesn't define.
func rulePD306() Rule {
	return Rule{
		ID: "PD306", Name: "unknown-name", Severity: Error, Broken: true,
		Doc: Doc{
			What: "A Python file imports or uses a name that the global doesn't define.",
			Why:  "The import or the first use fails in Panther, so the detection fails on every event that reaches it.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
import acme_identity


def rule(event):
    return acme_identity.is_root(event.get("user"))
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
import acme_identity


def rule(event):
    return acme_identity.is_admin(event.get("user"))
-- global_helpers/acme_identity.yml --
AnalysisType: global
GlobalID: acme_identity
Filename: acme_identity.py
-- global_helpers/acme_identity.py --
def is_admin(user):
    return user == "root"
`,
		},
		CollectPython: pd306Collect,
		Repo:          pd306,
	}
}

// pd306Collect collects the attributes that are read from imported modules: Name is
// the module, Value the attribute.
func pd306Collect(p *PythonPass) (out []Fact) {
	m := p.module()
	if m == nil {
		return nil
	}
	modules := map[string]string{}
	for _, i := range p.symbols().Imports {
		if i.Name == "" && i.Level == 0 && !python.Stdlib(i.Module) && !strings.Contains(i.Module, ".") {
			modules[i.Bound] = i.Module
		}
	}
	if len(modules) == 0 {
		return nil
	}
	// A name that is also bound to something else may not be the module.
	python.Inspect(m, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Name:
			if n.Ctx != python.Load {
				delete(modules, n.ID)
			}
		case *python.Arg:
			delete(modules, n.Arg)
		}
		return true
	})
	seen := map[string]bool{}
	python.Inspect(m, func(n python.Node) bool {
		a, ok := n.(*python.Attribute)
		if !ok || a.Ctx != python.Load {
			return true
		}
		v, ok := a.Value.(*python.Name)
		if !ok || modules[v.ID] == "" || seen[v.ID+"."+a.Attr] {
			return true
		}
		seen[v.ID+"."+a.Attr] = true
		out = append(out, Fact{Name: modules[v.ID], Value: strings.Clone(a.Attr), Range: p.File.rangeOf(a.NameSpan)})
		return true
	})
	return out
}

// moduleNames are the names that every module has without defining them.
var moduleNames = map[string]bool{"__name__": true, "__doc__": true, "__file__": true, "__dict__": true, "__loader__": true, "__spec__": true, "__package__": true, "__builtins__": true}

func pd306(p *RepoPass) {
	for f := range p.bodyFiles() {
		for _, i := range f.Python.Imports {
			if i.Level > 0 || i.Guarded || p.Global(i.Top()) == nil {
				continue
			}
			if strings.Contains(i.Module, ".") {
				p.reportBody(f, i.Range, "global %q is a single module, so %q can't be imported", i.Top(), i.Module)
			} else if i.Name != "" && i.Name != "*" {
				p.checkName(f, i.Module, i.Name, i.Range)
			}
		}
		for _, fact := range p.Collected(f) {
			if p.Global(fact.Name) != nil {
				// An attribute is looked up only where the code reads it.
				if out := p.checkName(f, fact.Name, fact.Value, fact.Range); out != nil {
					out.Works = true
				}
			}
		}
	}
}

func (p *RepoPass) checkName(f *Facts, module, name string, at Range) *Finding {
	g := p.File(p.Global(module).Spec.BodyPath)
	if g == nil || g.Python == nil || g.Python.Defines(name) || g.Python.Defines("__getattr__") || moduleNames[name] {
		return nil
	}
	out := p.reportBody(f, at, "global %q doesn't define %q", module, name)
	out.Key = module + "." + name
	out.Related = []Location{{Path: g.Path, Message: "the global"}}
	var names []string
	for _, n := range g.Python.Names {
		names = append(names, n.Value)
	}
	if near, ok := p.nearest(name, names); ok {
		out.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	return out
}
