package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"golang.org/x/sync/errgroup"
)

// Store is a git repository that remembers deployments. It holds nothing open
// and is safe for concurrent use, by several processes too.
type Store struct {
	location
	options git.Options
	env     []string
	engine  engine
	// git is nil without the git program.
	git *program
	// pause is called between the steps of Write; tests stop there.
	pause func(stage string)
}

// Open finds the git repository around root, the folder of the content. The
// error is a *NotRepositoryError when there is none. The options are those of
// package tree: its engines mean the same here.
func Open(ctx context.Context, root string, o git.Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l, err := locate(root)
	if err != nil {
		return nil, err
	}
	s := &Store{location: l, options: o, env: o.Env, pause: func(string) {}}
	if s.env == nil {
		s.env = os.Environ()
	}
	name := o.Git
	if name == "" {
		name = "git"
	}
	path, lookErr := exec.LookPath(name)
	if lookErr == nil && o.Engine != git.EngineLibrary {
		s.git = newProgram(path, l, s.env)
	}
	switch {
	case o.Engine == git.EngineProgram && s.git == nil:
		return nil, &UnsupportedError{
			Feature: fmt.Sprintf("deployments are to be recorded with the git program, but there is no %q on PATH", name),
			Next:    "install git",
			Err:     lookErr,
		}
	case o.Engine != git.EngineProgram && l.foreign == nil:
		s.engine = &library{location: l, pause: func(stage string) { s.pause(stage) }}
	case s.git != nil:
		s.engine = s.git
	default:
		return nil, &UnsupportedError{
			Feature: fmt.Sprintf("%v, so deployments can only be recorded in it with the git program, and that is not to be had", l.foreign),
			Next:    "install git, and see that it is on PATH",
			Err:     l.foreign,
		}
	}
	return s, nil
}

// Root gives the content's folder from the top of the git repository,
// slash-separated; "" is the top.
func (s *Store) Root() string { return s.dir }

// Latest gives a tenant's last record, or nil when there is none.
func (s *Store) Latest(ctx context.Context, tenant string) (*Deployment, error) {
	ds, err := s.History(ctx, tenant, 1)
	if err != nil || len(ds) == 0 {
		return nil, err
	}
	return &ds[0], nil
}

// History gives a tenant's records, the newest first: at most limit of them, or
// all for 0. Where a shallow clone is cut off, the last one says so with Cut.
func (s *Store) History(ctx context.Context, tenant string, limit int) ([]Deployment, error) {
	name, err := RefName(tenant)
	if err != nil {
		return nil, err
	}
	hash, err := s.engine.ref(ctx, name)
	if err != nil || hash == "" {
		return nil, err
	}
	return s.records(ctx, name, hash, limit)
}

func (s *Store) records(ctx context.Context, name, hash string, limit int) ([]Deployment, error) {
	edge := s.edge()
	var out []Deployment
	err := s.engine.walk(ctx, hash, edge, max(limit, 0), func(raw rawCommit) (bool, error) {
		d, err := raw.deployment(name)
		if err != nil {
			return false, err
		}
		d.Cut = d.Parent != "" && edge[d.Hash]
		out = append(out, d)
		return true, nil
	})
	if err != nil {
		return nil, damaged(err)
	}
	return out, nil
}

// record reads one record by its hash; nil where that can't be.
func (s *Store) record(ctx context.Context, name, hash string) *Deployment {
	ds, err := s.records(ctx, name, hash, 1)
	if err != nil || len(ds) == 0 {
		return nil
	}
	return &ds[0]
}

// follows tells whether a commit is another one or comes after it.
func (s *Store) follows(ctx context.Context, hash, other string) (bool, error) {
	found := false
	err := s.engine.walk(ctx, hash, s.edge(), 0, func(raw rawCommit) (bool, error) {
		c, err := raw.parse()
		found = raw.hash == other || slices.Contains(c.parents, other)
		return !found, err
	})
	return found, damaged(err)
}

// Ancestors tells which of some commits a revision is or comes after, looking at
// no more than limit commits; 0 is all. cut says that the history goes on where
// it couldn't be followed, so that a commit that wasn't found may be there.
func (s *Store) Ancestors(ctx context.Context, revision string, commits []string, limit int) (found map[string]bool, cut bool, err error) {
	want := make(map[string]bool, len(commits))
	for _, c := range commits {
		want[c] = true
	}
	found = map[string]bool{}
	edge := s.edge()
	seen := 0
	err = s.engine.walk(ctx, revision, edge, limit, func(raw rawCommit) (bool, error) {
		seen++
		cut = cut || edge[raw.hash] || seen == limit
		if want[raw.hash] {
			found[raw.hash] = true
		}
		return len(found) < len(want), nil
	})
	return found, cut, damaged(err)
}

