package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD109 finds mutually exclusive keys.
func rulePD109() Rule {
	return Rule{
		ID: "PD109", Name: "exclusive-keys", Severity: Error, Broken: true,
		Doc: Doc{
			What: "A spec has mutually exclusive keys, such as `Filename` and `Detection`, `LogTypes` and `ScheduledQueries`, `Path` and `Method`, or `CronExpression` and `RateMinutes`; or it has a key that this kind of spec doesn't allow.",
			Why:  "Panther rejects the spec, or uses one of the keys and silently ignores the other.",
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
