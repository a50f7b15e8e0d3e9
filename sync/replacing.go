package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
)

// replaceTries is the maximum number of attempts to create something in place of
// what was deleted.
const replaceTries = 5

// replace deletes an entity and creates one of another kind with its id. What
// Panther would refuse is found before the delete where possible. After the
// delete nothing ends it before either the new or the old entity is live, not
// even the end of ctx. If neither can be created, the result has a copy of the
// old one.
func (a *applier) replace(ctx context.Context, c Change, r *ChangeResult) error {
	old, _ := c.Replaced()
	stays := fmt.Sprintf("nothing was deleted, so %s is as it was", old)
	o := a.writeOptions()
	// Tests take time, so the old one is compared with the plan after them.
	if err := a.rehearse(ctx, c, &o); err != nil {
		r.fate = stays
		return err
	}
	gone := c
	gone.Kind, gone.Action = old.Kind, Delete
	was, there, err := a.unchanged(ctx, gone, r)
	switch {
	case err != nil:
		return err
	case r.Outcome == Already:
		// An earlier run, or somebody else, has deleted it already.
		r.Outcome, r.Reason = "", ""
		return a.create(ctx, c, r)
	case !there:
		return nil
	case was.Managed:
		r.Outcome, r.Reason = Refused, packReason
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := a.api.Delete(ctx, old, c.ServerID); err != nil {
		var readErr error
		if panther.Uncertain(err) {
			_, readErr = a.api.Get(ctx, old, c.ServerID)
		}
		switch {
		case readErr == nil:
			r.fate = stays
			return err
		case !panther.IsNotFound(readErr):
			return a.restore(ctx, c, was, r, fmt.Errorf("it is unknown whether %s was deleted (%w), and reading it failed: %w", old, err, readErr))
		}
	}
	got, _, err := a.post(ctx, c, o, a.patient())
	if err != nil {
		return a.restore(ctx, c, was, r, err)
	}
	r.done(c, was, got)
	return nil
}

// patient limits the attempts to create something in place of what was deleted.
func (a *applier) patient() attempts { return attempts{replaceTries, a.opts.FirstWait} }

// rehearse runs the unit tests of a new entity without saving it, so that a
// failed test doesn't cost the old one. If they ran, the create need not run
// them again. A Panther that checks the id first cannot run them yet.
func (a *applier) rehearse(ctx context.Context, c Change, o *panther.WriteOptions) error {
	if o.SkipTests || !c.Kind.RunsTests() {
		return nil
	}
	_, err := a.api.Create(ctx, c.wanted(), panther.WriteOptions{OnlyTests: true})
	if panther.IsExists(err) {
		return nil
	}
	o.SkipTests = err == nil
	return err
}

// restore creates a deleted entity again, because of a cause, which it returns.
func (a *applier) restore(ctx context.Context, c Change, was panther.Entity, r *ChangeResult, cause error) error {
	back := recreation(was)
	got, _, err := a.post(ctx, back, panther.WriteOptions{SkipTests: true}, a.patient())
	if err == nil {
		r.fate = fmt.Sprintf("%s was restored as it was", was.Key)
		r.Warnings = back.differences(got)
		return cause
	}
	// The create may have taken effect late, which also explains why the old one
	// is refused.
	switch live, readErr := a.api.Get(ctx, c.Key(), ""); {
	case readErr == nil && c.holds(live):
		r.done(c, was, live)
		return nil
	case readErr == nil:
		r.fate = fmt.Sprintf("%s was deleted, and %s is live, with other values of %s than planned; plan again", was.Key, c.Key(), strings.Join(c.unlike(live), ", "))
		return cause
	}
	body, bodyErr := back.wanted().Request(false)
	r.Lost = &Lost{Kind: was.Kind, ID: was.ID, Path: was.Kind.Collection(), Body: body}
	r.fate = fmt.Sprintf("%s was deleted, and restoring it failed too: %v", was.Key, err)
	return errors.Join(cause, bodyErr)
}

// recreation returns the change that creates a deleted entity again.
func recreation(was panther.Entity) Change {
	c := Change{Kind: was.Kind, ID: was.ID, Action: Create, Fields: []FieldChange{}, extra: was.Extra}
	for _, f := range diff.All(was) {
		c.Fields = append(c.Fields, FieldChange{Name: f.Name, After: was.Fields[f.Name]})
	}
	return c
}
