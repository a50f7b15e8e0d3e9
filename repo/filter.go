package repo

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// Filter is a condition on a top-level key of specs, such as Severity=High,Critical.
type Filter struct {
	Key string
	// Values are compared without regard to case. "" stands for a key that is missing,
	// null or empty.
	Values []string
	// Not reports whether the key must have none of the values.
	Not bool
}

// Filters are conditions that must all be true. No filters match everything.
type Filters []Filter

// noValue is how a filter names a key without a value.
const noValue = `""`

// ParseFilters parses conditions of the form KEY=VALUE,VALUE or KEY!=VALUE,VALUE; name
// is the flag that has them.
func ParseFilters(name string, texts []string) (Filters, error) {
	var out Filters
	for _, text := range texts {
		key, values, ok := strings.Cut(text, "=")
		key, not := strings.CutSuffix(key, "!")
		key = strings.TrimSpace(key)
		switch {
		case !ok || key == "":
			return nil, fmt.Errorf("%s %q must have the form KEY=VALUE, such as Severity=High,Critical", name, text)
		case strings.TrimSpace(values) == "":
			return nil, fmt.Errorf("%s %q must have the form KEY=VALUE, such as Severity=High,Critical; write '%s=%s' for specs without the key", name, text, key, noValue)
		case !slices.Contains(filterKeys, key):
			return nil, fmt.Errorf("%s %q: specs have no key %q%s", name, text, key, keyAdvice(key))
		}
		f := Filter{Key: key, Not: not}
		for v := range strings.SplitSeq(values, ",") {
			v = strings.TrimSpace(v)
			switch {
			case v == noValue:
				v = ""
			case v == "":
				return nil, fmt.Errorf("%s %q has an empty value; remove a comma, or write %s for specs without the key", name, text, noValue)
			}
			if err := checkValue(key, v); err != nil {
				return nil, fmt.Errorf("%s %q: %w", name, text, err)
			}
			f.Values = append(f.Values, v)
		}
		out = append(out, f)
	}
	return out, nil
}

// keyAdvice suggests a key, or names those that filters are usually about.
func keyAdvice(key string) string {
	if meant := suggest.DidYouMean(key, filterKeys); meant != "" {
		return meant
	}
	return "; use a top-level key such as " + strings.Join(filterKeys[:usualKeys], ", ")
}

// checkValue refuses a value that its key can't have.
func checkValue(key, value string) error {
	legal := FilterValues(key)
	if len(legal) == 0 || value == "" || slices.ContainsFunc(legal, func(l string) bool { return strings.EqualFold(l, value) }) {
		return nil
	}
	return fmt.Errorf("%s can't be %q; use one of %s%s", key, value, strings.Join(legal, ", "), suggest.DidYouMean(value, legal))
}

// FilterKeys returns the keys that filters can have: the top-level keys of specs,
// beginning with the usual ones.
func FilterKeys() []string { return slices.Clone(filterKeys) }

// FilterValues returns the values that a key can have; nil for any.
func FilterValues(key string) []string {
	switch key {
	case "AnalysisType":
		return Types()
	case "Severity":
		out := panther.Severities()
		for i, s := range out {
			out[i] = s[:1] + strings.ToLower(s[1:])
		}
		return out
	case "Enabled", "CreateAlert", "OnlyUseBaseRiskScore", "Private":
		return []string{"true", "false"}
	}
	return nil
}

// usualKeys is how many keys of filterKeys are usual in filters.
const usualKeys = 7

// filterKeys are the top-level keys of specs; TestFilterKeys compares them with the
// schemas.
var filterKeys = []string{
	"AnalysisType", "Enabled", "Severity", "LogTypes", "ResourceTypes", "Tags", "Status",
	"ActionDelaySeconds", "AlertContext", "AlertTitle", "AthenaQuery", "AutoRemediationID", "AutoRemediationParameters", "BaseDetection",
	"BaseVersion", "CreateAlert", "CreatedBy", "DataModelID", "DatabricksQuery", "DedupPeriodMinutes", "Description", "Detection",
	"DisplayName", "DynamicSeverities", "EmailConfig", "Filename", "GlobalID", "GroupBy", "Indicators", "InlineFilters", "LogTypeMap",
	"Lookback", "LookbackWindowSeconds", "LookupName", "Mappings", "OnlyUseBaseRiskScore", "OutputIds", "OutputLength", "PackDefinition",
	"PackID", "PolicyID", "Private", "PromptName", "PromptText", "Query", "QueryName", "Reference", "Refresh", "Reports", "RuleID",
	"RunAsUser", "Runbook", "Schedule", "ScheduledQueries", "Schema", "SnowflakeQuery", "SummaryAttributes", "Suppressions", "Tests",
	"Threshold", "Validations",
}

