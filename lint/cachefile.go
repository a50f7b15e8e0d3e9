package lint

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path"
	"sync"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"golang.org/x/sync/errgroup"
)

// read reads the first half of the file, which is enough for most runs. The second half, with the facts, stays in the
// open file.
func (c *cache) read() ([]cachePart, error) {
	disk, err := atomicfile.OpenFolder(c.root)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	f, err := disk.OpenState(path.Join(cacheDir, c.file))
	if err != nil {
		return nil, err
	}
	parts, facts, err := c.readParts(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	c.open = f
	c.facts = sync.OnceValues(func() (string, error) { return facts.read(f) })
	return parts, nil
}

func (c *cache) readParts(f *os.File) ([]cachePart, *factsHalf, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	head := make([]byte, len(cacheMagic)+sha256.Size+4)
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, nil, err
	}
	rest, ok := bytes.CutPrefix(head, []byte(cacheMagic))
	size := int64(binary.BigEndian.Uint32(rest[sha256.Size:]))
	start := int64(len(head)) + size
	if !ok || start > info.Size() || info.Size() > maxCacheBytes {
		return nil, nil, errors.New("no cache, or a damaged one")
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(f, payload); err != nil {
		return nil, nil, err
	}
	if !hmac.Equal(rest[:sha256.Size], c.seal(payload)) || len(payload) < sha256.Size {
		return nil, nil, errors.New("no cache, or a damaged one")
	}
	facts := &factsHalf{start: start, size: info.Size() - start, sum: payload[:sha256.Size]}
	payload = payload[sha256.Size:]
	var parts []cachePart
	for at := 0; len(payload) >= 8; {
		n := int(binary.BigEndian.Uint32(payload))
		p := cachePart{base: at}
		at += int(binary.BigEndian.Uint32(payload[4:]))
		if payload = payload[8:]; n > len(payload) {
			return nil, nil, errors.New("a damaged cache")
		}
		p.text, payload = payload[:n], payload[n:]
		parts = append(parts, p)
	}
	var g errgroup.Group
	for i := range parts {
		g.Go(parts[i].read)
	}
	return parts, facts, g.Wait()
}

// factsHalf is the second half of the file.
type factsHalf struct {
	start, size int64
	sum         []byte
}

func (h *factsHalf) read(f *os.File) (string, error) {
	text := make([]byte, h.size)
	if _, err := f.ReadAt(text, h.start); err != nil {
		return "", err
	}
	if sum := sha256.Sum256(text); !bytes.Equal(sum[:], h.sum) {
		return "", errors.New("it is damaged")
	}
	return string(text), nil
}

// coded returns the facts of a record as the file has them.
func (c *cache) coded(r *record) (string, error) {
	if c.facts == nil {
		return "", errCacheForm
	}
	facts, err := c.facts()
	if err == nil && (r.at < 0 || r.size < 0 || r.at+r.size > len(facts)) {
		err = errCacheForm
	}
	if err != nil {
		return "", err
	}
	return facts[r.at : r.at+r.size], nil
}

// forget drops all records.
func (c *cache) forget() {
	c.records, c.stamps, c.wholes, c.added = map[cacheKey][]*cached{}, map[string]stamped{}, nil, true
}

// close closes the file; what is not read of it is lost.
func (c *cache) close() {
	if c.open != nil {
		_ = c.open.Close()
		c.open = nil
	}
}

// cachePart is a part of the file, so that several can be read and written at once.
type cachePart struct {
	text    []byte
	base    int // of its records' facts in the second half
	records []cached
	stamps  []stamped
	wholes  []wholeRun
}

func (p *cachePart) code(c *coder) error {
	list(c, &p.records, codeCached)
	list(c, &p.stamps, codeStamped)
	list(c, &p.wholes, codeWhole)
	return c.err
}

func (p *cachePart) read() error {
	err := p.code(&coder{reading: true, in: string(p.text)})
	for i := range p.records {
		p.records[i].Record.at += p.base
	}
	return err
}
