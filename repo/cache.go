package repo

import (
	"bytes"
	"errors"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// Cache keeps what loading made of files, by path and git's name of their
// content. Loads that share one read and parse each content once: the base of a
// plan has nearly all of it in common with what is to be deployed. Where git
// tells the name, as it does for revisions and the index, a known file isn't even
// read; so load the working tree first.
//
// With the last deployment of panther-analysis as the base, in which one file of a
// hundred differs from the working tree, reading the base took 35 ms after the
// working tree, and 216 to 390 ms by itself (BenchmarkBase of package record; 80 ms
// and 0.9 s with 10,000 items).
//
// It is safe for concurrent use and must not outlive its use by much, since it
// lets go of nothing.
type Cache struct {
	mu     sync.Mutex
	specs  map[specKey]spec
	bodies map[string]body
}

// NewCache makes an empty cache.
func NewCache() *Cache {
	return &Cache{specs: map[specKey]spec{}, bodies: map[string]body{}}
}

// specKey has the path because items and diagnostics name it.
type specKey struct{ path, hash string }

// spec is what a YAML file says by itself, without its body and whatever the
// options decide.
type spec struct {
	// item is nil for what isn't a spec. Whoever uses it takes a copy.
	item        *Item
	diagnostics []Diagnostic
	src         []byte
}

// body is a Python file as Panther gets it.
type body struct {
	text string
	// blank says that there is nothing in it.
	blank bool
	// fault says why it can't be deployed.
	fault error
	src   []byte
}

// keep returns the value that is kept under a key, which is the first that came.
func keep[K comparable, V any](c *Cache, in func(*Cache) map[K]V, key K, v V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := in(c)
	if first, ok := m[key]; ok {
		return first
	}
	m[key] = v
	return v
}

func known[K comparable, V any](c *Cache, in func(*Cache) map[K]V, key K) (V, bool) {
	if c == nil {
		var none V
		return none, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := in(c)[key]
	return v, ok
}

func specsOf(c *Cache) map[specKey]spec { return c.specs }
func bodiesOf(c *Cache) map[string]body { return c.bodies }

// file returns a load its own copy, to which it adds.
func (s spec) file(path string) file {
	f := file{path: path, diagnostics: append([]Diagnostic(nil), s.diagnostics...)}
	if s.item != nil {
		it := *s.item
		f.item = &it
	}
	return f
}

func readBody(src []byte) body {
	b := body{src: src}
	if b.fault = yamlcore.CheckText(src); b.fault != nil {
		return b
	}
	text := yamlcore.TrimBOM(src)
	b.blank = len(bytes.TrimSpace(text)) == 0
	b.text = strings.ReplaceAll(string(text), "\r\n", "\n")
	return b
}

// place reports a person where the fault is; the line is 0 where nobody knows.
func (b body) place() (line, column int, message string) {
	var at *yamlcore.Error
	if errors.As(b.fault, &at) {
		return at.Line, at.Column, at.Message
	}
	return 0, 0, b.fault.Error()
}

// SameContent reports whether two items come from the same content at the same
// path, spec and body, so that they stand for the same entity. It knows that only
// of items whose loads shared a Cache; of others it says no.
func (it *Item) SameContent(other *Item) bool {
	return it.Root == other.Root && it.Path == other.Path && it.BodyPath == other.BodyPath && it.Body == other.Body
}
