package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
	"golang.org/x/sync/errgroup"
)

// Options says what is deployed, and how it is remembered.
type Options struct {
	// Root is the repository's folder.
	Root string
	// Content says what counts as content there.
	Content repo.Options
	Git     git.Options
	// Tenant names the Panther in plans, Memory its deployments; they are mostly
	// the same.
	Tenant, Memory string
	// Remote is the git remote that deployments are shared with; "" for none.
	// Guessed says that nobody named it, so that it may be missing.
	Remote  string
	Guessed bool
	// NoRecord neither reads nor writes the memory.
	NoRecord bool
	// Base is a revision that stands for the last deployment; "" for what the
	// memory says.
	Base string
	// Actor is who deploys; "" for who git's configuration says.
	Actor string
	// Now is the clock.
	Now func() time.Time
	// Log hears how long each part took; nil for nobody.
	Log *slog.Logger
}

// Session is one run of a command against one tenant. It isn't safe for
// concurrent use.
type Session struct {
	o     Options
	store *record.Store
	// last is the last deployment as the memory has it; nil for none.
	last *record.Deployment
	// base is the last deployment with its content, once it was loaded.
	base *sync.Base
	// repo is what was planned, and live what it was held against.
	repo  *repo.Repo
	live  sync.Live
	cache *repo.Cache
	// rollback is the record that is deployed again; nil for none.
	rollback *record.Deployment
	notes    []repo.Diagnostic
}

// Open finds the memory of deployments around the repository's folder. Without
// one, or where it can't be used, the session has none and says so in its plans.
func Open(ctx context.Context, o Options) (*Session, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Memory == "" {
		o.Memory = o.Tenant
	}
	s := &Session{o: o}
	if o.NoRecord {
		s.note(repo.SeverityInfo, "the record of deployments is turned off, so nobody knows who changed what: the plan can't tell console edits from commits, nor what was removed here")
		return s, nil
	}
	store, err := record.Open(ctx, o.Root, o.Git)
	var none *record.NotRepositoryError
	var unsupported *record.UnsupportedError
	switch {
	case errors.As(err, &none):
		s.note(repo.SeverityInfo, "this folder is in no git repository, so nobody knows what was deployed last: the plan can't tell console edits from commits, nor what was removed here; run git init to have deployments remembered")
		return s, nil
	case errors.As(err, &unsupported):
		s.note(repo.SeverityWarning, "deployments can't be remembered here: %v", err)
		return s, nil
	case err != nil:
		return nil, err
	}
	s.store = store
	if s.o.Remote != "" && s.o.Guessed {
		if ok, err := store.HasRemote(ctx, s.o.Remote); err != nil || !ok {
			s.o.Remote = ""
		}
	}
	return s, nil
}

func (s *Session) note(sev repo.Severity, format string, args ...any) {
	s.notes = append(s.notes, repo.Diagnostic{Severity: sev, Message: fmt.Sprintf(format, args...)})
}

// recall finds the last deployment. With strict set, a memory that can't be
// fetched is an error; else the plan goes on with what is known here.
func (s *Session) recall(ctx context.Context, strict bool) error {
	if s.store == nil {
		return nil
	}
	if s.o.Remote != "" {
		err := s.store.Fetch(ctx, s.o.Remote, s.o.Memory)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case strict:
			return fmt.Errorf("nothing was applied, because what was deployed last is not known: %w", err)
		default:
			s.note(repo.SeverityWarning, "what others deployed last is not known, so this may take their deployments for edits in the console: %v", err)
		}
	}
	last, err := s.store.Latest(ctx, s.o.Memory)
	if err != nil {
		return fmt.Errorf("read what was deployed last: %w", err)
	}
	s.last = last
	if last != nil && last.Tenant != s.o.Memory {
		s.note(repo.SeverityWarning, "what is remembered as deployed last was deployed to %q, and this is %q; if that is another Panther, this plan can't be trusted: delete its record from here with \"git update-ref -d %s\"", last.Tenant, s.o.Memory, last.Ref)
	}
	return nil
}

// loadBase reads the content of the last deployment, or of the revision that
// stands for it.
func (s *Session) loadBase(ctx context.Context) error {
	start := s.o.Now()
	var info sync.BaseInfo
	var t *git.GitTree
	var err error
	content := s.o.Content
	content.Cache = s.cache
	switch {
	case s.o.Base != "":
		if t, err = git.Commit(ctx, s.o.Root, s.o.Base, s.o.Git); err != nil {
			return fmt.Errorf("read --base: %w", err)
		}
		info.Revision = t.Describe().Commit
	case s.last != nil:
		if t, err = s.store.Tree(ctx, *s.last); err != nil {
			return err
		}
		info = baseInfo(*s.last)
		content = recordContent(content)
	default:
		return nil
	}
	defer t.Close()
	r, err := repo.Load(ctx, t, content)
	if err != nil {
		return fmt.Errorf("read what was deployed last: %w", err)
	}
	if s.base, err = sync.NewBase(ctx, r, info); err != nil {
		return err
	}
	s.o.Log.Debug("read what was deployed last", "items", len(r.Items), "took", s.o.Now().Sub(start))
	return nil
}

// recordContent says what counts as content in a record: it holds what was
// deployed and nothing else, whatever the configuration says today.
func recordContent(o repo.Options) repo.Options {
	o.Include, o.Exclude, o.ExcludeStatus, o.IDsByKind = []string{"**"}, nil, nil, true
	return o
}

func baseInfo(d record.Deployment) sync.BaseInfo {
	at := d.Time.UTC()
	return sync.BaseInfo{Record: d.Hash, Revision: d.Revision, Actor: d.Actor, Time: &at, Root: d.Root}
}

// Source is where the wanted content comes from; the zero Source is the working
// tree.
type Source struct {
	// Ref is a git revision, Staged the git index, Record a deployment of the
	// memory.
	Ref    string
	Staged bool
	Record *record.Deployment
}

type closingTree interface {
	repo.Tree
	io.Closer
}

func (s *Session) open(ctx context.Context, src Source) (t closingTree, content repo.Options, err error) {
	content = s.o.Content
	switch {
	case src.Record != nil:
		t, err = s.store.Tree(ctx, *src.Record)
		content = recordContent(content)
	case src.Ref != "":
		t, err = git.Commit(ctx, s.o.Root, src.Ref, s.o.Git)
	case src.Staged:
		t, err = git.Index(ctx, s.o.Root, s.o.Git)
	default:
		t, err = git.Worktree(ctx, s.o.Root, s.o.Git)
	}
	return t, content, err
}

// load reads the wanted content.
func (s *Session) load(ctx context.Context, src Source) (*repo.Repo, error) {
	start := s.o.Now()
	t, content, err := s.open(ctx, src)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	content.Cache = s.cache
	r, err := repo.Load(ctx, t, content)
	if err != nil {
		return nil, err
	}
	if src.Record != nil {
		// The commit of a record says nothing; what it deployed does.
		hash, dirty := strings.CutSuffix(src.Record.Revision, "-dirty")
		r.Revision.Commit, r.Revision.Dirty = hash, dirty
	}
	s.o.Log.Debug("loaded the repository", "items", len(r.Items), "took", s.o.Now().Sub(start))
	return r, nil
}

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
