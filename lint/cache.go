package lint

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"golang.org/x/sync/errgroup"
)

// cacheFormat goes up when the form of the records changes.
const cacheFormat = 8

const (
	cacheMagic = "pdac lint cache\n"
	// cacheDir is the folder of the files among pdac's own, and cachePrefix begins
	// their names.
	cacheDir, cachePrefix = "cache", "lint-"
	// maxCaches is how many files of other settings are left in the folder.
	maxCaches = 6
	// maxUnused is how many runs that write the file keep an unused record.
	maxUnused = 5
	// maxCacheBytes bounds what is read of a file.
	maxCacheBytes = 512 << 20
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

	open  *os.File
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

// seal is what proves that a file is whole and ours.
func (c *cache) seal(payload []byte) []byte {
	h := hmac.New(sha256.New, c.key)
	h.Write([]byte(c.file))
	h.Write(payload)
	return h.Sum(nil)
}

// save writes the file if there is something new. A run doesn't fail because it
// can't be written.
func (c *cache) save() {
	if c.file == "" || !c.added {
		return
	}
	text, err := c.encode()
	c.close() // some systems don't replace an open file
	if err == nil {
		_ = c.write(text)
	}
}

func (c *cache) encode() ([]byte, error) {
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
	coders, facts := make([]coder, n), make([]coder, n)
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
		return nil, err
	}
	sum := sha256.New()
	for i := range facts {
		sum.Write(facts[i].out)
	}
	payload := sum.Sum(nil)
	for i := range coders {
		payload = binary.BigEndian.AppendUint32(payload, uint32(len(coders[i].out)))
		payload = binary.BigEndian.AppendUint32(payload, uint32(len(facts[i].out)))
		payload = append(payload, coders[i].out...)
	}
	out := slices.Concat([]byte(cacheMagic), c.seal(payload), binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload)
	for i := range facts {
		out = append(out, facts[i].out...)
	}
	return out, nil
}

// codeFactsOf appends the facts of a record, and notes where they are.
func (c *cache) codeFactsOf(r *record, out *coder) error {
	start := len(out.out)
	switch {
	case r.Facts != nil:
		codeFacts(out, r.Facts)
	case r.size > 0:
		coded, err := c.coded(r)
		if err != nil {
			return err
		}
		out.out = append(out.out, coded...)
	}
	r.Outline = r.outlined()
	r.at, r.size = start, len(out.out)-start
	return out.err
}

// write replaces the file as a whole, and removes the oldest files of other
// settings and builds.
func (c *cache) write(text []byte) error {
	disk, err := atomicfile.OpenFolder(c.root)
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := disk.WriteState(path.Join(cacheDir, c.file), text, false); err != nil {
		return err
	}
	found, err := disk.ListState(cacheDir)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(f fs.FileInfo) bool { return !strings.HasPrefix(f.Name(), cachePrefix) })
	slices.SortFunc(found, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, f := range found[min(len(found), maxCaches):] {
		if err := disk.RemoveState(path.Join(cacheDir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}
