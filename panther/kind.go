package panther

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is one of the seven kinds of entity that Panther's REST API holds.
type Kind string

// The kinds, by the names that plans, flags and docs use.
const (
	Rule          Kind = "rule"
	SimpleRule    Kind = "simple_rule"
	ScheduledRule Kind = "scheduled_rule"
	Policy        Kind = "policy"
	Global        Kind = "global"
	DataModel     Kind = "data_model"
	Query         Kind = "query"
)

// Kinds lists every kind, in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Global, DataModel, Query, Rule, SimpleRule, ScheduledRule, Policy}
}

// ParseKind reads a kind's name; the error lists the legal ones.
func ParseKind(s string) (Kind, error) {
	if k := Kind(s); slices.Contains(Kinds(), k) {
		return k, nil
	}
	names := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return "", fmt.Errorf("unknown kind %q; use one of %s", s, strings.Join(names, ", "))
}

// Collection is the kind's path in the REST API (source: Panther's API
// description).
func (k Kind) Collection() string { return infos[k].collection }

// SpecIDKey is the key of a spec that names the entity, such as "RuleID".
func (k Kind) SpecIDKey() string { return infos[k].specID }

// RunsTests tells whether Panther runs unit tests before it saves this kind.
func (k Kind) RunsTests() bool { return infos[k].runsTests }

// ServerID tells whether Panther makes the id itself, so that the name is the
// key (queries).
func (k Kind) ServerID() bool { return k == Query }

// Phase is the kind's place in a deployment: what has a lower phase goes first.
// Globals are imported by everything; data models and queries are used by rules.
func (k Kind) Phase() int { return infos[k].phase }

// Fields is the kind's field table, in the order in which fields are shown.
// The slice is shared: don't change it.
func (k Kind) Fields() []Field { return infos[k].fields }

// Field finds a field by its API name.
func (k Kind) Field(name string) (Field, bool) {
	f, ok := infos[k].byName[name]
	return f, ok
}

// FieldForSpecKey finds the field that a top-level key of a spec fills. Keys
// inside Schedule are written "Schedule.RateMinutes".
func (k Kind) FieldForSpecKey(key string) (Field, bool) {
	for _, f := range infos[k].fields {
		if f.SpecKey == key && key != "" {
			return f, true
		}
	}
	return Field{}, false
}

// Key names one entity. For queries ID is the name.
type Key struct {
	Kind Kind
	ID   string
}

// String is "kind/id", which ParseKey reads.
func (k Key) String() string { return string(k.Kind) + "/" + k.ID }

// Compare orders keys by kind, in the order of Kinds, then by id.
func (k Key) Compare(o Key) int {
	if k.Kind != o.Kind {
		all := Kinds()
		return slices.Index(all, k.Kind) - slices.Index(all, o.Kind)
	}
	return strings.Compare(k.ID, o.ID)
}

// ParseKey reads "kind/id".
func ParseKey(s string) (Key, error) {
	kind, id, ok := strings.Cut(s, "/")
	if !ok || id == "" {
		return Key{}, fmt.Errorf("%q is not of the form kind/id, such as rule/AWS.Root.Login", s)
	}
	k, err := ParseKind(kind)
	return Key{k, id}, err
}
