package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// announce stores what an apply is about to write, so that the next run knows its writes
// even if this one is killed or can't record the deployment. It returns the hash of what
// it stored; "" for nothing. Sharing it may fail: it is needed only if this run ends
// early, and a remote that takes no push is reported when the record is pushed.
func (s *Session) announce(ctx context.Context, p *sync.Plan, o sync.ApplyOptions) (hash string, shared bool, err error) {
	if s.store == nil || s.repo == nil {
		return "", false, nil
	}
	base, err := s.recordedBase(ctx)
	if err != nil {
		return "", false, err
	}
	intent := sync.NewIntent(p, base, o)
	if intent == nil {
		return "", false, nil
	}
	text, err := intent.Bytes()
	if err != nil {
		return "", false, err
	}
	hash, err = s.store.WriteIntent(ctx, s.o.Memory, s.o.Actor, s.o.Now(), text)
	if err != nil || s.o.Remote == "" {
		return hash, false, err
	}
	if err := s.store.ShareIntent(ctx, s.o.Remote, s.o.Memory, hash); err != nil {
		s.o.Log.Debug("what is about to be written could not be shared", "error", err)
		return hash, false, ctx.Err()
	}
	return hash, true, nil
}

// recordedBase returns the content of the last record, nil for none, also if the plan is
// based on a given revision.
func (s *Session) recordedBase(ctx context.Context) (*sync.Base, error) {
	switch {
	case s.o.Base == "":
		return s.base, nil
	case s.last == nil:
		return nil, nil
	}
	return s.recorded(ctx, *s.last)
}

// unstarted is the result of an apply that could not announce what it would write.
func unstarted(p *sync.Plan, err error) *sync.Result {
	why := fmt.Sprintf("nothing was applied, because storing in git what is about to be written failed, and without that a later run could not finish an interrupted one: %v", err)
	if errors.Is(err, context.Canceled) {
		why = "the apply was stopped before this change"
	}
	r := &sync.Result{FormatVersion: sync.FormatVersion, Tenant: p.Tenant, Revision: p.Revision, Changes: []sync.ChangeResult{}, Interrupted: errors.Is(err, context.Canceled)}
	for _, c := range p.Changes {
		r.Changes = append(r.Changes, sync.ChangeResult{Kind: c.Kind, ID: c.ID, Action: c.Action, Replaces: c.Replaces, Path: c.Path, Outcome: sync.NotTried, Reason: why})
	}
	return r
}

// settle deletes the intents that are obsolete after an apply: its own, unless the outcome
// of a request is unknown, and earlier ones whose changes are all in the record.
func (s *Session) settle(ctx context.Context, p *sync.Plan, r *sync.Result, own string, shared bool) {
	if s.store == nil || r.Record == nil || r.Record.Problem != "" {
		return
	}
	var there, here []string
	drop := func(hash string, shared bool) {
		if shared && s.o.Remote != "" {
			there = append(there, hash)
		} else {
			here = append(here, hash)
		}
	}
	if own != "" && !r.Open() {
		drop(own, shared)
	}
	a := sync.Applied{Plan: p, Result: r, Repo: s.repo, Base: s.base}
	for _, in := range s.intents {
		if a.Settled(in) && !r.Open() {
			drop(in.Hash, in.Shared)
		}
	}
	err := errors.Join(s.store.DropIntents(ctx, "", s.o.Memory, here...), s.store.DropIntents(ctx, s.o.Remote, s.o.Memory, there...))
	if err != nil {
		// What remains no longer counts for an entity once the record has it.
		s.o.Log.Debug("what was about to be written could not be deleted", "error", err)
	}
}

// resume reads what unrecorded deployments were about to write, and takes over those of
// their writes that are live.
func (s *Session) resume(ctx context.Context, live sync.Live, only sync.Filter, missing ...sync.Unreadable) error {
	if s.store == nil || s.o.Base != "" {
		return nil
	}
	stored, err := s.store.Intents(ctx, s.o.Memory)
	if err != nil {
		return fmt.Errorf("read what earlier applies were about to write: %w", err)
	}
	s.intents = nil
	for _, one := range stored {
		in, err := sync.ReadIntent(one.Content)
		if err != nil {
			return err
		}
		in.Hash, in.Shared = one.Hash, one.Shared
		s.intents = append(s.intents, in)
	}
	s.seen = func(k panther.Kind) bool {
		return only.Fetches(k) && !slices.ContainsFunc(missing, func(u sync.Unreadable) bool { return u.Has(k) })
	}
	if len(s.intents) == 0 || s.last == nil {
		return nil
	}
	if resumed := s.base.Resume(live, s.seen, s.intents); len(resumed) > 0 {
		s.note(repo.SeverityInfo, "an earlier apply was interrupted or could not record its deployment; what it wrote counts as deployed and not as console edits: %s", sync.SomeKeys(resumed))
	}
	return nil
}
