package deploy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// catchUp looks for conflicts that are none: the live value is that of a commit between
// the recorded revision and the planned one. An apply of that commit would have found
// nothing to do and recorded it, so its value counts as deployed. It helps where an
// interrupted apply could not share what it was about to write, since its git remote
// takes no push. It reports whether the base has changed.
func (s *Session) catchUp(ctx context.Context, p *sync.Plan, o PlanOptions) bool {
	if s.store == nil || s.last == nil || s.base == nil || s.o.Base != "" || o.Source.Record != nil || p.Summary.Conflicts == 0 {
		return false
	}
	from, here := s.last.Revision, strings.TrimSuffix(p.Revision, "-dirty")
	if from == "" || here == "" || dirty(from) || from == here {
		return false
	}
	var suspects []*suspect
	for _, c := range slices.Concat(p.Changes, p.Kept) {
		if conflicts(c) && c.Action != sync.Create {
			suspects = append(suspects, &suspect{change: c})
		}
	}
	cmp := comparison{Session: s, plan: p, from: from, here: here}
	intents, err := cmp.between(ctx, suspects)
	if err != nil {
		s.o.Log.Debug("the commits since the last deployment can't be compared with what is live", "error", err)
	}
	if len(intents) == 0 {
		return false
	}
	resumed := s.base.Resume(s.live, s.seen, slices.Concat(intents, s.intents))
	resumed = slices.DeleteFunc(resumed, func(k panther.Key) bool {
		return !slices.ContainsFunc(suspects, func(x *suspect) bool { return x.key() == k })
	})
	if len(resumed) > 0 {
		s.note(repo.SeverityInfo, "values that were committed since the last recorded deployment and are live count as deployed and not as console edits: %s", sync.SomeKeys(resumed))
	}
	return len(resumed) > 0
}

// conflicts reports whether a change has a conflict.
func conflicts(c sync.Change) bool {
	return c.Cause == sync.CauseConflict || slices.ContainsFunc(c.Fields, func(f sync.FieldChange) bool { return f.Cause == sync.CauseConflict })
}

// key returns the live entity that a suspect is about.
func (s *suspect) key() panther.Key {
	if old, ok := s.change.Replaced(); ok {
		return old
	}
	return s.change.Key()
}

// between returns what the commits from the recorded revision to the planned one wanted
// of the suspects, the oldest first.
func (o comparison) between(ctx context.Context, suspects []*suspect) ([]*sync.Intent, error) {
	rel, err := o.store.Relate(ctx, o.o.Remote, o.here, o.from)
	if err != nil || !rel.Known() || !rel.Has || len(suspects) == 0 {
		return nil, err
	}
	commits, paths, err := o.touching(ctx, rel, suspects, nil)
	if err != nil {
		return nil, err
	}
	var out []*sync.Intent
	for _, commit := range slices.Backward(commits) {
		st, err := o.statesOf(ctx, commit, paths)
		if err != nil {
			return nil, fmt.Errorf("read commit %.12s: %w", commit, err)
		}
		in := &sync.Intent{Revision: commit, Root: o.store.Root()}
		for _, s := range suspects {
			if is := st.of(s.key()); is.ok && is.e.Key == s.key() {
				wanted := o.base.Wanted(is.e)
				wanted.Path = st.item(s.key()).Path
				in.Changes = append(in.Changes, wanted)
			}
		}
		if len(in.Changes) > 0 {
			out = append(out, in)
		}
	}
	return out, nil
}
