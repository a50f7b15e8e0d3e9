package deploy

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"golang.org/x/sync/errgroup"
)

// PlanOptions configures a plan.
type PlanOptions struct {
	Source   Source
	Only     sync.Filter
	Policies sync.Policies
	// Delete plans deletes even if no deployment is recorded.
	Delete bool
	// Part is the reason why the folder is only part of a repository, so that
	// nothing counts as removed; "" if it is complete.
	Part string
	// Owners limits the plan to the entities of some owners, by CODEOWNERS.
	Owners []string
	// Filters limits the plan to specs with some values, and Except leaves out what it
	// matches.
	Filters repo.Filters
	Except  sync.Filter
	// within are the patterns of Only, if more limits the plan.
	within []string
	// rest says that Only has everything but what Except matches.
	rest bool
	// Dependencies is what to do about changes that the plan needs and Only leaves
	// out.
	Dependencies sync.Dependencies
	// AllowEmpty accepts a repository without specs: everything that was deployed
	// from it counts as removed.
	AllowEmpty bool
	// ForPull is set if the plan is made for a pull, which can't accept a repository
	// without specs.
	ForPull bool
	// Fresh accepts a repository without specs from which nothing was deployed.
	Fresh bool
	// Guarded applies guards: Guards, and those of the last deployed pdac.yaml. Allow
	// lists the ids of those that are let through.
	Guarded bool
	Guards  []config.Guard
	Allow   []string
	// Strict is set if the plan will be applied, so the last deployment must be
	// known.
	Strict bool
}

// Plan loads all sides concurrently and compares them. It writes nothing to
// Panther.
func (s *Session) Plan(ctx context.Context, api sync.Lister, o PlanOptions) (*sync.Plan, error) {
	live, err := s.sides(ctx, api, &o)
	if err != nil {
		return nil, err
	}
	r := s.repo
	if err := s.checkLoaded(r, o); err != nil {
		return nil, err
	}
	if err := s.checkMatches(o.Only, r, live); err != nil {
		return nil, err
	}
	if o.Delete && s.base == nil && len(r.Items) == 0 {
		return nil, fmt.Errorf("%s has no specs, so everything in %s would count as removed; check the folder and content.include in pdac.yaml", s.o.Root, s.o.Tenant)
	}
	start := s.o.Now()
	opts := s.planOptions(o, live)
	if opts.Guards, opts.Allowed, err = s.guards(ctx, o); err != nil {
		return nil, err
	}
	plan, err := sync.BuildPlan(ctx, r, s.live, opts)
	if err != nil {
		return nil, err
	}
	if s.catchUp(ctx, plan, o) {
		if plan, err = sync.BuildPlan(ctx, r, s.live, opts); err != nil {
			return nil, err
		}
	}
	s.o.Log.Debug("built the plan", "changes", len(plan.Changes), "took", s.o.Now().Sub(start))
	if s.store != nil {
		record := ""
		if s.last != nil {
			record = s.last.Hash
		}
		plan.LastRecord = &record
	}
	s.attribute(ctx, plan, o.Source)
	plan.NameEdits(plan.Policies, func() {
		s.nameActors(ctx, api, func(each func(panther.Key, *sync.Edit)) {
			for _, list := range [][]sync.Change{plan.Changes, plan.Kept} {
				for _, c := range list {
					if c.Cause != "" && c.Cause != sync.CauseCommit {
						each(c.Key(), c.Edited)
					}
				}
			}
		})
	})
	if o.Source.Record == nil {
		s.older(ctx, plan)
	}
	if s.store != nil && s.base == nil {
		s.noteNoRecord(ctx)
	}
	s.own(plan)
	s.notes = append(s.notes, s.owners.Diagnostics()...)
	plan.Diagnostics = append(plan.Diagnostics, s.notes...)
	return plan, nil
}

