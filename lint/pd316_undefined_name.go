package lint

import (
	"fmt"
	"strings"
)

// rulePD316 finds undefined names.
func rulePD316() Rule {
	return Rule{
		ID: "PD316", Name: "undefined-name", Severity: Error,
		Doc: Doc{
			What: "The Python file of a spec uses a name that is not defined, not imported and not a Python builtin.",
			Why:  "The detection fails when it reaches that line, possibly on the one event that matters.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
ADMINS = {"root"}


def rule(event):
    return event.get("user") in ADMIN
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
ADMINS = {"root"}


def rule(event):
    return event.get("user") in ADMINS
`,
			Configure: "A file with `from … import *` is checked if the module is a global of the repository. Names that begin with an underscore are not imported that way.",
		},
		Spec:          pd316,
		CollectPython: pd316Collect,
		Repo:          pd316Stars,
	}
}

func pd316(p *SpecPass) {
	b := bodyOf(p)
	if b == nil || b.symbols().StarImport {
		return
	}
	told := map[string]bool{}
	for _, n := range unknownNames(b.PythonFile) {
		if told[n.ID] {
			continue
		}
		told[n.ID] = true
		out := p.ReportBody(b.rangeOf(n), "undefined name %q", n.ID)
		out.Key = n.ID
		if near, ok := p.nearest(n.ID, n.scope.all()); ok && len(n.ID) > 2 {
			out.Hint = fmt.Sprintf("did you mean %q?", near)
		} else {
			out.Hint = "define it, or import it"
		}
	}
}

// pd316Collect collects the names that only a star import can define.
func pd316Collect(p *PythonPass) (out []Fact) {
	if p.module() == nil || !p.symbols().StarImport {
		return nil
	}
	seen := map[string]bool{}
	for _, n := range unknownNames(p.File) {
		if !seen[n.ID] {
			seen[n.ID] = true
			out = append(out, Fact{Name: strings.Clone(n.ID), Range: p.File.rangeOf(n)})
		}
	}
	return out
}

// pd316Stars checks the names behind star imports of globals.
func pd316Stars(p *RepoPass) {
	for f := range p.bodyFiles() {
		facts := p.Collected(f)
		if len(facts) == 0 {
			continue
		}
		s := &starNames{p: p, names: map[string]bool{}, private: map[string]string{}, seen: map[string]bool{}}
		if !s.add(f) {
			continue
		}
		seen, names := sortedKeys(s.seen), append(sortedKeys(s.names), namesOf(f)...)
		for _, fact := range facts {
			if s.names[fact.Name] {
				continue
			}
			out := p.reportBody(f, fact.Range, "undefined name %q: no global that this file imports with * defines it", fact.Name)
			out.Key = fact.Name
			for _, path := range seen {
				if path != f.Path && len(out.Related) < maxRelated {
					out.Related = append(out.Related, Location{Path: path, Message: "the global"})
				}
			}
			if module := s.private[fact.Name]; module != "" {
				out.Message = fmt.Sprintf("undefined name %q: \"from %s import *\" leaves out names that begin with an underscore", fact.Name, module)
				out.Hint = fmt.Sprintf("write from %s import %s", module, fact.Name)
			} else if near, ok := p.nearest(fact.Name, names); ok && len(fact.Name) > 2 {
				out.Hint = fmt.Sprintf("did you mean %q?", near)
			} else {
				out.Hint = "define it, or import it"
			}
		}
	}
}

// starNames are the names that a file gets from star imports.
type starNames struct {
	p     *RepoPass
	names map[string]bool
	// private are the names that a global keeps for itself, and its module.
	private map[string]string
	seen    map[string]bool
}

// add adds the names of the globals that a file imports with a star. It reports
// whether all of them are known.
func (s *starNames) add(f *Facts) bool {
	s.seen[f.Path] = true
	for _, i := range f.Python.Imports {
		if i.Name != "*" {
			continue
		}
		global := s.p.Global(i.Module)
		if i.Level > 0 || i.Guarded || global == nil {
			return false
		}
		g := s.p.File(global.Spec.BodyPath)
		if g == nil || g.Python == nil || !g.Python.Parsed {
			return false
		}
		all := false // a global may name what it exports, which is not followed
		for _, n := range g.Python.Names {
			all = all || n.Value == "__all__"
		}
		if all {
			return false
		}
		for _, n := range g.Python.Names {
			if strings.HasPrefix(n.Value, "_") {
				s.private[n.Value] = i.Module
			} else {
				s.names[n.Value] = true
			}
		}
		if !s.seen[g.Path] && !s.add(g) {
			return false
		}
	}
	return true
}

// namesOf lists the names that a file defines.
func namesOf(f *Facts) (out []string) {
	for _, n := range f.Python.Names {
		out = append(out, n.Value)
	}
	return out
}
