package panther

import "strings"

// Type is the type of a field. It determines how a field is read, shown and
// compared.
type Type int

// The types of fields.
const (
	// Bool is true or false.
	Bool Type = iota
	// Integer is a whole number. 0 means the default, like an absent value.
	Integer
	// Text is free text.
	Text
	// Lines is text that is shown and compared line by line, such as Python.
	Lines
	// Enum is a fixed set of words: "High" in specs, "HIGH" in the API.
	Enum
	// Set is a list of strings in which order and duplicates do not matter.
	Set
	// SetMap maps names to sets.
	SetMap
	// YAML is a string with YAML content, compared by meaning.
	YAML
	// Tests is the ordered list of unit tests. Each event is a JSON string in
	// "resource", compared by meaning.
	Tests
	// RuleOutputTests is the ordered list of a correlation rule's unit tests. Each
	// has the outputs of rules in place of an event.
	RuleOutputTests
	// Mappings is a data model's list of mappings, compared by name.
	Mappings
)

// Field is a row of the field table: where a value is in a spec and in the API,
// and how two values are compared.
type Field struct {
	// Name is the API field. A dot descends into an object ("schedule.cron").
	Name string
	// SpecKey is the key in a spec. It is empty for the Python body, which is
	// in the file named by Filename.
	SpecKey string
	Type    Type
	// Default is the value that Panther uses if the field is absent; nil for
	// none.
	Default any
	// KeepsLive leaves the field to Panther if the spec lacks the key: it is
	// not compared, and updates send back the live value.
	KeepsLive bool
	// Since is the year of Panther's API description that has the field first; 0
	// for a field that all deployments have. A newer field is compared only if
	// the live entity Shows it.
	Since int
	// Unsent marks a field that is not sent if the spec does not set it, not
	// even to restore the default.
	Unsent bool
	// Inverse marks a boolean with the opposite meaning in the spec.
	Inverse bool
	// Required says that Panther refuses an entity without the field.
	Required bool
	// Switch marks the boolean that turns the entity on and off. A new spec
	// always has it.
	Switch bool
	// Reads marks a set of what the entity reads: log types, resource types or
	// queries.
	Reads bool
	// Refers is the kind of the entities that a set names; empty for none.
	Refers Kind
}

// NewestYear returns the year of the newest field.
func NewestYear() int {
	year := 0
	for _, in := range infos {
		for _, f := range in.fields {
			year = max(year, f.Since)
		}
	}
	return year
}

// Optional reports whether only newer deployments have the field.
func (f Field) Optional() bool { return f.Since != 0 }

// Object returns the object that the field is a part of, such as a query's
// schedule: its key in a spec and its name in the API; "" for none.
func (f Field) Object() (specKey, name string) {
	name, _, nested := strings.Cut(f.Name, ".")
	if !nested {
		return "", ""
	}
	specKey, _, _ = strings.Cut(f.SpecKey, ".")
	return specKey, name
}

// InSchedule reports whether the field is a part of a query's schedule, which is
// one object in the API and one mapping in the spec.
func (f Field) InSchedule() bool { return strings.HasPrefix(f.Name, schedulePrefix) }

// Severities returns the severities of the API, lowest first.
func Severities() []string { return []string{"INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"} }

type info struct {
	collection, specID string
	phase              int
	runsTests          bool
	// managed says that PUT accepts "managed", so a live value is sent back.
	managed bool
	// made lists the fields of the kind that Panther sets, besides serverMade.
	made   []string
	fields []Field
	byName map[string]Field
	// family is the kinds with the same specID.
	family []Kind
}

// The API names of the fields that mean more than the table says: the Python
// body, which has a file of its own and imports globals; the SQL of a query,
// which may be under any of SQLKeys; whether an entity is enabled, and for which
// log types or resource types; its severity; the YAML of a simple or correlation
// rule, which names the rules that the latter combines.
const (
	FieldBody          = "body"
	FieldSQL           = "sql"
	FieldEnabled       = "enabled"
	FieldLogTypes      = "logTypes"
	FieldResourceTypes = "resourceTypes"
	FieldSeverity      = "severity"
	FieldDetection     = "detection"
)

