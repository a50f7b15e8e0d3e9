// Package schemas holds pdac's JSON Schemas, all draft-07, so that editors and
// other programs can use them.
package schemas

import _ "embed"

var (
	//go:embed plan.schema.json
	plan string
	//go:embed drift.schema.json
	drift string
	//go:embed result.schema.json
	result string
	//go:embed pdac.schema.json
	config string
)

// Plan is the schema of a plan as JSON.
func Plan() string { return plan }

// Drift is the schema of a drift report as JSON.
func Drift() string { return drift }

// Result is the schema of the result of an apply as JSON.
func Result() string { return result }

// Config is the schema of pdac.yaml.
func Config() string { return config }
