package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// EntityState is how the repository, the last deployment and Panther agree about one
// entity.
type EntityState string

// The states.
const (
	// StateInStep: it is live as the repository has it.
	StateInStep EntityState = "in_step"
	// StateChanged: the repository has changed it, and it is not applied yet.
	StateChanged EntityState = "changed"
	// StateEdited: it was edited in the console. StateDeleted: it was deleted there.
	StateEdited  EntityState = "edited"
	StateDeleted EntityState = "deleted"
	// StateMixed: some fields were changed in the repository, and others in the console.
	// StateConflict: the same field was changed in both.
	StateMixed    EntityState = "mixed"
	StateConflict EntityState = "conflict"
	// StateAccepted: it was edited in the console, and drift.accept lets that stay.
	StateAccepted EntityState = "accepted"
	// StateDiffers: it is live with other values, and who changed it is unknown, because it
	// was not deployed from here.
	StateDiffers EntityState = "differs"
	// StateOnlyHere: it is in the repository and not live. StateNotDeployed: it is in the
	// repository, and its Status or an error excludes it from deployment.
	StateOnlyHere    EntityState = "only_here"
	StateNotDeployed EntityState = "not_deployed"
	// StateRemoved: it is live, was deployed, and is no longer in the repository.
	StateRemoved EntityState = "removed"
	// StateOnlyLive: it is live and was never deployed from here. StateManaged: the same,
	// and Panther's packs maintain it. StateReleased: deploy.released names it.
	StateOnlyLive EntityState = "only_live"
	StateManaged  EntityState = "managed"
	StateReleased EntityState = "released"
	// StateUnknown: Panther refuses to list its kind.
	StateUnknown EntityState = "unknown"
)

// EntityStates returns the states in display order.
func EntityStates() []EntityState {
	return []EntityState{
		StateInStep, StateChanged, StateEdited, StateDeleted, StateMixed, StateConflict, StateAccepted, StateDiffers,
		StateOnlyHere, StateNotDeployed, StateRemoved, StateOnlyLive, StateManaged, StateReleased, StateUnknown,
	}
}

// Listing is what is live and what is in the repository.
type Listing struct {
	FormatVersion string    `json:"format_version"`
	Tenant        string    `json:"tenant"`
	Revision      string    `json:"revision"`
	Base          *BaseInfo `json:"base,omitempty"`
	Only          []string  `json:"only,omitempty"`
	Except        []string  `json:"except,omitempty"`
	Filters       []string  `json:"filters,omitempty"`
	Where         []string  `json:"where,omitempty"`
	// Summary counts the entities by state.
	Summary     map[EntityState]int `json:"summary"`
	Entities    []Listed            `json:"entities"`
	Unreadable  Unreadable          `json:"unreadable,omitempty"`
	Diagnostics []repo.Diagnostic   `json:"diagnostics"`
}

// Listed is one entity of a Listing.
type Listed struct {
	Kind  panther.Kind `json:"kind"`
	ID    string       `json:"id"`
	State EntityState  `json:"state"`
	// Path is its spec, or the one that it was deployed from; "" for none.
	Path   string   `json:"path,omitempty"`
	Owners []string `json:"owners,omitempty"`
	// Deployed is the last deployment that changed its files, and Changed its last change
	// in Panther; nil if they are unknown.
	Deployed *DeployedAt `json:"deployed,omitempty"`
	Changed  *Edit       `json:"changed,omitempty"`
	// Since is when its state began, as far as that is known, and By who made it.
	Since *time.Time `json:"since,omitempty"`
	By    string     `json:"by,omitempty"`
	// Fields contains its short fields, by API name: live ones, or those of the repository
	// if it is not live.
	Fields map[string]any `json:"fields"`

	entity panther.Entity
	item   *repo.Item
}

// DeployedAt says which deployment something is from.
type DeployedAt struct {
	Record   string    `json:"record"`
	Revision string    `json:"revision,omitempty"`
	At       time.Time `json:"at"`
	By       string    `json:"by,omitempty"`
}

