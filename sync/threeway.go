package sync

import (
	"context"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Comparison is one entity on all three sides: as it was deployed, as the repository has
// it, and as it is live.
type Comparison struct {
	FormatVersion string    `json:"format_version"`
	Tenant        string    `json:"tenant"`
	Revision      string    `json:"revision"`
	Base          *BaseInfo `json:"base,omitempty"`
	Entity        Listed    `json:"entity"`
	// LiveKind is the kind of the live entity with the id, if it has another one.
	LiveKind panther.Kind `json:"live_kind,omitempty"`
	// WasDeployed, IsHere and IsLive say which sides have the entity.
	WasDeployed bool `json:"was_deployed"`
	IsHere      bool `json:"is_here"`
	IsLive      bool `json:"is_live"`
	// Fields lists the fields that differ, in the order of the field table.
	Fields      []ComparedField   `json:"fields"`
	Diagnostics []repo.Diagnostic `json:"diagnostics"`
}

// ComparedField is a field that differs. A side that lacks the entity or leaves the field
// to Panther has no value.
type ComparedField struct {
	Name     string `json:"name"`
	Cause    Cause  `json:"cause,omitempty"`
	Deployed any    `json:"deployed"`
	Here     any    `json:"here"`
	Live     any    `json:"live"`
}

// Differs reports whether something is left to do: the entity is neither in step nor
// accepted.
func (c *Comparison) Differs() bool {
	return c.Entity.State != StateInStep && c.Entity.State != StateAccepted
}

// Compare compares the three sides of one entity; it returns nil if no side has it.
func Compare(ctx context.Context, r *repo.Repo, live Live, key panther.Key, o ListOptions) (*Comparison, error) {
	o.PlanOptions.Only = Exactly([]panther.Key{key})
	o.PlanOptions.Dependencies = DependenciesIgnored
	b, err := build(ctx, r, live, o.PlanOptions)
	if err != nil {
		return nil, err
	}
	l := newLister(b)
	if _, listed := l.states[key]; !listed {
		// The id may belong to another type of rule.
		i := slices.IndexFunc(key.Siblings(), func(k panther.Key) bool { _, is := l.states[k]; return is })
		if i < 0 {
			return nil, nil
		}
		key = key.Siblings()[i]
	}
	e := l.listed(key)
	if o.OwnersOf != nil {
		e.Owners = o.OwnersOf(key)
	}
	out := &Comparison{FormatVersion: FormatVersion, Tenant: o.Tenant, Revision: b.plan.Revision, Base: b.plan.Base, Entity: e, Fields: []ComparedField{}, Diagnostics: l.problems()}
	sides := threeWay{b: b, key: key}
	sides.was, out.WasDeployed = o.Base.Entity(key)
	sides.is, out.IsLive = b.live[key]
	if old, ok := l.replaces[key]; ok {
		out.LiveKind = old.Kind
		sides.is, out.IsLive = b.live[old]
		if was, deployed := o.Base.Entity(old); deployed && !out.WasDeployed {
			sides.was, out.WasDeployed = was, true
		}
	}
	if out.IsLive {
		out.Entity.Changed = edit(sides.is)
	}
	out.IsHere = l.items[key] != nil
	if sides.want = b.entity(key); sides.want.ID == "" && out.IsHere {
		sides.want = l.items[key].Entity().Entity
	}
	out.Fields = append(out.Fields, sides.fields(out, l.causes(key))...)
	return out, nil
}

// causes returns the causes of the differences of an entity, by field.
func (l *lister) causes(k panther.Key) map[string]Cause {
	out := map[string]Cause{}
	for _, list := range [][]Change{l.b.plan.Changes, l.b.plan.Kept} {
		for _, c := range list {
			for _, f := range c.Fields {
				if c.Key() == k && c.Action == Update {
					out[f.Name] = f.Cause
				}
			}
		}
	}
	return out
}

// threeWay is an entity on the three sides; some may lack it.
type threeWay struct {
	b             *builder
	key           panther.Key
	was, want, is panther.Entity
}

// fields returns the fields that differ. If the repository and Panther both have the
// entity, only a difference between them counts.
func (t threeWay) fields(c *Comparison, causes map[string]Cause) []ComparedField {
	var out []ComparedField
	for _, f := range t.key.Kind.Fields() {
		if t.b.opts.Policies.UnmanagedFields.Match(t.key, f.Name) {
			continue
		}
		was, want, is := t.was.Fields[f.Name], t.want.Fields[f.Name], t.is.Fields[f.Name]
		_, owned := t.want.Fields[f.Name]
		differ := false
		switch {
		case c.IsHere && c.IsLive:
			_, changed := causes[f.Name]
			differ = changed || c.LiveKind != "" && !f.Equal(want, is) && (owned || !f.KeepsLive)
		case c.WasDeployed && c.IsLive:
			differ = !f.Equal(was, is) && !t.b.opts.Base.asSent(t.key, f, was, is) && t.is.Shows(f)
		case c.WasDeployed && c.IsHere:
			differ = !f.Equal(was, want) && (owned || !f.KeepsLive)
		}
		if differ {
			out = append(out, ComparedField{Name: f.Name, Cause: causes[f.Name], Deployed: was, Here: want, Live: is})
		}
	}
	return out
}

// problems returns the errors and warnings about specs and live entities, without those
// about what an apply would do.
func (l *lister) problems() []repo.Diagnostic {
	out := []repo.Diagnostic{}
	for _, d := range l.b.plan.Diagnostics {
		if d.Severity != repo.SeverityInfo && d.Path != "" && d.Line > 0 {
			out = append(out, d)
		}
	}
	for _, d := range l.b.repo.Diagnostics {
		if d.Severity != repo.SeverityInfo && d.Line == 0 {
			out = append(out, d)
		}
	}
	return out
}
