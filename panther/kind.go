package panther

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is one of the eight kinds of entity in Panther's REST API.
type Kind string

// The kinds, with the names used in plans, flags and docs.
const (
	Rule            Kind = "rule"
	SimpleRule      Kind = "simple_rule"
	ScheduledRule   Kind = "scheduled_rule"
	CorrelationRule Kind = "correlation_rule"
	Policy          Kind = "policy"
	Global          Kind = "global"
	DataModel       Kind = "data_model"
	Query           Kind = "query"
)

// Kinds returns all kinds in display order.
func Kinds() []Kind {
	return []Kind{Global, DataModel, Query, Rule, SimpleRule, ScheduledRule, CorrelationRule, Policy}
}

// ParseKind parses the name of a kind. The error lists the valid names.
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

// Collection returns the kind's path in the REST API (source: Panther's API
// description).
func (k Kind) Collection() string { return infos[k].collection }

// SpecIDKey returns the key of a spec that names the entity, such as "RuleID".
func (k Kind) SpecIDKey() string { return infos[k].specID }

// RunsTests reports whether Panther runs unit tests before it saves this kind.
func (k Kind) RunsTests() bool { return infos[k].runsTests }

// ServerID reports whether Panther assigns the id, so that the name is the key
// (queries).
func (k Kind) ServerID() bool { return k == Query }

// Family returns the kinds that share their ids with this one, including itself,
// in display order: all types of rules are one family (source: a maintainer of
// Panther; an item can't keep its id if it changes its type).
func (k Kind) Family() []Kind { return infos[k].family }

// Article returns the kind with its article, for sentences: "a rule".
func (k Kind) Article() string {
	if k != "" && strings.ContainsRune("aeiou", rune(k[0])) {
		return "an " + string(k)
	}
	return "a " + string(k)
}

// CorrelationYear is the year of the API description that has the collection of
// correlation rules first. A deployment with it has all fields of that year.
const CorrelationYear = 2026

// LastPhase is the highest phase of a kind.
const LastPhase = 3

// Phase returns the kind's position in a deployment, from 0 to LastPhase; lower
// phases go first. Everything imports globals; rules use data models and queries;
// correlation rules use rules.
func (k Kind) Phase() int { return infos[k].phase }

// Fields returns the field table of the kind in display order. The slice is
// shared and must not be modified.
func (k Kind) Fields() []Field { return infos[k].fields }

// Field returns a field by its API name.
func (k Kind) Field(name string) (Field, bool) {
	f, ok := infos[k].byName[name]
	return f, ok
}

// FieldForSpecKey returns the field of a top-level spec key. Keys inside an
// object have the form "Schedule.RateMinutes".
func (k Kind) FieldForSpecKey(key string) (Field, bool) {
	for _, f := range infos[k].fields {
		if f.SpecKey == key && key != "" {
			return f, true
		}
	}
	return Field{}, false
}

// Key identifies one entity. The ID of a query is its name.
type Key struct {
	Kind Kind
	ID   string
}

// String is "kind/id", which ParseKey reads.
func (k Key) String() string { return string(k.Kind) + "/" + k.ID }

// Siblings returns the keys with the same id in the kinds that share their ids
// with this one. Panther allows an id for only one entity of a family.
func (k Key) Siblings() []Key {
	var out []Key
	for _, kind := range k.Kind.Family() {
		if kind != k.Kind {
			out = append(out, Key{kind, k.ID})
		}
	}
	return out
}

// Compare orders keys by kind, in the order of Kinds, then by id.
func (k Key) Compare(o Key) int {
	if k.Kind != o.Kind {
		all := Kinds()
		return slices.Index(all, k.Kind) - slices.Index(all, o.Kind)
	}
	return strings.Compare(k.ID, o.ID)
}

// ParseKey parses "kind/id".
func ParseKey(s string) (Key, error) {
	kind, id, ok := strings.Cut(s, "/")
	if !ok || id == "" {
		return Key{}, fmt.Errorf("%q is not of the form kind/id, such as rule/AWS.Root.Login", s)
	}
	k, err := ParseKind(kind)
	return Key{k, id}, err
}
