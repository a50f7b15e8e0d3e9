package sync

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// merger contains the three sides of a plan: deployed, wanted and live.
type merger struct {
	base *Base
	// root is the planned folder.
	root     string
	live     Live
	policies Policies
	// wants contains the keys that the repository wants to be live.
	wants map[panther.Key]bool
	// mayDelete reports whether an entity may be deleted without a base.
	mayDelete func(panther.Key) bool
	// movedFrom has the live entity that a wanted one was until now.
	movedFrom map[panther.Key]panther.Key
}

// merged is the result of the three sides for one entity.
type merged struct {
	// change is what to apply; kept is a difference that stays; nil for none.
	change, kept *Change
	// converged reports that both sides changed to the same value.
	converged bool
}

// entity merges an entity that is in the repository.
func (m merger) entity(it *repo.Item, desired panther.Entity) merged {
	key := it.Key()
	have, exists := m.live[key]
	was, deployed := m.base.Entity(key)
	_, untouched := m.base.same(it)
	c := Change{Kind: it.Kind, ID: it.ID, Path: it.Path, Fields: []FieldChange{}}
	if !exists {
		if old, ok := m.rival(key); ok {
			return m.replace(c, desired, old)
		}
		return m.missing(c, desired, was, deployed)
	}
	c.Action = Update
	var out merged
	var apply, keep, accepted []FieldChange
	for _, f := range desired.Kind.Fields() {
		fc, same := m.field(f, key, desired, have, was, deployed, untouched)
		switch {
		case same:
			out.converged = out.converged || deployed && fc.Cause == CauseCommit
		case fc.Acceptance.accepts():
			accepted = append(accepted, fc)
		case m.policies.to(fc.Cause) == Keep:
			keep = append(keep, fc)
		default:
			apply = append(apply, fc)
		}
	}
	if len(apply)+len(keep)+len(accepted) > 0 {
		// Fingerprints are expensive, and most entities don't differ.
		c.WantedFingerprint = desired.Fingerprint()
		c.against(have)
	}
	if len(apply) > 0 {
		u := c
		u.Fields, u.Cause = apply, together(apply)
		u.edited(have)
		out.change = &u
	}
	if len(keep)+len(accepted) > 0 {
		k := c
		k.Fields = inOrder(desired.Kind, keep, accepted)
		k.Cause = together(k.Fields)
		if len(keep) > 0 {
			k.Reason = keptReason(together(keep))
		}
		if places := k.accepted(); len(places) > 0 {
			k.Reason = strings.TrimPrefix(k.Reason+"; accepted in "+some(places), "; ")
		}
		k.edited(have)
		out.kept = &k
	}
	out.converged = out.converged && out.change == nil && out.kept == nil
	return out
}

// field compares a field on all three sides. If it is equal in the repository
// and Panther, its cause is CauseCommit if both changed since the deployment.
// untouched reports that the repository did not change it.
func (m merger) field(f panther.Field, key panther.Key, desired, have, was panther.Entity, deployed, untouched bool) (fc FieldChange, same bool) {
	want, owned := desired.Fields[f.Name]
	is := have.Fields[f.Name]
	if f.KeepsLive && !owned || !have.Shows(f) || m.policies.UnmanagedFields.Match(key, f.Name) {
		return FieldChange{}, true
	}
	old, known := was.Fields[f.Name]
	// A field that the deployed spec left to Panther was never deployed, so
	// setting it now is a change.
	known = deployed && (known || !f.KeepsLive)
	equal := f.Equal(want, is)
	if !equal && deployed && m.base.formOf(key, f, old, is) {
		is = old // as it was deployed, in Panther's form
		equal = f.Equal(want, is)
	}
	if equal {
		if known && !untouched && !f.Equal(old, want) {
			fc.Cause = CauseCommit
		}
		return fc, true
	}
	fc = FieldChange{Name: f.Name, Before: have.Fields[f.Name], After: diff.After(f, want), Deployed: old}
	switch {
	case m.base == nil:
	case !deployed:
		fc.Cause = CauseAdopt
	case m.base.unsent(key, f) && !f.Empty(want):
		// The deployed spec had it, but it was never sent.
		if fc.Cause = CauseCommit; !f.Empty(is) {
			fc.Cause = CauseAdopt
		}
	case !known || f.Equal(old, is):
		fc.Cause = CauseCommit
	case untouched || f.Equal(old, want):
		fc.Cause = CauseDrift
	default:
		fc.Cause = CauseConflict
	}
	if fc.Cause != CauseCommit {
		fc.Acceptance = m.policies.Accepted.of(key, f, is, nil)
	}
	return fc, false
}

