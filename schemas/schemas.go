// Package schemas holds pdac's JSON Schemas, all draft-07, so that editors and
// other programs can use them: one for every kind of spec, one for all specs
// together, one for a plan, one for findings of lint, and one for pdac.yaml.
//
// The files *.schema.json stand alone: none refers to another. Those for specs
// are put together from source/, where each kind has a file and what several
// share appears once in definitions.json; "go test ./schemas -update" does it,
// and the tests fail where it was forgotten.
//
// In them a text may also be written as a number or as true or false, because
// the text as written counts then: the 1.10 of a benchmark stays 1.10.
package schemas

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed *.schema.json
var files embed.FS

const suffix = ".schema.json"

// The kinds of spec, by the names of their schemas. Rules come in three, by
// what holds their logic; the others are values of AnalysisType.
const (
	Rule            = "rule"
	SimpleRule      = "simple_rule"
	DerivedRule     = "derived_rule"
	ScheduledRule   = "scheduled_rule"
	Policy          = "policy"
	Global          = "global"
	DataModel       = "datamodel"
	SavedQuery      = "saved_query"
	ScheduledQuery  = "scheduled_query"
	CorrelationRule = "correlation_rule"
	LookupTable     = "lookup_table"
	Pack            = "pack"
	ScheduledPrompt = "scheduled_prompt"
)

// SpecKinds lists the kinds of spec that have a schema.
func SpecKinds() []string {
	return []string{
		Rule, SimpleRule, DerivedRule, ScheduledRule, Policy, Global, DataModel, SavedQuery,
		ScheduledQuery, CorrelationRule, LookupTable, Pack, ScheduledPrompt,
	}
}

// Plan is the schema of a plan as JSON.
func Plan() string { return mustRead("plan") }

// Config is the schema of pdac.yaml.
func Config() string { return mustRead("pdac") }

// Drift is the schema of a drift report as JSON.
func Drift() string { return mustRead("drift") }

// Result is the schema of the result of an apply as JSON.
func Result() string { return mustRead("result") }

// History is the schema of what pdac history prints as JSON.
func History() string { return mustRead("history") }

// Coverage is the schema of what pdac coverage prints as JSON.
func Coverage() string { return mustRead("coverage") }

// Lint is the schema of what pdac lint prints as JSON.
func Lint() string { return mustRead("lint") }

// AnySpec is the schema of a spec of any kind. It chooses by AnalysisType, and
// allows everything that has none.
func AnySpec() string { return mustRead("spec") }

// Spec is the schema of one kind of spec; false where there is no such kind.
func Spec(kind string) (string, bool) {
	if !slices.Contains(SpecKinds(), kind) {
		return "", false
	}
	return mustRead(kind), true
}

// File is one schema as it is exported.
type File struct{ Name, Text string }

// Files lists every schema, sorted by name.
func Files() []File {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("schemas: %v", err)) // embedded: can't happen
	}
	out := make([]File, len(entries))
	for i, e := range entries {
		out[i] = File{e.Name(), mustRead(strings.TrimSuffix(e.Name(), suffix))}
	}
	return out
}

func mustRead(name string) string {
	b, err := files.ReadFile(name + suffix)
	if err != nil {
		panic(fmt.Sprintf("schemas: %v", err)) // embedded: can't happen
	}
	return string(b)
}
