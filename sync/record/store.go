package record

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"golang.org/x/sync/errgroup"
)

// Options says how to use git: Git is the program's name on PATH or its path, and
// Env its environment. The zero value is right for most callers.
type Options = git.Options

// Store is a git repository that holds records of deployments. It keeps nothing
// open and is safe for concurrent use, by several processes too.
type Store struct {
	// top is the working tree's top folder, and dir the content's root in it.
	root, top, dir string
	// prefix is where the refs of the records are, with a slash at its end.
	prefix  string
	bare    bool
	options Options
	// pause is called when all objects of a record are stored; tests stop there.
	pause    func()
	patience patience
}

// Open finds the git repository around root, the folder of the content. The error
// is a *NotRepositoryError if there is none, and an *UnsupportedError if the
// repository can't be used as it is.
//
// The records are at DefaultRefs; In moves them.
func Open(ctx context.Context, root string, o Options) (*Store, error) {
	r, err := git.Open(ctx, root, o)
	var none *git.NotRepositoryError
	if errors.As(err, &none) {
		return nil, &NotRepositoryError{Root: root}
	}
	if err != nil {
		return nil, err
	}
	s := &Store{prefix: DefaultRefs + "/", root: root, top: r.Top(), dir: r.Dir(), bare: r.Bare(), options: o, pause: func() {}, patience: newPatience()}
	return s, r.Close()
}

// with opens the repository for one call, so that what other processes changed
// since the last one is seen.
func (s *Store) with(ctx context.Context, use func(*git.Repository) error) error {
	r, err := git.Open(ctx, s.root, s.options)
	if err != nil {
		return err
	}
	return errors.Join(use(r), r.Close())
}

// Root returns the content's folder relative to the top of the git repository,
// slash-separated; "" is the top.
func (s *Store) Root() string { return s.dir }

// Latest returns a tenant's last record, or nil if there is none.
func (s *Store) Latest(ctx context.Context, tenant string) (*Deployment, error) {
	ds, err := s.History(ctx, tenant, 1)
	if err != nil || len(ds) == 0 {
		return nil, err
	}
	return &ds[0], nil
}

