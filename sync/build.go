package sync

import (
	"context"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// PlanOptions configures a plan.
type PlanOptions struct {
	// Tenant is the name of the deployment.
	Tenant string
	// Only limits the plan to entities that match one of the patterns.
	Only Filter
	// Base is the last deployment. Without it, the plan compares only two sides
	// and can't attribute differences.
	Base *Base
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
	// Unseen lists kinds outside Only that are missing in the live entities.
	Unseen Unreadable
}

// Live contains the live entities by key.
type Live map[panther.Key]panther.Entity

// BuildPlan compares a repository with the live entities. It reads nothing else
// and writes nothing.
func BuildPlan(ctx context.Context, r *repo.Repo, live Live, o PlanOptions) (*Plan, error) {
	if len(o.Only) > 0 && o.Dependencies != DependenciesIgnored {
		return buildPart(ctx, r, live, o)
	}
	b, err := build(ctx, r, live, o)
	if err != nil {
		return nil, err
	}
	return b.plan, nil
}

// build makes a plan and returns what it was made with.
func build(ctx context.Context, r *repo.Repo, live Live, o PlanOptions) (*builder, error) {
	o.Policies = o.Policies.orDefault()
	p := &Plan{FormatVersion: FormatVersion, Tenant: o.Tenant, Revision: r.RevisionText(), Policies: o.Policies, Changes: []Change{}, Unreadable: o.Unreadable}
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
	b.judge()
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
	_, deployed := b.opts.Base.Entity(k)
	return live || deployed || b.wants[k]
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
		drifted, conflict = drifted || c.has(CauseDrift), conflict || c.has(CauseConflict)
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

// rest handles entities that are live or were deployed, and are not in the
// repository.
func (b *builder) rest() {
	replaced := map[panther.Key]bool{}
	for _, list := range [][]Change{b.plan.Changes, b.plan.Kept} {
		for _, c := range list {
			if old, ok := c.Replaced(); ok {
				replaced[old] = true
			}
		}
	}
	defer func() {
		slices.Sort(b.plan.Released)
		b.plan.Released = slices.Compact(b.plan.Released)
	}()
	for _, key := range b.others() {
		if !b.scope.match(key) || replaced[key] || b.opts.Unreadable.Has(key.Kind) {
			continue
		}
		e, live := b.live[key]
		_, deployed := b.opts.Base.Entity(key)
		if b.opts.Policies.releases(key) && !(deployed && b.part(key) != "") {
			b.release(key)
			continue
		}
		if b.held[key] && !(deployed && b.drops(key, live)) {
			continue
		}
		switch {
		case deployed && !b.removes(key):
			if live {
				b.keep(key)
			}
		case deployed && !live:
			b.plan.Gone = append(b.plan.Gone, key.String())
			b.plan.Summary.Converged++
		case deployed:
			b.note(b.merger().removed(key))
		case live && b.opts.Delete && b.opts.Base == nil && !e.Managed && !b.blind():
			c := Change{Kind: key.Kind, ID: key.ID, Action: Delete, Fields: []FieldChange{}}
			for _, f := range diff.All(e) {
				c.Fields = append(c.Fields, FieldChange{Name: f.Name, Before: e.Fields[f.Name]})
			}
			c.against(e)
			b.note(merged{change: &c})
		case live:
			b.plan.Summary.Unmanaged++
			b.plan.Unmanaged = append(b.plan.Unmanaged, Unmanaged{Kind: key.Kind, ID: key.ID, Managed: e.Managed, Edited: edit(e)})
		}
	}
}

// others returns the keys of entities that are live or were deployed.
func (b *builder) others() []panther.Key {
	keys := sortedKeys(b.live)
	if b.opts.Base != nil {
		for k := range b.opts.Base.entities {
			if _, ok := b.live[k]; !ok {
				keys = append(keys, k)
			}
		}
		slices.SortFunc(keys, panther.Key.Compare)
	}
	return keys
}

// removes reports whether a deployed entity that is missing from the repository
// counts as removed.
func (b *builder) removes(k panther.Key) bool { return !b.blind() && b.staying(k) == "" }

// staying returns the reason why a deployed entity that is missing from the
// repository does not count as removed; "" for no reason.
func (b *builder) staying(k panther.Key) string {
	if why := b.part(k); why != "" {
		return why
	}
	if root, spec, _ := b.opts.Base.place(k, b.opts.Root); root == b.opts.Root {
		for _, folder := range b.repo.Unfollowed {
			if strings.HasPrefix(spec, folder+"/") {
				return folder + " is a link or another repository, which is not read"
			}
		}
	}
	if len(b.repo.Items) == 0 && !b.opts.AllowEmpty {
		return "the repository has no specs"
	}
	return ""
}

// part returns the reason why the repository may be without a deployed entity
// that is in another part of it; "" for no reason.
func (b *builder) part(k panther.Key) string {
	switch {
	case b.opts.KeepRemoved != "":
		return b.opts.KeepRemoved
	case b.opts.KeepFrom != nil:
		root, _, _ := b.opts.Base.place(k, b.opts.Root)
		return b.opts.KeepFrom(root)
	}
	return ""
}

// keep records a deployed entity that does not count as removed.
func (b *builder) keep(k panther.Key) {
	why := b.staying(k)
	if b.kept == nil {
		b.kept = map[string][]string{}
	}
	if len(b.kept[why]) == 0 {
		b.reasons = append(b.reasons, why)
	}
	b.kept[why] = append(b.kept[why], k.String())
}

func (b *builder) merger() merger {
	return merger{base: b.opts.Base, root: b.opts.Root, live: b.live, policies: b.opts.Policies, wants: b.wants, delete: b.opts.Delete, movedFrom: b.movedFrom}
}

// blind reports whether a file can't be read, so that it is unknown which live
// entities the repository really lacks.
func (b *builder) blind() bool { return len(b.repo.Unread) > 0 }

func sortedKeys(live Live) []panther.Key {
	keys := make([]panther.Key, 0, len(live))
	for k := range live {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, panther.Key.Compare)
	return keys
}
