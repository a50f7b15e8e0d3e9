package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// treeEntry is a file or folder of a folder to be stored.
type treeEntry struct {
	name, hash string
	folder     bool
	// kept is its mode if it was stored earlier; "" for what is new.
	kept string
}

func (e treeEntry) mode() string {
	switch {
	case e.kept != "":
		return e.kept
	case e.folder:
		return modeFolder
	}
	return "100644"
}

func (e treeEntry) kind() string {
	switch e.mode() {
	case modeFolder:
		return "tree"
	case modeNested:
		return "commit"
	}
	return "blob"
}

// storeTree stores a folder, whose entries are stored already, and returns its
// hash.
type storeTree func([]treeEntry) (hash string, err error)

// StoreFiles stores files that git doesn't have yet, and a tree that holds all of
// them; it returns the tree's hash. The error is a *PathError for a path that is
// both a file and a folder; the caller checks the rest of the paths.
func (r *Repository) StoreFiles(ctx context.Context, files map[string][]byte) (tree string, err error) {
	blobs := make(map[string]string, len(files))
	content := make(map[string][]byte, len(files))
	folders := map[string]map[string]bool{"": {}}
	for p, c := range files {
		blobs[p] = BlobHash(c, r.config.sha256())
		content[blobs[p]] = c
		for name := p; name != ""; {
			dir := path.Dir("/" + name)[1:]
			if _, clash := files[dir]; clash && dir != "" {
				return "", &PathError{Path: p, Reason: fmt.Sprintf("is in %q, which is also a file", dir)}
			}
			if folders[dir] == nil {
				folders[dir] = map[string]bool{}
			}
			folders[dir][name] = true
			name = dir
		}
	}
	return askProgram(r, func(e engine) (string, error) {
		if err := storeMissing(ctx, e, content); err != nil {
			return "", err
		}
		var tree string
		err := e.storeTrees(ctx, func(put storeTree) (err error) {
			tree, err = storeFolder("", folders, blobs, put)
			return err
		})
		if err != nil {
			return "", fmt.Errorf("store folders in git: %w", err)
		}
		return tree, nil
	})
}

// storeMissing stores those of some files, by hash, that git doesn't have yet.
func storeMissing(ctx context.Context, e engine, content map[string][]byte) error {
	if len(content) == 0 {
		return nil
	}
	missing, err := e.missing(ctx, slices.Sorted(maps.Keys(content)))
	if err != nil {
		return fmt.Errorf("find what git stores already: %w", err)
	}
	var fresh [][]byte
	for _, hash := range missing {
		fresh = append(fresh, content[hash])
	}
	if len(fresh) > 0 {
		if err := e.storeBlobs(ctx, fresh); err != nil {
			return fmt.Errorf("store files in git: %w", err)
		}
	}
	return nil
}

// storeFolder stores a folder after those inside it. folders lists the paths in
// each folder.
func storeFolder(dir string, folders map[string]map[string]bool, blobs map[string]string, put storeTree) (string, error) {
	var entries []treeEntry
	for p := range folders[dir] {
		e := treeEntry{name: path.Base(p), hash: blobs[p]}
		if folders[p] != nil {
			var err error
			if e.hash, err = storeFolder(p, folders, blobs, put); err != nil {
				return "", err
			}
			e.folder = true
		}
		entries = append(entries, e)
	}
	return put(entries)
}

// StoreCommit stores a commit that is written in git's own form.
func (r *Repository) StoreCommit(ctx context.Context, body []byte) (hash string, err error) {
	return askProgram(r, func(e engine) (string, error) {
		hash, err := e.storeCommit(ctx, body)
		if err != nil {
			return "", fmt.Errorf("store a commit in git: %w", err)
		}
		return hash, nil
	})
}

// Ref returns the commit that a ref names, or "" if there is no such ref.
func (r *Repository) Ref(ctx context.Context, name string) (string, error) {
	return ask(ctx, r, func(e engine) (string, error) { return e.ref(ctx, name) })
}

// MoveRef sets a ref to a commit if it still names old, "" for a ref that doesn't
// exist yet; otherwise the error is ErrRefMoved. It is a *LockedError if another
// process holds the ref.
func (r *Repository) MoveRef(ctx context.Context, name, commit, old string) error {
	// go-git would create it beside a packed ref; git says less clearly what is wrong.
	if old == "" && r.prog == nil {
		if err := r.RefPossible(ctx, name); err != nil {
			return err
		}
	}
	_, err := askProgram(r, func(e engine) (struct{}, error) { return struct{}{}, e.moveRef(ctx, name, commit, old) })
	if err != nil && old == "" {
		if better := r.RefPossible(ctx, name); better != nil {
			return better
		}
	}
	return err
}

// RefPossible returns an *UnsupportedError if a ref can't be created, because another
// one has the name of a folder that it would be in.
func (r *Repository) RefPossible(ctx context.Context, name string) error {
	for above := path.Dir(name); strings.Contains(above, "/"); above = path.Dir(above) {
		if hash, err := r.Ref(ctx, above); err == nil && hash != "" {
			return &UnsupportedError{
				Feature: fmt.Sprintf("the ref %s prevents creating %s", above, name),
				Next:    fmt.Sprintf(`rename it, or delete it with "git update-ref -d %s"`, above),
			}
		}
	}
	return nil
}

func (p *program) missing(ctx context.Context, hashes []string) ([]string, error) {
	// Asked for single objects, git would fetch those that a partial clone lacks,
	// one by one.
	args, stdin := []string{"cat-file", "--buffer", "--batch-check=%(objectname)"}, strings.Join(hashes, "\n")+"\n"
	if p.config.promisor != "" {
		args, stdin = append(args, "--batch-all-objects", "--unordered"), ""
	}
	out, err := p.run(ctx, nil, strings.NewReader(stdin), args...)
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for line := range strings.Lines(out) {
		have[strings.TrimSuffix(line, "\n")] = true // or "HASH missing"
	}
	return slices.DeleteFunc(hashes, func(h string) bool { return have[h] }), nil
}

