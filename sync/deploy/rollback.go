package deploy

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
)

// Before returns the deployment to roll back to: the one before the last, or
// the one whose hash starts with the given prefix. After an incomplete
// rollback, or one whose deletes were held, it returns the same one again, so
// that repeating the command completes the rollback. What the policies release
// is not rolled back.
func (s *Session) Before(ctx context.Context, hash string, policies sync.Policies) (*record.Deployment, error) {
	if s.store == nil {
		return nil, fmt.Errorf("no deployment is recorded, so there is nothing to roll back to; plan an older revision with pdac plan --ref REV")
	}
	if err := s.recall(ctx, true); err != nil {
		return nil, err
	}
	history, err := s.store.History(ctx, s.o.Memory, 0)
	if err != nil {
		return nil, err
	}
	switch {
	case len(history) == 0:
		return nil, fmt.Errorf("no deployment to %s is recorded, so there is nothing to roll back to; deploy an older revision with pdac apply --ref REV --allow-older", s.o.Tenant)
	case hash != "":
		var found []record.Deployment
		for _, d := range history {
			if strings.HasPrefix(d.Hash, strings.ToLower(hash)) {
				found = append(found, d)
			}
		}
		switch {
		case len(found) > 1:
			return nil, fmt.Errorf("%q matches %d deployments; use more characters of the hash that pdac history shows", hash, len(found))
		case len(found) == 0:
			return nil, fmt.Errorf("no deployment to %s has a hash that starts with %q; pdac history lists them", s.o.Tenant, hash)
		}
		return &found[0], nil
	case len(history) == 1 && history[0].Cut:
		return nil, fmt.Errorf("the deployment before the last one isn't in this shallow clone; fetch it with git fetch --unshallow, or with fetch-depth: 0 in CI")
	case len(history) == 1:
		return nil, fmt.Errorf("only one deployment to %s is recorded, so there is no earlier one; deploy an older revision with pdac apply --ref REV --allow-older", s.o.Tenant)
	}
	if unfinished, err := s.unfinished(ctx, history, policies); unfinished != nil || err != nil {
		return unfinished, err
	}
	for i := 0; i+1 < len(history); i++ {
		// A deployment that changed nothing is none to go back from.
		changes, err := s.store.Changes(ctx, history[i])
		if err != nil || i+2 == len(history) || slices.ContainsFunc(changes, func(c record.FileChange) bool { return c.Path != record.StoredPath }) {
			return &history[i+1], nil
		}
	}
	return &history[1], nil
}

// unfinished returns the deployment that the last one rolled back to, if it is
// not completely deployed.
func (s *Session) unfinished(ctx context.Context, history []record.Deployment, policies sync.Policies) (*record.Deployment, error) {
	last := history[0]
	i := slices.IndexFunc(history, func(d record.Deployment) bool { return d.Hash == last.Rollback })
	if i < 0 {
		return nil, nil
	}
	is, err := s.store.Files(ctx, last)
	if err != nil {
		return nil, err
	}
	want, err := s.store.Files(ctx, history[i])
	if err != nil || maps.EqualFunc(rerooted(is, last.Root, history[i].Root), want, bytes.Equal) {
		return nil, err
	}
	if len(policies.Released) > 0 {
		now, err := s.recorded(ctx, last)
		if err != nil {
			return nil, err
		}
		then, err := s.recorded(ctx, history[i])
		if err != nil || sync.SameDeployed(now, then, policies) {
			return nil, err
		}
	}
	return &history[i], nil
}
