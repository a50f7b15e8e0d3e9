package unittest

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo"
	"golang.org/x/sync/errgroup"
)

// loader reads the files of one tree, as far as the store does not know them.
type loader struct {
	tree    repo.Tree
	opts    Options
	store   *store
	entries map[string]repo.Entry
	left    atomic.Int64

	mu     sync.Mutex
	texts  map[string][]byte
	hashes map[string]string
}

func (o Options) workers() int    { return cmp.Or(o.Workers, runtime.GOMAXPROCS(0)) }
func (o Options) maxFile() int64  { return cmp.Or(o.Content.MaxFileBytes, 5<<20) }
func (o Options) maxTotal() int64 { return cmp.Or(o.Content.MaxTotalBytes, 1<<30) }

func newLoader(t repo.Tree, entries []repo.Entry, o Options, s *store) *loader {
	l := &loader{tree: t, opts: o, store: s, entries: make(map[string]repo.Entry, len(entries)), texts: map[string][]byte{}, hashes: map[string]string{}}
	l.left.Store(o.maxTotal())
	for _, e := range entries {
		l.entries[e.Path] = e
	}
	return l
}

// read returns a file's content, and notes it and its hash.
func (l *loader) read(ctx context.Context, path string) ([]byte, string, error) {
	l.mu.Lock()
	text, ok := l.texts[path]
	hash := l.hashes[path]
	l.mu.Unlock()
	if ok {
		return text, hash, nil
	}
	text, err := l.tree.Read(ctx, path, l.opts.maxFile())
	if err != nil {
		return nil, "", err
	}
	if l.left.Add(-int64(len(text))) < 0 {
		return nil, "", fmt.Errorf("the repository's content is larger than the limit of %d bytes", l.opts.maxTotal())
	}
	// A stamp says what the file was when the tree was listed, not what it is now.
	if e := l.entries[path]; e.Hash != "" && !e.Link {
		hash = e.Hash
	} else {
		hash = git.BlobHash(text, false)
	}
	l.mu.Lock()
	l.texts[path], l.hashes[path] = text, hash
	l.mu.Unlock()
	return text, hash, nil
}

// hash names a file's content. It is read only if neither git nor an earlier run knows
// it.
func (l *loader) hash(ctx context.Context, path string) (string, error) {
	l.mu.Lock()
	hash, ok := l.hashes[path]
	l.mu.Unlock()
	if ok {
		return hash, nil
	}
	e := l.entries[path]
	switch {
	case e.Link:
	case e.Hash != "":
		hash = e.Hash
	case e.Stamp != "" && e.Size <= l.opts.maxFile():
		hash = l.store.content(path, e.Stamp)
	}
	if hash == "" {
		_, hash, err := l.read(ctx, path)
		return hash, err
	}
	l.mu.Lock()
	l.hashes[path] = hash
	l.mu.Unlock()
	return hash, nil
}

// python returns the facts of a Python file; nil if there is none, or it can't be read.
func (l *loader) python(ctx context.Context, path string) (*pythonFacts, error) {
	if _, there := l.entries[path]; !there {
		return nil, nil
	}
	hash, err := l.hash(ctx, path)
	if err == nil {
		if f := l.store.python(path, hash); f != nil {
			return f, nil
		}
		var src []byte
		if src, hash, err = l.read(ctx, path); err == nil {
			text, _ := repo.PythonText(src)
			return l.store.putPython(readPython(path, hash, text)), nil
		}
	}
	return nil, ctx.Err()
}

// body returns the text of a Python file as Panther gets it.
func (l *loader) body(ctx context.Context, path string) (string, error) {
	src, _, err := l.read(ctx, path)
	if err != nil {
		return "", err
	}
	return repo.PythonText(src)
}

