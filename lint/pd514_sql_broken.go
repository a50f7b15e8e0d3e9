package lint

// rulePD514 finds queries that can't be read.
func rulePD514() Rule {
	return Rule{
		ID: "PD514", Name: "sql-broken", Severity: Error,
		Doc: Doc{
			What: "In a query a quote, a comment or a bracket is never closed, or a bracket is closed that none has opened; or a comma, `FROM` or `JOIN` is followed by no table.",
			Why:  "The query fails each time it runs.",
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
			Configure: "Only SQL in `Query` and `SnowflakeQuery` is looked at.",
		},
		Spec: pd514,
	}
}

func pd514(p *SpecPass) {
	for _, q := range sqlQueries(p) {
		if q.fault != nil {
			at := q.fault.Offset
			p.Report(pieceRange(p, q.node, at, at+1), "the query can't be read: %s", q.fault.Message).Hint = "the query fails like this; mend it here"
		}
	}
}
