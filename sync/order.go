package sync

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// order computes the dependencies between changes and sorts the changes. It
// reports cycles, and deletes of entities that are still used.
func (b *builder) order() []repo.Diagnostic {
	planned := map[panther.Key]int{}
	for i, c := range b.plan.Changes {
		planned[c.Key()] = i
		if old, ok := c.Replaced(); ok {
			planned[old] = i
		}
	}
	wanted := map[panther.Key]panther.Entity{}
	for _, e := range b.desired {
		wanted[e.Key] = e
	}
	uses := &usage{wanted: wanted, uses: b.references, change: func(k panther.Key) (int, bool) {
		i, ok := planned[k]
		return i, ok && b.plan.Changes[i].Action != Delete
	}}
	var out []repo.Diagnostic
	for i := range b.plan.Changes {
		c := &b.plan.Changes[i]
		if c.Action == Delete {
			out = append(out, b.dependants(c, planned, wanted)...)
			b.afterMove(c, planned, wanted)
			continue
		}
		for _, j := range uses.from(c.Key()) {
			if j != i {
				c.DependsOn = append(c.DependsOn, b.plan.Changes[j].Key().String())
			}
		}
		c.DependsOn = append(c.DependsOn, b.givers(c, planned, wanted)...)
		c.DependsOn = append(c.DependsOn, b.vacates(*c, planned)...)
		slices.Sort(c.DependsOn)
		c.DependsOn = slices.Compact(c.DependsOn)
	}
	out = append(out, breakCircles(b.plan.Changes)...)
	layers := layers(b.plan.Changes)
	sorted := make([]Change, 0, len(b.plan.Changes))
	for _, layer := range layers {
		for _, i := range layer {
			sorted = append(sorted, b.plan.Changes[i])
		}
	}
	b.plan.Changes = sorted
	return out
}

// vacates returns the deletes of other kinds that release the id of a change
// that creates something.
func (b *builder) vacates(c Change, planned map[panther.Key]int) []string {
	if c.Action == Update {
		return nil
	}
	var out []string
	for _, k := range c.Key().Siblings() {
		if j, ok := planned[k]; ok && b.plan.Changes[j].Action == Delete {
			out = append(out, k.String())
		}
	}
	return out
}

// references returns what an entity uses by name: the globals it may import, the
// queries that it reads and the rules that it combines.
func (b *builder) references(e panther.Entity) []panther.Key {
	var out []panther.Key
	if body, ok := e.Fields[panther.FieldBody].(string); ok {
		for _, m := range b.imports.of(body) {
			out = append(out, panther.Key{Kind: panther.Global, ID: m})
		}
	}
	if e.Kind == panther.CorrelationRule {
		for _, id := range subRules(e) {
			for _, kind := range []panther.Kind{panther.Rule, panther.SimpleRule, panther.ScheduledRule} {
				out = append(out, panther.Key{Kind: kind, ID: id})
			}
		}
	}
	for _, f := range e.Kind.Fields() {
		list, _ := e.Fields[f.Name].([]any)
		for _, v := range list {
			if id, ok := v.(string); ok && f.Refers != "" {
				out = append(out, panther.Key{Kind: f.Refers, ID: id})
			}
		}
	}
	return out
}

// subRules returns the ids of the rules whose matches a correlation rule combines,
// without duplicates: the RuleID of each part of its groups and sequences.
func subRules(e panther.Entity) []string {
	f, _ := e.Kind.Field(panther.FieldDetection)
	var out []string
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, inner := range v {
				visit(inner)
			}
		case map[string]any:
			for key, inner := range v {
				if id, ok := inner.(string); ok && key == "RuleID" {
					out = append(out, id)
				} else {
					visit(inner)
				}
			}
		}
	}
	visit(f.Canonical(e.Fields[f.Name]))
	slices.Sort(out)
	return slices.Compact(out)
}

// givers returns the data models that must release a log type before this one
// can use it: Panther allows one enabled data model for each (source: Panther's
// API description).
func (b *builder) givers(c *Change, planned map[panther.Key]int, wanted map[panther.Key]panther.Entity) []string {
	if c.Kind != panther.DataModel {
		return nil
	}
	takes := claims(wanted[c.Key()])
	var out []string
	for key := range planned {
		if key.Kind != panther.DataModel || key == c.Key() {
			continue
		}
		keeps := claims(wanted[key])
		if slices.ContainsFunc(claims(b.live[key]), func(t string) bool { return slices.Contains(takes, t) && !slices.Contains(keeps, t) }) {
			out = append(out, key.String())
		}
	}
	return out
}

