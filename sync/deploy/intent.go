package deploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// announced are the hashes of what an apply has stored before its first write: shared
// with the remote, or only here.
type announced struct{ here, shared []string }

// announce stores what an apply is about to write, so that the next run knows its writes
// even if this one is killed or can't record the deployment. Sharing it may fail: it is
// needed only if this run ends early, and a remote that takes no push is reported when
// the record is pushed. Nothing is left of it after an error.
func (s *Session) announce(ctx context.Context, p *sync.Plan, o sync.ApplyOptions) (own announced, err error) {
	if s.store == nil || s.repo == nil {
		return own, nil
	}
	base, err := s.recordedBase(ctx)
	if err != nil {
		return own, err
	}
	intent := sync.NewIntent(p, base, s.store.Root(), o)
	if intent == nil {
		return own, nil
	}
	texts, err := intent.Bytes(sync.MaxIntent)
	if err != nil {
		return own, err
	}
	defer func() {
		if err != nil {
			s.drop(context.WithoutCancel(ctx), own)
		}
	}()
	for _, text := range texts {
		hash, err := s.store.WriteIntent(ctx, s.o.Memory, s.o.Actor, s.o.Now(), text)
		if err != nil {
			return own, err
		}
		own.here = append(own.here, hash)
	}
	if s.o.Remote == "" {
		return own, nil
	}
	if err := s.store.ShareIntents(ctx, s.o.Remote, s.o.Memory, own.here...); err != nil {
		s.o.Log.Debug("what is about to be written could not be shared", "error", err)
		return own, ctx.Err()
	}
	return announced{shared: own.here}, nil
}

// drop deletes intents.
func (s *Session) drop(ctx context.Context, a announced) {
	err := errors.Join(s.store.DropIntents(ctx, "", s.o.Memory, a.here...), s.store.DropIntents(ctx, s.o.Remote, s.o.Memory, a.shared...))
	if err != nil {
		// What remains no longer counts for an entity once the record has it.
		s.o.Log.Debug("what was about to be written could not be deleted", "error", err)
	}
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
	r := p.Unstarted(why)
	r.Interrupted = errors.Is(err, context.Canceled)
	return r
}

// settle deletes the intents that are obsolete after an apply: its own, unless the outcome
// of a request is unknown, and earlier ones whose changes are all in the record.
func (s *Session) settle(ctx context.Context, p *sync.Plan, r *sync.Result, own announced) {
	if s.store == nil || r.Record == nil || r.Record.Problem != "" || r.Open() {
		return
	}
	a := sync.Applied{Plan: p, Result: r, Repo: s.repo, Base: s.base, Begun: s.begun}
	for _, in := range s.intents {
		switch {
		case !a.Settled(in):
		case in.Shared && s.o.Remote != "":
			own.shared = append(own.shared, in.Hash)
		default:
			own.here = append(own.here, in.Hash)
		}
	}
	s.drop(ctx, own)
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
	s.intents, s.begun = nil, nil
	for _, one := range stored {
		in, err := (*sync.Intent)(nil), one.Damaged
		if err == nil {
			in, err = sync.ReadIntent(one.Content)
		}
		if err != nil {
			s.note(repo.SeverityWarning, "%v; what that apply wrote may show as console edits (it is in %s, which you can delete with \"git update-ref -d\" here and \"git push REMOTE :REF\" in the remote)", err, one.Ref)
			continue
		}
		in.Hash, in.Shared = one.Hash, one.Shared
		s.intents = append(s.intents, in)
	}
	s.seen = func(k panther.Kind) bool {
		return only.Fetches(k) && !slices.ContainsFunc(missing, func(u sync.Unreadable) bool { return u.Has(k) })
	}
	if len(s.intents) == 0 {
		return nil
	}
	if s.last == nil {
		s.begun = sync.FindBegun(live, s.intents)
		var here []panther.Key
		for _, key := range slices.SortedFunc(maps.Keys(s.begun), panther.Key.Compare) {
			if s.begun[key].Root == s.store.Root() {
				here = append(here, key)
			}
		}
		if len(here) > 0 {
			s.note(repo.SeverityInfo, "the first apply was interrupted or could not record its deployment; what it created counts as deployed: %s", sync.SomeKeys(here))
		}
		return nil
	}
	if resumed := s.base.Resume(live, s.seen, s.intents); len(resumed) > 0 {
		s.note(repo.SeverityInfo, "an earlier apply was interrupted or could not record its deployment; what it wrote counts as deployed and not as console edits: %s", sync.SomeKeys(resumed))
	}
	return nil
}