const (
	schedulePrefix = "schedule."
	scheduleCron   = schedulePrefix + "cron"
	scheduleRate   = schedulePrefix + "rateMinutes"
)

var (
	enabled     = Field{Name: FieldEnabled, SpecKey: "Enabled", Type: Bool, KeepsLive: true, Switch: true}
	displayName = Field{Name: "displayName", SpecKey: "DisplayName", Type: Text}
	description = Field{Name: "description", SpecKey: "Description", Type: Text}
	runbook     = Field{Name: "runbook", SpecKey: "Runbook", Type: Text}
	reference   = Field{Name: "reference", SpecKey: "Reference", Type: Text, Since: 2026}
	body        = Field{Name: FieldBody, Type: Lines, Required: true}
	severity    = Field{Name: FieldSeverity, SpecKey: "Severity", Type: Enum, Required: true}
	logTypes    = Field{Name: FieldLogTypes, SpecKey: "LogTypes", Type: Set, Reads: true}
	tags        = Field{Name: "tags", SpecKey: "Tags", Type: Set}
	outputIDs   = Field{Name: "outputIDs", SpecKey: "OutputIds", Type: Set}
	summaryAttr = Field{Name: "summaryAttributes", SpecKey: "SummaryAttributes", Type: Set}
	reports     = Field{Name: "reports", SpecKey: "Reports", Type: SetMap}
	dedup       = Field{Name: "dedupPeriodMinutes", SpecKey: "DedupPeriodMinutes", Type: Integer, Default: int64(60)}
	threshold   = Field{Name: "threshold", SpecKey: "Threshold", Type: Integer, Default: int64(1)}
	createAlert = Field{Name: "createAlert", SpecKey: "CreateAlert", Type: Bool, Default: true, Since: 2025, Unsent: true}
	tests       = Field{Name: "tests", SpecKey: "Tests", Type: Tests}
	detection   = Field{Name: FieldDetection, SpecKey: "Detection", Type: YAML, Required: true}
	filters     = Field{Name: "inlineFilters", SpecKey: "InlineFilters", Type: YAML, KeepsLive: true}
)

