package repo

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// Decoded is a spec as an entity for Panther.
type Decoded struct {
	Entity panther.Entity
	// Unsynced lists the keys that have no field in the REST API, in the order
	// of the spec.
	Unsynced []string
	// Diagnostics lists problems. If one of them is an error, the entity must
	// not be deployed.
	Diagnostics []Diagnostic
}

// OK reports whether the entity may be deployed.
func (d Decoded) OK() bool {
	return !slices.ContainsFunc(d.Diagnostics, func(g Diagnostic) bool { return g.Severity == SeverityError })
}

// Entity decodes a deployable item with the field table.
func (it *Item) Entity() Decoded {
	d := decoder{item: it, out: Decoded{Entity: panther.Entity{Key: it.Key(), Fields: map[string]any{}}}}
	d.run()
	return d.out
}

type decoder struct {
	item *Item
	out  Decoded
}

func (d *decoder) say(s Severity, n *yaml.Node, format string, args ...any) {
	d.out.Diagnostics = append(d.out.Diagnostics, d.item.diagnose(s, Position{n.Line, n.Column}, fmt.Sprintf(format, args...)))
}

// handled lists the keys without a row in the field table.
var handled = []string{analysisType, "Filename", "Schedule", "EmailConfig"}

// unsynced lists the keys without a field in the API (source: Panther's
// documentation of spec files).
var unsynced = []string{
	"Status", "CreatedBy", "OnlyUseBaseRiskScore", "BaseVersion", "AutoRemediationID",
	"AutoRemediationParameters", "ActionDelaySeconds", "BaseDetection", "Lookback", "LookbackWindowSeconds",
}

func (d *decoder) run() {
	it := d.item
	pairs, err := yamlcore.Pairs(it.Root)
	if err != nil {
		d.fail(it.Root, err)
		return
	}
	for _, p := range pairs {
		d.key(p.Key, p.Value)
	}
	if it.Kind == panther.Query {
		d.query(pairs)
	}
	if it.BodyPath != "" {
		d.out.Entity.Fields[panther.FieldBody] = it.Body
	}
	d.required()
}

func (d *decoder) key(k, v *yaml.Node) {
	kind, name := d.item.Kind, k.Value
	if name == kind.SpecIDKey() || slices.Contains(handled, name) {
		return
	}
	if kind == panther.Query && slices.Contains(panther.SQLKeys(), name) {
		return
	}
	f, ok := kind.FieldForSpecKey(name)
	if !ok {
		d.unknown(k)
		return
	}
	d.set(f, v)
}

// set reads a value into a field. An empty value counts as set: the spec owns
// the field.
func (d *decoder) set(f panther.Field, v *yaml.Node) {
	if isNull(v) {
		return
	}
	val, err := Value(f, v)
	if err != nil {
		d.fail(v, err)
		return
	}
	d.out.Entity.Fields[f.Name] = val
}

func (d *decoder) fail(n *yaml.Node, err error) {
	var at *yamlcore.Error
	if errors.As(err, &at) {
		n = &yaml.Node{Line: at.Line, Column: at.Column}
		err = errors.New(at.Message)
	}
	d.say(SeverityError, n, "%v", err)
}

func (d *decoder) unknown(k *yaml.Node) {
	if slices.Contains(unsynced, k.Value) {
		d.out.Unsynced = append(d.out.Unsynced, k.Value)
		return
	}
	var legal []string
	for _, kind := range panther.Kinds() {
		for _, f := range kind.Fields() {
			if f.SpecKey == k.Value {
				d.out.Unsynced = append(d.out.Unsynced, k.Value)
				return
			}
			if kind == d.item.Kind && f.SpecKey != "" && !strings.Contains(f.SpecKey, ".") {
				legal = append(legal, f.SpecKey)
			}
		}
	}
	legal = append(legal, unsynced...)
	legal = append(legal, "Filename", "Schedule")
	d.say(SeverityWarning, k, "unknown key %q is not deployed%s", k.Value, suggest.DidYouMean(k.Value, legal))
}

// required reports missing fields that Panther requires, and a missing enabled
// flag.
func (d *decoder) required() {
	it := d.item
	if f, ok := it.Kind.Field(panther.FieldEnabled); ok && d.out.OK() && d.out.Entity.Fields[f.Name] == nil {
		d.say(SeverityWarning, it.Root, "%q is missing, so an existing one stays unchanged, and a new one gets Panther's default; set true or false", f.SpecKey)
	}
	for _, f := range it.Kind.Fields() {
		if !f.Required || f.SpecKey == "" || !f.Empty(d.out.Entity.Fields[f.Name]) || !d.out.OK() {
			continue
		}
		at := yamlcore.Lookup(it.Root, f.SpecKey)
		if at == nil {
			d.say(SeverityError, it.Root, "the %s has no %q, which Panther requires; add it", it.Type, f.SpecKey)
		} else {
			d.say(SeverityError, at, "%q is empty, but Panther requires it", f.SpecKey)
		}
	}
}

