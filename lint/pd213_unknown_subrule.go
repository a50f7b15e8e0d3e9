package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// rulePD213 finds correlation rules over unknown rules.
func rulePD213() Rule {
	return Rule{
		ID: "PD213", Name: "unknown-subrule", Severity: Warning,
		Doc: Doc{
			What: "A correlation rule uses a rule that is not in the repository.",
			Why:  "The correlation needs matches of that rule. If the rule is not in one of Panther's packs either, the correlation never matches.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
-- correlation_rules/both.yml --
AnalysisType: correlation_rule
RuleID: Acme.Both
Detection:
  - Group:
      - ID: one
        RuleID: Acme.Login
      - ID: two
        RuleID: Acme.Logn
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
-- rules/logout.yml --
AnalysisType: rule
RuleID: Acme.Logout
-- correlation_rules/both.yml --
AnalysisType: correlation_rule
RuleID: Acme.Both
Detection:
  - Group:
      - ID: one
        RuleID: Acme.Login
      - ID: two
        RuleID: Acme.Logout
`,
		},
		CollectSpec: pd213Collect,
		Repo:        pd213,
	}
}

// pd213Collect collects the rules in the groups and sequences of a correlation rule.
func pd213Collect(p *SpecPass) (out []Fact) {
	for _, c := range correlations(p) {
		for _, part := range c.parts {
			if part.rule != nil {
				out = append(out, Fact{Name: strings.Clone(part.rule.Value), Range: p.Source.Node(part.rule)})
			}
		}
	}
	return out
}

func pd213(p *RepoPass) {
	for f := range p.Specs(repo.TypeCorrelationRule) {
		for _, fact := range p.Collected(f) {
			p.checkRule(f, fact.Name, fact.Range, "RuleID")
		}
	}
}
