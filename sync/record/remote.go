package record

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
)

// Fetch fetches a remote's records of a tenant. It is no error if the remote has
// none, or fewer than this repository. If neither repository's last record is an
// ancestor of the other's, the error is a *DivergedError, and nothing has changed.
// A shallow clone without records gets only the last one, whose Cut is set. The intents
// of applies that have not recorded their deployment are fetched too.
func (s *Store) Fetch(ctx context.Context, remote, tenant string) error {
	name, err := s.RefName(tenant)
	if err != nil {
		return err
	}
	var ours, theirs string
	err = s.with(ctx, func(r *git.Repository) error {
		m, err := talkTo(ctx, r, remote)
		if err != nil {
			return err
		}
		if ours, err = r.Ref(ctx, name); err != nil {
			return err
		}
		intents, err := s.fetchIntents(ctx, r, m, tenant)
		if err != nil {
			return err
		}
		err = s.patience.wait(ctx, func() error { return m.Fetch(ctx, ours == "" && r.Shallow(), name+":"+name, intents) })
		var failed *git.RemoteError
		switch {
		case errors.As(err, &failed) && failed.NoRef:
			return s.patience.wait(ctx, func() error { return m.Fetch(ctx, false, intents) })
		case failed == nil || ours == "" || !failed.Rejected:
			return err
		}
		theirs, err = m.Tip(ctx, name)
		return err
	})
	if err != nil || theirs == "" {
		return remoteError("fetch", remote, err)
	}
	// git refuses to go back to a record that ours follows.
	if ahead, err := s.follows(ctx, ours, theirs); err != nil || ahead {
		return err
	}
	return &DivergedError{
		Tenant: tenant, Ref: name, Remote: remote, TheirHash: theirs,
		Ours: s.orBare(ctx, name, ours), Theirs: s.record(ctx, name, theirs),
	}
}

// orBare reads a record, or returns one of which only the hash is known.
func (s *Store) orBare(ctx context.Context, name, hash string) *Deployment {
	if d := s.record(ctx, name, hash); d != nil {
		return d
	}
	return &Deployment{Hash: hash, Ref: name}
}

// Push pushes this repository's records of a tenant to a remote. It never forces:
// if another deployment was pushed first, the error is a *RaceError that names it,
// and its record was fetched, to be read and merged.
func (s *Store) Push(ctx context.Context, remote, tenant string) error {
	name, err := s.RefName(tenant)
	if err != nil {
		return err
	}
	var ours, theirs string
	err = s.with(ctx, func(r *git.Repository) error {
		m, err := talkTo(ctx, r, remote)
		if err != nil {
			return err
		}
		if ours, err = r.Ref(ctx, name); err != nil {
			return err
		}
		if ours == "" {
			return &git.RemoteError{Reason: fmt.Sprintf("no deployment to %q is recorded here", git.OneLine(tenant, 100)), Next: "apply first"}
		}
		// A push that another one prevents for a moment is repeated, unless that was for
		// the same ref and has moved it.
		pushErr := s.patience.wait(ctx, func() error {
			pushErr := m.Push(ctx, ours+":"+name)
			var failed *git.RemoteError
			if !errors.As(pushErr, &failed) || !failed.Rejected {
				return pushErr
			}
			if theirs, err = m.Tip(ctx, name); err != nil {
				return err
			}
			switch {
			case theirs == ours: // an earlier try had arrived
				return nil
			case failed.Busy && theirs != "":
				if ahead, err := s.follows(ctx, ours, theirs); err == nil && !ahead {
					lost := *failed
					lost.Busy = false
					return &lost
				}
			}
			return pushErr
		})
		var failed *git.RemoteError
		if !errors.As(pushErr, &failed) || !failed.Rejected {
			theirs = ""
			return pushErr
		}
		switch theirs {
		case ours:
			theirs = ""
			return nil
		case "":
			return pushErr
		}
		if ahead, err := s.follows(ctx, ours, theirs); err == nil && ahead {
			return pushErr
		}
		// Their record says who was faster; without it, the race is lost all the same.
		_ = s.patience.wait(ctx, func() error { return m.Fetch(ctx, false, name) })
		return nil
	})
	var failed *git.RemoteError
	switch {
	case !errors.As(err, &failed) || !failed.Refused:
	case strings.Contains(failed.Reason, "cannot create") && s.prefix != DefaultRefs+"/":
		failed.Next = useOtherRefs + ", because a ref there prevents this one"
	case !strings.HasPrefix(s.prefix, "refs/heads/"):
		failed.Next += ", or if the host accepts only branches, set deployments.ref in pdac.yaml to one, such as refs/heads/pdac"
	}
	if err != nil || theirs == "" {
		return remoteError("push", remote, err)
	}
	return &RaceError{
		Tenant: tenant, Ref: name, Remote: remote, Expected: ours, Found: theirs,
		Ours: s.orBare(ctx, name, ours), Theirs: s.record(ctx, name, theirs),
	}
}

// talkTo prepares for talking to a remote.
func talkTo(ctx context.Context, r *git.Repository, remote string) (*git.Remote, error) {
	m, err := r.Remote(ctx, remote)
	var failed *git.RemoteError
	if errors.As(err, &failed) {
		failed.Next += ", or change deployments.remote"
	}
	return m, err
}

// Remotes lists the names of the repository's remotes, sorted.
func (s *Store) Remotes(ctx context.Context) (names []string, err error) {
	err = s.with(ctx, func(r *git.Repository) (err error) {
		names, err = r.Remotes(ctx)
		return err
	})
	return names, err
}

// remoteError says in an error of git what was being tried.
func remoteError(op, remote string, err error) error {
	var failed *git.RemoteError
	if !errors.As(err, &failed) {
		return err
	}
	return &RemoteError{Op: op, Remote: remote, Reason: failed.Reason, Next: failed.Next, Err: failed}
}
