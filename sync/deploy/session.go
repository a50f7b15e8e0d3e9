package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
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
