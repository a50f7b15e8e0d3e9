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

// idKeys names, for every type, the key that holds the id.
var idKeys = map[Type]string{
	TypeRule: "RuleID", TypeScheduledRule: "RuleID", TypeCorrelationRule: "RuleID",
	TypePolicy: "PolicyID", TypeGlobal: "GlobalID", TypeDataModel: "DataModelID",
	TypeSavedQuery: "QueryName", TypeScheduledQuery: "QueryName",
	TypeLookupTable: "LookupName", TypePack: "PackID", TypeScheduledPrompt: "PromptName",
}

// Types lists every type in alphabetical order.
func Types() []string {
	out := make([]string, 0, len(idKeys))
	for t := range idKeys {
		out = append(out, string(t))
	}
	slices.Sort(out)
	return out
}

// idKeyNames lists the keys that hold ids, each once, in alphabetical order.
func idKeyNames() []string { return slices.Compact(slices.Sorted(maps.Values(idKeys))) }

// IDKey is the key of a spec that holds its id, such as "RuleID".
func (t Type) IDKey() string { return idKeys[t] }

// Item is one spec with its Python body. It isn't changed after loading.
type Item struct {
	// Path is the spec's file, slash-separated, from the repository's root.
	Path string
	Type Type
	// Kind is the kind of entity it becomes in Panther's REST API; empty where
	// the API has no place for it.
	Kind panther.Kind
	ID   string
	// Status is the spec's Status, such as Experimental.
	Status string
	// Root is the spec's top mapping, with the positions of everything in it.
	Root *yaml.Node
	// BodyPath and Body are the Python file that Filename names; empty where
	// the spec has none. Line ends are LF and there is no byte-order mark.
	BodyPath string
	Body     string
	// Excluded says that its Status keeps it from being deployed.
	Excluded bool
	// Broken says that it has an error, so that it can't be deployed.
	Broken bool
}

// Key names the entity that the item becomes.
func (it *Item) Key() panther.Key { return panther.Key{Kind: it.Kind, ID: it.ID} }

// Deployable tells whether the item is to be held against Panther.
func (it *Item) Deployable() bool { return it.Kind != "" && !it.Excluded && !it.Broken }

// Position is where a key stands; Line and Column count from 1.
type Position struct{ Line, Column int }

// Pos gives where a key of the spec stands; keys lead inwards, such as
// "Schedule", "RateMinutes". A key that isn't there gives its parent's place.
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

// ValuePos gives where the value of a key stands, or the key where there is none.
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

// diagnose makes a diagnostic about the item at a position of its spec.
func (it *Item) diagnose(s Severity, pos Position, message string) Diagnostic {
	return Diagnostic{Severity: s, Message: message, Path: it.Path, Line: pos.Line, Column: pos.Column, Kind: string(it.Kind), ID: it.ID}
}

// kindOf finds the kind of entity that a spec becomes, or "" with the reason
// where it can't be told.
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
			return "", `a rule has either "Filename" or "Detection", not both; take one out`, "Detection"
		case has("Filename"):
			return panther.Rule, "", ""
		case has("Detection"):
			return panther.SimpleRule, "", ""
		}
		return "", `the rule has no logic; give it "Filename" (Python), "Detection" (a simple rule) or "BaseDetection" (a derived rule)`, "RuleID"
	case TypeScheduledRule:
		return panther.ScheduledRule, "", ""
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

// needsBody tells whether a spec of the kind can't do without its Python file.
func needsBody(k panther.Kind) bool {
	f, ok := k.Field(panther.FieldBody)
	return ok && f.Required
}
