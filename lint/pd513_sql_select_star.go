package lint

// rulePD513 finds queries that read every column.
func rulePD513() Rule {
	return Rule{
		ID: "PD513", Name: "sql-select-star", Severity: Info,
		Doc: Doc{
			What: "A query reads every column of a table with `SELECT *`.",
			Why:  "Snowflake stores columns separately, so every additional column costs time and money. The rule's events also change when the table changes.",
			Bad: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: SELECT * FROM panther_logs.public.okta_systemlog WHERE p_occurs_since('1 d')
`,
			Good: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: SELECT actor, client FROM panther_logs.public.okta_systemlog WHERE p_occurs_since('1 d')
`,
			Configure: "`SELECT *` from a subquery or a `WITH` clause is not reported.",
		},
		Spec: pd513,
	}
}

func pd513(p *SpecPass) {
	for _, q := range snowflakeQueries(p) {
		for _, t := range q.query.Tables {
			if t.Star != nil {
				f := p.Report(pieceRange(p, q.node, t.Star.Start, t.Star.End), "the query reads every column of %q", t.Name())
				f.Hint = "list the columns that are needed"
				f.Key = t.Name()
			}
		}
	}
}
