package unittest

import (
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/cachefile"
	"github.com/pdac-dev/pdac/internal/pyrun"
)

// sideFormat goes up when the form of a side file changes.
const sideFormat = 1

// side keeps what is only needed by some runs in a file of its own, by the key of a
// detection's results.
type side[T any] struct {
	file  cachefile.File
	all   map[string]*kept[sideRecord[T]]
	value func(*cachefile.Coder, *T)
	added bool
}

type sideRecord[T any] struct {
	record
	value T
}

func openSide[T any](c Cache, name string, value func(*cachefile.Coder, *T)) *side[T] {
	s := &side[T]{all: map[string]*kept[sideRecord[T]]{}, value: value}
	if s.file = c.file(); s.file.Root == "" {
		return s
	}
	s.file.Magic, s.file.Prefix = "pdac "+name+" cache\n", name+"-"
	s.file.Name = cachefile.Name(string(rune('0'+sideFormat)), name, c.Build)
	payload, rest, err := s.file.Read()
	if err != nil {
		return s
	}
	_ = rest.Close()
	r := cachefile.NewReader(string(payload))
	if s.code(r); r.Err() != nil {
		clear(s.all)
	}
	return s
}

func (s *side[T]) code(c *cachefile.Coder) {
	codeKept(c, &s.all, strings.Compare, func(c *cachefile.Coder, r *sideRecord[T]) {
		codeRecord(c, &r.record)
		s.value(c, &r.value)
	}, func(r *sideRecord[T]) string { return r.Key })
}

// get returns what is kept, if it still counts.
func (s *side[T]) get(key string, now time.Time) *T {
	k := s.all[key]
	if k == nil || !k.value.counts(now) {
		return nil
	}
	k.unused = -1
	return &k.value.value
}

// put keeps something about a detection for as long as the results of its tests count.
func (s *side[T]) put(u *unit, r *run, v *T) {
	rec := sideRecord[T]{record: r.recordOf(u), value: *v}
	rec.Tests = nil
	s.all[u.key], s.added = &kept[sideRecord[T]]{&rec, -1}, true
}

func (s *side[T]) save() {
	if s.file.Root == "" || !s.added {
		return
	}
	age(s.all)
	w := &cachefile.Coder{}
	if s.code(w); w.Err() == nil {
		_ = s.file.Write(w.Bytes())
	}
}

// mutationRecord is what came of the changes of a detection.
type mutationRecord struct{ outcomes []pyrun.ChangeOutcome }

func codeMutations(c *cachefile.Coder, m *mutationRecord) {
	cachefile.List(c, &m.outcomes, func(c *cachefile.Coder, o *pyrun.ChangeOutcome) {
		c.Bool(&o.Invalid)
		cachefile.Text(c, &o.By)
		c.Int(&o.Test)
		cachefile.Optional(c, &o.Catch, func(c *cachefile.Coder, k *pyrun.Catch) {
			c.Int(&k.Test)
			c.Bool(&k.Returns)
			cachefile.List(c, &k.Set, func(c *cachefile.Coder, s *pyrun.Set) {
				codePath(c, &s.Path)
				cachefile.Text(c, &s.Value)
				c.Bool(&s.Missing)
			})
		})
	})
}

// codePath codes keys, which are texts, and indices.
func codePath(c *cachefile.Coder, path *[]any) {
	cachefile.List(c, path, func(c *cachefile.Coder, v *any) {
		text, isText := (*v).(string)
		c.Bool(&isText)
		if isText {
			cachefile.Text(c, &text)
			*v = text
			return
		}
		f, _ := (*v).(float64)
		n := int(f)
		c.Int(&n)
		*v = float64(n)
	})
}