// SetSince sets Since and By from the last deployment and the last change in Panther. What
// is live because of an edit dates from that edit; everything else from its deployment.
func (l *Listed) SetSince() {
	foreign := slices.Contains([]EntityState{StateOnlyLive, StateManaged, StateReleased}, l.State)
	switch {
	case l.State == StateOnlyHere:
	case l.Deployed != nil && !foreign && !l.Edited():
		l.Since, l.By = &l.Deployed.At, l.Deployed.By
	case l.Changed != nil:
		l.Since = l.Changed.At
		switch by := l.Changed.ChangedBy; {
		case by != nil:
			if l.By = cmp.Or(by.Name, by.ID, by.Type); by.Type == panther.ActorToken && by.Name == "" {
				l.By = fmt.Sprintf("API token %.8s", by.ID)
			}
		case l.State == StateOnlyLive || l.State == StateManaged:
			l.By = l.Changed.CreatedBy
		}
	}
}

// Edited reports whether the entity is live as somebody edited it.
func (l Listed) Edited() bool {
	return l.Changed != nil && slices.Contains([]EntityState{StateEdited, StateMixed, StateConflict, StateAccepted, StateDiffers}, l.State)
}

// Key returns the key of the entity.
func (l Listed) Key() panther.Key { return panther.Key{Kind: l.Kind, ID: l.ID} }

// ListOptions configures a listing.
type ListOptions struct {
	// PlanOptions are those of the comparison. Filters and Except of it are not used.
	PlanOptions
	Except  Filter
	Filters repo.Filters
	Where   Where
	// OwnersOf returns the owners of an entity's files; it may be nil.
	OwnersOf func(panther.Key) []string
}

// List compares the repository with the last deployment and the live entities, like a
// plan, and returns the state of each entity.
func List(ctx context.Context, r *repo.Repo, live Live, o ListOptions) (*Listing, error) {
	o.PlanOptions.Dependencies, o.PlanOptions.Filters, o.PlanOptions.Except = DependenciesIgnored, nil, nil
	b, err := build(ctx, r, live, o.PlanOptions)
	if err != nil {
		return nil, err
	}
	out := &Listing{
		FormatVersion: FormatVersion, Tenant: o.Tenant, Revision: b.plan.Revision, Base: b.plan.Base, Only: b.plan.Only, Except: o.Except.Texts(),
		Filters: o.Filters.Texts(), Where: o.Where.Texts(), Summary: map[EntityState]int{}, Entities: []Listed{}, Unreadable: b.plan.Unreadable,
	}
	l := newLister(b)
	out.Diagnostics = l.problems()
	for _, k := range slices.SortedFunc(mapKeys(l.states), panther.Key.Compare) {
		e := l.listed(k)
		if o.OwnersOf != nil {
			e.Owners = o.OwnersOf(k)
		}
		if o.selects(e) {
			out.Entities = append(out.Entities, e)
			out.Summary[e.State]++
		}
	}
	return out, nil
}

