package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
)

// rulePD510 finds tables that queries can't read.
func rulePD510() Rule {
	return Rule{
		ID: "PD510", Name: "sql-table", Severity: Error,
		Doc: Doc{
			What: "A query reads a table whose name is neither database.public.table nor snowflake.account_usage.view, and which the query doesn't define itself.",
			Why:  "A query runs without a current database, so that such a table isn't found and the query fails each time; often the name of a `WITH` is misspelt.",
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
			Configure: "Tables of other databases are named in pdac.yaml, a `*` standing for anything between dots:\n\n```yaml\nlint:\n  sql:\n    tables: [acme_warehouse.hr.*]\n```\n\nOnly `Query` and `SnowflakeQuery` are looked at, and only SQL.",
		},
		Spec: pd510,
	}
}

func pd510(p *SpecPass) {
	for _, q := range sqlQueries(p) {
		if q.query == nil {
			continue
		}
		for _, t := range q.query.Tables {
			if sqlKnownTable(t, p.sqlTables()) {
				continue
			}
			f := p.Report(pieceRange(p, q.node, t.Start, t.End), "table %q is not of the form database.public.table", t.Name())
			f.Key = strings.ToLower(t.Name())
			near, ok := suggest.Nearest(strings.ToLower(t.Name()), q.query.Names)
			switch {
			case ok:
				f.Hint = "did you mean `" + near + "`, which the query defines?"
			case len(t.Parts) < 3:
				f.Hint = "write its database and schema, such as `panther_logs.public." + t.Parts[len(t.Parts)-1] + "`, or name it in lint.sql.tables of pdac.yaml"
			default:
				f.Hint = "if it is right, name it in lint.sql.tables of pdac.yaml"
			}
		}
	}
}
