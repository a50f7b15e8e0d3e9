package lint

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo"
	"golang.org/x/sync/errgroup"
)

// record is the result of one file. It depends on the content of the file, on that of
// the Python file it names, and on the settings' signature.
type record struct {
	Path, Hash string
	// BodyHash is the content of the file that Facts.Spec.BodyPath names, or ""
	// where there is none.
	BodyHash string
	// Facts is nil for a YAML file that is no spec, and for a record of the cache until decode, which finds it at
	// an offset of the file's second half.
	Facts    *Facts
	Outline  *outline // of the cache; see outlined
	at, size int

	Findings []Finding
	// Ignores are the comments that turn rules off.
	Ignores []ignoreComment
}

// loader reads the files of one tree.
type loader struct {
	tree    repo.Tree
	opts    Options
	cache   *cache
	entries map[string]git.Entry
	listed  []git.Entry
	left    atomic.Int64

	mu     sync.Mutex
	hashes map[string]contentHash
	// unread are the files whose stamp says what they hold.
	unread  map[string]bool
	pythons map[string]*pythonEntry
	sources map[string]*Source
}

// contentHash names a file's content as git does. lf is the name it would have
// with other line ends, which git may store instead.
type contentHash struct{ hash, lf string }

func (h contentHash) same(o contentHash) bool {
	return h.hash == o.hash || h.lf != "" && h.lf == o.hash || o.lf != "" && o.lf == h.hash
}

// pythonEntry is a Python file that is looked at once, whoever asks for it.
type pythonEntry struct {
	record func() (*record, error)
	parsed func() (*PythonFile, error)
}

func newLoader(t repo.Tree, entries []git.Entry, o Options, c *cache) *loader {
	l := &loader{tree: t, opts: o, cache: c, listed: entries, entries: make(map[string]git.Entry, len(entries)),
		hashes: map[string]contentHash{}, unread: map[string]bool{}, pythons: map[string]*pythonEntry{}, sources: map[string]*Source{}}
	l.left.Store(o.maxTotal())
	for _, e := range entries {
		l.entries[e.Path] = e
	}
	return l
}

// progress reports that a file was looked at.
func (o Options) progress() {
	if o.Content.Progress != nil {
		o.Content.Progress()
	}
}

// read returns a file's content and notes its hash.
func (l *loader) read(ctx context.Context, path string) ([]byte, string, error) {
	text, err := l.tree.Read(ctx, path, l.opts.maxFile())
	if err != nil {
		return nil, "", err
	}
	if !l.counted(path) && l.left.Add(-int64(len(text))) < 0 {
		return nil, "", fmt.Errorf("the repository's content is larger than the limit of %d bytes", l.opts.maxTotal())
	}
	h := contentHash{hash: l.named(path)}
	if h.hash == "" { // a stamp says what the file was when the tree was listed, not what it is now
		h.hash = git.BlobHash(text, false)
		if bytes.Contains(text, []byte("\r\n")) {
			h.lf = git.BlobHash(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), false)
		}
	}
	l.mu.Lock()
	l.hashes[path] = h
	l.mu.Unlock()
	return text, h.hash, nil
}

// named is the hash that the tree itself knows. A link's is that of its target's
// name, which says nothing of the content.
func (l *loader) named(path string) string {
	if e := l.entries[path]; !e.Link {
		return e.Hash
	}
	return ""
}

