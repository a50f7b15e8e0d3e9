package deploy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
)

// chooseRemote chooses the remote if the settings name none, and notes in a pipeline
// that the record is not shared.
func (s *Session) chooseRemote(ctx context.Context) error {
	why := "deployments.remote in pdac.yaml is empty"
	if s.o.Remote != "" && s.o.Guessed {
		names, err := s.store.Remotes(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.o.Remote, why = "", err.Error()
		case slices.Contains(names, s.o.Remote):
		case len(names) == 1:
			s.o.Remote = names[0]
		case len(names) == 0:
			s.o.Remote, why = "", "the repository has no git remote"
		default:
			why = "none of the git remotes (" + strings.Join(names, ", ") + ") is named " + s.o.Remote + "; name one in deployments.remote of pdac.yaml"
			s.o.Remote = ""
		}
	} else if s.o.Guessed {
		return nil
	}
	if s.o.CI && s.o.Remote == "" {
		s.note(repo.SeverityWarning, "the record of deployments stays on this runner and is lost with it, because %s", why)
	}
	return nil
}

// noteNoRecord notes that no deployment is recorded. If a remote is there and not
// used, it may have a record, so that nothing is recorded at all is not said.
func (s *Session) noteNoRecord(ctx context.Context) {
	which, next := "is recorded yet", "the first apply starts the record"
	if s.o.Remote == "" {
		remotes, err := s.store.Remotes(ctx)
		ref, refErr := s.store.RefName(s.o.Memory)
		if err == nil && refErr == nil && len(remotes) > 0 {
			name := remotes[0]
			if slices.Contains(remotes, "origin") {
				name = "origin"
			}
			which = "is recorded in this clone"
			next = fmt.Sprintf("the first apply starts a record; if CI has pushed one, fetch it first with \"git fetch %s %s:%s\", or set deployments.remote in pdac.yaml", name, ref, ref)
		}
	}
	s.note(repo.SeverityInfo, "no deployment to %s %s, so the plan can't distinguish console edits from commits or detect what was removed from the repository; %s", s.o.Tenant, which, next)
}

// move continues a record at the refs of the settings that was made before the
// settings named them. It returns the last deployment, or nil for none.
func (s *Session) move(ctx context.Context) (*record.Deployment, error) {
	before := s.store.In(record.DefaultRefs)
	if s.o.Remote != "" {
		// A host that hides these refs has nothing to continue.
		_ = before.Fetch(ctx, s.o.Remote, s.o.Memory)
	}
	adopted, err := s.store.Adopt(ctx, s.o.Memory, before, s.o.Memory)
	if err != nil {
		return nil, err
	}
	if adopted {
		name, _ := s.store.RefName(s.o.Memory)
		s.note(repo.SeverityInfo, "the record of deployments goes on at %s, as deployments.ref in pdac.yaml says", name)
	}
	return s.store.Latest(ctx, s.o.Memory)
}

// revision returns when the plan's revision was committed, and its parents.
func (w *writer) revision(ctx context.Context) (committed time.Time, parents []string) {
	hash := strings.TrimSuffix(w.plan.Revision, "-dirty")
	if hash == "" {
		return time.Time{}, nil
	}
	found, err := w.store.Commits(ctx, []string{hash})
	if err != nil {
		return time.Time{}, nil // the record is useful without
	}
	return found[hash].Committed, found[hash].Parents
}

// rolledBack returns the deployment that is deployed again; nil if it can't be read.
func (w *writer) rolledBack(ctx context.Context) *sync.Base {
	b, err := w.recorded(ctx, *w.rollback)
	if err != nil {
		return nil
	}
	return b
}