// query reads the SQL, which may be under one of several keys, and the
// schedule, which is one object in the API.
func (d *decoder) query(pairs []yamlcore.Pair) {
	fields := d.out.Entity.Fields
	sql, _ := d.item.Kind.Field(panther.FieldSQL)
	chosen := d.item.sqlKey()
	if i := slices.IndexFunc(pairs, func(p yamlcore.Pair) bool { return p.Key.Value == chosen }); i >= 0 {
		d.set(sql, pairs[i].Value)
	}
	d.object("Schedule", "CronExpression or RateMinutes, and TimeoutMinutes")
	d.object("EmailConfig", "Recipients, SendEmpty and PreferAttachment")
	if d.out.Entity.Scheduled() {
		return
	}
	// Panther has no schedule without a time, so the query has none either.
	for _, f := range d.item.Kind.Fields() {
		if f.InSchedule() {
			delete(fields, f.Name)
		}
	}
	if d.item.Type == TypeScheduledQuery {
		d.say(SeverityWarning, d.item.Root, "the scheduled query has neither Schedule.CronExpression nor Schedule.RateMinutes, so it will not run; add one")
	}
}

// object reads the keys inside a key whose value is an object in the API.
func (d *decoder) object(key, keys string) {
	s := yamlcore.Lookup(d.item.Root, key)
	switch {
	case s == nil || isNull(s):
		return
	case s.Kind != yaml.MappingNode:
		d.say(SeverityError, s, "%s must be a mapping with %s", key, keys)
		return
	}
	inner, err := yamlcore.Pairs(s)
	if err != nil {
		d.fail(s, err)
		return
	}
	for _, p := range inner {
		if f, ok := d.item.Kind.FieldForSpecKey(key + "." + p.Key.Value); ok {
			d.set(f, p.Value)
		} else {
			d.say(SeverityWarning, p.Key, "unknown key %q in %s is not deployed%s", p.Key.Value, key, suggest.DidYouMean(p.Key.Value, objectKeys(key)))
		}
	}
}

// Value converts a value of a spec to the type of a field, in the form of the API. Null
// means nothing; see Field.Empty.
func Value(f panther.Field, n *yaml.Node) (any, error) {
	if isNull(n) {
		return nil, nil
	}
	switch f.Type {
	case panther.Bool:
		v, err := yamlcore.Scalar(n)
		b, ok := v.(bool)
		if err != nil || n.Kind != yaml.ScalarNode || !ok {
			return nil, wrong(f.SpecKey, n, "true or false")
		}
		return b != f.Inverse, nil
	case panther.Integer:
		v, err := yamlcore.Scalar(n)
		num, ok := v.(json.Number)
		if err != nil || n.Kind != yaml.ScalarNode || !ok || f.Check(num) != nil {
			return nil, wrong(f.SpecKey, n, "a whole number")
		}
		return num, nil
	case panther.Text, panther.Lines:
		if n.Kind != yaml.ScalarNode {
			return nil, wrong(f.SpecKey, n, "a string")
		}
		return yamlcore.Text(n), nil
	case panther.Enum:
		up := strings.ToUpper(n.Value)
		if n.Kind != yaml.ScalarNode || !slices.Contains(panther.Severities(), up) {
			return nil, fmt.Errorf("%s %q is not one of Info, Low, Medium, High, Critical%s", f.SpecKey, n.Value, suggest.DidYouMean(n.Value, []string{"Info", "Low", "Medium", "High", "Critical"}))
		}
		return up, nil
	case panther.Set:
		return textList(f.SpecKey, n)
	case panther.SetMap:
		return textListMap(f.SpecKey, n)
	case panther.YAML:
		return yamlcore.Encode(n)
	case panther.Tests:
		return tests(n, eventOf)
	case panther.RuleOutputTests:
		return tests(n, ruleOutputs)
	case panther.Mappings:
		return mappings(n)
	}
	return nil, fmt.Errorf("%s has an unknown type", f.SpecKey)
}

func wrong(key string, n *yaml.Node, want string) error {
	return fmt.Errorf("%s must be %s, not %s", key, want, describe(n))
}

// describe quotes a value as it is written, or names its type.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	if isNull(n) {
		return "an empty value"
	}
	text := n.Value
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

func textList(key string, n *yaml.Node) (any, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, wrong(key, n, "a list")
	}
	out := make([]any, 0, len(n.Content))
	for _, c := range n.Content {
		c = yamlcore.Deref(c)
		if c.Kind != yaml.ScalarNode {
			return nil, &yamlcore.Error{Line: c.Line, Column: c.Column, Message: fmt.Sprintf("%s must contain strings, not %s", key, describe(c))}
		}
		if !isNull(c) {
			out = append(out, yamlcore.Text(c))
		}
	}
	return out, nil
}

func textListMap(key string, n *yaml.Node) (any, error) {
	if n.Kind != yaml.MappingNode {
		return nil, wrong(key, n, "a mapping of names to lists")
	}
	ps, err := yamlcore.Pairs(n)
	if err != nil {
		return nil, err
	}
	out := make(map[string]any, len(ps))
	for _, p := range ps {
		if isNull(p.Value) {
			continue
		}
		list, err := textList(key+"."+p.Key.Value, p.Value)
		if err != nil {
			var at *yamlcore.Error
			if !errors.As(err, &at) {
				err = &yamlcore.Error{Line: p.Value.Line, Column: p.Value.Column, Message: err.Error()}
			}
			return nil, err
		}
		out[p.Key.Value] = list
	}
	return out, nil
}
