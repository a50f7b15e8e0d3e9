package sync

import (
	"context"
	"maps"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// PlanOptions configures a plan.
type PlanOptions struct {
	// Tenant is the name of the deployment.
	Tenant string
	// Only limits the plan to entities that match one of the patterns.
	Only Filter
	// Owners are those whose entities Only has, and Filters the values that their specs
	// have; empty if it has others.
	Owners, Filters []string
	// Within are the patterns that Only was made from, if more limits the plan.
	Within []string
	// Except matches what Only was made without. It is not taken along either. Rest says
	// that Only has everything else, so that an error elsewhere is still one.
	Except Filter
	Rest   bool
	// Base is the last deployment. Without it, the plan compares only two sides
	// and can't attribute differences.
	Base *Base
	// Begun contains what an interrupted first deployment created; only without Base.
	Begun Begun
	// Delete plans deletes of live entities that are missing from the
	// repository, if there is no base. With a base, entities that were removed
	// from the repository are deleted anyway.
	Delete bool
	// Root is the planned folder, relative to the top of its git repository.
	Root string
	// KeepRemoved is the reason why nothing counts as removed from the
	// repository, for example because only part of it is loaded; "" for no
	// reason.
	KeepRemoved string
	// KeepFrom returns the reason why an entity that was deployed from another
	// folder of the git repository, and is missing here, does not count as
	// removed; "" for no reason. It may be nil.
	KeepFrom func(root string) string
	Policies Policies
	// Older says that the content is not the newest, such as in a rollback: what
	// moved may move back.
	Older bool
	// AllowEmpty makes everything that was deployed count as removed if the
	// repository has no specs. Otherwise nothing does.
	AllowEmpty bool
	// Unreadable lists the kinds that are missing in the live entities because
	// Panther refuses to list them.
	Unreadable Unreadable
	// Dependencies is what to do about changes outside Only that the plan needs.
	Dependencies Dependencies
	// Guards are applied to the changes. Allowed returns what lets a change through a
	// guard, by the guard's id and the live entity; nil for nothing. It may be nil.
	Guards  []Guard
	Allowed func(guard string, live panther.Key) *Allowance
	// Unseen lists kinds outside Only that are missing in the live entities.
	Unseen Unreadable
}

// Live contains the live entities by key.
type Live map[panther.Key]panther.Entity

// BuildPlan compares a repository with the live entities. It reads nothing else
// and writes nothing.
func BuildPlan(ctx context.Context, r *repo.Repo, live Live, o PlanOptions) (*Plan, error) {
	if len(o.Only) > 0 && o.Dependencies != DependenciesIgnored {
		p, err := buildPart(ctx, r, live, o)
		if err == nil {
			p.direct(live, r, o.Base)
			p.guard(o.Guards, o.Allowed, live)
		}
		return p, err
	}
	b, err := build(ctx, r, live, o)
	if err != nil {
		return nil, err
	}
	b.plan.direct(live, r, o.Base)
	b.plan.guard(o.Guards, o.Allowed, live)
	return b.plan, nil
}

// build makes a plan and returns what it was made with.
func build(ctx context.Context, r *repo.Repo, live Live, o PlanOptions) (*builder, error) {
	o.Policies = o.Policies.orDefault()
	p := &Plan{FormatVersion: FormatVersion, Tenant: o.Tenant, Revision: r.RevisionText(), Policies: o.Policies, Changes: []Change{}, Unreadable: o.Unreadable, Owners: o.Owners, Filters: o.Filters, Except: o.Except.Texts(), Within: o.Within}
	p.Policies.Accepted = nil
	p.Summary.Live = o.Only.count(live)
	live = live.since(o.Base.pantherYear())
	for _, e := range live {
		p.Year = max(p.Year, e.Year)
	}
	for _, pattern := range o.Only {
		p.Only = append(p.Only, pattern.text)
	}
	if o.Base != nil {
		p.Base = &o.Base.Info
	}
	p.Skipped, p.Summary.Skipped = r.Skipped, len(r.Skipped)
	b := &builder{repo: r, live: live, opts: o, plan: p, held: map[panther.Key]bool{}, wants: map[panther.Key]bool{}, skipped: map[panther.Key]repo.Skipped{}}
	b.scope = scope{only: o.Only, exists: b.exists, moved: o.Policies.moves()}
	items := b.sort()
	b.pairMoves()
	results := make([]merged, len(items))
	decoded, err := decode(ctx, items, o.Base, func(i int, d repo.Decoded) {
		if d.OK() {
			results[i] = b.merger().entity(items[i], d.Entity)
		}
	})
	if err != nil {
		return nil, err
	}
	for i, it := range items {
		b.take(it, decoded[i], results[i])
	}
	p.Content = contentDigest(r, items)
	b.rest()
	b.plan.Diagnostics = append(b.plan.Diagnostics, b.plan.stops(b.opts.Policies)...)
	b.diagnose()
	p.Diagnostics = append(p.Diagnostics, b.order()...)
	return b, nil
}

type builder struct {
	repo *repo.Repo
	live Live
	opts PlanOptions
	plan *Plan
	// held contains the live entities that the repository names in any form.
	// They are never unmanaged or deleted.
	held map[panther.Key]bool
	// wants contains the keys that the repository wants to be live.
	wants map[panther.Key]bool
	scope scope
	// byID are the specs with an id, for about.
	byID map[string][]*repo.Item
	// unread has the entities that were deployed from the files that can't be read now.
	unread map[string][]panther.Key
	// skipped contains the specs of entities that only skipped specs name.
	skipped map[panther.Key]repo.Skipped
	// dropped lists the deployed entities among them.
	dropped []panther.Key
	// unsynced contains the specs by unsynced key.
	unsynced map[string][]KeyPlace
	// asleep lists the live entities whose spec is excluded.
	asleep []string
	// desired lists the wanted entities, sorted by key.
	desired []panther.Entity
	// usedBy lists the live entities that use another one; see users.
	usedBy map[panther.Kind]map[panther.Key][]panther.Key
	// imports caches the imports of bodies.
	imports importReader
	// movedFrom has the live entity that a wanted one was until now.
	movedFrom map[panther.Key]panther.Key
	// kept lists the deployed entities that the repository lacks and that do
	// not count as removed, by reason. reasons has the reasons in order.
	kept    map[string][]string
	reasons []string
}

// sort counts the items that can't or must not be deployed, and returns the
// others sorted by key.
func (b *builder) sort() []*repo.Item {
	var items []*repo.Item
	for _, s := range b.repo.Skipped {
		for _, key := range b.hold(s.Item()) {
			b.skipped[key] = s
		}
	}
	for _, it := range b.repo.Items {
		if it.Deployable() {
			b.held[it.Key()], b.wants[it.Key()] = true, true
		} else {
			b.hold(it)
		}
		for _, key := range mayBe(it) {
			delete(b.skipped, key)
		}
	}
	for _, it := range b.repo.Items {
		switch {
		case !b.scope.matchItem(it):
		case b.opts.Policies.releasesItem(it):
			b.release(it.Key())
		case it.Kind == "" && !it.Broken, it.NoSQL:
			b.plan.Summary.NotDeployable++
		case it.Excluded:
			b.plan.Summary.Excluded++
			for _, key := range append([]panther.Key{it.Key()}, it.Key().Siblings()...) {
				if _, live := b.live[key]; live {
					b.asleep = append(b.asleep, key.String())
				}
			}
		case it.Deployable() && b.opts.Unreadable.Has(it.Kind):
			b.hold(it)
			if optional(it.Kind) {
				b.plan.Summary.NotDeployable++
			}
		case it.Deployable():
			items = append(items, it)
		}
	}
	slices.SortStableFunc(items, func(x, y *repo.Item) int { return x.Key().Compare(y.Key()) })
	return items
}

// hold keeps what is live under the id of a spec that is not deployed, of
// whatever type: it is unknown what the spec stands for. It returns the keys.
func (b *builder) hold(it *repo.Item) []panther.Key {
	var out []panther.Key
	for _, key := range mayBe(it) {
		out = append(append(out, key), key.Siblings()...)
	}
	for _, key := range out {
		b.held[key] = true
	}
	return out
}

// exists reports whether a key is wanted, live or deployed.
func (b *builder) exists(k panther.Key) bool {
	_, live := b.live[k]
	return live || b.opts.Base.knows(k) || b.wants[k]
}

// mayBe returns the keys under which an item may be live. The kind of a broken
// or derived rule is unknown, so it returns all of them.
func mayBe(it *repo.Item) []panther.Key {
	if it.Kind != "" {
		return []panther.Key{it.Key()}
	}
	if it.Type != repo.TypeRule {
		return nil
	}
	return []panther.Key{{Kind: panther.Rule, ID: it.ID}, {Kind: panther.SimpleRule, ID: it.ID}}
}

// take adds the result for an item to the plan.
func (b *builder) take(it *repo.Item, d repo.Decoded, m merged) {
	b.plan.Diagnostics = append(b.plan.Diagnostics, d.Diagnostics...)
	if !d.OK() {
		b.hold(it)
		return
	}
	b.desired = append(b.desired, d.Entity)
	for _, key := range d.Unsynced {
		if b.unsynced == nil {
			b.unsynced = map[string][]KeyPlace{}
		}
		b.unsynced[key] = append(b.unsynced[key], KeyPlace{Path: it.Path, Line: it.Pos(key).Line})
	}
	b.note(m)
}

// note adds the result for an entity to the plan.
func (b *builder) note(m merged) {
	s := &b.plan.Summary
	drifted, conflict := false, false
	if c := m.change; c != nil {
		switch c.Action {
		case Create:
			s.Create++
		case Update:
			s.Update++
		case Delete:
			s.Delete++
		case Replace:
			s.Replace++
		}
		b.plan.Changes = append(b.plan.Changes, *c)
		drifted, conflict = c.has(CauseDrift), c.has(CauseConflict)
	}
	if c := m.kept; c != nil {
		s.Kept++
		b.plan.Kept = append(b.plan.Kept, *c)
		if len(c.accepted()) > 0 {
			s.Accepted++
		}
		rest := c.unaccepted()
		drifted, conflict = drifted || rest.has(CauseDrift), conflict || rest.has(CauseConflict)
	}
	switch {
	case m.converged:
		s.Converged++
	case m.change == nil && m.kept == nil:
		s.Unchanged++
	}
	if drifted {
		s.Drifted++
	}
	if conflict {
		s.Conflicts++
	}
}

func sortedKeys(live Live) []panther.Key {
	return slices.SortedFunc(maps.Keys(live), panther.Key.Compare)
}
