package lint

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/pdac-dev/pdac/internal/cachefile"
	"golang.org/x/sync/errgroup"
)

// read reads the first half of the file, which is enough for most runs. The second half, with the facts, stays in the
// open file.
func (c *cache) read() ([]cachePart, error) {
	payload, facts, err := c.disk().Read()
	if err != nil {
		return nil, err
	}
	parts, err := readParts(payload)
	if err != nil {
		return nil, errors.Join(err, facts.Close())
	}
	c.open = facts
	c.facts = sync.OnceValues(facts.Read)
	return parts, nil
}

func readParts(payload []byte) ([]cachePart, error) {
	var parts []cachePart
	for at := 0; len(payload) >= 8; {
		n := int(binary.BigEndian.Uint32(payload))
		p := cachePart{base: at}
		at += int(binary.BigEndian.Uint32(payload[4:]))
		if payload = payload[8:]; n > len(payload) {
			return nil, errors.New("a damaged cache")
		}
		p.text, payload = payload[:n], payload[n:]
		parts = append(parts, p)
	}
	var g errgroup.Group
	for i := range parts {
		g.Go(parts[i].read)
	}
	return parts, g.Wait()
}

// coded returns the facts of a record as the file has them.
func (c *cache) coded(r *record) (string, error) {
	if c.facts == nil {
		return "", cachefile.ErrForm
	}
	facts, err := c.facts()
	if err == nil && (r.at < 0 || r.size < 0 || r.at+r.size > len(facts)) {
		err = cachefile.ErrForm
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

func (p *cachePart) code(c *cachefile.Coder) error {
	cachefile.List(c, &p.records, codeCached)
	cachefile.List(c, &p.stamps, codeStamped)
	cachefile.List(c, &p.wholes, codeWhole)
	return c.Err()
}

func (p *cachePart) read() error {
	err := p.code(cachefile.NewReader(string(p.text)))
	for i := range p.records {
		p.records[i].Record.at += p.base
	}
	return err
}
