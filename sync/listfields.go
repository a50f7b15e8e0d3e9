package sync

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// shortFields returns the fields that fit on a line.
func shortFields(e panther.Entity) map[string]any {
	out := map[string]any{}
	for _, f := range e.Kind.Fields() {
		v := e.Fields[f.Name]
		if v == nil {
			continue
		}
		switch f.Type {
		case panther.Bool, panther.Integer, panther.Enum, panther.Set:
			out[f.Name] = v
		case panther.Text:
			if s, ok := v.(string); ok && s != "" && !strings.Contains(s, "\n") && len(s) <= maxShort {
				out[f.Name] = v
			}
		}
	}
	return out
}

// maxShort is the longest text of a listing, in bytes.
const maxShort = 200

// Enabled returns whether an entity is on; "" if its kind has no switch or it is unknown.
func (l Listed) Enabled() string { return strings.Join(fieldTexts(l.entity, panther.FieldEnabled), "") }

// Text returns a short field as text; "" if it has none.
func (l Listed) Text(field string) string { return strings.Join(fieldTexts(l.entity, field), ", ") }

// fieldTexts returns the values of a field by its API name: the elements of a list, or
// the keys of an object. Every kind with a switch has it as "enabled".
func fieldTexts(e panther.Entity, name string) []string {
	f, ok := e.Kind.Field(name)
	if !ok && name == panther.FieldEnabled {
		for _, f := range e.Kind.Fields() {
			if on, known := e.Fields[f.Name].(bool); known && f.Switch {
				return []string{fmt.Sprint(on != f.Inverse)}
			}
		}
	}
	if !ok {
		return nil
	}
	v := e.Fields[name]
	if v == nil {
		v = f.Default
	}
	return repo.ValueTexts(v)
}

// OfKind returns how many listed entities are of a kind.
func (l *Listing) OfKind(k panther.Kind) int {
	n := 0
	for _, e := range l.Entities {
		if e.Kind == k {
			n++
		}
	}
	return n
}
