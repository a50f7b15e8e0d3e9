// Package schemas contains pdac's JSON Schemas, all draft-07, for editors and
// other programs: one for each kind of spec, one for all specs, one for
// pdac.yaml, and one for each JSON output: plans, drift, results, history, lists,
// comparisons, lint findings and coverage.
//
// Each *.schema.json file is self-contained. The schemas of specs are built
// from source/, with a file for each kind and the shared parts in
// definitions.json. "go test ./schemas -update" builds them, and the tests fail
// if they are stale.
//
// In specs, a string may also be written as a number or as true or false,
// because the literal text is used: the 1.10 of a benchmark stays 1.10.
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

// The kinds of spec, by the names of their schemas. Rules have three kinds,
// depending on where their logic is; the others are values of AnalysisType.
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

// SpecKinds returns the kinds of spec that have a schema.
func SpecKinds() []string {
	return []string{
		Rule, SimpleRule, DerivedRule, ScheduledRule, Policy, Global, DataModel, SavedQuery,
		ScheduledQuery, CorrelationRule, LookupTable, Pack, ScheduledPrompt,
	}
}

// Plan returns the schema of a plan as JSON.
func Plan() string { return mustRead("plan") }

// Config returns the schema of pdac.yaml.
func Config() string { return mustRead("pdac") }

// Drift returns the schema of a drift report as JSON.
func Drift() string { return mustRead("drift") }

// Result returns the schema of the result of an apply as JSON.
func Result() string { return mustRead("result") }

// History returns the schema of the output of pdac history as JSON.
func History() string { return mustRead("history") }

// List returns the schema of the output of pdac list as JSON.
func List() string { return mustRead("list") }

// Diff returns the schema of the output of pdac diff as JSON.
func Diff() string { return mustRead("diff") }

// Coverage returns the schema of the output of pdac coverage as JSON.
func Coverage() string { return mustRead("coverage") }

// Lint returns the schema of the output of pdac lint as JSON.
func Lint() string { return mustRead("lint") }

// LintSettings returns the schema of the output of pdac lint --show-settings as JSON.
func LintSettings() string { return mustRead("lint_settings") }

// Test returns the schema of the output of pdac test as JSON.
func Test() string { return mustRead("test") }

// Mutants returns the schema of the output of pdac test --mutate as JSON.
func Mutants() string { return mustRead("mutants") }

// Lines returns the schema of the output of pdac test --coverage as JSON.
func Lines() string { return mustRead("lines") }

// Behaviour returns the schema of the output of pdac test --against as JSON.
func Behaviour() string { return mustRead("behaviour") }

// Corpus returns the schema of the output of pdac test --corpus as JSON.
func Corpus() string { return mustRead("corpus") }

// Tuning returns the schema of the output of pdac tuning as JSON.
func Tuning() string { return mustRead("tuning") }

// AnySpec returns the schema for specs of any kind. It is selected by
// AnalysisType; files without one are always valid.
func AnySpec() string { return mustRead("spec") }

// Spec returns the schema of one kind of spec, or false if the kind is unknown.
func Spec(kind string) (string, bool) {
	if !slices.Contains(SpecKinds(), kind) {
		return "", false
	}
	return mustRead(kind), true
}

// File is a schema for export.
type File struct{ Name, Text string }

// Files returns all schemas, sorted by name.
func Files() []File {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("schemas: %v", err)) // embedded: can't fail
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
		panic(fmt.Sprintf("schemas: %v", err)) // embedded: can't fail
	}
	return string(b)
}
