package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/sqllex"
)

// rulePD511 finds log queries without a time filter.
func rulePD511() Rule {
	return Rule{
		ID: "PD511", Name: "sql-no-time-bound", Severity: Info,
		Doc: Doc{
			What: "A query over a log table has no time filter.",
			Why:  "Every run scans all stored data, which is slow and expensive and returns the same rows again.",
			Bad: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: SELECT actor FROM panther_logs.public.okta_systemlog
`,
			Good: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: SELECT actor FROM panther_logs.public.okta_systemlog WHERE p_occurs_since('1 d')
`,
			Configure: "Queries with templates are not checked.",
		},
		Spec: pd511,
	}
}

// timeWords are the words of time filters: Panther's macros and columns, and
// Snowflake's functions (source: Panther's and Snowflake's documentation).
var timeWords = strings.Fields(`p_occurs_since p_occurs_between p_occurs_around p_occurs_after p_occurs_before
	p_event_time p_parse_time p_schedule_time p_timeline p_current_timestamp current_timestamp current_date sysdate getdate dateadd datediff
	timeadd timestampadd timediff timestampdiff interval date_trunc start_time`)

func pd511(p *SpecPass) {
	for _, q := range snowflakeQueries(p) {
		if q.query.Templated {
			continue
		}
		bound := slices.ContainsFunc(q.query.Tokens, func(t sqllex.Token) bool {
			return t.Kind == sqllex.Word && slices.Contains(timeWords, strings.ToLower(t.Text))
		})
		logs := slices.IndexFunc(q.query.Tables, func(t sqllex.Table) bool {
			return strings.HasPrefix(strings.ToLower(t.Name()), "panther_") && !strings.HasPrefix(strings.ToLower(t.Name()), "panther_lookups.")
		})
		if !bound && logs >= 0 {
			t := q.query.Tables[logs]
			p.Report(pieceRange(p, q.node, t.Start, t.End), "the query reads %q without a time filter", t.Name()).Hint = "add a time filter, such as `WHERE p_occurs_since('1 d')`"
		}
	}
}
