package repo

import (
	"bytes"
	"errors"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// Cache caches parsed files by path and git hash of their content. Loads that
// share a cache read and parse each content once: the base of a plan shares
// nearly all of it with the planned content. If git knows the hash, as for
// revisions and the index, a cached file is not even read, so load the working
// tree first.
//
// With the last deployment of panther-analysis as the base, in which one file
// in a hundred differs from the working tree, loading the base took 35 ms after
// the working tree, and 216 to 390 ms on its own (BenchmarkBase of package
// record; 80 ms and 0.9 s with 10,000 items).
//
// It is safe for concurrent use. It never evicts, so don't keep it much longer
// than needed.
type Cache struct {
	mu     sync.Mutex
	specs  map[specKey]spec
	bodies map[string]body
	// skipped contains what is known of files that are not content.
	skipped map[specKey]*Skipped
}

// NewCache returns an empty cache.
func NewCache() *Cache {
	return &Cache{specs: map[specKey]spec{}, bodies: map[string]body{}, skipped: map[specKey]*Skipped{}}
}

// specKey contains the path because items and diagnostics name it.
type specKey struct{ path, hash string }

// spec is the content of a YAML file, without its body and independent of the
// options.
type spec struct {
	// item is nil if the file is not a spec. Users must copy it.
	item        *Item
	diagnostics []Diagnostic
	src         []byte
}

// body is a Python file in the form in which it is sent to Panther.
type body struct {
	text string
	// blank reports whether it is empty.
	blank bool
	// fault says why it can't be deployed.
	fault error
	src   []byte
}

// keep returns the value that is cached under a key. The first value is kept.
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

// file returns a copy for a load to modify.
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
	if b.fault = CheckText(src); b.fault != nil {
		return b
	}
	text := yamlcore.TrimBOM(src)
	b.blank = len(bytes.TrimSpace(text)) == 0
	b.text = strings.ReplaceAll(string(text), "\r\n", "\n")
	return b
}

// place returns the position and the text of the fault; the line is 0 if it is
// unknown.
func (b body) place() (line, column int, message string) {
	var at *yamlcore.Error
	if errors.As(b.fault, &at) {
		return at.Line, at.Column, at.Message
	}
	return 0, 0, b.fault.Error()
}

// SameContent reports whether two items were loaded from the same content at
// the same path, spec and body, so that they define the same entity. It is
// false unless the loads shared a Cache.
func (it *Item) SameContent(other *Item) bool {
	return it.Root == other.Root && it.Path == other.Path && it.BodyPath == other.BodyPath && it.Body == other.Body && it.SQLKey == other.SQLKey
}

func skippedOf(c *Cache) map[specKey]*Skipped { return c.skipped }