func (p *program) storeBlobs(ctx context.Context, contents [][]byte) error {
	var in bytes.Buffer
	for _, c := range contents {
		fmt.Fprintf(&in, "blob\ndata %d\n", len(c))
		in.Write(c)
		in.WriteByte('\n')
	}
	// Looking for differences between files takes far longer than storing them;
	// "git gc" does that later.
	_, err := p.run(ctx, nil, &in, "-c", "pack.compression=1", "fast-import", "--quiet", "--depth=0")
	return err
}

func (p *program) storeTrees(ctx context.Context, use func(storeTree) error) error {
	b := p.newBatch("mktree", "-z", "--batch", "--missing")
	err := use(func(entries []treeEntry) (string, error) { return b.tree(ctx, entries) })
	return errors.Join(err, b.close())
}

func (p *program) storeCommit(ctx context.Context, body []byte) (string, error) {
	out, err := p.run(ctx, nil, bytes.NewReader(body), "hash-object", "-t", "commit", "-w", "--stdin")
	return strings.TrimSpace(out), err
}

func (p *program) moveRef(ctx context.Context, name, commit, old string) error {
	if old == "" {
		old = strings.Repeat("0", len(commit))
	}
	_, err := p.query(ctx, "update-ref", "--no-deref", name, commit, old)
	return refError(name, "move", err)
}

// refError explains why a ref could not be changed.
func refError(name, op string, err error) error {
	var failed *programError
	if !errors.As(err, &failed) {
		return err
	}
	for _, moved := range []string{"but expected", "reference already exists", "unable to resolve reference"} {
		if strings.Contains(failed.said, moved) {
			return ErrRefMoved
		}
	}
	if _, file, ok := strings.Cut(failed.said, "Unable to create '"); ok && strings.Contains(failed.said, ".lock': File exists") {
		file, _, _ = strings.Cut(file, "'")
		return &LockedError{Ref: name, File: file, Err: err}
	}
	return fmt.Errorf("%s %s: %w", op, name, err)
}

func (l *library) storeBlobs(ctx context.Context, contents [][]byte) error {
	return l.with(ctx, func(s *store) error {
		for _, c := range contents {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := s.put(plumbing.BlobObject, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *library) storeTrees(ctx context.Context, use func(storeTree) error) error {
	return l.with(ctx, func(s *store) error {
		return use(func(entries []treeEntry) (string, error) {
			var t object.Tree
			for _, e := range entries {
				mode, err := filemode.New(e.mode())
				if err != nil {
					return "", err
				}
				t.Entries = append(t.Entries, object.TreeEntry{Name: e.name, Mode: mode, Hash: plumbing.NewHash(e.hash)})
			}
			sort.Sort(object.TreeEntrySorter(t.Entries))
			o := s.NewEncodedObject()
			if err := t.Encode(o); err != nil {
				return "", err
			}
			return s.putNew(o)
		})
	})
}

func (l *library) storeCommit(ctx context.Context, body []byte) (hash string, err error) {
	err = l.with(ctx, func(s *store) error {
		hash, err = s.put(plumbing.CommitObject, body)
		return err
	})
	return hash, err
}

func (s *store) put(kind plumbing.ObjectType, body []byte) (string, error) {
	o := s.NewEncodedObject()
	o.SetType(kind)
	w, err := o.Writer()
	if err != nil {
		return "", err
	}
	if _, err := w.Write(body); err != nil {
		return "", err
	}
	return s.putNew(o)
}

// putNew stores an object unless it is stored already.
func (s *store) putNew(o plumbing.EncodedObject) (string, error) {
	hash := o.Hash()
	if s.HasEncodedObject(hash) == nil {
		return hash.String(), nil
	}
	_, err := s.SetEncodedObject(o)
	return hash.String(), err
}

// moveRef follows git's own protocol: only the process that creates REF.lock may
// compare the ref and rename the lock over it. go-git ignores such locks, and
// writes refs in place.
func (l *library) moveRef(ctx context.Context, name, commit, old string) error {
	ref := filepath.Join(l.commonDir, filepath.FromSlash(name))
	lock, err := lockRef(ctx, name, ref+".lock")
	if err != nil {
		return err
	}
	if _, err = lock.WriteString(commit + "\n"); err == nil {
		err = lock.Sync()
	}
	if err = errors.Join(err, lock.Close()); err == nil {
		var now string
		if now, err = l.ref(ctx, name); err == nil && now != old {
			err = ErrRefMoved
		}
	}
	if err == nil {
		err = os.Rename(lock.Name(), ref)
	}
	if err == nil {
		return nil
	}
	_ = os.Remove(lock.Name())
	if errors.Is(err, ErrRefMoved) {
		return err
	}
	return fmt.Errorf("move %s: %w", name, err)
}

// lockRef creates a ref's lock. Like git, it waits for a moment if there is one.
func lockRef(ctx context.Context, name, file string) (*os.File, error) {
	const tries, pause = 10, 10 * time.Millisecond
	var err error
	for range tries {
		if err = os.MkdirAll(filepath.Dir(file), 0o777); err == nil {
			var f *os.File
			if f, err = os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666); err == nil {
				return f, nil
			}
		}
		// git removes empty folders when it packs refs.
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			break
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return nil, &LockedError{Ref: name, File: file, Err: err}
	}
	return nil, fmt.Errorf("lock %s: %w", name, err)
}
