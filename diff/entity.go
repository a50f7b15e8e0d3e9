// Package diff compares entities by the field table: which fields differ
// (Entities), and where inside a value they do (Values, Sets, SetMaps).
package diff

import "github.com/pdac-dev/pdac/panther"

// Field is one field that differs. Before and After are as the API has them.
type Field struct {
	Name          string
	Before, After any
}

// Entities compares what a repository wants with what is live, field by field
// in the order of the table. Fields that the wanted entity leaves to Panther,
// and fields that this deployment doesn't show, aren't compared.
func Entities(desired, live panther.Entity) []Field {
	var out []Field
	for _, f := range desired.Kind.Fields() {
		want, owned := desired.Fields[f.Name]
		have, shown := live.Fields[f.Name]
		if f.KeepsLive && !owned || f.Optional && !shown || f.Equal(want, have) {
			continue
		}
		out = append(out, Field{Name: f.Name, Before: have, After: After(f, want)})
	}
	return out
}

// Same tells whether no field differs that the wanted entity owns.
func Same(desired, live panther.Entity) bool { return len(Entities(desired, live)) == 0 }

// After gives a cleared field the default that it falls back to, so that a
// plan says what will be there.
func After(f panther.Field, want any) any {
	if want == nil && !f.Unsent {
		if n := f.Canonical(nil); n != nil {
			return n
		}
	}
	return want
}

// All gives the fields of an entity that aren't empty, in the order of the table.
func All(e panther.Entity) []panther.Field {
	var out []panther.Field
	for _, f := range e.Kind.Fields() {
		if !f.Empty(e.Fields[f.Name]) {
			out = append(out, f)
		}
	}
	return out
}
