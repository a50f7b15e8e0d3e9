package report

import (
	"io"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/sync"
)

// Drift shows what differs between the last deployment and Panther: lines with -
// are what was deployed, lines with + are what is live. JSON is the report as it
// is, and the same report gives the same bytes. JUnit has a case an entity.
func Drift(w io.Writer, d *sync.Drift, o PlanOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, d)
	case Markdown:
		p := asPlan(d)
		return markdown(w, driftWords(d).turn(p), o, driftWords(d))
	case Text, "":
		p := asPlan(d)
		return text(w, driftWords(d).turn(p), o, driftWords(d))
	case JUnit:
		return writeJUnit(w, driftJUnit(d, o))
	}
	return badFormat(o.Format, "a drift", Text, JSON, Markdown, JUnit)
}

// asPlan gives a drift in the form of a plan, from what was deployed to what is
// live, so that both are drawn alike.
func asPlan(d *sync.Drift) *sync.Plan {
	p := &sync.Plan{
		FormatVersion: d.FormatVersion, Tenant: d.Tenant, Base: d.Base, Only: d.Only, Diagnostics: d.Diagnostics,
		Summary: sync.Summary{Create: d.Summary.Unmanaged, Update: d.Summary.Edited, Delete: d.Summary.Deleted, Unchanged: d.Summary.InStep, Live: d.Summary.Live},
	}
	action := map[sync.DriftState]sync.Action{sync.Edited: sync.Update, sync.Deleted: sync.Delete, sync.NotOurs: sync.Create}
	for _, e := range d.Entities {
		c := sync.Change{Kind: e.Kind, ID: e.ID, Action: action[e.State], Path: e.Path, Edited: e.Edited}
		for _, f := range e.Fields {
			c.Fields = append(c.Fields, sync.FieldChange{Name: f.Name, Before: f.Deployed, After: f.Live})
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

// driftWords are the words for a drift, of which a plan knows nothing.
func driftWords(d *sync.Drift) wording {
	w := wording{
		noun: "drift", title: "Drift of", none: "No drift.", same: "in step", match: "Panther holds what was deployed", drift: true,
		legend: "- is what was deployed, + is what is live",
		of: map[sync.Action]word{
			sync.Update: {diff.Change, "edited:", "edited"},
			sync.Delete: {diff.Delete, "deleted:", "deleted"},
			sync.Create: {diff.Insert, "unmanaged:", "unmanaged"},
		},
	}
	if n := d.Summary.Managed; n > 0 {
		w.more = number(n) + " of Panther's packs"
	}
	return w
}
