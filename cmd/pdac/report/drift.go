package report

import (
	"io"
	"slices"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// Drift shows the differences between the last deployment and Panther: lines with -
// were deployed, lines with + are live. JSON contains the whole report, and the
// same report always produces the same bytes.
func Drift(w io.Writer, d *sync.Drift, o DriftOptions) error {
	switch words := driftWords(d); o.Format {
	case JSON:
		return writeJSON(w, wholeDrift(d))
	case Markdown:
		return markdown(w, words.turn(asPlan(d)), o.PlanOptions, words)
	case HTML:
		return changesHTML(w, words.turn(asPlan(d)), o.PlanOptions, words)
	case JUnit:
		return writeJUnit(w, driftJUnit(d, o))
	case Text, "":
		return text(w, words.turn(asPlan(d)), o.PlanOptions, words)
	}
	return badFormat(o.Format, DriftView)
}

// DriftOptions are the options of Drift.
type DriftOptions struct {
	PlanOptions
	// Tolerated are the states that are reported but don't fail a JUnit report.
	Tolerated []sync.DriftState
}

// wholeDrift returns a copy of a drift in which no list is null.
func wholeDrift(d *sync.Drift) *sync.Drift {
	out := *d
	out.Entities = append([]sync.DriftedEntity{}, d.Entities...)
	out.Accepted = slices.Clone(d.Accepted)
	for _, list := range [][]sync.DriftedEntity{out.Entities, out.Accepted} {
		for i, e := range list {
			if e.Fields == nil {
				list[i].Fields = []sync.DriftedField{}
			}
		}
	}
	out.Diagnostics = append([]repo.Diagnostic{}, d.Diagnostics...)
	return &out
}

// asPlan converts a drift to a plan, from the deployed to the live content, so that
// both are shown in the same way.
func asPlan(d *sync.Drift) *sync.Plan {
	p := &sync.Plan{
		FormatVersion: d.FormatVersion, Tenant: d.Tenant, Base: d.Base, Only: d.Only, Owners: d.Owners, Filters: d.Filters, Except: d.Except, Within: d.Within, Diagnostics: d.Diagnostics,
		Summary: sync.Summary{Create: d.Summary.Unmanaged, Update: d.Summary.Edited, Delete: d.Summary.Deleted, Unchanged: d.Summary.InStep, Live: d.Summary.Live, Weaker: d.Summary.Weaker, Stronger: d.Summary.Stronger,
			Accepted: d.Summary.Accepted},
	}
	for _, e := range d.Entities {
		p.Changes = append(p.Changes, asChange(e))
	}
	for _, e := range d.Accepted {
		p.Kept = append(p.Kept, asChange(e))
	}
	return p
}

// inPanther describes what Panther reports about a drifted entity, or returns "".
func inPanther(c sync.Change, q quoter) string {
	if c.Action == sync.Create {
		return origin(c.Edited, q)
	}
	return lastChanged(c.Edited, q)
}

func asChange(e sync.DriftedEntity) sync.Change {
	action := map[sync.DriftState]sync.Action{sync.DriftEdited: sync.Update, sync.DriftDeleted: sync.Delete, sync.DriftUnmanaged: sync.Create}[e.State]
	if action == "" {
		action = sync.Action(e.State)
	}
	c := sync.Change{Kind: e.Kind, ID: e.ID, Action: action, Path: e.Path, Owners: e.Owners, Edited: e.Edited, Replaces: e.LiveKind, Direction: e.Direction, Reasons: e.Reasons, Alerts: e.Alerts}
	for _, f := range e.Fields {
		c.Fields = append(c.Fields, sync.FieldChange{Name: f.Name, Before: f.Deployed, After: f.Live, Direction: f.Direction, Acceptance: f.Acceptance})
	}
	return c
}

// driftWords returns the wording of a drift.
func driftWords(d *sync.Drift) wording {
	w := wording{
		noun: "drift", title: "Drift of", none: "No drift.", same: "in sync", match: "Panther matches the last deployment", empty: "Nothing that was deployed from here is live", drift: true,
		legend: "- was deployed, + is live",
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
