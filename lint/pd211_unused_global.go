package lint

import (
	"github.com/pdac-dev/pdac/repo"
)

// rulePD211 finds unused globals.
func rulePD211() Rule {
	return Rule{
		ID: "PD211", Name: "unused-global", Severity: Info,
		Doc: Doc{
			What: "No code in the repository imports a global.",
			Why:  "It may be a leftover, and every global has to be maintained.",
			Bad: `
-- global_helpers/acme_identity.yml --
AnalysisType: global
GlobalID: acme_identity
Filename: acme_identity.py
-- global_helpers/acme_identity.py --
def is_admin(user):
    return user == "root"
`,
			Good: `
-- global_helpers/acme_identity.yml --
AnalysisType: global
GlobalID: acme_identity
Filename: acme_identity.py
-- global_helpers/acme_identity.py --
def is_admin(user):
    return user == "root"
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
from acme_identity import is_admin


def rule(event):
    return is_admin(event.get("user"))
`,
		},
		Repo: pd211,
	}
}

func pd211(p *RepoPass) {
	used := map[string]bool{}
	for f := range p.Pythons() {
		if !f.Python.Parsed {
			return // its imports are unknown
		}
		if len(p.NamedBy(f.Path)) == 0 {
			continue
		}
		for _, i := range f.Python.Imports {
			if g := p.Global(i.Top()); g != nil && g.Spec.BodyPath != f.Path {
				used[i.Top()] = true
			}
		}
	}
	for f := range p.Specs(repo.TypeGlobal) {
		if id := f.Spec.ID; id.Value != "" && !used[id.Value] {
			p.Report(f, id.Range, "global %q is never imported", id.Value).Hint = "remove it if it is not used outside this repository"
		}
	}
}