// claims returns the log types of an enabled data model.
func claims(e panther.Entity) []string {
	if e.Fields[panther.FieldEnabled] != true {
		return nil
	}
	var out []string
	list, _ := e.Fields[panther.FieldLogTypes].([]any)
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// uses reports whether entities of a kind may refer to entities of another one.
func uses(k, other panther.Kind) bool {
	switch other {
	case panther.Global:
		_, has := k.Field(panther.FieldBody)
		return has
	case panther.Rule, panther.SimpleRule, panther.ScheduledRule:
		return k == panther.CorrelationRule
	}
	return slices.ContainsFunc(k.Fields(), func(f panther.Field) bool { return f.Refers == other })
}

// users returns the live entities that use an entity, sorted. The users of a kind
// are found once, because a plan may delete many entities.
func (b *builder) users(k panther.Key) []panther.Key {
	all, ok := b.usedBy[k.Kind]
	if !ok {
		all = map[panther.Key][]panther.Key{}
		for _, key := range sortedKeys(b.live) {
			if !uses(key.Kind, k.Kind) {
				continue
			}
			for _, ref := range b.references(b.live[key]) {
				if list := all[ref]; key != ref && (len(list) == 0 || list[len(list)-1] != key) {
					all[ref] = append(list, key)
				}
			}
		}
		if b.usedBy == nil {
			b.usedBy = map[panther.Kind]map[panther.Key][]panther.Key{}
		}
		b.usedBy[k.Kind] = all
	}
	return all[k]
}

// dependants makes a delete wait for changes that stop using the entity, and
// warns of what will still use it.
func (b *builder) dependants(c *Change, planned map[panther.Key]int, wanted map[panther.Key]panther.Entity) []repo.Diagnostic {
	var left []string
	for _, key := range b.users(c.Key()) {
		after, stays := b.live[key], true
		if j, ok := planned[key]; ok {
			by := b.plan.Changes[j].Key()
			c.DependsOn = append(c.DependsOn, by.String())
			after, stays = wanted[by]
		}
		if stays && slices.Contains(b.references(after), c.Key()) {
			left = append(left, key.String())
		}
	}
	slices.Sort(c.DependsOn)
	if len(left) == 0 {
		return nil
	}
	return []repo.Diagnostic{{Severity: repo.SeverityWarning, Kind: string(c.Kind), ID: c.ID, Message: fmt.Sprintf(
		"%s is planned for deletion but still used by %s; they will fail without it", c.Key(), strings.Join(left, ", "))}}
}

func index(changes []Change) map[string]int {
	at := make(map[string]int, len(changes))
	for i, c := range changes {
		at[c.Key().String()] = i
	}
	return at
}

// layers groups changes that can be applied concurrently, each group after the
// previous one: globals in the order of their imports, data models and queries,
// the rest, then deletes in reverse order, except those that make room for
// something new. It uses only the changes, so a saved plan has the same order.
func layers(changes []Change) [][]int {
	at := index(changes)
	phase := phases(changes, at)
	depth := make([]int, len(changes))
	for i := range depth {
		depth[i] = -1
	}
	var measure func(i int) int
	measure = func(i int) int {
		if depth[i] >= 0 {
			return depth[i]
		}
		depth[i] = 0 // also ends a cycle in a plan that was edited by hand
		d := 0
		for _, dep := range changes[i].DependsOn {
			if j, ok := at[dep]; ok && phase[j] == phase[i] {
				d = max(d, measure(j)+1)
			}
		}
		depth[i] = d
		return d
	}
	order := make([]int, len(changes))
	for i := range changes {
		order[i] = i
		measure(i)
	}
	before := func(i, j int) int { return cmp.Or(phase[i]-phase[j], depth[i]-depth[j]) }
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(before(i, j), changes[i].Key().Compare(changes[j].Key()))
	})
	var out [][]int
	for n, i := range order {
		if n == 0 || before(order[n-1], i) != 0 {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], i)
	}
	return out
}

func phases(changes []Change, at map[string]int) []int {
	out := make([]int, len(changes))
	for i, c := range changes {
		out[i] = c.Kind.Phase()
		if c.backwards() {
			out[i] = 2*panther.LastPhase + 1 - c.Kind.Phase()
		}
	}
	for i, c := range changes {
		for _, dep := range c.DependsOn {
			if j, ok := at[dep]; ok && !c.backwards() && changes[j].backwards() {
				out[j] = min(out[j], out[i])
			}
		}
	}
	return out
}

// backwards reports whether the change is ordered like a delete: after the
// changes of entities that use it.
func (c Change) backwards() bool { return c.Action == Delete || c.reverse }
