package lint

// rulePD514 finds malformed queries.
func rulePD514() Rule {
	return Rule{
		ID: "PD514", Name: "sql-broken", Severity: Error,
		Doc: Doc{
			What: "A query has a quote, a comment or a bracket that is not closed, a closing bracket without an opening one, or a comma, `FROM` or `JOIN` without a table after it.",
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
			Configure: "Only SQL in `Query` and `SnowflakeQuery` is checked.",
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
