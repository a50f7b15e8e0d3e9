package sync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Dependencies is what a plan that is limited by a filter does about changes that
// the filter leaves out and that its own changes need.
type Dependencies string

// The values.
const (
	// DependenciesIgnored does not look for them.
	DependenciesIgnored Dependencies = ""
	// DependenciesStop reports them as errors.
	DependenciesStop Dependencies = "stop"
	// DependenciesTake takes them along.
	DependenciesTake Dependencies = "take"
	// DependenciesLeave only warns of them.
	DependenciesLeave Dependencies = "leave"
)

// gap is a change that a limited plan lacks although one of its changes needs it.
type gap struct {
	of     Change
	needed Change
	// weak is set if the change works without it, with what is live.
	weak bool
}

// part compares a limited plan with the complete one.
type part struct {
	whole *builder
	// changes are those of the complete plan by key, and named by the text of the
	// key. models are those of data models.
	changes map[panther.Key]Change
	named   map[string]Change
	models  []Change
	// has contains the keys of the limited plan, and only its filter.
	has    map[panther.Key]bool
	only   scope
	except Filter
}

// buildPart makes a plan that is limited by a filter, and looks for the changes that
// it lacks.
func buildPart(ctx context.Context, r *repo.Repo, live Live, o PlanOptions) (*Plan, error) {
	all := o
	all.Only, all.Unreadable = nil, slices.Concat(o.Unreadable, o.Unseen)
	whole, err := build(ctx, r, live, all)
	if err != nil {
		return nil, err
	}
	b, err := build(ctx, r, live, o)
	if err != nil {
		return nil, err
	}
	x := part{whole: whole, changes: map[panther.Key]Change{}, named: map[string]Change{}, has: map[panther.Key]bool{}, only: b.scope, except: o.Except}
	for _, c := range whole.plan.Changes {
		x.changes[c.Key()], x.named[c.Key().String()] = c, c
		if c.Kind == panther.DataModel {
			x.models = append(x.models, c)
		}
	}
	for _, c := range b.plan.Changes {
		x.has[c.Key()] = true
	}
	var along []panther.Key
	if o.Dependencies == DependenciesTake {
		if along = x.takeAlong(); len(along) > 0 {
			for _, k := range along {
				o.Only = append(slices.Clip(o.Only), exactly(k))
			}
			if b, err = build(ctx, r, live, o); err != nil {
				return nil, err
			}
			x.only = b.scope
		}
	}
	p := b.plan
	for _, k := range along {
		p.Along = append(p.Along, k.String())
	}
	if len(along) > 0 {
		p.Diagnostics = append(p.Diagnostics, repo.Diagnostic{Severity: repo.SeverityInfo, Message: "taken along with --with-dependencies: " + strings.Join(p.Along, ", ")})
	}
	p.Diagnostics = append(p.Diagnostics, x.report(b.plan.Changes, o)...)
	return p, nil
}

// takeAlong returns the keys of the changes that the limited plan lacks, with those
// that these need, and adds them to what it has.
func (x *part) takeAlong() []panther.Key {
	var out []panther.Key
	queue := sortedSet(x.has)
	for len(queue) > 0 {
		k := queue[0]
		queue = queue[1:]
		for _, g := range x.gaps(x.changes[k]) {
			if key := g.needed.Key(); !g.weak && !x.has[key] && !x.excepts(key) {
				x.has[key] = true
				out, queue = append(out, key), append(queue, key)
			}
		}
	}
	slices.SortFunc(out, panther.Key.Compare)
	return out
}

// excepts reports whether an entity must not be taken along.
func (x *part) excepts(k panther.Key) bool { return len(x.except) > 0 && x.except.MatchKey(k) }

func sortedSet(set map[panther.Key]bool) []panther.Key {
	return slices.SortedFunc(maps.Keys(set), panther.Key.Compare)
}

