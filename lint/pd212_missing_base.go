package lint

import (
	"fmt"

	"github.com/pdac-dev/pdac/repo"
)

// rulePD212 finds derived rules whose base is missing.
func rulePD212() Rule {
	return Rule{
		ID: "PD212", Name: "missing-base", Severity: Warning,
		Doc: Doc{
			What: "The `BaseDetection` of a derived rule is not in the repository.",
			Why:  "A derived rule uses the logic of its base. If the base is not in one of Panther's packs either, the rule can't be created.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
-- rules/login_prod.yml --
AnalysisType: rule
RuleID: Acme.Login.Prod
BaseDetection: Acme.Logn
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
-- rules/login_prod.yml --
AnalysisType: rule
RuleID: Acme.Login.Prod
BaseDetection: Acme.Login
`,
		},
		Repo: pd212,
	}
}

func pd212(p *RepoPass) {
	for f := range p.Specs(repo.TypeRule) {
		if base := f.Spec.BaseDetection; base.There() && base.Value != "" {
			p.checkRule(f, base.Value, base.Range, "BaseDetection")
		}
	}
}

// checkRule reports an id that is not in the repository or is the rule's own.
func (p *RepoPass) checkRule(f *Facts, id string, at Range, what string) {
	key := repo.TypeRule.IDKey()
	found := p.ByID(key, id)
	switch {
	case len(found) == 1 && found[0] == f:
		out := p.Report(f, at, "%s %q is the rule itself", what, id)
		out.Key, out.Hint = id, "name another rule"
	case p.onlySkipped(f, at, "rule", key, id):
	case len(found) == 0:
		out := p.Report(f, at, "%s %q is not a rule in this repository", what, id)
		out.Key, out.Hint = id, "correct it, or make sure that one of Panther's packs contains it"
		if near, ok := p.nearest(id, p.IDs(key)); ok {
			out.Hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
}
