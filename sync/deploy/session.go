package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
)

// Options configures a Session.
type Options struct {
	// Root is the folder of the repository.
	Root string
	// Content defines which files are content.
	Content repo.Options
	// Git says how to use git.
	Git record.Options
	// Tenant is the name of the Panther in plans, Memory its name in the
	// record. They are usually equal. Former is a name that its record had
	// earlier; "" for none.
	Tenant, Memory, Former string
	// Remote is the git remote for sharing deployments; "" for none. Guessed
	// marks a default, which may not exist; then the only remote is used.
	Remote  string
	Guessed bool
	// Refs is where the refs of the record are; "" for record.DefaultRefs.
	Refs string
	// CI says that this run is in a pipeline, whose folder is soon deleted.
	CI bool
	// SQL is the database whose SQL is deployed, one of panther.SQLDialects; "" to
	// go on with what is live.
	SQL string
	// NoRecord disables reading and writing the record.
	NoRecord bool
	// Base is a revision to use as the last deployment; "" to use the record.
	Base string
	// AcceptNothing accepts a repository without specs, of which nothing counts as
	// removed, and filters that match nothing. They are errors otherwise.
	AcceptNothing bool
	// Actor is who deploys; "" to use git's configuration.
	Actor string
	// Now is the clock (time.Now).
	Now func() time.Time
	// Log receives the duration of each step; it may be nil.
	Log *slog.Logger
}

// Session is one run of a command for one tenant. It is not safe for concurrent
// use.
type Session struct {
	o     Options
	store *record.Store
	// last is the last recorded deployment; nil for none.
	last *record.Deployment
	// base is the content of the last deployment, once it is loaded.
	base *sync.Base
	// repo is the planned content; live is what it was compared with, without
	// the kinds that are unreadable.
	repo       *repo.Repo
	live       sync.Live
	unreadable sync.Unreadable
	cache      *repo.Cache
	// deployed is the pdac.yaml of a deployed revision, once it is read.
	deployed struct {
		revision string
		cfg      *config.Config
	}
	// owners are those of the planned content, or of the working tree.
	owners *repo.Owners
	// stale contains the entities that were deployed since a saved plan was made.
	stale map[panther.Key]string
	// rollback is the record that is being deployed again; nil for none.
	rollback *record.Deployment
	// intents are what unrecorded deployments were about to write, the oldest first.
	intents []*sync.Intent
	// begun contains what an interrupted first deployment created; only if none is
	// recorded.
	begun sync.Begun
	// seen reports whether a kind was read from Panther.
	seen  func(panther.Kind) bool
	notes []repo.Diagnostic
}

// Open finds the deployment record for the repository's folder. If there is
// none, or it can't be used, the session works without it and its plans say so.
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
		s.note(repo.SeverityInfo, "the deployment record is turned off, so the plan can't distinguish console edits from commits or detect what was removed from the repository")
		return s, nil
	}
	store, err := record.Open(ctx, o.Root, o.Git)
	var none *record.NotRepositoryError
	var unsupported *record.UnsupportedError
	switch {
	case errors.As(err, &none):
		s.note(repo.SeverityInfo, "this folder is not in a git repository, so the last deployment is unknown, and the plan can't distinguish console edits from commits or detect what was removed from the repository; run git init to record deployments")
		return s, nil
	case errors.As(err, &unsupported):
		s.note(repo.SeverityWarning, "deployments can't be recorded here: %v", err)
		return s, nil
	case err != nil:
		return nil, err
	}
	s.store = store.In(o.Refs)
	return s, s.chooseRemote(ctx)
}

func (s *Session) note(sev repo.Severity, format string, args ...any) {
	s.notes = append(s.notes, repo.Diagnostic{Severity: sev, Message: fmt.Sprintf(format, args...)})
}

// recall reads the last deployment. With strict, a failed fetch of the record
// is an error; otherwise the local record is used.
func (s *Session) recall(ctx context.Context, strict bool) error {
	if s.store == nil {
		return nil
	}
	if err := s.fetch(ctx, s.o.Memory, strict); err != nil {
		return err
	}
	last, err := s.store.Latest(ctx, s.o.Memory)
	if err == nil && last == nil && s.o.Refs != "" && s.o.Refs != record.DefaultRefs {
		last, err = s.move(ctx)
	}
	if err == nil && last == nil && s.o.Former != "" {
		last, err = s.adopt(ctx, strict)
	}
	if err != nil {
		return fmt.Errorf("read the last deployment: %w", err)
	}
	s.last = last
	if last == nil {
		if err := s.store.CheckRef(ctx, s.o.Memory); err != nil {
			return fmt.Errorf("look where to record deployments: %w", err)
		}
		s.nearby(ctx)
	}
	if last != nil && last.Tenant != s.o.Memory && last.Tenant != s.o.Former {
		s.note(repo.SeverityWarning, "the last recorded deployment was to %q, but this is %q; if that is another Panther, this plan can't be trusted: delete its record here with \"git update-ref -d %s\"", last.Tenant, s.o.Memory, last.Ref)
	}
	return nil
}

// History returns the recorded deployments that the last plan or report is based on, the
// newest first: at most limit of them.
func (s *Session) History(ctx context.Context, limit int) ([]record.Deployment, error) {
	if s.store == nil || s.last == nil {
		return nil, nil
	}
	return s.store.History(ctx, s.o.Memory, limit)
}

