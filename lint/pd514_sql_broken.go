package lint

// rulePD514 finds malformed queries.
func rulePD514() Rule {
	return Rule{
		ID: "PD514", Name: "sql-broken", Severity: Error,
		Doc: Doc{
			What: "A query has a quote, a comment or a bracket that is not closed, a comma or an operator without what must follow it (`f(a,, b)`, `AND AND`), an `IS` before a number, a comment after `#`, or ends too early.",
			Why:  "Every run of the query fails.",
			Bad: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: SELECT actor FROM panther_logs.public.okta_systemlog WHERE p_occurs_since('1 d'
`,
			Good: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: SELECT actor FROM panther_logs.public.okta_systemlog WHERE p_occurs_since('1 d')
`,
			Configure: "If a query has SQL for several databases, all of it is checked, each as its database reads it. With `deploy.sql` in pdac.yaml, only the SQL that is deployed counts.",
		},
		Spec: pd514,
	}
}

func pd514(p *SpecPass) {
	for _, q := range sqlQueries(p) {
		if q.fault != nil {
			at := q.fault.Offset
			p.Report(pieceRange(p, q.node, at, at+1), "the query can't be parsed: %s", q.fault.Message).Hint = "fix the query here; it fails in this form"
		}
	}
}
