package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// rulePD510 finds unknown tables in queries.
func rulePD510() Rule {
	return Rule{
		ID: "PD510", Name: "sql-table", Severity: Error,
		Doc: Doc{
			What: "A query reads a table whose name doesn't have the format database.public.table or snowflake.account_usage.view, and that the query doesn't define itself. In a saved query, which a person may run in another database, it is a warning.",
			Why:  "A query runs without a current database, so such a table is not found and every run fails. Often the name of a `WITH` clause is misspelled.",
			Bad: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: |
  WITH logins AS (SELECT actor FROM panther_logs.public.okta_systemlog)
  SELECT actor FROM login
`,
			Good: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: |
  WITH logins AS (SELECT actor FROM panther_logs.public.okta_systemlog)
  SELECT actor FROM logins
`,
			Configure: "List tables of other databases in pdac.yaml. A `*` matches any name between two dots:\n\n```yaml\nlint:\n  sql:\n    tables: [acme_warehouse.hr.*]\n```\n\nOnly SQL for Snowflake is checked: in `SnowflakeQuery`, and in `Query` unless `deploy.sql` names another database.",
		},
		Spec: pd510,
	}
}

func pd510(p *SpecPass) {
	for _, q := range snowflakeQueries(p) {
		for _, t := range q.query.Tables {
			if sqlKnownTable(t, p.sqlTables()) {
				continue
			}
			f := p.Report(pieceRange(p, q.node, t.Start, t.End), "table %q doesn't have the format database.public.table", t.Name())
			f.Key = strings.ToLower(t.Name())
			if p.Item.Type == repo.TypeSavedQuery {
				f.Severity = Warning
			}
			near, ok := p.nearest(strings.ToLower(t.Name()), q.query.Names)
			switch {
			case ok:
				f.Hint = "did you mean `" + near + "`, which the query defines?"
			case len(t.Parts) < 3:
				f.Hint = "add the database and schema, such as `panther_logs.public." + t.Parts[len(t.Parts)-1] + "`, or list the table under lint.sql.tables in pdac.yaml"
			default:
				f.Hint = "if the name is correct, list it under lint.sql.tables in pdac.yaml"
			}
		}
	}
}
