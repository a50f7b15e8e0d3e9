package repo

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
)

// The conventional order of keys, as in most public specs: what it is, what it
// reads, what it means, how it alerts, how it is tested.
var (
	detectionOrder = []string{
		"Status", "CreateAlert", "LogTypes", "ScheduledQueries", "ResourceTypes", "Tags", "Reports", "Severity",
		"Description", "Runbook", "Reference", "OutputIds", "DedupPeriodMinutes", "Threshold", "Suppressions",
		"SummaryAttributes", "InlineFilters", "Detection", "AlertTitle", "AlertContext", "GroupBy", "DynamicSeverities", "Tests",
	}
	dataModelOrder = []string{analysisType, "LogTypes", "DataModelID", "DisplayName", "Filename", "Enabled", "Description", "Mappings"}
	globalOrder    = []string{analysisType, "Filename", "GlobalID", "Description", "Tags"}
	queryOrder     = []string{analysisType, "QueryName", "Enabled", "Tags", "Description", "Query", "SnowflakeQuery", "DatabricksQuery", "AthenaQuery", "Schedule", "EmailConfig"}
)

// objectKeys lists the keys inside an object of a query's spec, such as Schedule,
// in the order of the field table.
func objectKeys(object string) []string {
	var out []string
	for _, f := range panther.Query.Fields() {
		if key, ok := strings.CutPrefix(f.SpecKey, object+"."); ok {
			out = append(out, key)
		}
	}
	return out
}

// keyOrder returns the default order of a spec's keys.
func keyOrder(k panther.Kind) []string {
	switch k {
	case panther.DataModel:
		return dataModelOrder
	case panther.Global:
		return globalOrder
	case panther.Query:
		return queryOrder
	}
	return slices.Concat([]string{analysisType, "Filename", k.SpecIDKey(), "DisplayName", "Enabled"}, detectionOrder)
}
