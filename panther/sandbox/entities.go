package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"go.etcd.io/bbolt"
)

// maxIDBytes keeps ids well below the store's limit for keys.
const maxIDBytes = 4096

type actor struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// facts is the part of a stored entity that the sandbox itself uses.
type facts struct {
	ID                string          `json:"id"`
	CreatedAt         json.RawMessage `json:"createdAt"`
	CreatedBy         json.RawMessage `json:"createdBy"`
	CreatedByExternal json.RawMessage `json:"createdByExternal"`
	LastModifiedBy    actor           `json:"lastModifiedBy"`
	Managed           json.RawMessage `json:"managed"`

	Name             string   `json:"name"`
	DisplayName      string   `json:"displayName"`
	Enabled          bool     `json:"enabled"`
	Severity         string   `json:"severity"`
	Tags             []string `json:"tags"`
	LogTypes         []string `json:"logTypes"`
	ResourceTypes    []string `json:"resourceTypes"`
	ScheduledQueries []string `json:"scheduledQueries"`
}

func readFacts(raw []byte) (facts, error) {
	var f facts
	if err := json.Unmarshal(raw, &f); err != nil {
		return f, fmt.Errorf("read a stored entity: %w", err)
	}
	return f, nil
}

func (s *Server) get(c *call) *answer {
	var body []byte
	err := s.store.view(func(tx *bbolt.Tx) error {
		if raw := tx.Bucket([]byte(c.kind.collection)).Get([]byte(c.id)); raw != nil {
			body = s.present(c, nil, raw)
		}
		return nil
	})
	switch {
	case err != nil:
		return unavailable(err)
	case body == nil:
		return missing(c.kind, c.id)
	}
	return ok(body)
}

func missing(k *kind, id string) *answer {
	return notFound(fmt.Sprintf("no %s with the id %q was found", k.singular, id))
}

func (s *Server) delete(c *call) *answer {
	var a *answer
	err := s.store.commits.write(c.ctx, func(tx *bbolt.Tx) error {
		a = noContent()
		found, err := remove(tx, c.kind, c.id)
		if !found {
			a = missing(c.kind, c.id)
		}
		return err
	})
	if err != nil {
		return unavailable(err)
	}
	return a
}

func remove(tx *bbolt.Tx, k *kind, id string) (bool, error) {
	bucket := tx.Bucket([]byte(k.collection))
	old := bucket.Get([]byte(id))
	if old == nil {
		return false, nil
	}
	f, err := readFacts(old)
	if err != nil {
		return true, err
	}
	if err := release(tx, k, uniques(k, f)); err != nil {
		return true, err
	}
	return true, bucket.Delete([]byte(id))
}

func (s *Server) create(c *call) *answer {
	if c.kind.generated {
		c.id = s.options.NewID()
	} else {
		c.id, _ = c.body["id"].(string)
	}
	return s.put(c, mustBeNew)
}

func (s *Server) replace(c *call) *answer {
	id, named := c.body["id"].(string)
	if named = named || c.kind.bodyID; named && !c.kind.generated && id != c.id {
		return badRequest(fmt.Sprintf("the path names the %s %q, but the id in the body is %q", c.kind.singular, c.id, id))
	}
	if c.kind.generated {
		return s.put(c, mustExist)
	}
	return s.put(c, mayExist)
}

type existence int

const (
	mayExist existence = iota
	mustBeNew
	mustExist
)

func (s *Server) put(c *call, want existence) *answer {
	if refused := checkID(c.id); refused != nil {
		return refused
	}
	sv, err := s.encode(c.kind, c.id, c.body)
	if err != nil {
		return broken(err)
	}
	if c.kind.tests {
		only := c.query.Get("run-tests-only") == "true"
		if only || c.query.Get("run-tests-first") != "false" {
			if refused := s.runTests(c, sv.rest); refused != nil {
				return refused
			}
		}
		if only {
			return noContent()
		}
	}
	sv.by, sv.want = c.actor, want
	var a *answer
	err = s.store.commits.write(c.ctx, func(tx *bbolt.Tx) error {
		var err error
		a, err = s.save(tx, sv)
		return err
	})
	if err != nil {
		return unavailable(err)
	}
	if a.status < http.StatusBadRequest {
		a.body = s.withoutChanger(c.kind, a.body)
	}
	if a.status < http.StatusBadRequest && c.kind.wrapPut && want == mayExist {
		a.body = append(append([]byte(`{"data":`), a.body...), '}')
	}
	return a
}

