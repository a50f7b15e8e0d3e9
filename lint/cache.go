package lint

import (
	"cmp"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/cachefile"
	"golang.org/x/sync/errgroup"
)

// cacheFormat goes up when the form of the records changes.
const cacheFormat = 8

const (
	cacheMagic = "pdac lint cache\n"
	// cachePrefix begins the names of its files.
	cachePrefix = "lint-"
	// maxUnused is how many runs that write the file keep an unused record.
	maxUnused = 5
)

// cache keeps records by what they depend on, in memory while a run lasts, and
// in a file from run to run. The file's name has the signature of the build and
// the settings, so that others are never looked at. It is sealed with a key: one
// that was damaged, or that somebody else put there, counts for nothing.
type cache struct {
	root, file string // "" keeps nothing beyond the run
	key        []byte

	// stamps are the contents that files had when they were read, by path.
	stamps map[string]stamped

	mu      sync.Mutex
	records map[cacheKey][]*cached
	// wholes are the last runs over the whole repository, the newest first.
	wholes []wholeRun
	added  bool

	open  *cachefile.Rest
	facts func() (string, error)
}

type cacheKey struct{ path, hash string }

type cached struct {
	Record record
	Unused int
	used   bool
}

// openCache reads what earlier runs kept. What can't be read is ignored.
func openCache(o Options) *cache {
	c := &cache{records: map[cacheKey][]*cached{}, stamps: map[string]stamped{}, key: o.Cache.Key}
	if o.Cache.Root == "" || o.Cache.Build == "" || len(o.Cache.Key) == 0 {
		return c
	}
	c.root, c.file = o.Cache.Root, cachePrefix+o.settings.signature(o.Cache.Build)
	parts, err := c.read()
	if err != nil {
		return c
	}
	records, stamps := 0, 0
	for _, p := range parts {
		records, stamps = records+len(p.records), stamps+len(p.stamps)
	}
	c.records, c.stamps = make(map[cacheKey][]*cached, records), make(map[string]stamped, stamps)
	for _, p := range parts {
		for i := range p.records {
			r := &p.records[i]
			k := cacheKey{r.Record.Path, r.Record.Hash}
			c.records[k] = append(c.records[k], r)
		}
		for _, s := range p.stamps {
			c.stamps[s.path] = s
		}
		c.wholes = append(c.wholes, p.wholes...)
	}
	return c
}

// content returns the content that a file had when it had a stamp.
func (c *cache) content(path, stamp string) (contentHash, bool) {
	s, ok := c.stamps[path]
	return s.content, ok && stamp != "" && s.stamp == stamp
}

// keepStamps replaces the stamps of files by those of a run. It keeps those of files
// that the run did not see.
func (c *cache) keepStamps(list []stamped) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range list {
		if c.stamps[s.path] != s {
			c.stamps[s.path], c.added = s, true
		}
	}
}

// find returns the record of a file, or nil. bodyHash names the content that a
// spec's Python file has now.
func (c *cache) find(path, hash string, bodyHash func(path string) string) *record {
	if hash == "" {
		return nil
	}
	c.mu.Lock()
	list := c.records[cacheKey{path, hash}]
	c.mu.Unlock()
	for _, r := range list {
		body := ""
		if of := r.Record.outlined(); bodyHash != nil && of != nil && of.Spec {
			body = bodyHash(of.BodyPath)
		}
		if body == r.Record.BodyHash {
			c.mu.Lock()
			r.used = true
			c.mu.Unlock()
			return &r.Record
		}
	}
	return nil
}

func (c *cache) put(r *record) *record {
	if r.Hash == "" {
		return r
	}
	k := cacheKey{r.Path, r.Hash}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records[k] = append(c.records[k], &cached{Record: *r, used: true})
	c.added = true
	return r
}

// disk is the file of the cache.
func (c *cache) disk() cachefile.File {
	return cachefile.File{Root: c.root, Magic: cacheMagic, Prefix: cachePrefix, Name: strings.TrimPrefix(c.file, cachePrefix), Key: c.key}
}

// save writes the file if there is something new. A run doesn't fail because it
// can't be written.
func (c *cache) save() {
	if c.file == "" || !c.added {
		return
	}
	first, facts, err := c.encode()
	c.close() // some systems don't replace an open file
	if err == nil {
		_ = c.disk().Write(first, facts...)
	}
}

func (c *cache) encode() (first []byte, rest [][]byte, err error) {
	var all []cached
	for _, list := range c.records {
		for _, r := range list {
			r.Unused++
			if r.used {
				r.Unused = 0
			}
			if r.Unused <= maxUnused {
				all = append(all, *r)
			}
		}
	}
	slices.SortFunc(all, func(a, b cached) int {
		return cmp.Or(strings.Compare(a.Record.Path, b.Record.Path), strings.Compare(a.Record.Hash, b.Record.Hash), strings.Compare(a.Record.BodyHash, b.Record.BodyHash))
	})
	var stamps []stamped
	for i, r := range all {
		if s, ok := c.stamps[r.Record.Path]; ok && (i == 0 || all[i-1].Record.Path != r.Record.Path) {
			stamps = append(stamps, s)
		}
	}
	// In parts, so that they are read side by side.
	n := min(max(runtime.GOMAXPROCS(0), 2), 8)
	coders, facts := make([]cachefile.Coder, n), make([]cachefile.Coder, n)
	var g errgroup.Group
	for i := range coders {
		g.Go(func() error {
			p := cachePart{records: all[i*len(all)/n : (i+1)*len(all)/n], stamps: stamps[i*len(stamps)/n : (i+1)*len(stamps)/n]}
			if i == 0 {
				p.wholes = c.wholes
			}
			for j := range p.records {
				if err := c.codeFactsOf(&p.records[j].Record, &facts[i]); err != nil {
					return err
				}
			}
			return p.code(&coders[i])
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	for i := range coders {
		part, half := coders[i].Bytes(), facts[i].Bytes()
		first = binary.BigEndian.AppendUint32(first, uint32(len(part)))
		first = binary.BigEndian.AppendUint32(first, uint32(len(half)))
		first, rest = append(first, part...), append(rest, half)
	}
	return first, rest, nil
}

// codeFactsOf appends the facts of a record, and notes where they are.
func (c *cache) codeFactsOf(r *record, out *cachefile.Coder) error {
	start := len(out.Bytes())
	switch {
	case r.Facts != nil:
		codeFacts(out, r.Facts)
	case r.size > 0:
		coded, err := c.coded(r)
		if err != nil {
			return err
		}
		out.Append(coded)
	}
	r.Outline = r.outlined()
	r.at, r.size = start, len(out.Bytes())-start
	return out.Err()
}
