package report

import (
	"io"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// Drift shows what differs between the last deployment and Panther: lines with -
// are what was deployed, lines with + are what is live. JSON is the report as it
// is, and the same report gives the same bytes.
func Drift(w io.Writer, d *sync.Drift, o DriftOptions) error {
	switch words := driftWords(d); o.Format {
	case JSON:
		return writeJSON(w, wholeDrift(d))
	case Markdown:
		return markdown(w, words.turn(asPlan(d)), o.PlanOptions, words)
	case JUnit:
		return writeJUnit(w, driftJUnit(d, o))
	case Text, "":
		return text(w, words.turn(asPlan(d)), o.PlanOptions, words)
	}
	return badFormat(o.Format, "a drift", Text, JSON, Markdown, JUnit)
}

// DriftOptions says how a drift is shown.
type DriftOptions struct {
	PlanOptions
	// Tolerated are the states that are told and don't fail a JUnit report.
	Tolerated []sync.DriftState
}

// wholeDrift gives a drift in which no list is null.
func wholeDrift(d *sync.Drift) *sync.Drift {
	out := *d
	out.Entities = append([]sync.DriftedEntity{}, d.Entities...)
	for i, e := range out.Entities {
		if e.Fields == nil {
			out.Entities[i].Fields = []sync.DriftedField{}
		}
	}
	out.Diagnostics = append([]repo.Diagnostic{}, d.Diagnostics...)
	return &out
}

// asPlan gives a drift in the form of a plan, from what was deployed to what is
// live, so that both are drawn alike.
func asPlan(d *sync.Drift) *sync.Plan {
	p := &sync.Plan{
		FormatVersion: d.FormatVersion, Tenant: d.Tenant, Base: d.Base, Only: d.Only, Diagnostics: d.Diagnostics,
		Summary: sync.Summary{Create: d.Summary.Unmanaged, Update: d.Summary.Edited, Delete: d.Summary.Deleted, Unchanged: d.Summary.InStep, Live: d.Summary.Live},
	}
	for _, e := range d.Entities {
		p.Changes = append(p.Changes, asChange(e))
	}
	return p
}

// inPanther says what Panther tells of a drifted entity; "" for nothing.
func inPanther(c sync.Change, q quoter) string {
	if c.Action == sync.Create {
		return origin(c.Edited, q)
	}
	return lastChanged(c.Edited)
}

func asChange(e sync.DriftedEntity) sync.Change {
	action := map[sync.DriftState]sync.Action{sync.DriftEdited: sync.Update, sync.DriftDeleted: sync.Delete, sync.DriftUnmanaged: sync.Create}[e.State]
	if action == "" {
		action = sync.Action(e.State)
	}
	c := sync.Change{Kind: e.Kind, ID: e.ID, Action: action, Path: e.Path, Edited: e.Edited}
	for _, f := range e.Fields {
		c.Fields = append(c.Fields, sync.FieldChange{Name: f.Name, Before: f.Deployed, After: f.Live})
	}
	return c
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
		order: []sync.Action{sync.Update, sync.Delete, sync.Create},
	}
	if n := d.Summary.Managed; n > 0 {
		w.more = number(n) + " of Panther's packs"
	}
	return w
}
