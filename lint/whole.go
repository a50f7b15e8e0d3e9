package lint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/pdac-dev/pdac/internal/cachefile"
	"golang.org/x/sync/errgroup"
)

// outline is what most runs need of a file's facts.
type outline struct {
	Python, Spec, Broken bool
	// Entity and BodyPath are those of a spec.
	Entity, BodyPath string
}

// outlined returns the outline, or nil for a file without facts.
func (r *record) outlined() *outline {
	if r.Outline != nil || r.Facts == nil {
		return r.Outline
	}
	o := &outline{Python: r.Facts.Python != nil, Spec: r.Facts.Spec != nil, Broken: r.Facts.Broken}
	if s := r.Facts.Spec; s != nil {
		o.Entity, o.BodyPath = s.ID.Value, s.BodyPath
	}
	return o
}

// errLostFacts is about the second half of the cache's file, which is read only when it is needed.
var errLostFacts = errors.New("the facts in the cache can't be read")

// decode reads the facts of a record of the cache.
func (r *record) decode(from *cache) error {
	if r.Facts != nil || r.size == 0 {
		return nil
	}
	coded, err := from.coded(r)
	if err != nil {
		return err
	}
	c, f := cachefile.NewReader(coded), new(Facts)
	if codeFacts(c, f); c.Err() != nil {
		return c.Err()
	}
	r.Facts = f
	return nil
}

// wholeRun is what the rules over the whole repository found in one state of it.
type wholeRun struct {
	// Digest names the state.
	Digest string
	// Texts are the files whose text the rules asked for, with its hash. They may be no content.
	Texts    []fileText
	Findings []Finding
}

type fileText struct{ Path, Hash string }

// maxWholeRuns is how many states are kept: a commit, the index and the working tree.
const maxWholeRuns = 4

// whole returns what was found in a state, or nil.
func (c *cache) whole(digest string) *wholeRun {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.wholes {
		if digest != "" && w.Digest == digest {
			return &w
		}
	}
	return nil
}

func (c *cache) keepWhole(w wholeRun) {
	c.mu.Lock()
	defer c.mu.Unlock()
	others := slices.DeleteFunc(slices.Clone(c.wholes), func(o wholeRun) bool { return o.Digest == w.Digest })
	c.wholes = append([]wholeRun{w}, others[:min(len(others), maxWholeRuns-1)]...)
	c.added = true
}

// digest names all that rules over the whole repository see, besides texts that they read and the settings, which
// name the cache. It is "" if the content of a file is unknown.
func (s *state) digest() string {
	h := sha256.New()
	for _, r := range s.records {
		if r.outlined() == nil {
			continue
		}
		if r.Hash == "" {
			return ""
		}
		fmt.Fprintf(h, "%q %s %s\n", r.Path, r.Hash, r.BodyHash)
	}
	for _, e := range s.loader.listed {
		fmt.Fprintf(h, "%q\n", e.Path)
	}
	for _, sk := range s.skipped {
		fmt.Fprintf(h, "%+q\n", sk)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// whole returns what the rules over the whole repository find. They don't run if they ran over the same before.
func (s *state) whole(ctx context.Context, o Options) ([]Finding, error) {
	digest := s.digest()
	if w := s.loader.cache.whole(digest); w != nil {
		same, err := s.loader.same(ctx, w.Texts)
		if same || err != nil {
			return slices.Clone(w.Findings), err
		}
	}
	facts, err := s.facts(o)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	read := map[string]bool{}
	found, err := s.runRepo(ctx, newRepository(facts, s.skipped, s.paths(), o.settings, func(ctx context.Context, path string) (*Source, error) {
		mu.Lock()
		read[path] = true
		mu.Unlock()
		return s.loader.source(ctx, path)
	}), o)
	if err != nil || digest == "" {
		return found, err
	}
	w := wholeRun{Digest: digest}
	for _, path := range sortedKeys(read) {
		if _, ok := s.loader.entries[path]; !ok {
			continue // the digest says that it is missing
		}
		hash, _, err := s.loader.hash(ctx, path)
		if err != nil {
			return found, ctx.Err()
		}
		w.Texts = append(w.Texts, fileText{path, hash})
	}
	// The digest says what these files contain, so that they need not be read for the lines.
	digested := map[string]bool{}
	for _, r := range s.records {
		digested[r.Path] = r.outlined() != nil
	}
	s.addSnippets(ctx, found, func(path string) bool { return digested[path] })
	w.Findings = slices.Clone(found)
	s.loader.cache.keepWhole(w)
	return found, nil
}

// same reports whether files still have the content that they had.
func (l *loader) same(ctx context.Context, texts []fileText) (bool, error) {
	for _, t := range texts {
		if hash, _, err := l.hash(ctx, t.Path); err != nil || hash != t.Hash {
			return false, ctx.Err()
		}
	}
	return true, nil
}

// facts returns the facts of all files that have any.
func (s *state) facts(o Options) ([]*Facts, error) {
	var g errgroup.Group
	n := o.workers()
	for i := range n {
		g.Go(func() error {
			for _, r := range s.records[i*len(s.records)/n : (i+1)*len(s.records)/n] {
				if err := r.decode(s.loader.cache); err != nil {
					return fmt.Errorf("%w: %w", errLostFacts, err)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	facts := make([]*Facts, 0, len(s.records))
	for _, r := range s.records {
		if r.Facts != nil {
			facts = append(facts, r.Facts)
		}
	}
	return facts, nil
}

// addSnippets adds the lines of findings in some files.
func (s *state) addSnippets(ctx context.Context, found []Finding, in func(path string) bool) {
	for i := range found {
		f := &found[i]
		if f.Snippet != "" || f.Range.Line <= 0 || !in(f.Path) {
			continue
		}
		if src, err := s.loader.source(ctx, f.Path); err == nil {
			f.Snippet = src.snippet(f.Range.Line)
		}
	}
}
