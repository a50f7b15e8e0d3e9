package sync

import (
	"context"
	"slices"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// DriftState is how a live entity stands to what was deployed.
type DriftState string

// The states.
const (
	// DriftEdited: fields were changed in the console.
	DriftEdited DriftState = "edited"
	// DriftDeleted: it was deleted in the console.
	DriftDeleted DriftState = "deleted"
	// DriftUnmanaged: it is live and was never deployed from here.
	DriftUnmanaged DriftState = "unmanaged"
)

// DriftStates lists the states in the order in which they are shown.
func DriftStates() []DriftState { return []DriftState{DriftEdited, DriftDeleted, DriftUnmanaged} }

// Drift is what differs between the last deployment and Panther.
type Drift struct {
	FormatVersion string `json:"format_version"`
	// Drift is always true: nobody may take it for a plan.
	Drift  bool   `json:"drift"`
	Tenant string `json:"tenant"`
	// Base is what Panther was held against.
	Base     *BaseInfo       `json:"base,omitempty"`
	Only     []string        `json:"only,omitempty"`
	Summary  DriftSummary    `json:"summary"`
	Entities []DriftedEntity `json:"entities"`
	// Diagnostics tells what could not be held against Panther.
	Diagnostics []repo.Diagnostic `json:"diagnostics"`
}

// DriftSummary counts entities. Managed ones are maintained by Panther's own
// packs and were not deployed from here: they are no drift.
type DriftSummary struct {
	Edited    int `json:"edited"`
	Deleted   int `json:"deleted"`
	Unmanaged int `json:"unmanaged"`
	Managed   int `json:"managed"`
	InStep    int `json:"in_step"`
	Live      int `json:"live"`
}

// DriftedEntity is one entity that differs.
type DriftedEntity struct {
	Kind  panther.Kind `json:"kind"`
	ID    string       `json:"id"`
	State DriftState   `json:"state"`
	// Path is the spec from which it was deployed; empty for what never was.
	Path string `json:"path,omitempty"`
	// Fields are those that were edited, in the order of the field table. Of an
	// unmanaged entity they are all that it has.
	Fields []DriftedField `json:"fields"`
	// Edited tells when it was changed and who made it, as far as Panther says.
	Edited *Edit `json:"edited,omitempty"`
}

// Key names the entity.
func (e DriftedEntity) Key() panther.Key { return panther.Key{Kind: e.Kind, ID: e.ID} }

// DriftedField is one field's value as it was deployed and as it is live.
type DriftedField struct {
	Name     string `json:"name"`
	Deployed any    `json:"deployed"`
	Live     any    `json:"live"`
}

// DriftOptions says what to look at.
type DriftOptions struct {
	Tenant   string
	Only     Filter
	Policies Policies
}

// FindDrift holds the last deployment against what is live.
func FindDrift(_ context.Context, base *Base, live Live, o DriftOptions) *Drift {
	d := &Drift{FormatVersion: FormatVersion, Drift: true, Tenant: o.Tenant, Base: &base.Info, Entities: []DriftedEntity{}, Diagnostics: []repo.Diagnostic{}}
	for _, p := range o.Only {
		d.Only = append(d.Only, p.text)
	}
	d.Summary.Live = len(live)
	b := builder{live: live, opts: PlanOptions{Base: base}}
	for _, key := range b.others() {
		if !o.Only.MatchKey(key) {
			continue
		}
		have, exists := live[key]
		was, deployed := base.Entity(key)
		e := DriftedEntity{Kind: key.Kind, ID: key.ID, Fields: []DriftedField{}}
		switch {
		case !deployed && base.names(key):
			// Known and not to be read, or kept from being deployed: it is ours.
			d.Summary.InStep++
			continue
		case !deployed && have.Managed:
			d.Summary.Managed++
			continue
		case !deployed:
			e.State, e.Edited = DriftUnmanaged, edit(have)
			for _, f := range diff.All(have) {
				e.Fields = append(e.Fields, DriftedField{Name: f.Name, Live: have.Fields[f.Name]})
			}
			d.Summary.Unmanaged++
		case !exists:
			e.State = DriftDeleted
			_, e.Path, _ = base.place(key, "")
			for _, f := range diff.All(was) {
				e.Fields = append(e.Fields, DriftedField{Name: f.Name, Deployed: was.Fields[f.Name]})
			}
			d.Summary.Deleted++
		default:
			for _, f := range diff.Entities(was, have) {
				if !o.Policies.UnmanagedFields.Match(key, f.Name) {
					e.Fields = append(e.Fields, DriftedField{Name: f.Name, Deployed: was.Fields[f.Name], Live: f.Before})
				}
			}
			if len(e.Fields) == 0 {
				d.Summary.InStep++
				continue
			}
			e.State, e.Edited = DriftEdited, edit(have)
			_, e.Path, _ = base.place(key, "")
			d.Summary.Edited++
		}
		d.Entities = append(d.Entities, e)
	}
	slices.SortStableFunc(d.Entities, func(x, y DriftedEntity) int {
		return slices.Index(DriftStates(), x.State) - slices.Index(DriftStates(), y.State)
	})
	return d
}

// names tells whether the deployed content names an entity that it doesn't
// deploy.
func (b *Base) names(k panther.Key) bool {
	for _, list := range [][]*repo.Item{b.Repo.Items, b.Repo.Named} {
		for _, it := range list {
			if slices.Contains(mayBe(it), k) {
				return true
			}
		}
	}
	return false
}

// Errors gives the diagnostics that are errors.
func (d *Drift) Errors() []repo.Diagnostic { return errorsOf(d.Diagnostics) }

// Any tells whether some entity is in one of the states.
func (d *Drift) Any(states []DriftState) bool {
	return slices.ContainsFunc(d.Entities, func(e DriftedEntity) bool { return slices.Contains(states, e.State) })
}