// sides reads the wanted content, the last deployment and what is live concurrently. It
// sets what the plan is about in o.
func (s *Session) sides(ctx context.Context, api sync.Lister, o *PlanOptions) (sync.Fetched, error) {
	s.rollback = o.Source.Record
	o.Policies = o.Policies.On(s.o.Now())
	var live sync.Fetched
	// The base shares most files with the wanted content. It is loaded second,
	// and only files that differ are read and parsed.
	s.cache = repo.NewCache()
	loaded := make(chan struct{})
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		defer close(loaded)
		s.repo, err = s.load(gctx, o.Source)
		return err
	})
	g.Go(func() error {
		if err := s.recall(gctx, o.Strict); err != nil {
			return err
		}
		<-loaded
		if err := gctx.Err(); err != nil {
			return err
		}
		return s.loadBase(gctx)
	})
	g.Go(func() (err error) {
		start := s.o.Now()
		fetch := sync.Fetch
		if o.Dependencies != sync.DependenciesIgnored {
			fetch = sync.FetchAround
		}
		only := o.Only
		if len(o.Owners) > 0 {
			only = nil // which kinds they own is not known yet
		}
		if live, err = fetch(gctx, api, only); err == nil {
			s.o.Log.Debug("read what is live", "entities", len(live.Live), "took", s.o.Now().Sub(start))
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return live, err
	}
	s.live, s.unreadable = live.Live, live.Unreadable
	var err error
	o.rest = len(o.Except) > 0 && len(o.Only)+len(o.Owners)+len(o.Filters) == 0
	if len(o.Owners)+len(o.Filters)+len(o.Except) > 0 {
		o.within = o.Only.Texts()
	}
	if o.Only, err = s.narrow(*o, live); err != nil {
		return live, err
	}
	around := o.Only
	if o.Dependencies != sync.DependenciesIgnored {
		around = nil
	}
	if err := s.resume(ctx, live.Live, around, live.Unreadable, live.Unseen); err != nil {
		return live, err
	}
	var chosen []repo.Diagnostic
	s.repo, chosen = sync.ChooseSQL(s.repo, s.base, s.live, s.sql(o.Source))
	s.notes = append(s.notes, chosen...)
	s.repo.Diagnostics = append(s.repo.Diagnostics, live.Diagnostics...)
	return live, nil
}

// planOptions returns the options of the comparison.
func (s *Session) planOptions(o PlanOptions, live sync.Fetched) sync.PlanOptions {
	root := ""
	if s.store != nil {
		root = s.store.Root()
	}
	return sync.PlanOptions{
		Tenant: s.o.Tenant, Only: o.Only, Policies: o.Policies, Base: s.base, Begun: s.begun, Delete: o.Delete, Unreadable: s.unreadable,
		Dependencies: o.Dependencies, Unseen: live.Unseen, AllowEmpty: o.AllowEmpty || o.Source.Record != nil, Root: root, KeepRemoved: o.Part, KeepFrom: s.others(o), Owners: o.Owners, Filters: o.Filters.Texts(), Except: o.Except, Within: o.within, Rest: o.rest,
		Older: o.Source.Record != nil || o.Source.Ref != "",
	}
}

// checkLoaded returns an error if the planned content has no specs, unless that is
// accepted. A recorded deployment may have none.
func (s *Session) checkLoaded(r *repo.Repo, o PlanOptions) error {
	if s.o.AcceptNothing || o.AllowEmpty || o.Source.Record != nil || o.Fresh && s.base.Empty() {
		return nil
	}
	err := r.CheckLoaded(s.o.Root, s.o.Content)
	if err != nil && !s.base.Empty() && !o.ForPull {
		err = fmt.Errorf("%w; if the repository is empty on purpose, use --allow-empty: everything that was deployed from it then counts as removed", err)
	}
	return err
}

// checkMatches returns an error if a filter matches nothing. The repository is nil
// if it is not searched.
func (s *Session) checkMatches(only sync.Filter, r *repo.Repo, live sync.Fetched) error {
	if s.o.AcceptNothing {
		return nil
	}
	return only.CheckMatches(r, s.base, live)
}

// sql returns the database whose SQL is deployed. A recorded deployment is deployed
// again with what it has.
func (s *Session) sql(src Source) string {
	if src.Record != nil {
		return ""
	}
	return s.o.SQL
}

// others returns a function that returns the reason why entities deployed from
// another folder do not count as removed. It is nil if everything belongs to
// this folder.
func (s *Session) others(o PlanOptions) func(root string) string {
	if s.last == nil && len(s.begun) == 0 || s.o.Base != "" || o.Delete || o.Source.Record != nil {
		return nil
	}
	top, ok := git.TopLevel(s.o.Root)
	if !ok {
		return nil
	}
	here := s.store.Root()
	known := map[string]string{here: ""}
	return func(root string) string {
		why, ok := known[root]
		if !ok {
			dir := filepath.Join(top, filepath.FromSlash(root))
			_, own := os.Stat(filepath.Join(dir, config.FileName))
			part := own != nil && (here == "" || strings.HasPrefix(root, here+"/"))
			// A renamed folder no longer exists under its old name.
			if !part && hasFiles(dir) {
				why = fmt.Sprintf("the last deployment came from the folder %q, which still exists, and this is %q (use --delete if this folder has replaced it)", orTop(root), orTop(here))
			}
			known[root] = why
		}
		return why
	}
}

// hasFiles reports whether a folder has more than what pdac itself keeps there.
func hasFiles(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() != atomicfile.StateDir })
}

func orTop(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

// IsLive reports whether an entity is live and the plan does not delete it.
func (s *Session) IsLive(p *sync.Plan, k panther.Key) bool {
	_, live := s.live[k]
	return live && !slices.ContainsFunc(p.Changes, func(c sync.Change) bool { return c.Action == sync.Delete && c.Key() == k })
}

// Written returns the files of the entities that the plan writes, by path.
func (s *Session) Written(p *sync.Plan) map[string]panther.Key {
	bodies := map[panther.Key]string{}
	for _, it := range s.repo.Items {
		bodies[it.Key()] = it.BodyPath
	}
	out := map[string]panther.Key{}
	for _, c := range p.Changes {
		if c.Action == sync.Delete {
			continue
		}
		for _, path := range []string{bodies[c.Key()], c.Path} {
			if path != "" {
				out[path] = c.Key()
			}
		}
	}
	return out
}

// Python returns the Python files of the repository's entities, by path.
func (s *Session) Python() map[string]panther.Key {
	out := map[string]panther.Key{}
	for _, it := range s.repo.Items {
		if it.BodyPath != "" {
			out[it.BodyPath] = it.Key()
		}
	}
	return out
}

// uncommitted reports whether a file differs from the last commit.
func (s *Session) uncommitted(path string) bool {
	_, found := slices.BinarySearch(s.repo.Uncommitted, path)
	return found
}
