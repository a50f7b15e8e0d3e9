package panther

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// Entity is a rule, policy, query or other entity: its key and its field
// values. Entities are plain data and are not modified after creation.
type Entity struct {
	Key
	// ServerID is the id assigned by Panther, for kinds whose key is a name.
	ServerID string
	// Fields contains the known fields by API name, with the values of the API.
	// Absent fields are missing from a live entity. An entity from a spec also
	// lacks fields with KeepsLive that the spec does not set.
	Fields map[string]any
	// Extra contains fields that this version does not know, unchanged, by
	// name. A field inside an object is keyed by the object's name, a NUL and
	// its own name.
	Extra map[string]json.RawMessage
	// Garbled lists the fields of a live entity whose texts can't be read exactly,
	// because they contain bytes that are not UTF-8.
	Garbled []string
	// Managed marks content that is maintained by Panther's own packs.
	Managed bool
	// Year is the year of the newest field that Panther is known to have; 0 if
	// nothing shows that it is newer than the first API description. See Shows.
	Year int
	// Made records who created the entity and when it changed, if Panther
	// reports it.
	Made Made
}

// Made is what Panther records about an entity's history. Times have Panther's
// format (RFC 3339, UTC); fields that Panther does not report are zero.
type Made struct {
	CreatedAt, ChangedAt time.Time
	CreatedBy            string
	// ChangedBy is who changed it last; zero if Panther does not report it.
	ChangedBy Actor
}

// The types of an Actor.
const (
	ActorUser   = "user"
	ActorToken  = "api-token"
	ActorSystem = "system"
)

// Actor is a person, an API token or Panther itself.
type Actor struct {
	ID string `json:"id,omitempty"`
	// Type is one of ActorUser, ActorToken and ActorSystem; "" if it is unknown.
	Type string `json:"type,omitempty"`
	// Name is the name of the person or token, if it is known.
	Name string `json:"name,omitempty"`
}

// readActor reads an actor of a response. Panther's description mixes up its two
// keys, so the type may be in either.
func readActor(src json.RawMessage) Actor {
	var a struct{ ID, Type string }
	if json.Unmarshal(src, &a) != nil {
		return Actor{}
	}
	for i, word := range []string{a.Type, a.ID} {
		if kind := actorType(word); kind != "" {
			return Actor{ID: []string{a.ID, a.Type}[i], Type: kind}
		}
	}
	return Actor{ID: a.ID}
}

// actorType returns the type that a word means in any notation; "" for others.
func actorType(word string) string {
	word = strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_ ", r) {
			return -1
		}
		return r
	}, word)
	for _, t := range []string{ActorUser, ActorToken, ActorSystem} {
		if strings.EqualFold(word, strings.ReplaceAll(t, "-", "")) {
			return t
		}
	}
	return ""
}

// Shows reports whether a live entity shows its value of a field. An older
// deployment drops the fields that it does not have, so they can't be compared.
func (e Entity) Shows(f Field) bool {
	_, has := e.Fields[f.Name]
	return has || f.Since <= e.Year
}

// Canonical returns every known field in canonical form, without absent ones.
func (e Entity) Canonical() map[string]any {
	out := make(map[string]any, len(e.Fields))
	for _, f := range e.Kind.Fields() {
		if v := f.Canonical(e.Fields[f.Name]); v != nil {
			out[f.Name] = v
		}
	}
	return out
}

// Fingerprint returns "sha256:" and a digest of the entity's meaning. Two
// entities have the same fingerprint exactly if no known field differs. Unknown
// and server-assigned fields are ignored.
func (e Entity) Fingerprint() string {
	return digest(map[string]any{"kind": string(e.Kind), "id": e.ID, "fields": e.Canonical()})
}

// Digests returns a short digest of each field that is not empty, for finding
// later which fields have changed.
func (e Entity) Digests() map[string]string {
	out := map[string]string{}
	for name, v := range e.Canonical() {
		out[name] = shortDigest(v)
	}
	return out
}

// Digest returns a short digest of a value's meaning; "" for an empty one.
func (f Field) Digest(v any) string {
	if v = f.Canonical(v); v == nil {
		return ""
	}
	return shortDigest(v)
}

func shortDigest(canonical any) string {
	return strings.TrimPrefix(digest(canonical), "sha256:")[:16]
}

func digest(v any) string {
	sum := sha256.Sum256([]byte(yamlcore.CanonicalJSON(v)))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Scheduled reports whether a query has a cron expression or a rate. The rest of
// its schedule has no effect without one.
func (e Entity) Scheduled() bool {
	for _, name := range []string{scheduleCron, scheduleRate} {
		if f, ok := e.Kind.Field(name); ok && !f.Empty(e.Fields[name]) {
			return true
		}
	}
	return false
}

// With returns a copy of the entity with some fields set. A nil value clears
// the field. All other fields, including unknown ones, are unchanged.
func (e Entity) With(values map[string]any) Entity {
	fields := make(map[string]any, len(e.Fields)+len(values))
	for k, v := range e.Fields {
		fields[k] = v
	}
	for k, v := range values {
		fields[k] = v
	}
	e.Fields, e.Garbled = fields, e.withoutGarbled(values)
	return e
}
