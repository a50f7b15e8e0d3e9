package deploy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// readOwners reads the CODEOWNERS of a source, of which t is the tree. A record has only
// what was deployed, so the file of the working tree counts there.
func (s *Session) readOwners(ctx context.Context, src Source, t repo.Tree) (*repo.Owners, error) {
	open := func(ctx context.Context, dir string) (repo.TreeCloser, error) {
		switch {
		case src.Record != nil:
		case src.Ref != "":
			return git.Commit(ctx, dir, src.Ref, s.o.Git)
		case src.Staged:
			return git.Index(ctx, dir, s.o.Git)
		}
		return git.Worktree(ctx, dir, s.o.Git)
	}
	if src.Record != nil {
		w, err := open(ctx, s.o.Root)
		if err != nil {
			return nil, err
		}
		defer w.Close()
		t = w
	}
	return repo.ReadOwners(ctx, s.o.Root, t, open)
}

// loadOwners reads the CODEOWNERS of the working tree.
func (s *Session) loadOwners(ctx context.Context) error {
	t, _, err := s.open(ctx, Source{})
	if err != nil {
		return err
	}
	defer t.Close()
	s.owners, err = s.readOwners(ctx, Source{}, t)
	return err
}

// owned returns the owners of the files of all entities, those of the last deployment
// and those of the planned content, and calls add for each.
func (s *Session) owned(add func(k panther.Key, owners []string)) {
	if s.base != nil {
		for _, it := range s.base.Repo.Items {
			if it.Kind != "" {
				root := s.base.Info.Root
				add(it.Key(), s.owners.OfTop(sync.TopPath(it.Path, root), sync.TopPath(it.BodyPath, root)))
			}
		}
	}
	if s.repo != nil {
		for _, it := range s.repo.Items {
			if it.Kind != "" {
				add(it.Key(), s.owners.Of(it.Path, it.BodyPath))
			}
		}
	}
}

// ownersByKey returns the owners of all entities; those of the planned files win.
func (s *Session) ownersByKey() map[panther.Key][]string {
	out := map[panther.Key][]string{}
	if s.owners.Known() {
		s.owned(func(k panther.Key, owners []string) { out[k] = owners })
	}
	return out
}

// own adds the owners of the changes to a plan.
func (s *Session) own(p *sync.Plan) {
	owners := s.ownersByKey()
	for _, list := range [][]sync.Change{p.Changes, p.Kept} {
		for i, c := range list {
			list[i].Owners = owners[c.Key()]
		}
	}
}

// ownDrift adds the owners of the entities to a drift report.
func (s *Session) ownDrift(d *sync.Drift) {
	owners := s.ownersByKey()
	for _, list := range [][]sync.DriftedEntity{d.Entities, d.Accepted} {
		for i, e := range list {
			list[i].Owners = owners[e.Key()]
		}
	}
}

// ownedBy returns a filter that matches the entities of some owners, in the repository
// or in the last deployment, that another filter matches.
func (s *Session) ownedBy(owners []string, only sync.Filter) (sync.Filter, error) {
	if err := s.owners.Check("--owner", owners); err != nil {
		return nil, err
	}
	set := map[panther.Key]bool{}
	s.owned(func(k panther.Key, of []string) {
		if only.MatchKey(k) && repo.AnyOwner(of, owners) {
			set[k] = true
		}
	})
	if len(set) == 0 {
		within := ""
		if len(only) > 0 {
			within = " that --only matches"
		}
		return nil, fmt.Errorf("nothing%s belongs to %s by %s, in the repository or in the last deployment", within, strings.Join(owners, ", "), s.owners.Path)
	}
	return sync.Exactly(slices.Collect(maps.Keys(set))), nil
}
