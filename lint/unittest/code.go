package unittest

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/cachefile"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/repo"
)

// code writes the store, or reads it.
func (s *store) code(c *cachefile.Coder) {
	codeMap(c, &s.stamps, strings.Compare, func(c *cachefile.Coder, path *string, v *stamp) {
		cachefile.Text(c, path)
		cachefile.Text(c, &v.stamp)
		cachefile.Text(c, &v.hash)
	})
	codeMap(c, &s.answers, strings.Compare, func(c *cachefile.Coder, k, v *string) {
		cachefile.Text(c, k)
		cachefile.Text(c, v)
	})
	cachefile.List(c, &s.failed, func(c *cachefile.Coder, k *testKey) {
		cachefile.Text(c, &k.Kind)
		cachefile.Text(c, &k.ID)
		cachefile.Text(c, &k.Name)
	})
	codeKept(c, &s.specs, fileKey.compare, codeSpec, func(f *specFacts) fileKey { return fileKey{f.Path, f.Hash} })
	codeKept(c, &s.pythons, fileKey.compare, codePython, func(f *pythonFacts) fileKey { return fileKey{f.Path, f.Hash} })
	codeKept(c, &s.results, strings.Compare, codeRecord, func(r *record) string { return r.Key })
}

func (k fileKey) compare(o fileKey) int {
	return cmp.Or(strings.Compare(k.path, o.path), strings.Compare(k.hash, o.hash))
}

// codeMap codes a map in the order of its keys.
func codeMap[K comparable, V any](c *cachefile.Coder, m *map[K]V, order func(a, b K) int, one func(*cachefile.Coder, *K, *V)) {
	type pair struct {
		k K
		v V
	}
	var all []pair
	for _, k := range slices.SortedFunc(maps.Keys(*m), order) {
		all = append(all, pair{k, (*m)[k]})
	}
	cachefile.List(c, &all, func(c *cachefile.Coder, p *pair) { one(c, &p.k, &p.v) })
	if c.Reading() {
		*m = make(map[K]V, len(all))
		for _, p := range all {
			(*m)[p.k] = p.v
		}
	}
}

// codeKept codes what is kept by a key that it knows itself.
func codeKept[K comparable, T any](c *cachefile.Coder, m *map[K]*kept[T], order func(a, b K) int, value func(*cachefile.Coder, *T), key func(*T) K) {
	var all []*kept[T]
	for _, k := range slices.SortedFunc(maps.Keys(*m), order) {
		all = append(all, (*m)[k])
	}
	cachefile.List(c, &all, func(c *cachefile.Coder, k **kept[T]) {
		if c.Reading() {
			*k = &kept[T]{value: new(T)}
		}
		c.Int(&(*k).unused)
		value(c, (*k).value)
	})
	if c.Reading() {
		*m = make(map[K]*kept[T], len(all))
		for _, k := range all {
			if k != nil {
				(*m)[key(k.value)] = k
			}
		}
	}
}

func codeSpec(c *cachefile.Coder, f *specFacts) {
	cachefile.Text(c, &f.Path)
	cachefile.Text(c, &f.Hash)
	cachefile.Text(c, &f.ID)
	cachefile.Text(c, &f.Type)
	cachefile.Text(c, &f.Kind)
	cachefile.Text(c, &f.BodyPath)
	cachefile.Text(c, &f.Base)
	cachefile.List(c, &f.LogTypes, cachefile.Text[string])
	c.Bool(&f.HasTests)
	c.Bool(&f.Enabled)
	cachefile.List(c, &f.Faults, func(c *cachefile.Coder, d *repo.Diagnostic) {
		cachefile.Text(c, &d.Severity)
		cachefile.Text(c, &d.Message)
		cachefile.Text(c, &d.Path)
		c.Int(&d.Line)
		c.Int(&d.Column)
		cachefile.Text(c, &d.Rule)
	})
}

func codePython(c *cachefile.Coder, f *pythonFacts) {
	cachefile.Text(c, &f.Path)
	cachefile.Text(c, &f.Hash)
	cachefile.List(c, &f.Imports, cachefile.Text[string])
	c.Bool(&f.Dynamic)
}

func codeRecord(c *cachefile.Coder, r *record) {
	cachefile.Text(c, &r.Key)
	c.Int(&r.Until)
	cachefile.List(c, &r.Folders, func(c *cachefile.Coder, f *folder) {
		cachefile.Text(c, &f.Path)
		cachefile.Text(c, &f.State)
	})
	cachefile.List(c, &r.Tests, codeTest)
}

func codeTest(c *cachefile.Coder, t *Test) {
	for _, s := range []*string{&t.ID, &t.Kind, &t.Path, &t.Name, &t.Main, &t.Reason, &t.Printed} {
		cachefile.Text(c, s)
	}
	cachefile.Text(c, &t.Status)
	c.Int(&t.Line)
	c.Bool(&t.Expected)
	c.Bool(&t.Unsure)
	cachefile.Optional(c, &t.Returned, func(c *cachefile.Coder, b *bool) { c.Bool(b) })
	took := int(t.Time)
	c.Int(&took)
	if c.Reading() {
		t.Time = time.Duration(took)
	}
	codeOutputs(c, &t.Outputs)
	cachefile.List(c, &t.Errors, func(c *cachefile.Coder, e *Error) {
		cachefile.Text(c, &e.Function)
		cachefile.Text(c, &e.Type)
		cachefile.Text(c, &e.Message)
		c.Int(&e.Omitted)
		cachefile.List(c, &e.Trace, func(c *cachefile.Coder, f *Frame) {
			cachefile.Text(c, &f.Path)
			c.Int(&f.Line)
			cachefile.Text(c, &f.Function)
			cachefile.Text(c, &f.Source)
		})
	})
	cachefile.List(c, &t.Reads, func(c *cachefile.Coder, r *pyrun.Read) {
		cachefile.Text(c, &r.Path)
		cachefile.Text(c, &r.Value)
		c.Bool(&r.Missing)
	})
}

func codeOutputs(c *cachefile.Coder, m *map[string]json.RawMessage) {
	type output struct{ name, value string }
	var all []output
	if !c.Reading() {
		for _, k := range slices.Sorted(maps.Keys(*m)) {
			all = append(all, output{k, string((*m)[k])})
		}
	}
	cachefile.List(c, &all, func(c *cachefile.Coder, o *output) {
		cachefile.Text(c, &o.name)
		cachefile.Text(c, &o.value)
	})
	if c.Reading() && len(all) > 0 {
		*m = make(map[string]json.RawMessage, len(all))
		for _, o := range all {
			(*m)[o.name] = json.RawMessage(o.value)
		}
	}
}
