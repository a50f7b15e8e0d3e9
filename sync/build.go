package sync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"golang.org/x/sync/errgroup"
)

// PlanOptions says how to plan.
type PlanOptions struct {
	// Tenant names the deployment.
	Tenant string
	// Only limits the plan to entities that one of these patterns names.
	Only Filter
	// Delete plans the removal of what is live and not in the repository.
	Delete bool
}

// Live is what Panther holds, by key.
type Live map[panther.Key]panther.Entity

// BuildPlan compares a repository with what is live. It reads nothing else and
// writes nothing.
func BuildPlan(ctx context.Context, r *repo.Repo, live Live, o PlanOptions) (*Plan, error) {
	p := &Plan{FormatVersion: FormatVersion, Tenant: o.Tenant, Revision: RevisionText(r), Changes: []Change{}}
	b := &builder{repo: r, live: live, opts: o, plan: p, held: map[panther.Key]bool{}}
	items := b.sort()
	decoded := make([]repo.Decoded, len(items))
	changes := make([]*Change, len(items))
	g, gctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(items); i += workers {
				if err := gctx.Err(); err != nil {
					return err
				}
				decoded[i] = items[i].Entity()
				if decoded[i].OK() {
					changes[i] = compare(items[i], decoded[i].Entity, live)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, it := range items {
		b.take(it, decoded[i], changes[i])
	}
	b.unmanaged()
	b.diagnose()
	p.Diagnostics = append(p.Diagnostics, b.order()...)
	return p, nil
}

// RevisionText names the revision that a repository was loaded from: the
// commit, with "-dirty" where the working tree differs from it; empty where
// there is no commit.
func RevisionText(r *repo.Repo) string {
	if r.Revision.Commit != "" && r.Revision.Dirty {
		return r.Revision.Commit + "-dirty"
	}
	return r.Revision.Commit
}

type builder struct {
	repo *repo.Repo
	live Live
	opts PlanOptions
	plan *Plan
	// held are the live entities that the repository names in any form, so that
	// they are neither unmanaged nor ever deleted.
	held map[panther.Key]bool
	// unsynced counts the items by key that is not synced.
	unsynced map[string]int
	// asleep are the live entities whose spec is excluded.
	asleep []string
	// desired are the entities wanted, by key.
	desired []panther.Entity
}

// sort counts what can't or mustn't be deployed and gives the rest, by key.
func (b *builder) sort() []*repo.Item {
	var items []*repo.Item
	for _, it := range b.repo.Named {
		for _, key := range mayBe(it) {
			b.held[key] = true
		}
	}
	for _, it := range b.repo.Items {
		for _, key := range mayBe(it) {
			b.held[key] = true
		}
		switch {
		case !b.opts.Only.MatchItem(it):
		case it.Kind == "" && !it.Broken:
			b.plan.Summary.NotDeployable++
		case it.Excluded:
			b.plan.Summary.Excluded++
			if _, live := b.live[it.Key()]; live {
				b.asleep = append(b.asleep, it.Key().String())
			}
		case it.Deployable():
			items = append(items, it)
		}
	}
	slices.SortStableFunc(items, func(x, y *repo.Item) int { return x.Key().Compare(y.Key()) })
	return items
}

// mayBe lists the keys under which an item may be live. The kind of a rule
// that is broken or derived can't be told, so it holds them all.
func mayBe(it *repo.Item) []panther.Key {
	if it.Kind != "" {
		return []panther.Key{it.Key()}
	}
	if it.Type != repo.TypeRule {
		return nil
	}
	return []panther.Key{{Kind: panther.Rule, ID: it.ID}, {Kind: panther.SimpleRule, ID: it.ID}}
}

// compare gives the change that makes live what is desired, or nil.
func compare(it *repo.Item, desired panther.Entity, live Live) *Change {
	c := &Change{Kind: it.Kind, ID: it.ID, Path: it.Path, Fields: []FieldChange{}}
	have, exists := live[it.Key()]
	if !exists {
		c.Action = Create
		for _, f := range it.Kind.Fields() {
			if v, ok := desired.Fields[f.Name]; ok && !f.Empty(v) {
				c.Fields = append(c.Fields, FieldChange{Name: f.Name, After: v})
			}
		}
		return c
	}
	fields := diff.Entities(desired, have)
	if len(fields) == 0 {
		return nil
	}
	c.Action = Update
	for _, f := range fields {
		c.Fields = append(c.Fields, FieldChange{Name: f.Name, Before: f.Before, After: f.After})
	}
	c.against(have)
	return c
}

// against records the live entity that the change was planned for.
func (c *Change) against(live panther.Entity) {
	c.LiveFingerprint, c.LiveDigests, c.ServerID = live.Fingerprint(), live.Digests(), live.ServerID
}

func (b *builder) take(it *repo.Item, d repo.Decoded, c *Change) {
	b.plan.Diagnostics = append(b.plan.Diagnostics, d.Diagnostics...)
	if !d.OK() {
		return
	}
	b.desired = append(b.desired, d.Entity)
	for _, key := range d.Unsynced {
		if b.unsynced == nil {
			b.unsynced = map[string]int{}
		}
		b.unsynced[key]++
	}
	if c == nil {
		b.plan.Summary.Unchanged++
		return
	}
	if c.Action == Create {
		b.plan.Summary.Create++
	} else {
		b.plan.Summary.Update++
	}
	b.plan.Changes = append(b.plan.Changes, *c)
}

// unmanaged counts what is live and not in the repository, and plans to delete
// it where that was asked for.
func (b *builder) unmanaged() {
	s := &b.plan.Summary
	for _, key := range sortedLive(b.live) {
		if b.held[key] || !b.opts.Only.MatchKey(key) {
			continue
		}
		e := b.live[key]
		if !b.opts.Delete || e.Managed || b.blind() {
			s.Unmanaged++
			continue
		}
		c := Change{Kind: key.Kind, ID: key.ID, Action: Delete, Fields: []FieldChange{}}
		for _, f := range diff.All(e) {
			c.Fields = append(c.Fields, FieldChange{Name: f.Name, Before: e.Fields[f.Name]})
		}
		c.against(e)
		s.Delete++
		b.plan.Changes = append(b.plan.Changes, c)
	}
}

// blind tells that some file can't be read, so that nobody knows which live
// entities the repository really lacks.
func (b *builder) blind() bool { return len(b.repo.Unread) > 0 }

func sortedLive(live Live) []panther.Key {
	keys := make([]panther.Key, 0, len(live))
	for k := range live {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, panther.Key.Compare)
	return keys
}

// diagnose gathers what is to be told: faults of files, and facts told once.
func (b *builder) diagnose() {
	p := b.plan
	var ds []repo.Diagnostic
	for _, d := range b.repo.Diagnostics {
		ds = append(ds, b.soften(d))
	}
	for _, d := range p.Diagnostics {
		ds = append(ds, b.soften(d))
	}
	slices.SortStableFunc(ds, func(x, y repo.Diagnostic) int {
		if (x.Path == "") != (y.Path == "") {
			return map[bool]int{true: 1, false: -1}[x.Path == ""]
		}
		return cmp.Or(strings.Compare(x.Path, y.Path), x.Line-y.Line, x.Column-y.Column)
	})
	say := func(s repo.Severity, format string, args ...any) {
		ds = append(ds, repo.Diagnostic{Severity: s, Message: fmt.Sprintf(format, args...)})
	}
	if b.opts.Delete && b.blind() {
		say(repo.SeverityWarning, "nothing is planned for deletion, because %s can't be read and may hold what seems to be missing; mend it first", strings.Join(b.repo.Unread, ", "))
	}
	if keys := b.unsyncedText(); keys != "" {
		say(repo.SeverityInfo, "kept in the repository and not synced, because Panther's REST API has no field for them: %s", keys)
	}
	if n := len(b.asleep); n > 0 {
		say(repo.SeverityInfo, "live in Panther and left as they are, because their Status keeps them from being deployed: %s", some(b.asleep))
	}
	ds = append(ds, b.matchless()...)
	ds = append(ds, b.otherKind()...)
	ds = append(ds, b.olderDeployment()...)
	ds = append(ds, b.managedUpdates()...)
	if ds == nil {
		ds = []repo.Diagnostic{}
	}
	p.Diagnostics = ds
}

// some lists the first few of many.
func some(list []string) string {
	const most = 5
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// soften makes an error a warning when the plan is limited to other entities:
// who names what to deploy isn't stopped by a file next to it.
func (b *builder) soften(d repo.Diagnostic) repo.Diagnostic {
	if d.Severity != repo.SeverityError {
		return d
	}
	if d.Path == "" && d.Kind != "" && !b.held[panther.Key{Kind: panther.Kind(d.Kind), ID: d.ID}] {
		// What is odd in Panther alone stops nobody who doesn't deploy it.
		d.Severity = repo.SeverityWarning
	}
	if len(b.opts.Only) == 0 {
		return d
	}
	for _, it := range b.repo.Items {
		if it.ID == d.ID && d.ID != "" && b.opts.Only.MatchItem(it) {
			return d
		}
	}
	d.Severity = repo.SeverityWarning
	return d
}

func (b *builder) unsyncedText() string {
	keys := make([]string, 0, len(b.unsynced))
	for k := range b.unsynced {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%s (%d)", k, b.unsynced[k])
	}
	return strings.Join(keys, ", ")
}

// matchless warns of patterns that name nothing, which are most likely typos,
// and of a repository without specs.
func (b *builder) matchless() []repo.Diagnostic {
	var out []repo.Diagnostic
	for _, p := range b.opts.Only {
		one := Filter{p}
		named := slices.ContainsFunc(b.repo.Items, one.MatchItem)
		for k := range b.live {
			named = named || one.MatchKey(k)
		}
		if !named {
			out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Message: fmt.Sprintf("--only %q names nothing, neither in the repository nor in Panther; check the kind and the id", p.text)})
		}
	}
	if len(b.repo.Items) == 0 && len(b.repo.Unread) == 0 {
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Message: "the repository holds no specs; check the folder (-C), and content.include of pdac.yaml"})
	}
	return out
}