// infos is the only field table (source: Panther's API description and its
// documentation of spec files). Decoding, requests, comparisons and views are
// all driven by it.
var infos = build(map[Kind]info{
	Rule: {collection: "/rules", specID: "RuleID", phase: 2, runsTests: true, managed: true, fields: []Field{
		enabled, displayName, severity, logTypes, description, runbook, reference, tags, reports, outputIDs,
		summaryAttr, dedup, threshold, createAlert, filters, tests, body,
	}},
	SimpleRule: {collection: "/simple-rules", specID: "RuleID", phase: 2, runsTests: true, managed: true, fields: []Field{
		enabled, displayName, severity, logTypes, description, runbook, reference, tags, reports, outputIDs,
		summaryAttr, dedup, threshold, createAlert, filters, detection,
		{Name: "alertTitle", SpecKey: "AlertTitle", Type: YAML},
		{Name: "alertContext", SpecKey: "AlertContext", Type: YAML},
		{Name: "groupBy", SpecKey: "GroupBy", Type: YAML},
		{Name: "dynamicSeverities", SpecKey: "DynamicSeverities", Type: YAML},
		tests,
	}},
	ScheduledRule: {collection: "/scheduled-rules", specID: "RuleID", phase: 2, runsTests: true, managed: true, fields: []Field{
		enabled, displayName, severity,
		{Name: "scheduledQueries", SpecKey: "ScheduledQueries", Type: Set, Reads: true, Refers: Query},
		description, runbook, reference, tags, reports, outputIDs, summaryAttr, dedup, threshold, createAlert, tests, body,
	}},
	CorrelationRule: {collection: "/correlation-rules", specID: "RuleID", phase: LastPhase, runsTests: true, made: []string{"logTypes", "correlationRuleReferenceIds"}, fields: []Field{
		enabled, displayName, severity, description, runbook, reference, tags, reports, outputIDs, summaryAttr, dedup, threshold, createAlert, detection,
		{Name: "tests", SpecKey: "Tests", Type: RuleOutputTests},
	}},
	Policy: {collection: "/policies", specID: "PolicyID", phase: 2, runsTests: true, managed: true, fields: []Field{
		enabled, displayName, severity,
		{Name: FieldResourceTypes, SpecKey: "ResourceTypes", Type: Set, Reads: true},
		description, reference, tags, reports, outputIDs,
		{Name: "suppressions", SpecKey: "Suppressions", Type: Set},
		tests, body,
	}},
	Global: {collection: "/globals", specID: "GlobalID", fields: []Field{description, tags, body}},
	DataModel: {collection: "/data-models", specID: "DataModelID", phase: 1, fields: []Field{
		enabled, displayName, description, logTypes,
		{Name: "mappings", SpecKey: "Mappings", Type: Mappings},
		{Name: FieldBody, Type: Lines},
	}},
	Query: {collection: "/queries", specID: "QueryName", phase: 1, fields: []Field{
		description,
		{Name: schedulePrefix + "disabled", SpecKey: "Enabled", Type: Bool, Default: false, KeepsLive: true, Inverse: true, Switch: true},
		{Name: scheduleCron, SpecKey: "Schedule.CronExpression", Type: Text},
		{Name: scheduleRate, SpecKey: "Schedule.RateMinutes", Type: Integer, Default: int64(0)},
		{Name: schedulePrefix + "timeoutMinutes", SpecKey: "Schedule.TimeoutMinutes", Type: Integer, Default: int64(0)},
		{Name: "emailConfig.recipients", SpecKey: "EmailConfig.Recipients", Type: Set, Since: 2026},
		{Name: "emailConfig.sendEmpty", SpecKey: "EmailConfig.SendEmpty", Type: Bool, Default: false, Since: 2026},
		{Name: "emailConfig.preferAttachment", SpecKey: "EmailConfig.PreferAttachment", Type: Bool, Default: false, Since: 2026},
		{Name: FieldSQL, SpecKey: "Query", Type: Lines, Required: true},
	}},
})

func build(all map[Kind]info) map[Kind]info {
	for k, in := range all {
		in.byName = make(map[string]Field, len(in.fields))
		for _, f := range in.fields {
			in.byName[f.Name] = f
		}
		for _, other := range Kinds() {
			if all[other].specID == in.specID {
				in.family = append(in.family, other)
			}
		}
		all[k] = in
	}
	return all
}

// SQLKeys returns the keys that may contain a query's SQL, in order of
// precedence.
func SQLKeys() []string {
	return []string{"SnowflakeQuery", AnySQLKey, "DatabricksQuery", "AthenaQuery"}
}

// AnySQLKey is the key of SQL that is not written for one database.
const AnySQLKey = "Query"

// SQLDialects returns the databases that a spec can have SQL for.
func SQLDialects() []string { return []string{"snowflake", "athena", "databricks"} }

// SQLKey returns the key of the SQL for a database of SQLDialects.
func SQLKey(dialect string) string {
	return map[string]string{"snowflake": "SnowflakeQuery", "athena": "AthenaQuery", "databricks": "DatabricksQuery"}[dialect]
}

// serverMade lists the fields that Panther sets itself, for all kinds. They are never compared
// or sent (source: Panther's API description).
var serverMade = map[string]bool{
	"id": true, "createdAt": true, "lastModified": true, "updatedAt": true, "createdBy": true,
	"createdByExternal": true, "managed": true, "pythonBody": true, "lastModifiedBy": true, "updatedBy": true,
}
