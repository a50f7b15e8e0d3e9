package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-billy/v5/util"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

const (
	// cacheSize is for the bases of deltas; every file is read once.
	cacheSize = 32 * cache.MiByte
	// largeObject is the size from which go-git doesn't unpack a loose object
	// before its size was checked.
	largeObject = 1 << 20
	// maxStores bounds how many goroutines read at once; each store holds the
	// pack's table of contents.
	maxStores = 4
)

// library is the engine over go-git. It opens the storage itself instead of
// calling git.PlainOpen, which refuses partial clones and sparse checkouts for
// extensions that don't affect it.
type library struct {
	layout
	fs      billy.Filesystem
	index   string
	objects cache.Object

	// slots bounds the stores in use: a store is not safe for concurrent use.
	slots chan struct{}
	mu    sync.Mutex
	free  []*store
}

// store is one view of the repository's objects.
type store struct{ *filesystem.Storage }

func openLibrary(l layout, env []string) *library {
	fsys := osfs.New(l.gitDir)
	if l.commonDir != l.gitDir {
		fsys = dotgit.NewRepositoryFilesystem(fsys, osfs.New(l.commonDir))
	}
	lib := &library{layout: l, fs: fsys, objects: cache.NewObjectLRU(cacheSize), slots: make(chan struct{}, min(runtime.GOMAXPROCS(0), maxStores))}
	lib.index, _ = l.indexFile(env)
	return lib
}

// with lends a store. Damaged repositories make go-git panic here and there,
// which counts as an error.
func (l *library) with(ctx context.Context, use func(*store) error) (err error) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s := l.take()
	defer func() {
		if p := recover(); p != nil {
			err = errors.Join(fmt.Errorf("go-git failed: %v", p), s.Close())
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.free = append(l.free, s)
	}()
	err = use(s)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		err = fmt.Errorf("%w: %w", ErrNoObject, err)
	}
	return err
}

func (l *library) take() *store {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		s := l.free[n-1]
		l.free = l.free[:n-1]
		return s
	}
	return &store{filesystem.NewStorageWithOptions(l.fs, l.objects, filesystem.Options{KeepDescriptors: true, LargeObjectThreshold: largeObject})}
}

func (l *library) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, s := range l.free {
		errs = append(errs, s.Close())
	}
	l.free = nil
	return errors.Join(errs...)
}

func (l *library) blob(ctx context.Context, hash string, limit int64) (content []byte, err error) {
	err = l.with(ctx, func(s *store) error {
		o, err := s.EncodedObject(plumbing.BlobObject, plumbing.NewHash(hash))
		if err != nil {
			return err
		}
		if o.Size() > limit {
			return &SizeError{Size: o.Size(), Limit: limit}
		}
		r, err := o.Reader()
		if err != nil {
			return err
		}
		content = make([]byte, o.Size())
		_, err = io.ReadFull(r, content)
		return errors.Join(err, r.Close())
	})
	if err != nil {
		return nil, fmt.Errorf("read object %s: %w", hash, err)
	}
	return content, nil
}

func (l *library) commit(ctx context.Context, hash string) (c LogEntry, err error) {
	err = l.with(ctx, func(s *store) error {
		c, err = s.commit(hash)
		return err
	})
	return c, err
}

func (s *store) commit(hash string) (LogEntry, error) {
	o, err := s.EncodedObject(plumbing.AnyObject, plumbing.NewHash(hash))
	if err != nil {
		return LogEntry{}, fmt.Errorf("read commit %s: %w", hash, err)
	}
	if o.Size() > maxCommit {
		return LogEntry{}, &SizeError{Path: "commit " + hash, Size: o.Size(), Limit: maxCommit}
	}
	r, err := o.Reader()
	if err != nil {
		return LogEntry{}, fmt.Errorf("read commit %s: %w", hash, err)
	}
	body, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return LogEntry{}, fmt.Errorf("read commit %s: %w", hash, err)
	}
	return parseCommit(hash, o.Type().String(), body)
}

func (l *library) log(ctx context.Context, start string, limit int, visit func(LogEntry) (bool, error)) error {
	return l.with(ctx, func(s *store) error { return l.walk(ctx, s.commit, start, limit, visit) })
}

// walk visits commits as git does by default: of those whose child was visited,
// the newest first.
func (l *library) walk(ctx context.Context, read func(hash string) (LogEntry, error), start string, limit int, visit func(LogEntry) (bool, error)) error {
	edge, err := l.edge()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var queue []LogEntry // the oldest first
	add := func(hash string) error {
		if seen[hash] {
			return nil
		}
		seen[hash] = true
		c, err := read(hash)
		at, _ := slices.BinarySearchFunc(queue, c, func(a, b LogEntry) int { return a.Committed.Compare(b.Committed) })
		queue = slices.Insert(queue, at, c)
		return err
	}
	if err := add(start); err != nil {
		return err
	}
	for n := 1; len(queue) > 0; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if more, err := visit(c); err != nil || !more || n == limit {
			return err
		}
		if edge[c.Hash] {
			continue
		}
		for _, p := range c.Parents {
			if err := add(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *library) ref(ctx context.Context, name string) (hash string, err error) {
	err = l.with(ctx, func(s *store) error {
		hash, err = s.ref(name)
		return err
	})
	return hash, err
}

// Reference reads a ref. go-git itself takes a damaged file for no file at all.
func (s *store) Reference(name plumbing.ReferenceName) (*plumbing.Reference, error) {
	text, err := util.ReadFile(s.Filesystem(), name.String())
	if err == nil && !bytes.HasPrefix(text, []byte("ref:")) {
		if f := strings.Fields(string(text)); len(f) == 0 || !isFullHash(f[0]) {
			return nil, damagedRef(name.String())
		}
	}
	return s.Storage.Reference(name)
}

func (s *store) ref(name string) (string, error) {
	r, err := s.Reference(plumbing.ReferenceName(name))
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return "", nil
	}
	if damaged := (*UnsupportedError)(nil); errors.As(err, &damaged) {
		return "", err // which names the ref
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	if r.Type() != plumbing.HashReference || r.Hash().IsZero() {
		return "", notDirect(name)
	}
	return r.Hash().String(), nil
}

// missing returns those of some objects that the repository doesn't have.
func (l *library) missing(ctx context.Context, hashes []string) (out []string, err error) {
	err = l.with(ctx, func(s *store) error {
		for _, hash := range hashes {
			if s.HasEncodedObject(plumbing.NewHash(hash)) != nil {
				out = append(out, hash)
			}
		}
		return nil
	})
	return out, err
}