// Tree opens the files of a record, for repo.Load. Its paths start at the
// content's root. The caller closes it.
func (s *Store) Tree(ctx context.Context, d Deployment) (*git.GitTree, error) {
	if s.bare {
		return nil, &UnsupportedError{
			Feature: fmt.Sprintf("%s is a bare repository, from which the files of a deployment can't be read", s.top),
			Next:    "make a clone of it, and work there",
		}
	}
	t, err := git.Commit(ctx, s.top, d.Hash, s.options)
	if err != nil {
		return nil, fmt.Errorf("read the files of deployment %.12s: %w", d.Hash, err)
	}
	return t, nil
}

// Files gives all content of a record by path from the content's root.
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
// from n.Parent to the new commit, in one step; where the ref isn't at n.Parent,
// the error is a *RaceError and nothing has changed.
func (s *Store) Write(ctx context.Context, n New) (Deployment, error) {
	name, err := RefName(n.Tenant)
	if err != nil {
		return Deployment{}, err
	}
	if err := s.check(n); err != nil {
		return Deployment{}, err
	}
	now, err := s.engine.ref(ctx, name)
	if err != nil {
		return Deployment{}, err
	}
	if now != n.Parent {
		return Deployment{}, s.lost(ctx, name, n, now)
	}
	set := &objectSet{hashing: s.hashing, seen: map[string]bool{}}
	top, err := set.addFiles(n.Files)
	if err != nil {
		return Deployment{}, err
	}
	hash := set.add(kindCommit, s.commit(ctx, n, name, top))
	hashes := make([]string, len(set.list))
	for i, o := range set.list {
		hashes[i] = o.hash
	}
	missing, err := s.engine.missing(ctx, hashes)
	if err != nil {
		return Deployment{}, fmt.Errorf("see what git stores already: %w", err)
	}
	body := set.list[len(set.list)-1].body
	fresh := slices.DeleteFunc(set.list, func(o object) bool { return !missing[o.hash] })
	if len(fresh) > 0 {
		if err := s.engine.store(ctx, fresh); err != nil {
			return Deployment{}, err
		}
	}
	s.pause("stored")
	err = s.engine.move(ctx, name, hash, n.Parent)
	if errors.Is(err, errMoved) {
		if now, err = s.engine.ref(ctx, name); err == nil {
			err = s.lost(ctx, name, n, now)
		}
	}
	if err != nil {
		return Deployment{}, err
	}
	return rawCommit{hash, body}.deployment(name)
}

func (s *Store) lost(ctx context.Context, name string, n New, now string) error {
	e := &RaceError{Tenant: n.Tenant, Ref: name, Expected: n.Parent, Found: now}
	if now != "" {
		e.Theirs = s.record(ctx, name, now)
	}
	return e
}

func (s *Store) check(n New) error {
	for what, hash := range map[string]string{"parent": n.Parent, "merge": n.Merge, "rollback": n.Rollback} {
		if hash != "" && (!isHash(hash) || len(hash) != s.digits()) {
			return fmt.Errorf("the deployment's %s is %q, which is no full commit hash of this repository", what, plain(hash, 80))
		}
	}
	if n.Merge != "" && (n.Merge == n.Parent || n.Parent == "") {
		return fmt.Errorf("a deployment that continues %.12s needs another record as its parent", n.Merge)
	}
	if n.Time.Unix() < 0 || n.Time.After(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)) {
		return fmt.Errorf("the deployment's time is %s, which git can't store; give the time of the deployment", n.Time.Format(time.RFC3339))
	}
	c := n.Counts
	if min(c.Created, c.Updated, c.Deleted, c.Unchanged, c.Failed) < 0 {
		return errors.New("a deployment's counts can't be negative")
	}
	return nil
}

// commit writes the commit object of a record.
func (s *Store) commit(ctx context.Context, n New, name, top string) []byte {
	who, actor := s.identity(ctx, n.Actor)
	d := Deployment{
		Ref: name, Tenant: n.Tenant, Revision: n.Revision, Actor: actor, Time: wholeMinutes(n.Time),
		Counts: n.Counts, Partial: n.Partial, Rollback: n.Rollback, FileCount: len(n.Files), Root: s.dir,
	}
	body := "tree " + top + "\n"
	for _, p := range []string{n.Parent, n.Merge} {
		if p != "" {
			body += "parent " + p + "\n"
		}
	}
	stamp := fmt.Sprintf("%s %d %s", who, d.Time.Unix(), d.Time.Format("-0700"))
	return []byte(body + "author " + stamp + "\ncommitter " + stamp + "\n\n" + d.message())
}

// wholeMinutes gives a time in a zone that git can write: some old ones are off
// by seconds too.
func wholeMinutes(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.In(time.FixedZone("", offset/60*60)).Truncate(time.Second)
}
