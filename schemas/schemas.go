// Package schemas holds pdac's JSON Schemas, all draft-07, so that editors and
// other programs can use them.
package schemas

import _ "embed"

var (
	//go:embed plan.schema.json
	plan string
	//go:embed pdac.schema.json
	config string
	//go:embed history.schema.json
	history string
)

// Plan is the schema of a plan as JSON.
func Plan() string { return plan }

// Config is the schema of pdac.yaml.
func Config() string { return config }

// History is the schema of what pdac history prints as JSON.
func History() string { return history }
