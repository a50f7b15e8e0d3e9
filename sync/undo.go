package sync

import (
	"context"
	"slices"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
)

// undoPlan plans to put back what an apply has done: what it created goes, what
// it updated gets its old values, what it deleted is made again. Like every
// change, each is checked against Panther just before its write, so that what
// somebody edited meanwhile stays.
func undoPlan(p *Plan, r *Result) *Plan {
	out := &Plan{FormatVersion: FormatVersion, Tenant: p.Tenant, Revision: p.Revision, Changes: []Change{}}
	done := map[string]ChangeResult{}
	for _, c := range r.Changes {
		if c.Outcome == Done {
			done[c.Key().String()] = c
		}
	}
	after := map[string][]string{}
	for _, c := range p.Changes {
		for _, dep := range c.DependsOn {
			after[dep] = append(after[dep], c.Key().String())
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
			u.Action = Create
			for _, f := range diff.All(res.Was) {
				u.Fields = append(u.Fields, FieldChange{Name: f.Name, After: res.Was.Fields[f.Name]})
			}
			u.extra = res.Was.Extra
			out.Summary.Create++
		}
		// What went later goes back earlier.
		for _, later := range after[c.Key().String()] {
			if _, ok := done[later]; ok {
				u.DependsOn = append(u.DependsOn, later)
			}
		}
		slices.Sort(u.DependsOn)
		out.Changes = append(out.Changes, u)
	}
	return out
}

// Undo puts back what an apply has done and notes it in the result. It is not
// ended with ctx: who stops an apply that is to be undone wants it undone.
func Undo(ctx context.Context, api API, p *Plan, r *Result, o ApplyOptions) {
	o.HoldDeletes, o.SkipTests = false, true
	r.Undo = Apply(context.WithoutCancel(ctx), api, undoPlan(p, r), o)
}

// Undone tells whether what was done to an entity was put back.
func (r *Result) Undone(k panther.Key) bool {
	if r.Undo == nil {
		return false
	}
	return slices.ContainsFunc(r.Undo.Changes, func(c ChangeResult) bool {
		return c.Key() == k && (c.Outcome == Done || c.Outcome == Already)
	})
}