// gaps returns the changes that a change of the complete plan needs and the limited
// plan lacks, sorted by key.
func (x *part) gaps(c Change) []gap {
	if c.Action == "" {
		return nil // only the limited plan has it
	}
	missing := map[panther.Key]gap{}
	add := func(needed Change, weak bool) {
		k := needed.Key()
		if old, known := missing[k]; !x.has[k] && (!known || old.weak) {
			missing[k] = gap{c, needed, weak}
		}
	}
	for _, other := range x.needed(c) {
		add(other, c.Action == Update && !c.changesUses() && other.Action != Delete || other.Action == Update && !other.changesInterface() && c.Action != Delete)
	}
	// Data models are not among the dependencies, because a rule works without.
	for _, other := range x.models {
		if x.whole.readsModel(x.whole.entity(c.Key()), other.Key()) {
			add(other, c.Action == Update && !c.changesUses() || other.Action == Update && !other.changesInterface())
		}
	}
	if c.Action == Update && !c.changesInterface() || c.Action == Create {
		return sortedGaps(missing)
	}
	// What is live and uses it may change together with it.
	for _, u := range x.users(c) {
		if other, ok := x.changes[u]; ok && other.Action != Create && (other.Action != Update || other.changesUses()) {
			add(other, false)
		}
	}
	return sortedGaps(missing)
}

// needed returns the changes of the complete plan that a change depends on, directly or
// through others.
func (x *part) needed(c Change) []Change {
	var out []Change
	seen := map[string]bool{c.Key().String(): true}
	var visit func(c Change)
	visit = func(c Change) {
		for _, dep := range c.DependsOn {
			if other, ok := x.named[dep]; ok && !seen[dep] {
				seen[dep] = true
				out = append(out, other)
				visit(other)
			}
		}
	}
	visit(c)
	return out
}

func sortedGaps(all map[panther.Key]gap) []gap {
	return slices.SortedFunc(maps.Values(all), func(a, b gap) int { return a.needed.Key().Compare(b.needed.Key()) })
}

// entity returns an entity as it is wanted.
func (b *builder) entity(k panther.Key) panther.Entity {
	i, found := slices.BinarySearchFunc(b.desired, k, func(e panther.Entity, k panther.Key) int { return e.Compare(k) })
	if !found {
		return panther.Entity{}
	}
	return b.desired[i]
}

// readsModel reports whether the Python of an entity may read its events through a
// data model.
func (b *builder) readsModel(e panther.Entity, model panther.Key) bool {
	body, _ := e.Fields[panther.FieldBody].(string)
	if e.Kind == panther.Global || e.Kind == panther.DataModel || !strings.Contains(body, "udm") {
		return false
	}
	types := slices.Concat(claims(b.entity(model)), claims(b.live[model]))
	list, _ := e.Fields[panther.FieldLogTypes].([]any)
	return slices.ContainsFunc(list, func(v any) bool {
		s, ok := v.(string)
		return ok && slices.Contains(types, s)
	})
}

// users returns the live entities that use what changes, sorted.
func (x *part) users(c Change) []panther.Key {
	if c.Kind != panther.DataModel || c.Action != Delete {
		return x.whole.users(c.Key())
	}
	var out []panther.Key
	for _, k := range sortedKeys(x.whole.live) {
		if e := x.whole.live[k]; x.whole.readsModel(e, c.Key()) && !x.otherModel(e, c.Key()) {
			out = append(out, k)
		}
	}
	return out
}

// otherModel reports whether an entity can read its events through another data model
// once one is gone.
func (x *part) otherModel(e panther.Entity, gone panther.Key) bool {
	return slices.ContainsFunc(x.whole.desired, func(m panther.Entity) bool {
		k := m.Key
		_, live := x.whole.live[k]
		return k.Kind == panther.DataModel && k != gone && (live || x.has[k]) && x.whole.readsModel(e, k)
	})
}

// changesUses reports whether an update may change what the entity uses.
func (c Change) changesUses() bool {
	return slices.ContainsFunc(c.Fields, func(f FieldChange) bool {
		field, _ := c.Kind.Field(f.Name)
		return f.Name == panther.FieldBody || f.Name == panther.FieldDetection || f.Name == panther.FieldLogTypes || field.Refers != ""
	})
}

