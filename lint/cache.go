package lint

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/readfile"
	"golang.org/x/sync/errgroup"
)

// cacheFormat goes up when the form of the records changes.
const cacheFormat = 6

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

	mu      sync.Mutex
	records map[cacheKey][]*cached
	added   bool
}

type cacheKey struct{ path, hash string }

type cached struct {
	Record record
	Unused int
	used   bool
}

// openCache reads what earlier runs kept. What can't be read is ignored.
func openCache(o Options) *cache {
	c := &cache{records: map[cacheKey][]*cached{}, key: o.Cache.Key}
	if o.Cache.Root == "" || o.Cache.Build == "" || len(o.Cache.Key) == 0 {
		return c
	}
	c.root, c.file = o.Cache.Root, cachePrefix+o.settings.signature(o.Cache.Build)
	if list, err := c.read(); err == nil {
		for _, r := range list {
			k := cacheKey{r.Record.Path, r.Record.Hash}
			c.records[k] = append(c.records[k], r)
		}
	}
	return c
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
		if f := r.Record.Facts; bodyHash != nil && f != nil && f.Spec != nil {
			body = bodyHash(f.Spec.BodyPath)
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

func (c *cache) read() ([]*cached, error) {
	disk, err := atomicfile.OpenFolder(c.root)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	f, err := disk.OpenState(path.Join(cacheDir, c.file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := readfile.All(f, maxCacheBytes)
	if err != nil {
		return nil, err
	}
	rest, ok := bytes.CutPrefix(text, []byte(cacheMagic))
	if !ok || len(rest) < sha256.Size || !hmac.Equal(rest[:sha256.Size], c.seal(rest[sha256.Size:])) {
		return nil, errors.New("no cache, or a damaged one")
	}
	rest = rest[sha256.Size:]
	var parts [][]byte
	for len(rest) >= 4 {
		n := int(binary.BigEndian.Uint32(rest))
		if rest = rest[4:]; n > len(rest) {
			return nil, errors.New("a damaged cache")
		}
		parts, rest = append(parts, rest[:n]), rest[n:]
	}
	lists := make([][]*cached, len(parts))
	var g errgroup.Group
	for i, p := range parts {
		g.Go(func() error { return gob.NewDecoder(bytes.NewReader(p)).Decode(&lists[i]) })
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("read the cache: %w", err)
	}
	return slices.Concat(lists...), nil
}

// save writes the file if there is something new. A run doesn't fail because it
// can't be written.
func (c *cache) save() {
	if c.file == "" || !c.added {
		return
	}
	if text, err := c.encode(); err == nil {
		_ = c.write(text)
	}
}

func (c *cache) encode() ([]byte, error) {
	var all []*cached
	for _, list := range c.records {
		for _, r := range list {
			r.Unused++
			if r.used {
				r.Unused = 0
			}
			if r.Unused <= maxUnused {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b *cached) int {
		return cmp.Or(strings.Compare(a.Record.Path, b.Record.Path), strings.Compare(a.Record.Hash, b.Record.Hash), strings.Compare(a.Record.BodyHash, b.Record.BodyHash))
	})
	// In parts, so that they are read side by side.
	n := min(max(runtime.GOMAXPROCS(0), 2), 8)
	parts := make([]bytes.Buffer, n)
	var g errgroup.Group
	for i := range parts {
		g.Go(func() error {
			return gob.NewEncoder(&parts[i]).Encode(all[i*len(all)/n : (i+1)*len(all)/n])
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var payload []byte
	for i := range parts {
		payload = binary.BigEndian.AppendUint32(payload, uint32(parts[i].Len()))
		payload = append(payload, parts[i].Bytes()...)
	}
	return slices.Concat([]byte(cacheMagic), c.seal(payload), payload), nil
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