// fetch fetches the records of a tenant from the remote, if there is one.
func (s *Session) fetch(ctx context.Context, tenant string, strict bool) error {
	if s.o.Remote == "" {
		return nil
	}
	err := s.store.Fetch(ctx, s.o.Remote, tenant)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case strict:
		return fmt.Errorf("nothing was applied, because the last deployment is unknown: %w", err)
	default:
		s.note(repo.SeverityWarning, "the last deployment by others is unknown, so their changes may show as console edits: %v", err)
	}
	return nil
}

// adopt continues the record of the tenant's former name. It returns the last
// deployment, or nil if that name has none either.
func (s *Session) adopt(ctx context.Context, strict bool) (*record.Deployment, error) {
	if err := s.fetch(ctx, s.o.Former, strict); err != nil {
		return nil, err
	}
	adopted, err := s.store.Adopt(ctx, s.o.Memory, s.store, s.o.Former)
	if err != nil {
		return nil, err
	}
	if adopted {
		s.note(repo.SeverityInfo, "the record of deployments to %q goes on under %q, which the same setting means now", s.o.Former, s.o.Memory)
	}
	return s.store.Latest(ctx, s.o.Memory)
}

// nearby notes a record of the same host without the path of the address. It may be
// that of another Panther, so it is not used.
func (s *Session) nearby(ctx context.Context) {
	host, _, ok := strings.Cut(s.o.Memory, "/")
	if !ok {
		return
	}
	last, err := s.store.Latest(ctx, host)
	name, nameErr := s.store.RefName(s.o.Memory)
	if err != nil || nameErr != nil || last == nil {
		return
	}
	s.note(repo.SeverityInfo, "no deployment to %q is recorded, but one to %q is; if that is the same Panther, continue its record with \"git update-ref %s %s\"", s.o.Memory, host, name, last.Ref)
}

// loadBase loads the content of the last deployment, or of the given revision.
func (s *Session) loadBase(ctx context.Context) error {
	start := s.o.Now()
	var err error
	switch {
	case s.o.Base != "":
		s.base, err = s.baseOf(ctx, s.o.Base)
	case s.last != nil:
		s.base, err = s.recorded(ctx, *s.last)
	default:
		return nil
	}
	if err == nil {
		s.o.Log.Debug("read the last deployment", "items", len(s.base.Repo.Items), "took", s.o.Now().Sub(start))
	}
	return err
}

// baseOf reads a revision that takes the place of the last deployment.
func (s *Session) baseOf(ctx context.Context, rev string) (*sync.Base, error) {
	t, err := git.Commit(ctx, s.o.Root, rev, s.o.Git)
	if err != nil {
		return nil, fmt.Errorf("read --base: %w", err)
	}
	defer t.Close()
	return s.baseFrom(ctx, t, s.o.Content, sync.BaseInfo{Revision: t.Describe().Commit})
}

// recorded reads a recorded deployment.
func (s *Session) recorded(ctx context.Context, d record.Deployment) (*sync.Base, error) {
	t, err := s.store.Tree(ctx, d)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	b, err := s.baseFrom(ctx, t, RecordContent(s.o.Content), baseInfo(d))
	if err != nil {
		return nil, err
	}
	stored, err := t.Read(ctx, record.StoredPath, record.MaxStored)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the last deployment: %w", err)
	}
	b.Stored, err = sync.ReadStored(stored, d.Year, d.PantherYear)
	return b, err
}

func (s *Session) baseFrom(ctx context.Context, t repo.Tree, content repo.Options, info sync.BaseInfo) (*sync.Base, error) {
	content.Cache = s.cache
	r, err := repo.Load(ctx, t, content)
	if err != nil {
		return nil, fmt.Errorf("read the last deployment: %w", err)
	}
	content.Documents.Save()
	return sync.NewBase(ctx, r, info)
}

// RecordContent returns the content options for a record. It contains exactly
// what was deployed, whatever the configuration says today.
func RecordContent(o repo.Options) repo.Options {
	o.Include, o.Only, o.Exclude, o.Named, o.ExcludeStatus, o.IDsByKind = nil, []string{"**"}, nil, nil, nil, true
	return o
}

func baseInfo(d record.Deployment) sync.BaseInfo {
	at := d.Time.UTC()
	return sync.BaseInfo{Record: d.Hash, Revision: d.Revision, Actor: d.Actor, Time: &at, Root: d.Root}
}

// Source is the source of the wanted content. The zero Source is the working
// tree.
type Source struct {
	// Ref is a git revision, Staged the git index, Record a recorded
	// deployment.
	Ref    string
	Staged bool
	Record *record.Deployment
}

func (s *Session) open(ctx context.Context, src Source) (t repo.TreeCloser, content repo.Options, err error) {
	content = s.o.Content
	switch {
	case src.Record != nil:
		t, err = s.store.Tree(ctx, *src.Record)
		content = RecordContent(content)
	case src.Ref != "":
		t, err = git.Commit(ctx, s.o.Root, src.Ref, s.o.Git)
	case src.Staged:
		t, err = git.Index(ctx, s.o.Root, s.o.Git)
	default:
		t, err = git.Worktree(ctx, s.o.Root, s.o.Git)
	}
	return t, content, err
}

// load loads the wanted content.
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
	content.Documents.Save()
	if s.owners, err = s.readOwners(ctx, src, t); err != nil {
		return nil, err
	}
	if src.Record != nil {
		// The commit of the record itself is irrelevant; use the revision that
		// it deployed.
		hash, dirty := strings.CutSuffix(src.Record.Revision, "-dirty")
		r.Revision.Commit, r.Revision.Dirty = hash, dirty
	}
	s.o.Log.Debug("loaded the repository", "items", len(r.Items), "took", s.o.Now().Sub(start))
	return r, nil
}