// inOrder joins lists of fields in the order of the field table.
func inOrder(k panther.Kind, lists ...[]FieldChange) []FieldChange {
	out := slices.Concat(lists...)
	at := map[string]int{}
	for i, f := range k.Fields() {
		at[f.Name] = i
	}
	slices.SortFunc(out, func(x, y FieldChange) int { return at[x.Name] - at[y.Name] })
	return out
}

// missing merges an entity that is not live: a new one, or one that was deleted
// in the console.
func (m merger) missing(c Change, desired, was panther.Entity, deployed bool) merged {
	key := c.Key()
	c.Action, c.WantedFingerprint = Create, desired.Fingerprint()
	old, moved := m.movedFrom[key]
	var accepted map[string]*Acceptance
	if wasOld, ok := m.base.Entity(old); moved && ok {
		_, accepted = m.edited(wasOld, m.live[old])
	}
	for _, f := range c.Kind.Fields() {
		v, owned := desired.Fields[f.Name]
		fc := FieldChange{Name: f.Name, After: v}
		fc.Acceptance = accepted[f.Name]
		if is := m.live[old].Fields[f.Name]; moved && (f.KeepsLive && !owned || m.policies.UnmanagedFields.Match(key, f.Name) || fc.Acceptance != nil) && !f.Empty(is) {
			fc.After, fc.Carried = is, true
		}
		if !f.Empty(fc.After) {
			c.Fields = append(c.Fields, fc)
		}
	}
	switch {
	case m.base == nil:
	case !deployed:
		c.Cause = CauseCommit
	case m.changed(key, was, desired):
		c.Cause = CauseConflict
	default:
		c.Cause = CauseDrift
	}
	if deployed {
		for i, fc := range c.Fields {
			c.Fields[i].Deployed = was.Fields[fc.Name]
		}
	}
	if m.policies.to(c.Cause) == Keep {
		c.Reason = keptReason(c.Cause)
		return merged{kept: &c}
	}
	return merged{change: &c}
}

// changed reports whether the repository wants a different entity than was
// deployed. Unlike in diff.Same, no live entity can hide a field.
func (m merger) changed(key panther.Key, was, desired panther.Entity) bool {
	return slices.ContainsFunc(desired.Kind.Fields(), func(f panther.Field) bool {
		want, owned := desired.Fields[f.Name]
		return (owned || !f.KeepsLive) && !m.policies.UnmanagedFields.Match(key, f.Name) && !f.Equal(was.Fields[f.Name], want)
	})
}

// removed merges a live entity that was deployed and is no longer in the
// repository.
func (m merger) removed(key panther.Key) merged {
	have := m.live[key]
	was, _ := m.base.Entity(key)
	c := Change{Kind: key.Kind, ID: key.ID, Action: Delete, Cause: CauseCommit, Fields: []FieldChange{}}
	_, c.Path, c.Moved = m.base.place(key, m.root)
	edited, accepted := m.edited(was, have)
	for _, f := range key.Kind.Fields() {
		// What was emptied in the console is an edit, too.
		if !f.Empty(have.Fields[f.Name]) || slices.Contains(edited, f.Name) {
			c.Fields = append(c.Fields, FieldChange{Name: f.Name, Before: have.Fields[f.Name], Deployed: was.Fields[f.Name]})
		}
	}
	for i, f := range c.Fields {
		c.Fields[i].Acceptance = accepted[f.Name]
		if slices.Contains(edited, f.Name) {
			c.Cause, c.Fields[i].Cause = CauseConflict, CauseConflict
		}
	}
	c.against(have)
	c.edited(have)
	switch {
	case have.Managed:
		c.Reason = packReason
		return merged{kept: &c}
	case m.policies.to(c.Cause) == Keep:
		c.Reason = keptReason(c.Cause)
		return merged{kept: &c}
	}
	return merged{change: &c}
}

// against records the live entity that the change is based on.
func (c *Change) against(live panther.Entity) {
	c.LiveFingerprint, c.LiveDigests, c.ServerID = live.Fingerprint(), live.Digests(), live.ServerID
}

// edited records the last change of the live entity, if someone else made it.
func (c *Change) edited(live panther.Entity) {
	if c.has(CauseDrift) || c.has(CauseConflict) || c.has(CauseAdopt) {
		c.Edited = edit(live)
	}
}

func keptReason(c Cause) string {
	switch c {
	case CauseDrift, CauseMixed:
		return "changed in Panther, and on_drift is keep"
	case CauseConflict:
		return "changed on both sides, and on_conflict is keep"
	case CauseAdopt:
		return "live but not deployed from this repository, and on_drift is keep"
	}
	return ""
}
