package sync

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// DriftState is how a live entity differs from the last deployment.
type DriftState string

// The states.
const (
	// DriftEdited: fields were changed in the console.
	DriftEdited DriftState = "edited"
	// DriftDeleted: it was deleted in the console.
	DriftDeleted DriftState = "deleted"
	// DriftUnmanaged: it is live but was never deployed from this repository.
	DriftUnmanaged DriftState = "unmanaged"
)

// DriftStates returns the states in display order.
func DriftStates() []DriftState { return []DriftState{DriftEdited, DriftDeleted, DriftUnmanaged} }

// ParseDriftStates reads a list of states such as "edited,deleted", or "none";
// name is the flag that holds it.
func ParseDriftStates(name, text string) ([]DriftState, error) {
	if text == "none" {
		return nil, nil
	}
	var legal []string
	for _, s := range DriftStates() {
		legal = append(legal, string(s))
	}
	var out []DriftState
	for word := range strings.SplitSeq(text, ",") {
		if word == "none" {
			return nil, fmt.Errorf("%s %q: none can't be combined with anything else", name, text)
		}
		if !slices.Contains(legal, word) {
			return nil, fmt.Errorf("%s %q: %q must be one of %s, or none%s", name, text, word, strings.Join(legal, ", "), suggest.DidYouMean(word, append(legal, "none")))
		}
		out = append(out, DriftState(word))
	}
	return out, nil
}

// Drift contains the differences between the last deployment and Panther.
type Drift struct {
	FormatVersion string `json:"format_version"`
	// Drift is always true. It distinguishes the report from a plan.
	Drift  bool   `json:"drift"`
	Tenant string `json:"tenant"`
	// Base is what Panther was compared with.
	Base *BaseInfo `json:"base,omitempty"`
	Only []string  `json:"only,omitempty"`
	// Owners lists the owners to whose entities the report is limited; Only has the
	// entities.
	Owners []string `json:"owners,omitempty"`
	// Filters lists the values to which the report is limited, and Except the patterns of
	// what is left out; Only has the entities.
	Filters []string `json:"filters,omitempty"`
	Except  []string `json:"except,omitempty"`
	// Within lists the patterns that limit the report beside Owners, Filters or Except.
	Within   []string        `json:"within,omitempty"`
	Summary  DriftSummary    `json:"summary"`
	Entities []DriftedEntity `json:"entities"`
	// Accepted lists the edits that drift.accept of pdac.yaml lets stay. They are no
	// drift. An entity with other edits too is also in Entities.
	Accepted []DriftedEntity `json:"accepted,omitempty"`
	// Unreadable lists the kinds that Panther refuses to list. Their entities
	// are not compared.
	Unreadable Unreadable `json:"unreadable,omitempty"`
	// Diagnostics lists what could not be compared with Panther.
	Diagnostics []repo.Diagnostic `json:"diagnostics"`
}

// DriftSummary counts entities. Managed ones are maintained by Panther's own
// packs and were not deployed from here, so they are not drift. InStep ones are
// live as they were deployed. Live counts all live ones.
type DriftSummary struct {
	Edited    int `json:"edited"`
	Deleted   int `json:"deleted"`
	Unmanaged int `json:"unmanaged"`
	Managed   int `json:"managed"`
	InStep    int `json:"in_step"`
	Live      int `json:"live"`
	// Weaker and Stronger count the edited entities with that direction.
	Weaker   int `json:"weaker"`
	Stronger int `json:"stronger"`
	// Accepted counts the entities with edits that are accepted. Those that have no
	// others are in no other count but Live.
	Accepted int `json:"accepted"`
}

// DriftedEntity is one entity with differences.
type DriftedEntity struct {
	Kind  panther.Kind `json:"kind"`
	ID    string       `json:"id"`
	State DriftState   `json:"state"`
	// Path is the spec that it was deployed from; empty if it was never
	// deployed.
	Path string `json:"path,omitempty"`
	// Owners are the owners of its files, by CODEOWNERS.
	Owners []string `json:"owners,omitempty"`
	// LiveKind is the kind that the id has in Panther if its type was changed
	// there; empty if it was not. Such an entity is edited.
	LiveKind panther.Kind `json:"live_kind,omitempty"`
	// Fields lists the edited fields in the order of the field table. For an
	// unmanaged entity it lists all its fields.
	Fields []DriftedField `json:"fields"`
	// Direction is what the drift means for what is detected, and Reasons why.
	Direction diff.Direction `json:"direction,omitempty"`
	Reasons   []diff.Reason  `json:"reasons,omitempty"`
	// Alerts are those of the last ImpactDays days, if they were counted; see
	// Drift.CountImpact.
	Alerts *Alerts `json:"alerts,omitempty"`
	// Edited is when it was changed and who created it, if Panther reports it.
	Edited *Edit `json:"edited,omitempty"`
}