// String writes the filter so that ParseFilters reads it again.
func (f Filter) String() string {
	values := make([]string, len(f.Values))
	for i, v := range f.Values {
		if values[i] = v; v == "" {
			values[i] = noValue
		}
	}
	op := "="
	if f.Not {
		op = "!="
	}
	return f.Key + op + strings.Join(values, ",")
}

// Texts returns the filters as texts.
func (fs Filters) Texts() []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.String())
	}
	return out
}

// Match reports whether a spec has the values. It is the spec's top-level mapping.
func (fs Filters) Match(root *yaml.Node) bool {
	return fs.all(func(key string) []string { return nodeTexts(yamlcore.Lookup(root, key)) })
}

// MatchEntity reports whether an entity would match if it were written as a spec. Keys
// that only specs have are missing.
func (fs Filters) MatchEntity(e panther.Entity) bool {
	return fs.all(func(key string) []string { return entityTexts(e, key) })
}

// all reports whether all filters are true; texts returns the values of a key, and none
// for a key without a value.
func (fs Filters) all(texts func(key string) []string) bool {
	for _, f := range fs {
		have := texts(f.Key)
		if len(have) == 0 {
			have = []string{""}
		}
		has := slices.ContainsFunc(have, func(v string) bool {
			return slices.ContainsFunc(f.Values, func(w string) bool { return strings.EqualFold(v, w) })
		})
		if has == f.Not {
			return false
		}
	}
	return true
}

// nodeTexts returns the texts of a scalar, of the elements of a list, or of the keys of
// a mapping.
func nodeTexts(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	n = yamlcore.Deref(n)
	var out []string
	add := func(n *yaml.Node) {
		if n = yamlcore.Deref(n); n.Kind == yaml.ScalarNode && n.Value != "" && !isNull(n) {
			out = append(out, n.Value)
		}
	}
	switch n.Kind {
	case yaml.ScalarNode:
		add(n)
	case yaml.SequenceNode:
		for _, c := range n.Content {
			add(c)
		}
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			add(n.Content[i])
		}
	}
	return out
}

// entityTexts is nodeTexts of the key that a spec of the entity would have.
func entityTexts(e panther.Entity, key string) []string {
	switch key {
	case analysisType:
		return []string{string(specType(e))}
	case e.Kind.SpecIDKey():
		return []string{e.ID}
	}
	f, ok := e.Kind.FieldForSpecKey(key)
	if !ok {
		if nested(e.Kind, key) {
			return nestedTexts(e, key)
		}
		return nil
	}
	return ValueTexts(liveValueOf(f, e))
}

// nested reports whether a key is an object of several fields, such as Schedule.
func nested(k panther.Kind, key string) bool {
	return slices.ContainsFunc(k.Fields(), func(f panther.Field) bool { outer, _ := f.Object(); return outer == key })
}

// nestedTexts returns the keys of an object that have a value.
func nestedTexts(e panther.Entity, key string) (out []string) {
	for _, f := range e.Kind.Fields() {
		if outer, _ := f.Object(); outer == key && !f.Empty(e.Fields[f.Name]) {
			_, inner, _ := strings.Cut(f.SpecKey, ".")
			out = append(out, inner)
		}
	}
	return out
}

// liveValueOf returns a field's value as a spec has it.
func liveValueOf(f panther.Field, e panther.Entity) any {
	v := e.Fields[f.Name]
	if b, ok := v.(bool); ok && f.Inverse {
		return !b
	}
	return v
}

// ValueTexts returns a value of the API as texts: the elements of a list, and the keys of
// an object. An empty value has none.
func ValueTexts(v any) (out []string) {
	switch v := v.(type) {
	case nil:
	case string:
		if v != "" {
			out = append(out, v)
		}
	case bool:
		out = append(out, strconv.FormatBool(v))
	case json.Number:
		out = append(out, v.String())
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok && s != "" {
				out = append(out, s)
			}
		}
	case map[string]any:
		out = slices.Sorted(maps.Keys(v))
	default:
		out = append(out, fmt.Sprint(v))
	}
	return out
}
