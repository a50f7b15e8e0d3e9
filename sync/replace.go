package sync

import (
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Replaced returns the entity that a replace deletes.
func (c Change) Replaced() (panther.Key, bool) {
	return panther.Key{Kind: c.Replaces, ID: c.ID}, c.Action == Replace
}

// scope is the part of everything that a plan is limited to. A detection and
// one of another type with its id are one, and so are the two ids of what moved: naming
// either takes both.
type scope struct {
	only Filter
	// exists reports whether a key is wanted, live or deployed.
	exists func(panther.Key) bool
	// moved contains the other id of what moved, both ways.
	moved map[panther.Key]panther.Key
}

func (s scope) match(k panther.Key) bool {
	other, moved := s.moved[k]
	return s.only.MatchKey(k) || moved && s.only.MatchKey(other) || slices.ContainsFunc(k.Siblings(), func(o panther.Key) bool {
		return s.only.MatchKey(o) && s.exists(o)
	})
}

// matchItem is match for a spec. A spec without a kind in Panther is matched by
// its id alone.
func (s scope) matchItem(it *repo.Item) bool {
	if it.Kind != "" {
		return s.match(it.Key())
	}
	return s.only.matchItem(it)
}

// rival returns the live entity that must go before another one with its id can
// be created. It is one that nothing in the repository wants.
func (m merger) rival(k panther.Key) (panther.Entity, bool) {
	var out panther.Entity
	for _, other := range k.Siblings() {
		e, live := m.live[other]
		if !live || m.wants[other] {
			continue
		}
		if _, deployed := m.base.Entity(other); deployed {
			return e, true
		}
		if out.ID == "" {
			out = e
		}
	}
	return out, out.ID != ""
}

// replace merges an entity whose id belongs to a live entity of another kind.
func (m merger) replace(c Change, desired, have panther.Entity) merged {
	key := c.Key()
	was, deployed := m.base.Entity(key)
	old, had := m.base.Entity(have.Key)
	c.Action, c.Replaces, c.WantedFingerprint = Replace, have.Kind, desired.Fingerprint()
	var edited []string
	var accepted map[string]*Acceptance
	switch {
	case m.base == nil:
	case deployed && m.changed(key, was, desired):
		c.Cause = CauseConflict // its type was changed in Panther
	case deployed:
		c.Cause = CauseDrift
	case had:
		c.Cause, was = CauseCommit, old
		if edited, accepted = m.edited(old, have); len(edited) > 0 {
			c.Cause = CauseConflict
		}
	default:
		c.Cause = CauseAdopt
	}
	for _, f := range c.Kind.Fields() {
		want, owned := desired.Fields[f.Name]
		is := have.Fields[f.Name]
		if g, ok := have.Kind.Field(f.Name); !ok || g.Type != f.Type {
			is = nil
		}
		fc := FieldChange{Name: f.Name, Before: is, After: want, Deployed: was.Fields[f.Name], Acceptance: accepted[f.Name]}
		if left := f.KeepsLive && !owned || m.policies.UnmanagedFields.Match(key, f.Name) || fc.Acceptance != nil; left && !f.Empty(is) {
			fc.After, fc.Carried = is, true
		}
		if f.Empty(fc.After) {
			fc.After = nil
		}
		if slices.Contains(edited, f.Name) {
			fc.Cause = CauseConflict
		}
		if fc.After != nil || !f.Empty(is) {
			c.Fields = append(c.Fields, fc)
		}
	}
	for _, f := range diff.All(have) {
		if _, both := c.Kind.Field(f.Name); both {
			continue
		}
		fc := FieldChange{Name: f.Name, Before: have.Fields[f.Name], Deployed: was.Fields[f.Name], Acceptance: accepted[f.Name]}
		if slices.Contains(edited, f.Name) {
			fc.Cause = CauseConflict
		}
		c.Fields = append(c.Fields, fc)
	}
	c.against(have)
	c.edited(have)
	switch {
	case have.Managed:
		c.Reason = packReason
		return merged{kept: &c}
	case m.policies.releases(have.Key):
		c.Reason = releasedReason
		return merged{kept: &c}
	case c.Cause == CauseAdopt, m.base == nil && !m.mayDelete(have.Key):
		c.Reason = fmt.Sprintf("its id belongs to a live %s that was not deployed from this repository, and pdac deletes only what it deployed", have.Kind)
		return merged{kept: &c}
	case m.policies.to(c.Cause) == Keep:
		c.Reason = keptReason(c.Cause)
		return merged{kept: &c}
	}
	return merged{change: &c}
}

// packReason is why content of Panther's packs is kept.
const packReason = "it is maintained by one of Panther's packs, and pdac never deletes those"

// releasedReason is why what was let go on purpose is kept.
const releasedReason = "deploy.released in pdac.yaml lets it go, so pdac does not delete it"

// edited returns the fields of a deployed entity that were changed in the
// console, apart from those whose live value is accepted.
func (m merger) edited(was, have panther.Entity) (out []string, accepted map[string]*Acceptance) {
	for _, f := range was.Kind.Fields() {
		old, known := was.Fields[f.Name]
		is := have.Fields[f.Name]
		if f.KeepsLive && !known || !have.Shows(f) || m.policies.UnmanagedFields.Match(was.Key, f.Name) || f.Equal(old, is) || m.base.asSent(was.Key, f, old, is) {
			continue
		}
		if a := m.policies.Accepted.of(was.Key, f, is, nil); a.accepts() {
			if accepted == nil {
				accepted = map[string]*Acceptance{}
			}
			accepted[f.Name] = a
			continue
		}
		out = append(out, f.Name)
	}
	return out, accepted
}

// oneID reports what can't be deployed because its id belongs to a live entity
// of another kind.
func (b *builder) oneID() []repo.Diagnostic {
	var out []repo.Diagnostic
	say := func(c Change, format string, args ...any) {
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Path: c.Path, Kind: string(c.Kind), ID: c.ID, Message: fmt.Sprintf(format, args...)})
	}
	for _, c := range b.plan.Kept {
		old, ok := c.Replaced()
		switch {
		case !ok:
		case b.live[old].Managed:
			say(c, "%q is live as a %s of one of Panther's packs, which pdac never deletes, and an id belongs to only one type; give the spec its own id", c.ID, old.Kind)
		case b.opts.Policies.releases(old):
			say(c, "%q is live as a %s that deploy.released in pdac.yaml lets go, so pdac does not replace it with the %s; take it out of deploy.released, or give the spec its own id", c.ID, old.Kind, c.Kind)
		case c.Cause == CauseAdopt:
			say(c, "%q is live as a %s that was not deployed from this repository, so pdac does not replace it with the %s; delete it in the console, or give the spec its own id", c.ID, old.Kind, c.Kind)
		case c.Cause == "":
			say(c, "%q is live as a %s, and without a recorded deployment pdac replaces it with the %s only if you ask for it: use --delete with --only %s, delete it in the console, or give the spec its own id", c.ID, old.Kind, c.Kind, c.Key())
		}
	}
	for _, c := range b.plan.Changes {
		if c.Action != Create {
			continue
		}
		for _, k := range c.Key().Siblings() {
			if _, live := b.live[k]; live {
				say(c, "%q is live as a %s, which is wanted too, and Panther is expected to refuse two types with one id; remove one of the two", c.ID, k.Kind)
			}
		}
	}
	return out
}