func checkID(id string) *answer {
	switch {
	case len(id) > maxIDBytes:
		return badRequest(fmt.Sprintf("the id is %d bytes long; the sandbox allows up to %d", len(id), maxIDBytes))
	case !utf8.ValidString(id):
		return badRequest("the id is not valid UTF-8")
	}
	return nil
}

// saving is one entity that is being stored.
type saving struct {
	kind   *kind
	id     string
	rest   []byte   // all fields except the server's, as a JSON object
	unique []string // values that no other entity of the collection may have
	by     actor
	want   existence
}

// save stores an entity, or returns the answer that says why it can't be stored. In that case nothing has changed.
func (s *Server) save(tx *bbolt.Tx, sv saving) (*answer, error) {
	bucket := tx.Bucket([]byte(sv.kind.collection))
	old := bucket.Get([]byte(sv.id))
	status := http.StatusOK
	var before facts
	switch {
	case old == nil && sv.want == mustExist:
		return missing(sv.kind, sv.id), nil
	case old != nil && sv.want == mustBeNew:
		return conflict(fmt.Sprintf("a %s with the id %q already exists", sv.kind.singular, sv.id)), nil
	case old == nil && sv.want == mayExist:
		status = http.StatusCreated
	case old != nil:
		var err error
		if before, err = readFacts(old); err != nil {
			return nil, err
		}
	}
	if a := clash(tx, sv.kind, sv.id, sv.unique); a != nil {
		return a, nil
	}
	if a := s.taken(tx, sv.kind, sv.id); old == nil && a != nil {
		return a, nil
	}
	if old != nil {
		if err := release(tx, sv.kind, uniques(sv.kind, before)); err != nil {
			return nil, err
		}
	}
	if err := claim(tx, sv.kind, sv.id, sv.unique); err != nil {
		return nil, err
	}
	whole := s.withMadeFields(sv, before)
	if err := bucket.Put([]byte(sv.id), whole); err != nil {
		return nil, fmt.Errorf("store the %s %q: %w", sv.kind.singular, sv.id, err)
	}
	return &answer{status: status, body: whole}, nil
}

// withMadeFields puts the server's fields before the others.
func (s *Server) withMadeFields(sv saving, before facts) []byte {
	now, _ := json.Marshal(s.options.Now().UTC()) // a time of this era always encodes
	var b bytes.Buffer
	b.Grow(len(sv.rest) + 256)
	b.WriteByte('{')
	if sv.kind.byCreator {
		b.WriteString(changedBy)
		by, _ := json.Marshal(sv.by) // two strings always encode
		b.Write(by)
		b.WriteByte(',')
	}
	add := func(name string, value []byte) {
		fmt.Fprintf(&b, "%q:", name)
		b.Write(value)
		b.WriteByte(',')
	}
	add("createdAt", orElse(before.CreatedAt, now))
	if sv.kind.byCreator {
		by, _ := json.Marshal(sv.by)
		add("createdBy", orElse(before.CreatedBy, by))
		if before.CreatedByExternal != nil {
			add("createdByExternal", before.CreatedByExternal)
		}
	}
	if sv.kind.collection == CorrelationRules {
		add("correlationRuleReferenceIds", references(sv.rest))
	}
	if sv.kind.isMade("managed") {
		add("managed", orElse(before.Managed, []byte("false")))
	}
	add(sv.kind.modified, now)
	b.Write(sv.rest[1:])
	return b.Bytes()
}

func orElse(have, otherwise []byte) []byte {
	if have != nil {
		return have
	}
	return otherwise
}

