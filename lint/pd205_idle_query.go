package lint

import (
	"fmt"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD205 finds scheduled rules whose query gives no rows.
func rulePD205() Rule {
	return Rule{
		ID: "PD205", Name: "idle-query", Severity: Warning,
		Doc: Doc{
			What: "A scheduled rule names a query that the repository doesn't have, that has no schedule, or that is switched off.",
			Why:  "The rule looks at the rows that the query finds. Without them it is silent.",
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
			Configure: "A rule that is switched off itself may name a query that is.",
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
			if len(found) == 0 {
				out := p.Report(f, q.Range, "there is no query %q here", q.Value)
				out.Key = q.Value
				out.Hint = "write it, or correct the name"
				if near, ok := suggest.Nearest(q.Value, p.IDs(key)); ok {
					out.Hint = fmt.Sprintf("did you mean %q?", near)
				}
				continue
			}
			query := found[0]
			related := []Location{{Path: query.Path, Range: query.Spec.ID.Range, Message: "the query"}}
			switch {
			case query.Spec.Type == repo.TypeSavedQuery:
				out := p.Report(f, q.Range, "the query %q has no schedule: it is a saved_query", q.Value)
				out.Key, out.Related, out.Hint = q.Value, related, "make it a scheduled_query"
			case query.Spec.Disabled() && !f.Spec.Disabled():
				out := p.Report(f, q.Range, "the query %q is switched off, and this rule isn't", q.Value)
				out.Key, out.Related, out.Hint = q.Value, related, "set Enabled: true in the query, or false in the rule"
			}
		}
	}
}
