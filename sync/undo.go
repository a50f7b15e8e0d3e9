package sync

import (
	"context"
	"slices"

	"github.com/pdac-dev/pdac/panther"
)

// undoPlan returns a plan that undoes an apply: created entities are deleted,
// updated ones get their old values, deleted ones are recreated, and replaced ones
// replace what has replaced them. Like every
// change, each is compared with Panther just before its write, so later edits
// stay.
func undoPlan(p *Plan, r *Result) *Plan {
	out := &Plan{FormatVersion: FormatVersion, Tenant: p.Tenant, Revision: p.Revision, Changes: []Change{}}
	done := map[string]ChangeResult{}
	for _, c := range r.Changes {
		if c.Outcome == Done {
			done[c.Key().String()] = c
		}
	}
	after := map[string][]Change{}
	for _, c := range p.Changes {
		for _, dep := range c.DependsOn {
			after[dep] = append(after[dep], c)
		}
	}
	for _, c := range p.Changes {
		res, ok := done[c.Key().String()]
		if !ok {
			continue
		}
		u := Change{Kind: c.Kind, ID: c.ID, Path: c.Path, Fields: []FieldChange{}}
		switch c.Action {
		case Create:
			u.Action = Delete
			u.against(res.Is)
			out.Summary.Delete++
		case Update:
			u.Action, u.reverse = Update, true
			for _, f := range c.Fields {
				u.Fields = append(u.Fields, FieldChange{Name: f.Name, Before: f.After, After: res.Was.Fields[f.Name]})
			}
			u.against(res.Is)
			out.Summary.Update++
		case Delete:
			u = recreation(res.Was)
			u.Path = c.Path
			out.Summary.Create++
		case Replace:
			u = recreation(res.Was)
			u.Path, u.Action, u.Replaces, u.reverse = c.Path, Replace, c.Kind, true
			u.against(res.Is)
			out.Summary.Replace++
		}
		// Later changes are undone first.
		for _, later := range doneAfter(c, after, done) {
			key := later.Key()
			if old, ok := later.Replaced(); ok {
				key = old // which its undo creates
			}
			u.DependsOn = append(u.DependsOn, key.String())
		}
		slices.Sort(u.DependsOn)
		out.Changes = append(out.Changes, u)
	}
	return out
}

// doneAfter returns the done changes that depend on a change, directly or through
// changes that were not done.
func doneAfter(c Change, after map[string][]Change, done map[string]ChangeResult) []Change {
	var out []Change
	seen := map[string]bool{}
	var visit func(key string)
	visit = func(key string) {
		for _, later := range after[key] {
			k := later.Key().String()
			if seen[k] {
				continue
			}
			seen[k] = true
			if _, ok := done[k]; ok {
				out = append(out, later)
			} else {
				visit(k)
			}
		}
	}
	visit(c.Key().String())
	return out
}

// Undo undoes an apply and adds the result to r. It continues when
// ctx ends, because an interrupted apply is to be undone too.
func Undo(ctx context.Context, api API, p *Plan, r *Result, o ApplyOptions) {
	o.HoldDeletes, o.SkipTests = false, true
	r.Undo = Apply(context.WithoutCancel(ctx), api, undoPlan(p, r), o)
}

// lost reports whether undoing the change of an entity deleted it, and could then
// create neither the old nor the new one.
func (r *Result) lost(k panther.Key) bool {
	return r.Undo != nil && slices.ContainsFunc(r.Undo.Changes, func(c ChangeResult) bool {
		return c.Lost != nil && c.Lost.Kind == k.Kind && c.Lost.ID == k.ID
	})
}

// Undone reports whether the change of an entity was undone.
func (r *Result) Undone(k panther.Key) bool {
	if r.Undo == nil {
		return false
	}
	return slices.ContainsFunc(r.Undo.Changes, func(c ChangeResult) bool {
		old, replaced := c.Replaced()
		return (c.Key() == k || replaced && old == k) && (c.Outcome == Done || c.Outcome == Already)
	})
}