// spec returns the facts of a YAML file.
func (l *loader) spec(ctx context.Context, path string) (*specFacts, error) {
	hash, err := l.hash(ctx, path)
	if err == nil {
		if f := l.store.spec(path, hash); f != nil {
			return f, nil
		}
		var src []byte
		if src, hash, err = l.read(ctx, path); err == nil {
			return l.store.putSpec(readSpec(path, hash, src)), nil
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return &specFacts{Path: path, Faults: []repo.Diagnostic{{Severity: repo.SeverityError, Path: path, Message: "the file can't be read: " + err.Error()}}}, nil
}

// item parses a spec, unless this run did.
func (l *loader) item(ctx context.Context, f *specFacts) (*repo.Item, error) {
	if f.item != nil {
		return f.item, nil
	}
	src, _, err := l.read(ctx, f.Path)
	if err != nil {
		return nil, err
	}
	it := repo.ReadSpec(f.Path, src).Item
	if it == nil {
		return nil, fmt.Errorf("%s changed while it was read; run again", f.Path)
	}
	return it, nil
}

// state is a tree with the facts of its files.
type state struct {
	*loader
	specs  []*specFacts
	notes  []repo.Diagnostic
	skips  []repo.Skipped
	bodies map[string]*pythonFacts
	// globals and models are by name and by log type; bases are the detections by id.
	globals map[string]*specFacts
	models  map[string]*specFacts
	bases   map[string]*specFacts
	// expects has the hashes of the files of expectations, by path.
	expects map[string]string
}

// scan reads the facts of a tree.
func scan(ctx context.Context, t repo.Tree, o Options, s *store) (*state, error) {
	entries, err := repo.Entries(ctx, t, o.Content)
	if err != nil {
		return nil, err
	}
	content, err := repo.FindContent(ctx, t, entries, o.Content)
	if err != nil {
		return nil, err
	}
	st := &state{loader: newLoader(t, entries, o, s), notes: content.Notes, skips: content.Skipped, bodies: map[string]*pythonFacts{},
		globals: map[string]*specFacts{}, models: map[string]*specFacts{}, bases: map[string]*specFacts{}, expects: map[string]string{}}
	for _, e := range entries {
		if strings.HasSuffix(e.Path, expectSuffix) {
			if st.expects[e.Path], err = st.hash(ctx, e.Path); err != nil && ctx.Err() != nil {
				return nil, err
			}
		}
	}
	st.specs = make([]*specFacts, len(content.Specs))
	err = parallel(ctx, o.workers(), len(content.Specs), func(ctx context.Context, i int) (err error) {
		st.specs[i], err = st.spec(ctx, content.Specs[i].Path)
		return err
	})
	if err != nil {
		return nil, err
	}
	st.specs = slices.DeleteFunc(st.specs, func(f *specFacts) bool { return f.ID == "" && len(f.Faults) == 0 })
	var bodies []string
	for _, f := range st.specs {
		st.index(f)
		if f.BodyPath != "" && strings.HasSuffix(strings.ToLower(f.BodyPath), ".py") {
			bodies = append(bodies, f.BodyPath)
		}
	}
	slices.Sort(bodies)
	bodies = slices.Compact(bodies)
	found := make([]*pythonFacts, len(bodies))
	err = parallel(ctx, o.workers(), len(bodies), func(ctx context.Context, i int) (err error) {
		found[i], err = st.loader.python(ctx, bodies[i])
		return err
	})
	for i, f := range found {
		if f != nil {
			st.bodies[bodies[i]] = f
		}
	}
	return st, err
}

// index files a spec under what others find it by. The first one of a name counts.
func (st *state) index(f *specFacts) {
	put := func(m map[string]*specFacts, key string) {
		if m[key] == nil {
			m[key] = f
		}
	}
	switch f.Type {
	case repo.TypeGlobal:
		put(st.globals, f.ID)
	case repo.TypeDataModel:
		for _, t := range f.LogTypes {
			if f.Enabled {
				put(st.models, t)
			}
		}
	case repo.TypeRule, repo.TypeScheduledRule, repo.TypePolicy, repo.TypeCorrelationRule:
		put(st.bases, f.ID)
	}
}

// parallel calls a function for each number below n.
func parallel(ctx context.Context, workers, n int, f func(ctx context.Context, i int) error) error {
	g, gctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(workers, n) {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || gctx.Err() != nil {
					return gctx.Err()
				}
				if err := f(gctx, i); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}
