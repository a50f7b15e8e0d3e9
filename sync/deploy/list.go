package deploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
)

// ListOptions configures a listing.
type ListOptions struct {
	Only, Except sync.Filter
	Filters      repo.Filters
	Where        sync.Where
	Policies     sync.Policies
}

// List returns the state of each entity in the repository or in Panther. Panther is read
// once, and only the kinds that are asked for.
func (s *Session) List(ctx context.Context, api sync.Lister, o ListOptions) (*sync.Listing, error) {
	po := PlanOptions{Only: o.Only, Policies: o.Policies.On(s.o.Now())}
	live, err := s.sides(ctx, api, &po)
	if err != nil {
		return nil, err
	}
	if err := s.checkMatches(o.Only, s.repo, live); err != nil {
		return nil, err
	}
	if idle := sync.Unmatched(o.Except, s.repo, s.base, live); len(idle) > 0 {
		s.note(repo.SeverityWarning, "--except %q matches nothing in the repository, the last deployment or Panther; check the kind and the id", idle[0])
	}
	owners := s.ownersByKey()
	l, err := sync.List(ctx, s.repo, s.live, sync.ListOptions{
		PlanOptions: s.planOptions(po, live), Except: o.Except, Filters: o.Filters, Where: o.Where,
		OwnersOf: func(k panther.Key) []string { return owners[k] },
	})
	if err != nil {
		return nil, err
	}
	l.Diagnostics = append(append(l.Diagnostics, s.owners.Diagnostics()...), s.notes...)
	// Only edits are worth the requests that find out who made them.
	s.nameActors(ctx, api, func(each func(panther.Key, *sync.Edit)) {
		for _, e := range l.Entities {
			if e.Edited() {
				each(e.Key(), e.Changed)
			}
		}
	})
	if err := s.deployments(ctx, l.Entities); err != nil {
		return nil, err
	}
	return l, nil
}

// Compare returns the three sides of one entity; nil if no side has it.
func (s *Session) Compare(ctx context.Context, api sync.Lister, key panther.Key, policies sync.Policies) (*sync.Comparison, error) {
	po := PlanOptions{Only: sync.Exactly([]panther.Key{key}), Policies: policies.On(s.o.Now())}
	live, err := s.sides(ctx, api, &po)
	if err != nil {
		return nil, err
	}
	owners := s.ownersByKey()
	c, err := sync.Compare(ctx, s.repo, s.live, key, sync.ListOptions{PlanOptions: s.planOptions(po, live), OwnersOf: func(k panther.Key) []string { return owners[k] }})
	if err != nil || c == nil {
		return nil, err
	}
	c.Diagnostics = append(c.Diagnostics, s.notes...)
	for _, u := range s.unreadable {
		if u.Kind == c.Entity.Kind {
			c.Diagnostics = append(c.Diagnostics, repo.Diagnostic{Severity: repo.SeverityError, Kind: string(u.Kind), Message: "Panther does not list them: " + u.Reason})
		}
	}
	if c.Entity.Changed != nil && c.Differs() {
		s.nameActors(ctx, api, func(each func(panther.Key, *sync.Edit)) {
			each(panther.Key{Kind: cmp.Or(c.LiveKind, c.Entity.Kind), ID: c.Entity.ID}, c.Entity.Changed)
		})
	}
	one := []sync.Listed{c.Entity}
	err = s.deployments(ctx, one)
	c.Entity = one[0]
	return c, err
}

// Known returns the ids of a kind and of those that share their ids with it, in the
// repository, in the last deployment and in Panther, as far as they were read.
func (s *Session) Known(kind panther.Kind) []string {
	var out []string
	for k := range sync.Known(s.repo, s.base, s.live) {
		if k.Kind == kind || slices.Contains(kind.Family(), k.Kind) {
			out = append(out, k.String())
		}
	}
	slices.Sort(out)
	return out
}

// maxRecords is how many deployments are searched for those of entities.
const maxRecords = 1000

// deployments adds the last deployment that changed the files of each entity.
func (s *Session) deployments(ctx context.Context, list []sync.Listed) error {
	defer func() {
		for i := range list {
			list[i].SetSince()
		}
	}()
	if s.store == nil || s.last == nil || s.base == nil || s.base.Info.Record == "" {
		return nil
	}
	files := map[panther.Key][]string{}
	for _, it := range s.base.Repo.Items {
		files[it.Key()] = append(files[it.Key()], it.Path)
		if it.BodyPath != "" {
			files[it.Key()] = append(files[it.Key()], it.BodyPath)
		}
	}
	records, err := s.store.History(ctx, s.o.Memory, maxRecords)
	if err != nil {
		return fmt.Errorf("read the deployments: %w", err)
	}
	by := make(map[string]record.Deployment, len(records))
	for _, d := range records {
		by[d.Hash] = d
	}
	at := func(d record.Deployment) *sync.DeployedAt {
		return &sync.DeployedAt{Record: d.Hash, Revision: d.Revision, At: d.Time.UTC(), By: d.Actor}
	}
	var paths []string
	for _, e := range list {
		paths = append(paths, files[e.Key()]...)
	}
	changes := map[string]git.Change{}
	// With one deployment everything is from it.
	if len(records) > 1 && len(paths) > 0 {
		// A record's paths start at its own top.
		top, ok := git.TopLevel(s.o.Root)
		if !ok {
			return nil
		}
		changes, err = git.LastChanges(ctx, top, paths, git.LastChangesOptions{Revision: s.last.Hash, MaxCommits: maxRecords}, s.o.Git)
		var unsupported *git.UnsupportedError
		if err != nil && !errors.As(err, &unsupported) {
			return fmt.Errorf("find the deployments of entities: %w", err)
		}
	}
	for i, e := range list {
		var last record.Deployment
		for _, path := range files[e.Key()] {
			d, known := by[changes[path].Commit]
			if len(records) == 1 && !records[0].Cut {
				d, known = records[0], true
			}
			if known && d.Time.After(last.Time) {
				last = d
			}
		}
		if last.Hash != "" {
			list[i].Deployed = at(last)
		}
	}
	return nil
}
