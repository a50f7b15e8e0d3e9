package panther

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// WriteOptions configures a write.
type WriteOptions struct {
	// SkipTests makes Panther save without running the unit tests first.
	SkipTests bool
	// OnlyTests makes Panther run the unit tests of a detection and save
	// nothing. The result is an empty entity.
	OnlyTests bool
}

// List returns all entities of a kind, sorted by id.
func (c *Client) List(ctx context.Context, kind Kind) ([]Entity, error) {
	var out []Entity
	err := c.pages(ctx, kind.Collection(), nil, c.opts.PageSize, func(r listed) error {
		e, err := r.entity(kind)
		if err != nil {
			return err
		}
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind.Collection(), err)
	}
	slices.SortStableFunc(out, func(a, b Entity) int { return a.Compare(b.Key) })
	return out, nil
}

const (
	// maxEmptyPages is the maximum number of consecutive empty pages in a list.
	// Some are legal, because a server may filter a page after cutting it.
	maxEmptyPages = 100
	// maxRepeatedPages is the maximum number of consecutive pages with only
	// results of earlier pages. Some are legal, because entities that are created
	// between two pages move others to the next page.
	maxRepeatedPages = 10
)

// pages passes every new result of a list to each, in order. Results with the
// same id are one: an entity that is inserted between two pages may move another
// one to the next page.
func (c *Client) pages(ctx context.Context, path string, query url.Values, size int, each func(listed) error) error {
	q := url.Values{}
	maps.Copy(q, query)
	q.Set("limit", strconv.Itoa(size))
	cursors := map[string]bool{}
	seen := map[string]bool{}
	empty, repeated, entities := 0, 0, 0
	defer c.lists.start()()
	for n := 1; ; n++ {
		var results, isNew int
		next, err := c.page(ctx, path, q, func(r listed) error {
			results++
			if id := r.id(); seen[id] {
				return nil
			} else if id != "" {
				seen[id] = true
			}
			isNew++
			return each(r)
		}, func(size int) error { return c.tooMuch(n, entities+isNew, size) })
		if err != nil {
			return err
		}
		entities += isNew
		if next == "" {
			return nil
		}
		if cursors[next] {
			return c.unread(http.MethodGet, []byte(next), fmt.Errorf("the cursor %q was returned twice, so the list would never end", next))
		}
		switch {
		case isNew > 0:
			empty, repeated = 0, 0
		case results > 0:
			repeated++
		default:
			empty++
		}
		if empty == maxEmptyPages {
			return fmt.Errorf("%d pages in a row were empty, each with a cursor to the next; check that the host is a Panther API", empty)
		}
		if repeated == maxRepeatedPages {
			return fmt.Errorf("%d pages in a row repeated results of earlier pages, each with a new cursor, so the list would never end; check that the host is a Panther API", repeated)
		}
		cursors[next] = true
		q.Set("cursor", next)
	}
}

// page reads one page of a list, passes its results to each, and returns the cursor of
// the next page. fits checks the size of the response.
func (c *Client) page(ctx context.Context, path string, q url.Values, each func(listed) error, fits func(size int) error) (next string, err error) {
	body, release, err := c.answer(ctx, call{method: http.MethodGet, path: path, query: q, list: true})
	if err != nil {
		return "", err
	}
	defer release()
	if err := fits(len(body)); err != nil {
		return "", err
	}
	page, err := readPage(body)
	if err != nil {
		return "", c.unread(http.MethodGet, body, err)
	}
	for _, r := range page.Results {
		if err := each(r); err != nil {
			return "", c.unread(http.MethodGet, body, err)
		}
	}
	return page.Next, nil
}

// listed is a result of a list. It is split into its fields together with the list, since each
// time that a list is read takes longer than all else that a plan without a change does.
type listed struct {
	// src is its text, if it was not split together with the list.
	src json.RawMessage
	// fields is nil if it is no object.
	fields map[string]json.RawMessage
}

// text returns it as JSON.
func (r listed) text() json.RawMessage {
	if r.src != nil {
		return r.src
	}
	out, err := json.Marshal(r.fields)
	if err != nil {
		return nil // its parts are JSON
	}
	return out
}

// id returns what identifies it; "" if it has no id.
func (r listed) id() string {
	var id, name string
	if json.Unmarshal(r.fields["id"], &id) != nil || id == "" {
		return ""
	}
	_ = json.Unmarshal(r.fields["name"], &name)
	return id + "\x00" + name
}

// entity reads it as an entity.
func (r listed) entity(kind Kind) (Entity, error) {
	if r.fields == nil {
		return UnmarshalEntity(kind, r.src)
	}
	return newEntity(kind, r.fields)
}

type page struct {
	Results []listed
	Next    string
}

func readPage(body []byte) (page, error) {
	const advice = "check that the host is a Panther API"
	var objects struct {
		Results []map[string]json.RawMessage `json:"results"`
		Next    string                       `json:"next"`
	}
	if json.Unmarshal(body, &objects) == nil && len(objects.Results) > 0 && !slices.ContainsFunc(objects.Results, func(o map[string]json.RawMessage) bool { return o == nil }) {
		out := page{Results: make([]listed, len(objects.Results)), Next: objects.Next}
		for i, o := range objects.Results {
			out.Results[i].fields = o
		}
		return out, nil
	}
	var texts struct {
		Results []json.RawMessage `json:"results"`
		Next    string            `json:"next"`
	}
	if err := json.Unmarshal(body, &texts); err != nil {
		return page{}, fmt.Errorf("the response is not a list: %w; %s", err, advice)
	}
	p := page{Next: texts.Next}
	for _, src := range texts.Results {
		r := listed{src: src}
		if json.Unmarshal(src, &r.fields) != nil {
			r.fields = nil
		}
		p.Results = append(p.Results, r)
	}
	if len(p.Results) > 0 {
		return p, nil
	}
	// An empty list may come without results, or as {}. Accepting anything else
	// as empty would make everything live look deleted.
	var whole map[string]json.RawMessage
	_ = json.Unmarshal(body, &whole)
	_, results := whole["results"]
	if _, next := whole["next"]; !results && !next && (whole == nil || len(whole) > 0) {
		return p, fmt.Errorf("the response is not a list: it has no results; %s", advice)
	}
	return p, nil
}

