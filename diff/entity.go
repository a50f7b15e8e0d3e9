// Package diff compares entities by the field table: which fields differ
// (Entities), and where inside a value they do (Values, Sets, SetMaps).
package diff

import "github.com/pdac-dev/pdac/panther"

// Field is a field that differs. Before and After are in the format of the API.
type Field struct {
	Name          string
	Before, After any
}

// Entities compares a wanted with a live entity, field by field in the order of
// the table. It skips fields that the wanted entity leaves to Panther, and
// fields that this deployment does not return.
func Entities(desired, live panther.Entity) []Field {
	var out []Field
	for _, f := range desired.Kind.Fields() {
		want, owned := desired.Fields[f.Name]
		have := live.Fields[f.Name]
		if f.KeepsLive && !owned || !live.Shows(f) || f.Equal(want, have) {
			continue
		}
		out = append(out, Field{Name: f.Name, Before: have, After: After(f, want)})
	}
	return out
}

// Same reports whether no field owned by the wanted entity differs.
func Same(desired, live panther.Entity) bool { return len(Entities(desired, live)) == 0 }

// After returns the wanted value of a field, or the default for a cleared
// field, which is what a plan shows.
func After(f panther.Field, want any) any {
	if want == nil && !f.Unsent {
		if n := f.Canonical(nil); n != nil {
			return n
		}
	}
	return want
}

// All returns the fields of an entity that are not empty, in the order of the
// table.
func All(e panther.Entity) []panther.Field {
	var out []panther.Field
	for _, f := range e.Kind.Fields() {
		if !f.Empty(e.Fields[f.Name]) {
			out = append(out, f)
		}
	}
	return out
}
