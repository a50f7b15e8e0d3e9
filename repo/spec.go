package repo

import (
	"maps"
	"slices"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// Type is the AnalysisType of a spec (source: Panther's documentation).
type Type string

// The types of spec.
const (
	TypeRule            Type = "rule"
	TypeScheduledRule   Type = "scheduled_rule"
	TypePolicy          Type = "policy"
	TypeGlobal          Type = "global"
	TypeDataModel       Type = "datamodel"
	TypeSavedQuery      Type = "saved_query"
	TypeScheduledQuery  Type = "scheduled_query"
	TypeCorrelationRule Type = "correlation_rule"
	TypeLookupTable     Type = "lookup_table"
	TypePack            Type = "pack"
	TypeScheduledPrompt Type = "scheduled_prompt"
)

// idKeys maps each type to the key that contains the id.
var idKeys = map[Type]string{
	TypeRule: "RuleID", TypeScheduledRule: "RuleID", TypeCorrelationRule: "RuleID",
	TypePolicy: "PolicyID", TypeGlobal: "GlobalID", TypeDataModel: "DataModelID",
	TypeSavedQuery: "QueryName", TypeScheduledQuery: "QueryName",
	TypeLookupTable: "LookupName", TypePack: "PackID", TypeScheduledPrompt: "PromptName",
}

// Types returns all types in alphabetical order.
func Types() []string {
	out := make([]string, 0, len(idKeys))
	for t := range idKeys {
		out = append(out, string(t))
	}
	slices.Sort(out)
	return out
}

// idKeyNames returns the keys that contain ids, without duplicates, in
// alphabetical order.
func idKeyNames() []string { return slices.Compact(slices.Sorted(maps.Values(idKeys))) }

// IDKey returns the key of a spec that contains its id, such as "RuleID".
func (t Type) IDKey() string { return idKeys[t] }

// Item is a spec with its Python body. It is not modified after loading.
type Item struct {
	// Path is the slash-separated path of the spec from the repository's root.
	Path string
	Type Type
	// Kind is the kind of entity in Panther's REST API; empty if the API does
	// not support it.
	Kind panther.Kind
	ID   string
	// Status is the spec's Status, such as Experimental.
	Status string
	// Root is the spec's top-level mapping, with positions.
	Root *yaml.Node
	// BodyPath and Body are the Python file named by Filename, or empty. Line
	// ends are LF, without a byte-order mark.
	BodyPath string
	Body     string
	// SQLKey is the key of the SQL that is deployed, for a query with texts for
	// several databases; "" for the first of SQLKeys.
	SQLKey string
	// NoSQL reports whether a query is not deployed because it has no text for the
	// database that texts are chosen for.
	NoSQL bool
	// Excluded reports whether its Status excludes it from deployment.
	Excluded bool
	// Broken reports whether it has an error, so that it can't be deployed.
	Broken bool
}

// Key returns the key of the item's entity.
func (it *Item) Key() panther.Key { return panther.Key{Kind: it.Kind, ID: it.ID} }

// Deployable reports whether the item is compared with Panther.
func (it *Item) Deployable() bool { return it.Kind != "" && !it.Excluded && !it.Broken && !it.NoSQL }

// Position is a position in a file; Line and Column count from 1.
type Position struct{ Line, Column int }

// Pos returns the position of a key, given as a path such as "Schedule",
// "RateMinutes". If the key is missing, it returns that of the parent.
func (it *Item) Pos(keys ...string) Position {
	n := it.Root
	pos := Position{n.Line, n.Column}
	for _, want := range keys {
		ps, err := yamlcore.Pairs(n)
		i := slices.IndexFunc(ps, func(p yamlcore.Pair) bool { return p.Key.Value == want })
		if err != nil || i < 0 {
			return pos
		}
		pos = Position{ps[i].Key.Line, ps[i].Key.Column}
		n = ps[i].Value
	}
	return pos
}

// ValuePos returns the position of a key's value, or of the key if it has none.
func (it *Item) ValuePos(keys ...string) Position {
	n := it.Root
	for _, want := range keys {
		v := yamlcore.Lookup(n, want)
		if v == nil {
			return it.Pos(keys...)
		}
		n = v
	}
	return Position{n.Line, n.Column}
}

// diagnose returns a diagnostic about the item at a position in its spec.
func (it *Item) diagnose(s Severity, pos Position, message string) Diagnostic {
	return Diagnostic{Severity: s, Message: message, Path: it.Path, Line: pos.Line, Column: pos.Column, Kind: string(it.Kind), ID: it.ID}
}

// kindOf returns the kind of a spec's entity, or "" with the reason if it is
// unknown.
func kindOf(t Type, root *yaml.Node) (kind panther.Kind, fault string, at string) {
	has := func(key string) bool {
		v := yamlcore.Lookup(root, key)
		return v != nil && !isNull(v)
	}
	switch t {
	case TypeRule:
		switch {
		case has("BaseDetection"):
			return "", "", ""
		case has("Filename") && has("Detection"):
			return "", `a rule has either "Filename" or "Detection", not both; remove one`, "Detection"
		case has("Filename"):
			return panther.Rule, "", ""
		case has("Detection"):
			return panther.SimpleRule, "", ""
		}
		return "", `the rule has no logic; add "Filename" (Python), "Detection" (a simple rule) or "BaseDetection" (a derived rule)`, "RuleID"
	case TypeScheduledRule:
		return panther.ScheduledRule, "", ""
	case TypeCorrelationRule:
		return panther.CorrelationRule, "", ""
	case TypePolicy:
		return panther.Policy, "", ""
	case TypeGlobal:
		return panther.Global, "", ""
	case TypeDataModel:
		return panther.DataModel, "", ""
	case TypeSavedQuery, TypeScheduledQuery:
		return panther.Query, "", ""
	}
	return "", "", ""
}

func isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	v, err := yamlcore.Scalar(n)
	return err == nil && v == nil
}

// needsBody reports whether a spec of the kind requires a Python file.
func needsBody(k panther.Kind) bool {
	f, ok := k.Field(panther.FieldBody)
	return ok && f.Required
}