func mapKeys[V any](m map[panther.Key]V) func(yield func(panther.Key) bool) {
	return func(yield func(panther.Key) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// selects reports whether an entity is listed. Filters are about its spec if it has one.
func (o ListOptions) selects(e Listed) bool {
	if len(o.Except) > 0 && o.Except.MatchKey(e.Key()) {
		return false
	}
	if e.item != nil {
		if !o.Filters.Match(e.item.Root) {
			return false
		}
	} else if !o.Filters.MatchEntity(e.entity) {
		return false
	}
	return o.Where.Match(e)
}

// lister finds the states of entities by what a plan would do.
type lister struct {
	b      *builder
	items  map[panther.Key]*repo.Item
	states map[panther.Key]EntityState
	// replaces has the live entity of another kind that a plan replaces.
	replaces map[panther.Key]panther.Key
}

func newLister(b *builder) *lister {
	l := &lister{b: b, items: map[panther.Key]*repo.Item{}, states: map[panther.Key]EntityState{}, replaces: map[panther.Key]panther.Key{}}
	l.classify()
	return l
}

func (l *lister) classify() {
	b := l.b
	gone := map[panther.Key]bool{} // they are listed as what replaces them
	for _, list := range [][]Change{b.plan.Changes, b.plan.Kept} {
		for _, c := range list {
			l.add(c.Key(), stateOf(c))
			if old, ok := c.Replaced(); ok {
				gone[old], l.replaces[c.Key()] = true, old
			}
		}
	}
	for _, u := range b.plan.Unmanaged {
		state := StateOnlyLive
		if u.Managed {
			state = StateManaged
		}
		l.add(panther.Key{Kind: u.Kind, ID: u.ID}, state)
	}
	for _, e := range b.desired {
		if _, done := l.states[e.Key]; !done {
			l.add(e.Key, StateInStep)
		}
	}
	for _, it := range b.repo.Items {
		if it.Kind == "" || !b.scope.matchItem(it) {
			continue
		}
		k := it.Key()
		l.items[k] = it
		if _, done := l.states[k]; !done {
			l.add(k, l.idle(it))
		}
	}
	unread := map[panther.Key]bool{} // their files are there, and can't be read
	for _, path := range b.repo.Unread {
		for _, k := range b.unreadSpecs(path) {
			unread[k] = true
		}
	}
	for k := range b.live {
		if _, done := l.states[k]; done || gone[k] || !b.scope.match(k) || l.hasSibling(k) {
			continue
		}
		switch {
		case b.opts.Policies.releases(k):
			l.add(k, StateReleased)
		case b.held[k]:
			l.add(k, StateNotDeployed)
		case unread[k]:
			l.add(k, StateNotDeployed)
		case b.opts.Base.knows(k):
			l.add(k, StateRemoved)
		default:
			l.add(k, StateOnlyLive)
		}
	}
}

// hasSibling reports whether the repository has the id as another type of rule, which is
// listed.
func (l *lister) hasSibling(k panther.Key) bool {
	return slices.ContainsFunc(k.Siblings(), func(o panther.Key) bool { return l.items[o] != nil })
}

// idle is the state of a spec that is not compared.
func (l *lister) idle(it *repo.Item) EntityState {
	switch {
	case l.b.opts.Policies.releasesItem(it):
		return StateReleased
	case l.b.opts.Unreadable.Has(it.Kind):
		return StateUnknown
	}
	return StateNotDeployed
}

// add sets the state of an entity. One that is changed and kept has both states.
func (l *lister) add(k panther.Key, s EntityState) {
	switch old, has := l.states[k]; {
	case !has || old == s || old == StateAccepted:
		l.states[k] = s
	case s == StateAccepted:
	case old == StateConflict || s == StateConflict:
		l.states[k] = StateConflict
	default:
		l.states[k] = StateMixed
	}
}

// stateOf returns the state that a change of a plan shows.
func stateOf(c Change) EntityState {
	switch {
	case c.Action == Delete:
		return StateRemoved
	case c.Action == Create && c.Cause == CauseDrift:
		return StateDeleted
	case c.Action == Create && c.Cause == CauseConflict:
		return StateConflict
	case c.Action == Create:
		return StateOnlyHere
	case len(c.Fields) > 0 && !slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return !f.Acceptance.accepts() }):
		return StateAccepted
	}
	switch c.Cause {
	case CauseCommit:
		return StateChanged
	case CauseDrift:
		return StateEdited
	case CauseConflict:
		return StateConflict
	case CauseMixed:
		return StateMixed
	}
	return StateDiffers
}

// listed returns an entity with its state.
func (l *lister) listed(k panther.Key) Listed {
	out := Listed{Kind: k.Kind, ID: k.ID, State: l.states[k], item: l.items[k]}
	have, live := l.b.live[k]
	was, deployed := l.b.opts.Base.Entity(k)
	if old, replaced := l.replaces[k]; replaced {
		out.Changed = edit(l.b.live[old])
	}
	switch {
	case live:
		out.entity, out.Changed = have, edit(have)
	case out.item != nil:
		out.entity = l.b.entity(k)
		if out.entity.ID == "" {
			out.entity = out.item.Entity().Entity
		}
	case deployed:
		out.entity = was
	}
	out.entity.Key = k
	switch {
	case out.item != nil:
		out.Path = out.item.Path
	case deployed:
		_, out.Path, _ = l.b.opts.Base.place(k, l.b.opts.Root)
		out.item = l.b.opts.Base.item(k)
	}
	out.Fields = shortFields(out.entity)
	return out
}