// Key returns the key of the entity.
func (e DriftedEntity) Key() panther.Key { return panther.Key{Kind: e.Kind, ID: e.ID} }

// DriftedField is the deployed and the live value of a field.
type DriftedField struct {
	Name     string `json:"name"`
	Deployed any    `json:"deployed"`
	Live     any    `json:"live"`
	// Direction is what the edit of the field means for what is detected.
	Direction diff.Direction `json:"direction,omitempty"`
	// Acceptance is what drift.accept says about the live value; nil for nothing.
	Acceptance *Acceptance `json:"acceptance,omitempty"`
}

// DriftOptions configures a drift report.
type DriftOptions struct {
	Tenant string
	Only   Filter
	// Owners are those whose entities Only has, and Filters and Except what else limits
	// them; empty if it has others. Within are the patterns that limit it beside these.
	Owners, Filters, Except, Within []string

	Policies Policies
	// Unreadable lists the kinds that are missing in the live entities because
	// Panther refuses to list them.
	Unreadable Unreadable
}

// FindDrift compares the last deployment with the live entities.
func FindDrift(_ context.Context, base *Base, live Live, o DriftOptions) *Drift {
	d := &Drift{FormatVersion: FormatVersion, Drift: true, Tenant: o.Tenant, Base: &base.Info, Entities: []DriftedEntity{}, Diagnostics: []repo.Diagnostic{}, Unreadable: o.Unreadable, Owners: o.Owners, Filters: o.Filters, Except: o.Except, Within: o.Within}
	for _, p := range o.Only {
		d.Only = append(d.Only, p.text)
	}
	d.Summary.Live = len(live)
	live = live.since(base.pantherYear())
	b := builder{live: live, opts: PlanOptions{Base: base}}
	for _, p := range o.Only.unmatched(nil, base, live, o.Unreadable) {
		d.Diagnostics = append(d.Diagnostics, repo.Diagnostic{Severity: repo.SeverityWarning, Message: fmt.Sprintf("--only %q matches nothing in the last deployment or in Panther; check the kind and the id", p.text)})
	}
	only := scope{o.Only, b.exists, o.Policies.moves()}
	retyped := map[panther.Key]bool{}
	for key := range base.entities {
		if e, ok := b.retyped(key); ok && !o.Unreadable.Has(key.Kind) {
			retyped[e.Key] = true
		}
	}
	var released []string
	used := map[int]bool{}
	for _, key := range b.others() {
		if !only.match(key) || retyped[key] || o.Unreadable.Has(key.Kind) {
			continue
		}
		if o.Policies.releases(key) {
			released = append(released, key.String())
			continue
		}
		have, exists := live[key]
		was, deployed := base.Entity(key)
		if u, ok := base.unfinished(key); ok && u.lost {
			was, deployed = base.entities[key]
		}
		e := DriftedEntity{Kind: key.Kind, ID: key.ID, Fields: []DriftedField{}}
		switch {
		case !deployed && base.names(key):
			// The spec is known but unreadable or excluded, so the entity is
			// ours.
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
			e.judge(nil, &have)
			d.Summary.Unmanaged++
		case !exists && b.becameAnother(key, &e):
			d.Summary.Edited++
		case !exists:
			e.State = DriftDeleted
			_, e.Path, _ = base.place(key, "")
			for _, f := range diff.All(was) {
				e.Fields = append(e.Fields, DriftedField{Name: f.Name, Deployed: was.Fields[f.Name]})
			}
			e.judge(&was, nil)
			d.Summary.Deleted++
		default:
			e.State, e.Edited = DriftEdited, edit(have)
			_, e.Path, _ = base.place(key, "")
			known := e
			for _, f := range diff.Entities(was, have) {
				field, _ := key.Kind.Field(f.Name)
				if base.asSent(key, field, was.Fields[f.Name], f.Before) || o.Policies.UnmanagedFields.Match(key, f.Name) {
					continue
				}
				df := DriftedField{Name: f.Name, Deployed: was.Fields[f.Name], Live: f.Before, Acceptance: o.Policies.Accepted.of(key, field, f.Before, used)}
				if df.Acceptance.accepts() {
					known.Fields = append(known.Fields, df)
				} else {
					e.Fields = append(e.Fields, df)
				}
			}
			if len(known.Fields) > 0 {
				known.judge(&was, &have)
				d.Accepted = append(d.Accepted, known)
				d.Summary.Accepted++
			}
			if len(e.Fields) == 0 {
				if len(known.Fields) == 0 {
					d.Summary.InStep++
				}
				continue
			}
			e.judge(&was, &have)
			d.Summary.Edited++
		}
		d.Entities = append(d.Entities, e)
	}
	d.Summary.count(d.Entities)
	d.Diagnostics = append(d.Diagnostics, o.Unreadable.Diagnostics(o.Only, func(k panther.Kind) int {
		n := 0
		for _, key := range base.keys() {
			if key.Kind == k && only.match(key) {
				n++
			}
		}
		return n
	}, "not compared")...)
	d.Diagnostics = append(d.Diagnostics, ReleasedNote(released)...)
	if len(o.Only) == 0 {
		d.Diagnostics = append(d.Diagnostics, o.Policies.Accepted.idle(o.Unreadable, func(f Filter) bool {
			return slices.ContainsFunc(base.Repo.Items, f.matchItem) || matchesAny(f, live)
		}, used)...)
	}
	slices.SortStableFunc(d.Entities, func(x, y DriftedEntity) int {
		return slices.Index(DriftStates(), x.State) - slices.Index(DriftStates(), y.State)
	})
	return d
}