// Tenants lists the tenants that have records here, sorted.
func (s *Store) Tenants(ctx context.Context) (out []string, err error) {
	err = s.with(ctx, func(r *git.Repository) error {
		names, err := r.Refs(ctx, strings.TrimSuffix(s.prefix, "/"))
		if err != nil {
			return err
		}
		for _, name := range names {
			hash, err := r.Ref(ctx, name)
			if err != nil {
				return err
			}
			ds, err := records(ctx, r, name, hash, 1)
			if err != nil {
				return err
			}
			// The name is what the record says, as the ref has it encoded.
			if own, err := s.RefName(ds[0].Tenant); err == nil && own == name {
				out = append(out, ds[0].Tenant)
			}
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}

// History returns a tenant's records, the newest first: at most limit of them, or
// all for 0. If a shallow clone lacks older ones, the last record's Cut is set.
func (s *Store) History(ctx context.Context, tenant string, limit int) ([]Deployment, error) {
	name, err := s.RefName(tenant)
	if err != nil {
		return nil, err
	}
	var out []Deployment
	err = s.with(ctx, func(r *git.Repository) error {
		hash, err := r.Ref(ctx, name)
		if err == nil && hash != "" {
			out, err = records(ctx, r, name, hash, limit)
		}
		return err
	})
	return out, err
}

func records(ctx context.Context, r *git.Repository, name, hash string, limit int) ([]Deployment, error) {
	var out []Deployment
	err := r.Log(ctx, hash, max(limit, 0), func(c git.LogEntry) (bool, error) {
		d, err := deployment(name, c)
		out = append(out, d)
		return true, err
	})
	if err != nil {
		return nil, damaged(err)
	}
	return out, nil
}

// record reads one record by its hash; nil if that fails.
func (s *Store) record(ctx context.Context, name, hash string) (d *Deployment) {
	_ = s.with(ctx, func(r *git.Repository) error {
		if ds, err := records(ctx, r, name, hash, 1); err == nil {
			d = &ds[0]
		}
		return nil
	})
	return d
}

// damaged explains an object that should be there.
func damaged(err error) error {
	if !errors.Is(err, git.ErrNoObject) {
		return err
	}
	return &UnsupportedError{
		Feature: fmt.Sprintf("the deployment record is damaged (%v)", err),
		Next:    `run "git fsck" to see what is missing, or fetch the record again`,
		Err:     err,
	}
}

// follows reports whether a commit is another one or comes after it.
func (s *Store) follows(ctx context.Context, hash, other string) (bool, error) {
	found := false
	err := s.with(ctx, func(r *git.Repository) error {
		return r.Log(ctx, hash, 0, func(c git.LogEntry) (bool, error) {
			found = c.Hash == other || slices.Contains(c.Parents, other)
			return !found, nil
		})
	})
	return found, damaged(err)
}

// Ancestors returns which of some commits are a revision or its ancestors. It
// visits at most limit commits, or all for 0. cut reports that part of the history
// couldn't be followed, so a commit that wasn't found may be in that part.
func (s *Store) Ancestors(ctx context.Context, revision string, commits []string, limit int) (found map[string]bool, cut bool, err error) {
	want := make(map[string]bool, len(commits))
	for _, c := range commits {
		want[c] = true
	}
	found = map[string]bool{}
	seen := 0
	err = s.with(ctx, func(r *git.Repository) error {
		return r.Log(ctx, revision, limit, func(c git.LogEntry) (bool, error) {
			seen++
			cut = cut || c.Cut || seen == limit
			if want[c.Hash] {
				found[c.Hash] = true
			}
			return len(found) < len(want), nil
		})
	})
	return found, cut, damaged(err)
}

// Tree opens the files of a record, for repo.Load. Its paths start at the
// content's root. The caller closes it.
func (s *Store) Tree(ctx context.Context, d Deployment) (*git.GitTree, error) {
	if s.bare {
		return nil, &UnsupportedError{
			Feature: fmt.Sprintf("%s is a bare repository, which has no files of deployments to read", s.top),
			Next:    "use a clone of it",
		}
	}
	t, err := git.Commit(ctx, s.top, d.Hash, s.options)
	if err != nil {
		return nil, fmt.Errorf("read the files of deployment %.12s: %w", d.Hash, err)
	}
	return t, nil
}

// Files returns all content of a record, by path from the content's root.
func (s *Store) Files(ctx context.Context, d Deployment) (out map[string][]byte, err error) {
	t, err := s.Tree(ctx, d)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	entries, err := t.Entries(ctx)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e git.Entry) bool { return e.Path == StoredPath })
	contents := make([][]byte, len(entries))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range entries {
		g.Go(func() (err error) {
			contents[i], err = t.Read(gctx, e.Path, maxFile)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("read the files of deployment %.12s: %w", d.Hash, err)
	}
	out = make(map[string][]byte, len(entries))
	for i, e := range entries {
		out[e.Path] = contents[i]
	}
	return out, nil
}

// Write records a deployment. Everything is stored before the tenant's ref moves
// from n.Parent to the new commit, in one step. If the ref isn't at n.Parent, the
// error is a *RaceError and nothing has changed.
func (s *Store) Write(ctx context.Context, n New) (d Deployment, err error) {
	name, err := s.RefName(n.Tenant)
	if err != nil {
		return Deployment{}, err
	}
	for p, content := range n.Files {
		if err := checkFile(p, content); err != nil {
			return Deployment{}, err
		}
	}
	err = s.with(ctx, func(r *git.Repository) error {
		if err := check(n, r.HashLen()); err != nil {
			return err
		}
		now, err := r.Ref(ctx, name)
		if err == nil && now != n.Parent {
			err = git.ErrRefMoved
		}
		if err != nil {
			return err
		}
		files := n.Files
		if len(n.Stored) > 0 {
			files = map[string][]byte{}
			maps.Copy(files, n.Files)
			files[StoredPath] = n.Stored
		}
		tree, err := r.StoreFiles(ctx, files)
		if clash := (*git.PathError)(nil); errors.As(err, &clash) {
			return &PathError{Path: clash.Path, Reason: clash.Reason}
		}
		if err != nil {
			return err
		}
		body := s.commit(ctx, r, n, name, tree)
		hash, err := r.StoreCommit(ctx, body)
		if err != nil {
			return err
		}
		s.pause()
		if err := s.moveRef(ctx, r, name, hash, n.Parent); err != nil {
			return err
		}
		c, err := git.ParseCommit(hash, body)
		if err == nil {
			d, err = deployment(name, c)
		}
		return err
	})
	if errors.Is(err, git.ErrRefMoved) {
		err = s.lost(ctx, name, n)
	}
	return d, err
}

// lost explains a ref that isn't where it was expected.
func (s *Store) lost(ctx context.Context, name string, n New) error {
	e := &RaceError{Tenant: n.Tenant, Ref: name, Expected: n.Parent}
	err := s.with(ctx, func(r *git.Repository) (err error) {
		e.Found, err = r.Ref(ctx, name)
		return err
	})
	if err != nil {
		return err
	}
	if e.Found != "" {
		e.Theirs = s.record(ctx, name, e.Found)
	}
	return e
}

func check(n New, hashLen int) error {
	for what, hash := range map[string]string{"parent": n.Parent, "merge": n.Merge, "rollback": n.Rollback} {
		if hash != "" && (!isHash(hash) || len(hash) != hashLen) {
			return fmt.Errorf("the deployment's %s is %q, which is not a full commit hash of this repository", what, git.OneLine(hash, 80))
		}
	}
	if n.Merge != "" && (n.Merge == n.Parent || n.Parent == "") {
		return fmt.Errorf("a deployment that continues %.12s needs another record as its parent", n.Merge)
	}
	if n.Time.Unix() < 0 || n.Time.After(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)) {
		return fmt.Errorf("the deployment's time is %s, which git can't store; set it to the time of the deployment", n.Time.Format(time.RFC3339))
	}
	c := n.Counts
	if min(c.Created, c.Updated, c.Replaced, c.Deleted, c.Unchanged, c.Failed) < 0 {
		return errors.New("a deployment's counts can't be negative")
	}
	return nil
}

// commit composes a record's commit.
func (s *Store) commit(ctx context.Context, r *git.Repository, n New, name, tree string) []byte {
	who, actor := identity(ctx, r, n.Actor)
	d := Deployment{
		Ref: name, Tenant: n.Tenant, Revision: n.Revision, Committed: n.Committed, Follows: n.Follows[:min(len(n.Follows), maxFollows)], Actor: actor, Time: wholeMinutes(n.Time),
		Counts: n.Counts, Partial: n.Partial, Rollback: n.Rollback, Year: n.Year, PantherYear: n.PantherYear, FileCount: len(n.Files), Root: s.dir,
	}
	body := "tree " + tree + "\n"
	for _, p := range []string{n.Parent, n.Merge} {
		if p != "" {
			body += "parent " + p + "\n"
		}
	}
	stamp := fmt.Sprintf("%s %d %s", who, d.Time.Unix(), d.Time.Format("-0700"))
	return []byte(body + "author " + stamp + "\ncommitter " + stamp + "\n\n" + d.message())
}

// wholeMinutes returns a time in a zone that git can write: the offsets of some old
// zones include seconds.
func wholeMinutes(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.In(time.FixedZone("", offset/60*60)).Truncate(time.Second)
}
