package sandbox

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"
)

// maxPageBytes ends a page early, as servers with a size limit do. A page has at least one item.
const maxPageBytes = 5 << 20

// pageLimit returns the maximum number of items on the page of a request.
func (s *Server) pageLimit(c *call, otherwise int) int {
	limit := otherwise
	// Clamp to an int, because the description allows any positive integer.
	if n, err := strconv.ParseInt(c.query.Get("limit"), 10, 64); err == nil && n > 0 {
		limit = int(min(n, 1<<30))
	}
	for _, limitOf := range []int{s.options.MaxPageSize, c.pageSize} {
		if limitOf > 0 {
			limit = min(limit, limitOf)
		}
	}
	return limit
}

// page collects the items of a list response.
type page struct {
	limit int
	items int
	body  bytes.Buffer
	last  []byte // the key of the last item
}

func newPage(limit int) *page {
	p := &page{limit: limit}
	p.body.WriteString(`{"results":[`)
	return p
}

func (p *page) full() bool {
	return p.items >= p.limit || p.items > 0 && p.body.Len() >= maxPageBytes
}

// add appends an item; write appends the JSON of the item to its argument.
func (p *page) add(key []byte, write func([]byte) []byte) {
	if p.items > 0 {
		p.body.WriteByte(',')
	}
	p.body.Write(write(p.body.AvailableBuffer()))
	p.items++
	p.last = append(p.last[:0], key...)
}

func (p *page) answer(list string, more bool) *answer {
	p.body.WriteByte(']')
	if more {
		p.body.WriteString(`,"next":`)
		next, _ := json.Marshal(writeCursor(list, p.last)) // strings always encode
		p.body.Write(next)
	}
	p.body.WriteByte('}')
	return ok(p.body.Bytes())
}

// A cursor is the key of the last item returned, with the name of its list and a checksum that detects cursors from
// elsewhere. Creating or deleting items between two pages does not move keys.
func writeCursor(list string, key []byte) string {
	raw := append([]byte(list+"\x00"), key...)
	sum := crc32.ChecksumIEEE(raw)
	raw = append(raw, byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
	return base64.RawURLEncoding.EncodeToString(raw)
}

func readCursor(list, cursor string) ([]byte, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < 4 {
		return nil, false
	}
	raw, sum := raw[:len(raw)-4], raw[len(raw)-4:]
	want := uint32(sum[0])<<24 | uint32(sum[1])<<16 | uint32(sum[2])<<8 | uint32(sum[3])
	if crc32.ChecksumIEEE(raw) != want {
		return nil, false
	}
	return bytes.CutPrefix(raw, []byte(list+"\x00"))
}

func (c *call) cursor(list string) ([]byte, *answer) {
	given := c.query.Get("cursor")
	if given == "" {
		return nil, nil
	}
	key, good := readCursor(list, given)
	if !good {
		return nil, badRequest("the cursor does not belong to this list; start without one, then use the cursor of each page")
	}
	return key, nil
}

func (s *Server) list(c *call) *answer {
	name := string(c.kind.collection)
	after, refused := c.cursor(name)
	if refused != nil {
		return refused
	}
	filter := newFilter(c)
	p := newPage(s.pageLimit(c, s.options.DefaultPageSize))
	more := false
	err := s.store.view(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket([]byte(name)).Cursor()
		key, raw := cursor.First()
		if after != nil {
			if key, raw = cursor.Seek(after); bytes.Equal(key, after) {
				key, raw = cursor.Next()
			}
		}
		for ; key != nil && !p.full(); key, raw = cursor.Next() {
			matches, err := filter.matches(raw)
			if err != nil {
				return err
			}
			if matches {
				p.add(key, func(dst []byte) []byte { return s.present(c, dst, raw) })
			}
		}
		more = key != nil
		return nil
	})
	if err != nil {
		return unavailable(err)
	}
	return p.answer(name, more)
}

// filter contains the conditions of a list's query. Strings are compared in lower case where Panther does so.
type filter struct {
	on        bool
	name      string
	state     string
	createdBy string
	changedBy string
	severity  []string
	tags      []string
	logTypes  []string
	resources []string
	queries   []string
}

func newFilter(c *call) filter {
	documented := func(parameter string) []string {
		switch {
		case c.kind.collection == Globals && parameter == "name-contains", c.kind.byCreator:
			return slices.DeleteFunc(slices.Clone(c.query[parameter]), func(v string) bool { return v == "" })
		}
		return nil
	}
	one := func(parameter string) string {
		if values := documented(parameter); len(values) > 0 {
			return values[0]
		}
		return ""
	}
	f := filter{
		name: strings.ToLower(one("name-contains")), state: one("state"), createdBy: one("created-by"), changedBy: one("last-modified-by"),
		severity: documented("severity"), tags: documented("tag"),
	}
	switch c.kind.collection {
	case Rules, SimpleRules:
		f.logTypes = documented("log-type")
	case ScheduledRules:
		f.queries = documented("scheduled-query")
	case Policies:
		f.resources = documented("resource-type")
	}
	for i, tag := range f.tags {
		f.tags[i] = strings.ToLower(tag)
	}
	f.on = f.name+f.state+f.createdBy+f.changedBy != "" || len(f.severity)+len(f.tags)+len(f.logTypes)+len(f.resources)+len(f.queries) > 0
	return f
}

func (f filter) matches(raw []byte) (bool, error) {
	if !f.on {
		return true, nil
	}
	have, err := readFacts(raw)
	if err != nil {
		return false, err
	}
	var by actor
	if have.CreatedBy != nil {
		if err := json.Unmarshal(have.CreatedBy, &by); err != nil {
			return false, err
		}
	}
	tags := make([]string, 0, len(have.Tags))
	for _, tag := range have.Tags {
		tags = append(tags, strings.ToLower(tag))
	}
	return (containsFold(have.DisplayName, f.name) || containsFold(have.ID, f.name)) &&
		(f.state == "" || (f.state == "enabled") == have.Enabled) &&
		(f.createdBy == "" || f.createdBy == by.ID) && (f.changedBy == "" || f.changedBy == have.LastModifiedBy.ID) &&
		meets(f.severity, []string{have.Severity}) && meets(f.tags, tags) && meets(f.logTypes, have.LogTypes) &&
		meets(f.resources, have.ResourceTypes) && meets(f.queries, have.ScheduledQueries), nil
}

func containsFold(s, lower string) bool { return strings.Contains(strings.ToLower(s), lower) }

// meets reports whether one of the wanted strings is present, or none is wanted.
func meets(wanted, have []string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool { return slices.Contains(have, w) })
}