// retyped returns the live entity with the id of a deployed one that is not live,
// if it has another kind and was not deployed from here.
func (b *builder) retyped(key panther.Key) (panther.Entity, bool) {
	if _, live := b.live[key]; live {
		return panther.Entity{}, false
	}
	for _, other := range key.Siblings() {
		e, live := b.live[other]
		if _, deployed := b.opts.Base.Entity(other); live && !deployed && !b.opts.Base.names(other) {
			return e, true
		}
	}
	return panther.Entity{}, false
}

// becameAnother fills in the drift of an entity whose type was changed.
func (b *builder) becameAnother(key panther.Key, d *DriftedEntity) bool {
	have, ok := b.retyped(key)
	if !ok {
		return false
	}
	was, _ := b.opts.Base.Entity(key)
	d.State, d.LiveKind, d.Edited = DriftEdited, have.Kind, edit(have)
	_, d.Path, _ = b.opts.Base.place(key, "")
	for _, f := range key.Kind.Fields() {
		old, known := was.Fields[f.Name]
		is := have.Fields[f.Name]
		g, both := have.Kind.Field(f.Name)
		if !both || g.Type != f.Type {
			is = nil
		}
		if !f.Equal(old, is) && !(f.KeepsLive && !known && both) {
			d.Fields = append(d.Fields, DriftedField{Name: f.Name, Deployed: old, Live: is})
		}
	}
	for _, f := range diff.All(have) {
		if _, both := key.Kind.Field(f.Name); !both {
			d.Fields = append(d.Fields, DriftedField{Name: f.Name, Live: have.Fields[f.Name]})
		}
	}
	d.judge(&was, &have)
	return true
}

// names reports whether the deployed content names an entity without deploying
// it.
func (b *Base) names(k panther.Key) bool {
	for _, it := range b.Repo.Items {
		if slices.Contains(mayBe(it), k) {
			return true
		}
	}
	return slices.ContainsFunc(b.Repo.Skipped, func(s repo.Skipped) bool { return slices.Contains(mayBe(s.Item()), k) })
}

// Errors returns the diagnostics that are errors.
func (d *Drift) Errors() []repo.Diagnostic { return errorsOf(d.Diagnostics) }

// Any reports whether an entity is in one of the states.
func (d *Drift) Any(states []DriftState) bool {
	return slices.ContainsFunc(d.Entities, func(e DriftedEntity) bool { return slices.Contains(states, e.State) })
}
