package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

// Collection is one of the eight collections of content, with the name it has in the API's paths.
type Collection string

// The content collections of Panther's REST API.
const (
	Rules            Collection = "rules"
	SimpleRules      Collection = "simple-rules"
	ScheduledRules   Collection = "scheduled-rules"
	CorrelationRules Collection = "correlation-rules"
	Policies         Collection = "policies"
	Globals          Collection = "globals"
	DataModels       Collection = "data-models"
	Queries          Collection = "queries"
)

// Collections returns all eight, in the order of the constants.
func Collections() []Collection {
	return []Collection{Rules, SimpleRules, ScheduledRules, CorrelationRules, Policies, Globals, DataModels, Queries}
}

// shape is the type of a field, which determines which representations of a value are equivalent.
type shape int

const (
	plainText shape = iota
	yamlText
	flag
	whole // an integer
	textSet
	reportMap
	unitTests
	outputTests // unit tests of correlation rules
	mappingList
	querySchedule
	queryMail
)

// field is a field that a client may set. A field without a default is empty if it is not sent.
type field struct {
	name  string
	shape shape
	def   any
	// since is the era that has the field first, if not all have it.
	since Era
	// kept is never returned as null or omitted, because an item is invalid without it.
	kept bool
}

// kind is the definition of one collection.
type kind struct {
	collection Collection
	singular   string
	fields     []field
	since      Era      // the era that has the collection first
	made       []string // fields that the server sets; it ignores what a client sends for them
	tests      bool
	bodyID     bool // the id is also in a request's body
	generated  bool // the server generates the id
	wrapPut    bool // PUT answers {data: …}
	modified   string
	read       need
	write      need
	byCreator  bool
	// reportsChanger says that answers name who changed the entity last.
	reportsChanger bool
	// sharesIDs says that no id may be in two collections with this mark.
	sharesIDs bool
}

func (k *kind) field(name string) (field, bool) {
	i, ok := slices.BinarySearchFunc(k.fields, name, func(f field, name string) int {
		return strings.Compare(f.name, name)
	})
	if !ok {
		return field{}, false
	}
	return k.fields[i], true
}

func (k *kind) isMade(name string) bool { return slices.Contains(k.made, name) }

// kinds returns a new table for each server, so that servers share nothing.
func kinds() map[Collection]*kind {
	detection := []field{
		{name: "description"}, {name: "displayName"}, {name: "enabled", shape: flag, def: false, kept: true},
		{name: "managed", shape: flag, def: false, kept: true}, {name: "outputIDs", shape: textSet},
		{name: "reference", since: Era2026}, {name: "reports", shape: reportMap}, {name: "severity", kept: true}, {name: "tags", shape: textSet},
		{name: "tests", shape: unitTests},
	}
	alerting := append(slices.Clone(detection),
		field{name: "createAlert", shape: flag, def: true, kept: true, since: Era2025},
		field{name: "dedupPeriodMinutes", shape: whole, def: json.Number("60"), kept: true},
		field{name: "runbook"}, field{name: "summaryAttributes", shape: textSet},
		field{name: "threshold", shape: whole, def: json.Number("1"), kept: true},
	)
	body := field{name: "body", kept: true}
	made := []string{"createdAt", "createdBy", "createdByExternal", "lastModified", "lastModifiedBy"}
	all := []*kind{
		{collection: Rules, singular: "rule", sharesIDs: true, made: made, tests: true, bodyID: true, byCreator: true,
			read: need{RuleRead}, write: need{RuleModify},
			fields: append(slices.Clone(alerting), body, field{name: "inlineFilters", shape: yamlText},
				field{name: "logTypes", shape: textSet})},
		{collection: SimpleRules, singular: "simple rule", sharesIDs: true, tests: true, bodyID: true, byCreator: true,
			made: append(slices.Clone(made), "pythonBody"), read: need{RuleRead}, write: need{RuleModify},
			fields: append(slices.Clone(alerting), field{name: "detection", shape: yamlText, kept: true},
				field{name: "alertContext", shape: yamlText}, field{name: "alertTitle", shape: yamlText},
				field{name: "dynamicSeverities", shape: yamlText}, field{name: "groupBy", shape: yamlText},
				field{name: "inlineFilters", shape: yamlText}, field{name: "logTypes", shape: textSet})},
		{collection: ScheduledRules, singular: "scheduled rule", sharesIDs: true, made: made, tests: true, bodyID: true, byCreator: true,
			read: need{RuleRead}, write: need{RuleModify},
			fields: append(slices.Clone(alerting), body, field{name: "scheduledQueries", shape: textSet})},
		{collection: CorrelationRules, sharesIDs: true, singular: "correlation rule", tests: true, bodyID: true, byCreator: true, reportsChanger: true, since: Era2026,
			made: append(slices.Clone(made), "correlationRuleReferenceIds", "logTypes", "managed"), read: need{RuleRead}, write: need{RuleModify},
			fields: append(slices.DeleteFunc(slices.Clone(alerting), func(f field) bool { return f.name == "tests" || f.name == "managed" }),
				field{name: "detection", shape: yamlText, kept: true}, field{name: "tests", shape: outputTests})},
		{collection: Policies, singular: "policy", made: made, tests: true, bodyID: true, byCreator: true,
			read: need{PolicyRead}, write: need{PolicyModify},
			fields: append(slices.Clone(detection), body, field{name: "resourceTypes", shape: textSet},
				field{name: "suppressions", shape: textSet})},
		{collection: Globals, singular: "global", made: []string{"createdAt", "lastModified"}, wrapPut: true,
			read: need{RuleRead, PolicyRead}, write: need{RuleModify, PolicyModify},
			fields: []field{body, {name: "description"}, {name: "tags", shape: textSet}}},
		{collection: DataModels, singular: "data model", made: []string{"createdAt", "lastModified"}, bodyID: true,
			read: need{LogSourceRead}, write: need{LogSourceModify},
			fields: []field{{name: "body"}, {name: "description"}, {name: "displayName"},
				{name: "enabled", shape: flag, def: false, kept: true}, {name: "logTypes", shape: textSet},
				{name: "mappings", shape: mappingList}}},
		{collection: Queries, singular: "query", made: []string{"createdAt", "id", "managed", "updatedAt"}, generated: true,
			modified: "updatedAt", read: need{DataAnalyticsRead}, write: need{DataAnalyticsModify},
			fields: []field{{name: "description"}, {name: "emailConfig", shape: queryMail, since: Era2026},
				{name: "name", kept: true}, {name: "schedule", shape: querySchedule},
				{name: "sql", kept: true}}},
	}
	out := make(map[Collection]*kind, len(all))
	for _, k := range all {
		slices.SortFunc(k.fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
		if k.modified == "" {
			k.modified = "lastModified"
		}
		out[k.collection] = k
	}
	return out
}