// Get returns one entity. A query is read by its server id if known; otherwise
// the list is searched for its name. The error is IsNotFound if it does not
// exist.
func (c *Client) Get(ctx context.Context, key Key, serverID string) (Entity, error) {
	if key.Kind.ServerID() && serverID == "" {
		return c.find(ctx, key)
	}
	path := entityPath(key, serverID)
	body, err := c.do(ctx, call{method: http.MethodGet, path: path})
	if err != nil {
		return Entity{}, fmt.Errorf("read %s: %w", key, err)
	}
	e, err := UnmarshalEntity(key.Kind, body)
	if err != nil {
		return Entity{}, fmt.Errorf("read %s: %w", key, c.unread(http.MethodGet, body, err))
	}
	if err := c.sameAs(Entity{Key: key, ServerID: serverID}, e, http.MethodGet, path, body); err != nil {
		return Entity{}, fmt.Errorf("read %s: %w", key, err)
	}
	return e, nil
}

// errFound ends a list early.
var errFound = errors.New("found")

// find reads a list only up to the first entity with the name.
func (c *Client) find(ctx context.Context, key Key) (Entity, error) {
	found := Entity{}
	err := c.pages(ctx, key.Kind.Collection(), nil, c.opts.PageSize, func(r listed) error {
		e, err := r.entity(key.Kind)
		if err == nil && e.ID == key.ID {
			found, err = e, errFound
		}
		return err
	})
	switch {
	case found.ID != "":
		return found, nil
	case err != nil:
		return found, fmt.Errorf("list %s: %w", key.Kind.Collection(), err)
	}
	return Entity{}, &APIError{Status: http.StatusNotFound, Method: http.MethodGet, Path: key.Kind.Collection(),
		Message: fmt.Sprintf("no %s named %q was found", key.Kind, key.ID)}
}

// Create creates an entity. If it exists, IsExists reports the error. The
// request is not retried if it may have taken effect; see Uncertain.
func (c *Client) Create(ctx context.Context, e Entity, o WriteOptions) (Entity, error) {
	return c.write(ctx, http.MethodPost, e.Kind.Collection(), e, false, o)
}

// Update replaces a live entity completely. It is idempotent and retried
// automatically. Queries need their ServerID.
func (c *Client) Update(ctx context.Context, e Entity, o WriteOptions) (Entity, error) {
	method := http.MethodPut
	if e.Kind == Query {
		method = http.MethodPost
		if e.ServerID == "" {
			return Entity{}, fmt.Errorf("update %s: its id in Panther is unknown", e.Key)
		}
	}
	return c.write(ctx, method, entityPath(e.Key, e.ServerID), e, true, o)
}

func (c *Client) write(ctx context.Context, method, path string, e Entity, update bool, o WriteOptions) (Entity, error) {
	body, err := e.Request(update)
	if err != nil {
		return Entity{}, err
	}
	k := call{method: method, path: path, body: body, once: !update && !o.OnlyTests}
	switch {
	case o.OnlyTests && !e.Kind.RunsTests():
		return Entity{}, fmt.Errorf("test %s: Panther runs no unit tests for a %s", e.Key, e.Kind)
	case o.OnlyTests:
		k.query = url.Values{"run-tests-only": {"true"}}
	case o.SkipTests && e.Kind.RunsTests():
		k.query = url.Values{"run-tests-first": {"false"}}
	}
	answer, err := c.do(ctx, k)
	if err != nil || o.OnlyTests {
		return Entity{}, err
	}
	if e.Kind == Global && update {
		// PUT /globals/{id} wraps its response (source: Panther's API
		// description).
		var wrapped struct{ Data json.RawMessage }
		if err := json.Unmarshal(answer, &wrapped); err == nil && len(wrapped.Data) > 0 {
			answer = wrapped.Data
		}
	}
	got, err := UnmarshalEntity(e.Kind, answer)
	if err != nil {
		return Entity{}, fmt.Errorf("%s %s: %w", method, path, c.unread(method, answer, err))
	}
	return got, c.sameAs(e, got, method, path, answer)
}

// Delete deletes an entity. It returns nil if the entity does not exist.
func (c *Client) Delete(ctx context.Context, key Key, serverID string) error {
	if key.Kind.ServerID() && serverID == "" {
		return fmt.Errorf("delete %s: its id in Panther is unknown", key)
	}
	_, err := c.do(ctx, call{method: http.MethodDelete, path: entityPath(key, serverID)})
	if IsNotFound(err) {
		return nil
	}
	return err
}

// entityPath escapes the id, which may contain dots, spaces and slashes.
func entityPath(key Key, serverID string) string {
	id := key.ID
	if key.Kind.ServerID() {
		id = serverID
	}
	esc := url.PathEscape(id)
	// A path that ends in "." or ".." would be cleaned on the way.
	if id == "." || id == ".." {
		esc = "%2E" + esc[1:]
	}
	return key.Kind.Collection() + "/" + esc
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
