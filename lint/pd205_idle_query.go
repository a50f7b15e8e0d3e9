package lint

import (
	"fmt"

	"github.com/pdac-dev/pdac/repo"
)

// rulePD205 finds scheduled rules whose query never runs.
func rulePD205() Rule {
	return Rule{
		ID: "PD205", Name: "idle-query", Severity: Warning,
		Doc: Doc{
			What: "The query of a scheduled rule is not in the repository, has no schedule, or is disabled.",
			Why:  "The rule runs over the rows that the query returns. Without rows it never matches.",
			Bad: `
-- rules/logins.yml --
AnalysisType: scheduled_rule
RuleID: Acme.Logins
Enabled: true
Filename: logins.py
ScheduledQueries: [Acme Logins]
-- queries/logins.yml --
AnalysisType: saved_query
QueryName: Acme Logins
`,
			Good: `
-- rules/logins.yml --
AnalysisType: scheduled_rule
RuleID: Acme.Logins
Enabled: true
Filename: logins.py
ScheduledQueries: [Acme Logins]
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Enabled: true
`,
			Configure: "A disabled rule may use a disabled query.",
		},
		Repo: pd205,
	}
}

func pd205(p *RepoPass) {
	key := repo.TypeScheduledQuery.IDKey()
	for f := range p.Specs(repo.TypeScheduledRule) {
		for _, q := range f.Spec.ScheduledQuery {
			found := p.ByID(key, q.Value)
			if q.Value == "" {
				continue
			}
			if p.onlySkipped(f, q.Range, "query", key, q.Value) {
				continue
			}
			if len(found) == 0 {
				out := p.Report(f, q.Range, "query %q not found in this repository", q.Value)
				out.Key = q.Value
				out.Hint = "add the query, or correct the name"
				if near, ok := p.nearest(q.Value, p.IDs(key)); ok {
					out.Hint = fmt.Sprintf("did you mean %q?", near)
				}
				continue
			}
			query := found[0]
			related := []Location{{Path: query.Path, Range: query.Spec.ID.Range, Message: "the query"}}
			switch {
			case query.Spec.Type == repo.TypeSavedQuery:
				out := p.Report(f, q.Range, "query %q has no schedule: it is a saved_query", q.Value)
				out.Key, out.Related, out.Hint = q.Value, related, "make it a scheduled_query"
			case query.Spec.Disabled() && !f.Spec.Disabled():
				out := p.Report(f, q.Range, "query %q is disabled, but this rule is enabled", q.Value)
				out.Key, out.Related, out.Hint = q.Value, related, "set Enabled: true in the query, or Enabled: false in the rule"
			}
		}
	}
}
