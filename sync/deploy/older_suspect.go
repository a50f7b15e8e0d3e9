package deploy

import (
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// suspect is what a change may take back: fields, or the entity as a whole.
type suspect struct {
	change   sync.Change
	deployed side
	fields   []string
	whole    bool
	both     bool
}

// suspect returns what a change takes back if the history here never had it; nil for
// nothing.
func (o comparison) suspect(c sync.Change, bases []states) *suspect {
	s := &suspect{change: c, deployed: o.deployed(c)}
	wants := c.Action != sync.Delete
	was := s.deployed
	switch {
	case was.ok != wants || was.ok && was.kind() != c.Kind:
		s.whole = true
		for _, b := range bases {
			m := b.of(c.Key())
			if m.ok == was.ok && m.kind() == was.kind() {
				s.whole = false // the repository changed it here
			}
			s.both = m.ok != wants || m.ok && m.kind() != c.Kind
		}
		if s.whole || !was.ok {
			break
		}
		for _, f := range was.kind().Fields() {
			if _, ok := was.e.Fields[f.Name]; ok && !anyEqual(bases, c.Key(), f, was.e.Fields[f.Name]) {
				s.fields, s.both = append(s.fields, f.Name), true
			}
		}
	default:
		for _, fc := range c.Fields {
			f, ok := c.Kind.Field(fc.Name)
			if !ok || fc.Carried || fc.Cause == sync.CauseDrift || fc.Cause == sync.CauseAdopt {
				continue
			}
			d := was.e.Fields[fc.Name]
			if f.Equal(d, fc.After) || anyEqual(bases, c.Key(), f, d) {
				continue
			}
			s.fields = append(s.fields, fc.Name)
			s.both = s.both || !anyEqual(bases, c.Key(), f, fc.After)
		}
	}
	if !s.whole && len(s.fields) == 0 {
		return nil
	}
	if len(bases) == 0 {
		s.both = true
	}
	return s
}

// deployed returns the deployed entity of a change's family.
func (o comparison) deployed(c sync.Change) side {
	for _, k := range append([]panther.Key{c.Key()}, c.Key().Siblings()...) {
		if e, ok := o.base.Entity(k); ok {
			return side{e, true}
		}
	}
	return side{}
}

func anyEqual(bases []states, k panther.Key, f panther.Field, value any) bool {
	return slices.ContainsFunc(bases, func(b states) bool {
		m := b.of(k)
		return m.ok && f.Equal(m.e.Fields[f.Name], value)
	})
}

// drop removes from a suspect what a state of the history here has as deployed.
func (s *suspect) drop(is side) {
	if s.whole && is.ok == s.deployed.ok && is.kind() == s.deployed.kind() {
		s.whole = false
	}
	if is.ok && is.kind() == s.deployed.kind() {
		s.fields = slices.DeleteFunc(s.fields, func(name string) bool {
			f, ok := is.kind().Field(name)
			return ok && f.Equal(is.e.Fields[name], s.deployed.e.Fields[name])
		})
	}
}

// paths returns the files of a suspect, in all states.
func (o comparison) paths(s *suspect, bases []states) []string {
	var out []string
	add := func(it *repo.Item, root string) {
		if it != nil {
			for _, path := range []string{it.Path, it.BodyPath} {
				if path != "" {
					out = append(out, sync.Reroot(path, root, o.store.Root()))
				}
			}
		}
	}
	family := append([]panther.Key{s.change.Key()}, s.change.Key().Siblings()...)
	for _, it := range o.repo.Items {
		if slices.Contains(family, it.Key()) {
			add(it, o.store.Root())
		}
	}
	for _, it := range o.base.Repo.Items {
		if slices.Contains(family, it.Key()) {
			add(it, o.base.Info.Root)
		}
	}
	for _, b := range bases {
		add(b.item(s.change.Key()), o.store.Root())
	}
	return out
}
