package repo

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
)

// keyPlace is a key's row in an order of keys.
type keyPlace struct {
	key string
	// free lists later keys that it may also follow. With anyPlace, it may be anywhere.
	free string
}

// anyPlace marks a key that fewer than five public specs have.
const anyPlace = "*"

// order is the conventional order of the keys of a mapping.
//
// The orders were measured in Panther's public repository of 1,322 specs, pair by
// pair: for each two keys that a spec has, which comes first. The rows are in the
// order that disagrees with the fewest pairs. If more than one in ten of the specs
// with two keys have them the other way round, the pair is free: Format doesn't
// change it. So are pairs in fewer than three specs. TestOrderIsMeasured measures
// them again.
type order []keyPlace

var (
	ruleOrder = order{
		{"AnalysisType", ""},
		{"Filename", "RuleID DisplayName Enabled Status Description Detection"},
		{"RuleID", "DisplayName Enabled LogTypes Severity Description Reference DedupPeriodMinutes InlineFilters Tests"},
		{"BaseDetection", anyPlace},
		{"DisplayName", "Description"},
		{"Enabled", "Description"},
		{"Status", "LogTypes CreateAlert ScheduledQueries Tags Severity Reports Description Detection"},
		{"LogTypes", "CreateAlert ScheduledQueries Severity Reports Description Runbook Reference DedupPeriodMinutes Detection Tests"},
		{"CreateAlert", "Tags Severity Reports Description Reference DedupPeriodMinutes InlineFilters Detection"},
		{"ScheduledQueries", "Tags Severity Reports Description Runbook Reference DedupPeriodMinutes Threshold InlineFilters Detection Tests"},
		{"Tags", "Severity Reports Description Runbook Reference DedupPeriodMinutes Threshold Detection"},
		{"Severity", "Reports Description Runbook Reference DedupPeriodMinutes"},
		{"Reports", "Description Runbook Reference DedupPeriodMinutes Threshold InlineFilters"},
		{"Description", "DedupPeriodMinutes Threshold"},
		{"Runbook", "Reference DedupPeriodMinutes Threshold"},
		{"Reference", "DedupPeriodMinutes Threshold"},
		{"OutputIds", anyPlace},
		{"DedupPeriodMinutes", "Threshold Detection Tests"},
		{"Threshold", "SummaryAttributes Detection Tests"},
		{"Detection", "SummaryAttributes InlineFilters"},
		{"SummaryAttributes", "InlineFilters"},
		{"InlineFilters", ""},
		{"AlertTitle", anyPlace},
		{"AlertContext", anyPlace},
		{"GroupBy", anyPlace},
		{"DynamicSeverities", anyPlace},
		{"Tests", ""},
	}
	policyOrder = order{
		{"AnalysisType", ""}, {"Filename", ""}, {"PolicyID", ""}, {"DisplayName", ""}, {"Enabled", ""},
		{"Status", anyPlace}, {"ResourceTypes", ""}, {"Tags", ""}, {"Reports", ""}, {"Severity", ""},
		{"Description", ""}, {"Runbook", ""}, {"Reference", ""}, {"OutputIds", anyPlace}, {"Suppressions", anyPlace},
		{"Tests", ""},
	}
	globalOrder    = order{{"AnalysisType", ""}, {"Filename", ""}, {"GlobalID", ""}, {"Description", ""}, {"Tags", anyPlace}}
	dataModelOrder = order{
		{"AnalysisType", ""}, {"LogTypes", "Filename"}, {"DataModelID", ""}, {"DisplayName", ""}, {"Filename", "Enabled"},
		{"Enabled", ""}, {"Description", anyPlace}, {"Mappings", ""},
	}
	queryOrder = order{
		{"AnalysisType", ""}, {"QueryName", "Enabled Description Query"}, {"Enabled", "Description"}, {"Description", "Tags"},
		{"Tags", "Query Schedule"}, {"Query", ""}, {"SnowflakeQuery", anyPlace}, {"DatabricksQuery", anyPlace},
		{"AthenaQuery", anyPlace}, {"Schedule", ""}, {"EmailConfig", anyPlace},
	}
	packOrder = order{
		{"AnalysisType", ""}, {"PackID", ""}, {"Description", "DisplayName"}, {"PackDefinition", "DisplayName"}, {"DisplayName", ""},
	}
	lookupOrder = order{
		{"AnalysisType", ""}, {"LookupName", ""}, {"Schema", "Refresh Description Reference Enabled"}, {"Refresh", "Description Enabled"},
		{"Description", "Enabled"}, {"Reference", "Enabled"}, {"Enabled", ""}, {"LogTypeMap", ""},
	}
	promptOrder = order{{"AnalysisType", ""}, {"PromptName", ""}}
	// testOrder is the order in an element of Tests.
	testOrder = order{
		{"Name", "ExpectedResult Log"}, {"LogType", "Mocks RuleOutputs Resource"}, {"ExpectedResult", ""}, {"Mocks", "RuleOutputs"},
		{"RuleOutputs", "Resource Log"}, {"Resource", "Log"}, {"Log", ""},
	}
)

// keys returns the keys in order, with those that may be anywhere.
func (o order) keys() []string {
	out := make([]string, len(o))
	for i, p := range o {
		out[i] = p.key
	}
	return out
}

// row returns the row of a key that has a place, or -1.
func (o order) row(key string) int {
	return slices.IndexFunc(o, func(p keyPlace) bool { return p.key == key && p.free != anyPlace })
}

// before reports whether the key of row i must come before that of row j.
func (o order) before(i, j int) bool {
	return i < j && !slices.Contains(strings.Fields(o[i].free), o[j].key)
}

// group is a key that has a place, and the keys behind it that have none.
type group struct {
	row  int
	keys []string
}

// arrange returns keys in an order that keeps every rule, and otherwise the order
// that they have. Keys without a place stay behind the key before them.
func (o order) arrange(keys []string) []string {
	groups := []group{{row: -1}} // the first one, without a row, stays first
	for _, k := range keys {
		if row := o.row(k); row >= 0 {
			groups = append(groups, group{row: row})
		}
		last := &groups[len(groups)-1]
		last.keys = append(last.keys, k)
	}
	out := groups[0].keys
	rest := groups[1:]
	for len(rest) > 0 {
		// There is one: the rules follow the rows, so nothing comes before the
		// group with the first row.
		i := slices.IndexFunc(rest, func(g group) bool {
			return !slices.ContainsFunc(rest, func(other group) bool { return o.before(other.row, g.row) })
		})
		out = append(out, rest[i].keys...)
		rest = slices.Delete(rest, i, i+1)
	}
	return out
}

// orderOf returns the order of the keys of a spec.
func orderOf(it *Item) order {
	switch {
	case it.Kind != "":
		return orderOfKind(it.Kind)
	case it.Type == TypePack:
		return packOrder
	case it.Type == TypeLookupTable:
		return lookupOrder
	case it.Type == TypeScheduledPrompt:
		return promptOrder
	}
	return ruleOrder
}

func orderOfKind(k panther.Kind) order {
	switch k {
	case panther.DataModel:
		return dataModelOrder
	case panther.Global:
		return globalOrder
	case panther.Query:
		return queryOrder
	case panther.Policy:
		return policyOrder
	}
	return ruleOrder
}

// keyOrder returns the order of keys in which specs of a kind are written.
func keyOrder(k panther.Kind) []string { return orderOfKind(k).keys() }

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