// present appends a stored entity's JSON to dst in the form of a response. raw is not retained.
func (s *Server) present(c *call, dst, raw []byte) []byte {
	raw = s.withoutChanger(c.kind, raw)
	if s.options.Era < Era2026 {
		raw = s.older(c.kind, raw)
	}
	if c.kind.collection == SimpleRules && c.query.Get("include-python") == "true" {
		dst = append(dst, raw[:len(raw)-1]...)
		dst = append(dst, `,"pythonBody":`...)
		dst = append(dst, pythonBody...)
		return append(dst, '}')
	}
	return append(dst, raw...)
}

// pythonBody is a placeholder, as a JSON string, for the Python that Panther generates from a simple rule.
const pythonBody = `"# The sandbox does not translate simple rules.\ndef rule(event):\n    raise NotImplementedError\n"`

// older removes what the simulated deployment does not have from an entity that may have been stored by a newer one.
func (s *Server) older(k *kind, raw []byte) []byte {
	var entity map[string]json.RawMessage
	if json.Unmarshal(raw, &entity) != nil {
		return raw
	}
	changed := false
	for _, f := range k.fields {
		if _, has := entity[f.name]; has && f.since > s.options.Era {
			delete(entity, f.name)
			changed = true
		}
	}
	if k.tests && bytes.Contains(entity["tests"], []byte(`"log"`)) {
		var tests []any
		d := json.NewDecoder(bytes.NewReader(entity["tests"]))
		d.UseNumber()
		if d.Decode(&tests) == nil {
			entity["tests"], _ = json.Marshal(eachObject(tests, asResource)) // decoded JSON always encodes
			changed = true
		}
	}
	if !changed {
		return raw
	}
	out, err := json.Marshal(entity)
	if err != nil {
		return raw
	}
	return out
}

// uniques returns the values of an entity that must be unique in its collection.
func uniques(k *kind, f facts) []string {
	switch {
	case k.collection == Queries:
		return []string{f.Name}
	case k.collection == DataModels && f.Enabled:
		return f.LogTypes
	}
	return nil
}

func clash(tx *bbolt.Tx, k *kind, id string, unique []string) *answer {
	for _, value := range unique {
		holder := tx.Bucket(uniqueBucket(k.collection)).Get(uniqueKey(value))
		if holder == nil || string(holder) == id {
			continue
		}
		if k.collection == Queries {
			return conflict(fmt.Sprintf("the name %q is already used by the query %s; query names must be unique", value, holder))
		}
		return badRequest(fmt.Sprintf("the log type %q already has the enabled data model %q, and can have only one; disable it, or remove the log type from one of them", value, holder))
	}
	return nil
}

// taken answers if an id belongs to another type of rule. Only new entities are checked: a store of an earlier version
// may have an id twice.
func (s *Server) taken(tx *bbolt.Tx, k *kind, id string) *answer {
	if !k.sharesIDs {
		return nil
	}
	for _, c := range Collections() {
		other := s.kinds[c]
		if other != k && other.sharesIDs && tx.Bucket([]byte(c)).Get([]byte(id)) != nil {
			return conflict(fmt.Sprintf("the id %q belongs to a %s, and an id can't be used by two types of rules; delete the %s first", id, other.singular, other.singular))
		}
	}
	return nil
}

func claim(tx *bbolt.Tx, k *kind, id string, unique []string) error {
	for _, value := range unique {
		if err := tx.Bucket(uniqueBucket(k.collection)).Put(uniqueKey(value), []byte(id)); err != nil {
			return err
		}
	}
	return nil
}

func release(tx *bbolt.Tx, k *kind, unique []string) error {
	bucket := tx.Bucket(uniqueBucket(k.collection))
	for _, value := range unique {
		if err := bucket.Delete(uniqueKey(value)); err != nil {
			return err
		}
	}
	return nil
}

// unavailable answers for a closed store, a canceled request or a disk failure.
func unavailable(err error) *answer {
	if errors.Is(err, ErrClosed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return failure(http.StatusServiceUnavailable, "the sandbox is closed, or the request was canceled")
	}
	return broken(err)
}
