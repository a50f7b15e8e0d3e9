package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD109 finds keys that can't stand together.
func rulePD109() Rule {
	return Rule{
		ID: "PD109", Name: "exclusive-keys", Severity: Error,
		Doc: Doc{
			What: "Keys stand together that exclude one another, such as `Filename` and `Detection`, `LogTypes` and `ScheduledQueries`, `Path` and `Method`, or `CronExpression` and `RateMinutes`; or a key that this kind of spec can't have.",
			Why:  "Panther refuses the spec, or takes one of the two and ignores the other without a word.",
			Bad: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Enabled: true
Query: SELECT 1
Schedule:
  CronExpression: 0 6 * * *
  RateMinutes: 60
  TimeoutMinutes: 5
`,
			Good: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Enabled: true
Query: SELECT 1
Schedule:
  CronExpression: 0 6 * * *
  TimeoutMinutes: 5
`,
		},
		Spec: pd109,
	}
}

func pd109(p *SpecPass) { reportSchema(p, schemacheck.Exclusive, nil) }