// stored is the hash of a file that needn't be read for it: the tree knows it, or an
// earlier run found it in the file as it is.
func (l *loader) stored(path string) string {
	e := l.entries[path]
	if e.Stamp == "" || e.Link || e.Hash != "" || e.Size > l.opts.maxFile() {
		return l.named(path)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if h, ok := l.hashes[path]; ok {
		return h.hash
	}
	h, ok := l.cache.content(path, e.Stamp)
	// It counts as if it was read, so that the limit is the same in every run.
	if !ok || l.left.Add(-e.Size) < 0 {
		return ""
	}
	l.hashes[path], l.unread[path] = h, true
	return h.hash
}

// counted reports whether the limit of the content already counts the next reading of
// a file.
func (l *loader) counted(path string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.unread[path]
	delete(l.unread, path)
	return was
}

// stamps lists the files with a result whose state on disk says what their content is.
func (s *state) stamps() (out []stamped) {
	for _, r := range s.records {
		if e := s.loader.entries[r.Path]; e.Stamp != "" && r.Hash != "" {
			out = append(out, stamped{r.Path, e.Stamp, s.loader.hashes[r.Path]})
		}
	}
	return out
}

// hash names a file's content, read if need be; text is nil where it needn't.
func (l *loader) hash(ctx context.Context, path string) (hash string, text []byte, err error) {
	if hash = l.stored(path); hash != "" {
		return hash, nil, nil
	}
	text, hash, err = l.read(ctx, path)
	return hash, text, err
}

// source returns the text of a file, read once.
func (l *loader) source(ctx context.Context, path string) (*Source, error) {
	l.mu.Lock()
	s := l.sources[path]
	l.mu.Unlock()
	if s != nil {
		return s, nil
	}
	text, _, err := l.read(ctx, path)
	if err != nil {
		return nil, err
	}
	s = newSource(path, text)
	l.mu.Lock()
	l.sources[path] = s
	l.mu.Unlock()
	return s, nil
}

// load reads every file that counts as content.
func (l *loader) load(ctx context.Context, c repo.Content) ([]*record, error) {
	records := make([]*record, len(c.Specs))
	// The context of a group ends with the group, but a Python file whose record is cached
	// may be parsed later, for a spec that names it.
	g := errgroup.Group{}
	g.SetLimit(l.opts.workers())
	for _, e := range c.Python {
		g.Go(func() error {
			_, err := l.python(ctx, e.Path).record()
			l.opts.progress()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, e := range c.Specs {
		g.Go(func() (err error) {
			records[i], err = l.spec(ctx, e.Path)
			l.opts.progress()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, p := range l.pythons {
		r, err := p.record()
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b *record) int { return strings.Compare(a.Path, b.Path) })
	return records, nil
}

// python finds the entry of a Python file; nothing is read before it is needed.
func (l *loader) python(ctx context.Context, path string) *pythonEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.pythons[path]; p != nil {
		return p
	}
	p := &pythonEntry{}
	type content struct {
		text []byte
		hash string
	}
	load := sync.OnceValues(func() (content, error) {
		text, hash, err := l.read(ctx, path)
		return content{text, hash}, err
	})
	p.parsed = sync.OnceValues(func() (*PythonFile, error) {
		c, err := load()
		if err != nil {
			return nil, err
		}
		return parsePython(newSource(path, c.text)), nil
	})
	p.record = sync.OnceValues(func() (*record, error) {
		hash, err := l.stored(path), error(nil)
		if hash == "" {
			var c content
			c, err = load()
			hash = c.hash
		}
		if err == nil {
			if r := l.cache.find(path, hash, nil); r != nil {
				return r, nil
			}
			var file *PythonFile
			if file, err = p.parsed(); err == nil {
				c, _ := load()
				r := lookPython(file, l.opts.settings)
				r.Hash = c.hash
				return l.cache.put(r), nil
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return unreadable(path, err, &Facts{Path: path, Python: &PythonFacts{}, Broken: true}), nil
	})
	l.pythons[path] = p
	return p
}

// isPython reports whether there is such a file and its name says that it is
// Python: Filename of a lookup table names data.
func (l *loader) isPython(name string) bool {
	_, there := l.entries[name]
	return there && isPython(name)
}

// bodyHash names the content of the Python file that a spec names.
func (l *loader) bodyHash(ctx context.Context, path string) (string, error) {
	if !l.isPython(path) {
		return "", nil
	}
	r, err := l.python(ctx, path).record()
	if err != nil {
		return "", err
	}
	return r.Hash, nil
}

// spec looks at one YAML file.
func (l *loader) spec(ctx context.Context, path string) (*record, error) {
	hash, text, err := l.hash(ctx, path)
	if err == nil {
		r := l.cache.find(path, hash, func(body string) string {
			h, _ := l.bodyHash(ctx, body)
			return h
		})
		if r != nil {
			return r, nil
		}
		if text == nil {
			text, hash, err = l.read(ctx, path)
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return unreadable(path, err, &Facts{Path: path, Broken: true}), nil
	}
	var faulty error
	r := lookSpec(newSource(path, text), text, l.opts.settings, func(body string) *PythonFile {
		if !l.isPython(body) {
			return nil
		}
		f, err := l.python(ctx, body).parsed()
		if err != nil {
			faulty = ctx.Err()
			return nil
		}
		return f
	})
	if faulty != nil {
		return nil, faulty
	}
	r.Hash = hash
	if r.Facts != nil && r.Facts.Spec != nil {
		if r.BodyHash, err = l.bodyHash(ctx, r.Facts.Spec.BodyPath); err != nil {
			return nil, err
		}
	}
	return l.cache.put(r), nil
}

func unreadable(path string, err error, f *Facts) *record {
	return &record{Path: path, Facts: f, Findings: []Finding{{Rule: idMalformed, Severity: Error, Message: "the file can't be read: " + err.Error(), Path: path}}}
}

// known returns the hash of a file that was read, or that the tree knows.
func (l *loader) known(p string) (contentHash, bool) {
	stored := l.stored(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	if h, ok := l.hashes[p]; ok {
		return h, true
	}
	return contentHash{hash: stored}, stored != ""
}
