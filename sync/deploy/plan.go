package deploy

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"golang.org/x/sync/errgroup"
)

// PlanOptions says how to plan.
type PlanOptions struct {
	Source   Source
	Only     sync.Filter
	Policies sync.Policies
	// Delete plans deletes without a memory, too.
	Delete bool
	// Part says why the folder is only a part of a repository, so that nothing
	// may count as removed; "" where it is the whole.
	Part string
	// Strict says that the plan is to be applied, so that it must know what was
	// deployed last.
	Strict bool
}

// Plan loads all sides at the same time and compares them. It writes nothing to
// Panther.
func (s *Session) Plan(ctx context.Context, api sync.Lister, o PlanOptions) (*sync.Plan, error) {
	s.rollback = o.Source.Record
	var live sync.Live
	var odd []repo.Diagnostic
	// The base has nearly all files in common with what is wanted: it comes second,
	// and reads and parses only what differs.
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
		if live, odd, err = sync.Fetch(gctx, api, o.Only); err == nil {
			s.o.Log.Debug("read what is live", "entities", len(live), "took", s.o.Now().Sub(start))
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	s.live = live
	r := s.repo
	r.Diagnostics = append(r.Diagnostics, odd...)
	if o.Delete && s.base == nil && len(r.Items) == 0 {
		return nil, fmt.Errorf("%s holds no specs, so everything in %s would count as removed; check the folder, and content.include of pdac.yaml", s.o.Root, s.o.Tenant)
	}
	start := s.o.Now()
	root := ""
	if s.store != nil {
		root = s.store.Root()
	}
	plan, err := sync.BuildPlan(ctx, r, live, sync.PlanOptions{
		Tenant: s.o.Tenant, Only: o.Only, Policies: o.Policies, Base: s.base, Delete: o.Delete,
		Root: root, KeepRemoved: o.Part, KeepFrom: s.others(o),
	})
	if err != nil {
		return nil, err
	}
	s.o.Log.Debug("compared them", "changes", len(plan.Changes), "took", s.o.Now().Sub(start))
	s.attribute(ctx, plan, o.Source)
	s.behind(ctx, plan, o.Source)
	if s.store != nil && s.base == nil {
		s.note(repo.SeverityInfo, "no deployment to %s is remembered yet, so the plan can't tell console edits from commits, nor what was removed here; the first apply begins the record", s.o.Tenant)
	}
	plan.Diagnostics = append(plan.Diagnostics, s.notes...)
	return plan, nil
}

// others says of other folders why what was deployed from there mustn't count as
// removed here; nil where everything is to be taken for this folder's.
func (s *Session) others(o PlanOptions) func(root string) string {
	if s.last == nil || s.o.Base != "" || o.Delete || o.Source.Record != nil {
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
			// A folder that was renamed is gone from its old place.
			if entries, err := os.ReadDir(dir); !part && err == nil && len(entries) > 0 {
				why = fmt.Sprintf("the last deployment of it came from the folder %q, which is still there, and this is %q (give --delete if this one has taken its place)", orTop(root), orTop(here))
			}
			known[root] = why
		}
		return why
	}
}

func orTop(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

// bodies gives the path of an entity's Python file, here or where it was
// deployed from.
func (s *Session) bodies() func(k panther.Key) string {
	paths := map[panther.Key]string{}
	if s.base != nil {
		for _, it := range s.base.Repo.Items {
			paths[it.Key()] = it.BodyPath
		}
	}
	for _, it := range s.repo.Items {
		paths[it.Key()] = it.BodyPath
	}
	return func(k panther.Key) string { return paths[k] }
}

// attribute finds out who committed what the plan says was committed. A plan is
// as good without, so what goes wrong is told and no more.
func (s *Session) attribute(ctx context.Context, p *sync.Plan, src Source) {
	if p.Base == nil || src.Record != nil {
		return
	}
	bodies := s.bodies()
	paths := p.CommittedPaths(bodies)
	if len(paths) == 0 {
		return
	}
	start := s.o.Now()
	commits := map[string]sync.Commit{}
	var ask []string
	for _, path := range paths {
		if s.uncommitted(path) {
			commits[path] = sync.Commit{Path: path, Uncommitted: true}
			continue
		}
		ask = append(ask, path)
	}
	found, err := lastChanges(ctx, s.o.Root, s.repo.Revision.Commit, ask, s.o.Git)
	if err != nil {
		s.note(repo.SeverityInfo, "who committed the changes is not known: %v", err)
	}
	for path, c := range found {
		commits[path] = c
	}
	p.Attribute(bodies, commits)
	s.o.Log.Debug("found who committed the changes", "paths", len(ask), "took", s.o.Now().Sub(start))
}

// uncommitted tells whether a file differs from the last commit.
func (s *Session) uncommitted(path string) bool {
	_, found := slices.BinarySearch(s.repo.Uncommitted, path)
	return found
}

// maxCommits bounds how far back the history is searched for who changed a file.
const maxCommits = 50_000

func lastChanges(ctx context.Context, root, revision string, paths []string, o git.Options) (map[string]sync.Commit, error) {
	found, err := git.LastChanges(ctx, root, paths, git.LastChangesOptions{Revision: revision, MaxCommits: maxCommits}, o)
	if err != nil {
		return nil, err
	}
	out := map[string]sync.Commit{}
	for path, c := range found {
		if c.Commit == "" {
			continue // the history is cut off before the change
		}
		at := c.Time.UTC()
		out[path] = sync.Commit{Path: path, Hash: c.Commit, Author: c.Author, Email: c.Mail, Time: &at, Subject: c.Subject}
	}
	return out, nil
}
