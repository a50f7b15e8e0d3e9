package lint

import (
	"fmt"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD212 finds derived rules without a base.
func rulePD212() Rule {
	return Rule{
		ID: "PD212", Name: "missing-base", Severity: Warning,
		Doc: Doc{
			What: "The `BaseDetection` of a derived rule is no rule of the repository.",
			Why:  "A derived rule has the logic of its base. The base may be one that Panther's packs bring; where it isn't, the rule can't be made.",
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

// checkRule reports a rule that the repository doesn't have, and one that is its own.
func (p *RepoPass) checkRule(f *Facts, id string, at Range, what string) {
	key := repo.TypeRule.IDKey()
	found := p.ByID(key, id)
	switch {
	case len(found) == 1 && found[0] == f:
		out := p.Report(f, at, "%s %q is the rule itself", what, id)
		out.Key, out.Hint = id, "name another rule"
	case len(found) == 0:
		out := p.Report(f, at, "%s %q is no rule of this repository", what, id)
		out.Key, out.Hint = id, "correct it, or make sure that a pack of Panther brings it"
		if near, ok := suggest.Nearest(id, p.IDs(key)); ok {
			out.Hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
}