// otherKind warns where a rule would be created beside one of the same id and
// another kind.
func (b *builder) otherKind() []repo.Diagnostic {
	var out []repo.Diagnostic
	rules := []panther.Kind{panther.Rule, panther.SimpleRule, panther.ScheduledRule}
	for _, c := range b.plan.Changes {
		if c.Action != Create || !slices.Contains(rules, c.Kind) {
			continue
		}
		for _, k := range rules {
			if _, ok := b.live[panther.Key{Kind: k, ID: c.ID}]; ok && k != c.Kind {
				out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Path: c.Path, Kind: string(c.Kind), ID: c.ID,
					Message: fmt.Sprintf("%q is live as a %s and would be created as a %s; Panther may refuse the id until the other is deleted", c.ID, k, c.Kind)})
			}
		}
	}
	return out
}

// olderDeployment says once which values this Panther has no field for.
func (b *builder) olderDeployment() []repo.Diagnostic {
	count := map[string]int{}
	for _, e := range b.desired {
		have, exists := b.live[e.Key]
		for _, f := range e.Kind.Fields() {
			if _, shown := have.Fields[f.Name]; f.Optional && exists && !shown && !f.Equal(e.Fields[f.Name], nil) {
				count[f.SpecKey]++
			}
		}
	}
	var out []repo.Diagnostic
	for _, key := range slices.Sorted(maps.Keys(count)) {
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Message: fmt.Sprintf(
			"this Panther doesn't show %s, which %d of the specs set; it can't be compared there", key, count[key])})
	}
	return out
}

// managedUpdates warns that Panther's packs will write over what is updated.
func (b *builder) managedUpdates() []repo.Diagnostic {
	var out []repo.Diagnostic
	for _, c := range b.plan.Changes {
		if c.Action == Update && b.live[c.Key()].Managed {
			out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Path: c.Path, Kind: string(c.Kind), ID: c.ID,
				Message: fmt.Sprintf("%s is maintained by one of Panther's packs, which may write over this update; disable the pack, or give the spec an id of its own", c.Key())})
		}
	}
	return out
}