// changesInterface reports whether an update may change what those see that use the
// entity: not its description, for example.
func (c Change) changesInterface() bool {
	var names []string
	switch c.Kind {
	case panther.Global:
		names = []string{panther.FieldBody}
	case panther.DataModel:
		names = []string{panther.FieldBody, panther.FieldLogTypes, panther.FieldEnabled, "mappings"}
	case panther.Query:
		names = []string{panther.FieldSQL}
	}
	return slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return slices.Contains(names, f.Name) })
}

// report returns the diagnostics about what the limited plan lacks.
func (x *part) report(changes []Change, o PlanOptions) []repo.Diagnostic {
	var out []repo.Diagnostic
	say := func(c Change, s repo.Severity, format string, args ...any) {
		format = strings.ReplaceAll(format, "--only", o.limit())
		out = append(out, repo.Diagnostic{Severity: s, Path: c.Path, Kind: string(c.Kind), ID: c.ID, Message: fmt.Sprintf(format, args...)})
	}
	for _, c := range changes {
		var strong, weak, left, others, excepted []string
		for _, g := range x.gaps(x.changes[c.Key()]) {
			if g.weak {
				weak = append(weak, g.needed.Key().String())
			} else {
				strong = append(strong, string(g.needed.Action)+" "+g.needed.Key().String())
				if x.excepts(g.needed.Key()) {
					excepted = append(excepted, g.needed.Key().String())
				}
			}
		}
		for _, u := range x.users(c) {
			switch _, changed := x.changes[u]; {
			case x.only.match(u) || changed || c.Action == Update && !c.changesInterface():
			case c.Action == Delete:
				left = append(left, u.String())
			case c.Action == Update:
				others = append(others, u.String())
			}
		}
		switch {
		case len(strong) == 0:
		case o.Dependencies == DependenciesLeave:
			say(c, repo.SeverityWarning, "%s may not work, because --only leaves out what it needs or what changes with it: %s", c.Key(), some(strong))
		case len(excepted) > 0:
			say(c, repo.SeverityError, "%s needs what --except leaves out, or what changes with it: %s; except %s too, or add --without-dependencies", c.Key(), some(excepted), c.Key())
		default:
			say(c, repo.SeverityError, "%s can't be deployed alone, because --only leaves out what it needs or what changes with it: %s; add --with-dependencies to take that along, or --without-dependencies to leave it out", c.Key(), some(strong))
		}
		if len(weak) > 0 {
			say(c, repo.SeverityWarning, "%s is deployed without the changes of what it uses, which --only leaves out: %s", c.Key(), some(weak))
		}
		if len(left) > 0 && o.Dependencies != DependenciesLeave {
			say(c, repo.SeverityError, "deleting %s breaks what is live, still uses it, and is left out by --only: %s; add --without-dependencies to delete it nevertheless", c.Key(), some(left))
		}
		if len(others) > 0 {
			say(c, repo.SeverityInfo, "%s is also used by %s, which --only leaves out: %s", c.Key(), entities(len(others)), some(others))
		}
		if kinds := x.unseen(c.Key(), o.Unseen); len(kinds) > 0 {
			say(c, repo.SeverityWarning, "whether what %s uses is live is unknown, because Panther does not list its kind: %s", c.Key(), strings.Join(kinds, ", "))
		}
	}
	return out
}

// limit returns the flag that limits the plan.
func (o PlanOptions) limit() string {
	switch {
	case len(o.Owners) > 0:
		return "--owner"
	case len(o.Filters) > 0:
		return "--filter"
	case len(o.Except) > 0:
		return "--except"
	}
	return "--only"
}

func entities(n int) string {
	if n == 1 {
		return "1 live entity"
	}
	return fmt.Sprintf("%d live entities", n)
}

// unseen returns the kinds of what an entity uses that could not be read.
func (x *part) unseen(k panther.Key, kinds Unreadable) []string {
	var out []string
	if len(kinds) == 0 {
		return nil
	}
	for _, ref := range x.whole.references(x.whole.entity(k)) {
		if kinds.Has(ref.Kind) && x.whole.wants[ref] && !slices.Contains(out, string(ref.Kind)) {
			out = append(out, string(ref.Kind))
		}
	}
	slices.Sort(out)
	return out
}
