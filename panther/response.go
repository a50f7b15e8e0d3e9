package panther

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// UnmarshalEntity parses an entity in the format of the API. Null values count
// as absent.
func UnmarshalEntity(kind Kind, src []byte) (Entity, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(src, &raw); err != nil {
		return Entity{}, fmt.Errorf("read a %s from Panther's response: %s", kind, yamlcore.PlainJSON(err))
	}
	return newEntity(kind, raw)
}

// newEntity reads an entity from its fields.
func newEntity(kind Kind, raw map[string]json.RawMessage) (Entity, error) {
	e := Entity{Key: Key{Kind: kind}, Fields: make(map[string]any, len(raw))}
	if err := e.identity(raw); err != nil {
		return Entity{}, err
	}
	err := e.take("", raw)
	slices.Sort(e.Garbled)
	return e, err
}

func (e *Entity) identity(raw map[string]json.RawMessage) error {
	var head struct {
		ID, Name     string
		Managed      bool
		CreatedAt    string
		LastModified string
		UpdatedAt    string
		External     string `json:"createdByExternal"`
	}
	for name, into := range map[string]any{
		"id": &head.ID, "name": &head.Name, "managed": &head.Managed, "createdAt": &head.CreatedAt,
		"lastModified": &head.LastModified, "updatedAt": &head.UpdatedAt, "createdByExternal": &head.External,
	} {
		v, ok := raw[name]
		if bad := ok && json.Unmarshal(v, into) != nil; name != "id" && name != "name" {
			continue
		} else if bad {
			return fmt.Errorf("read a %s from Panther's response: %q is %s, not a string", e.Kind, name, clip(v))
		}
		if garbled(v) {
			return fmt.Errorf("read a %s from Panther's response: %q is %s, which contains bytes that are not UTF-8; correct it in the console", e.Kind, name, strings.ToValidUTF8(clip(v), "\uFFFD"))
		}
	}
	// Actors are only displayed, so an unexpected type is skipped.
	creator := readActor(raw["createdBy"])
	e.ID = head.ID
	if e.Kind.ServerID() {
		e.ID, e.ServerID = head.Name, head.ID
	}
	if e.ID == "" {
		return fmt.Errorf("read a %s from Panther's response: it has no id", e.Kind)
	}
	e.Managed = head.Managed
	e.Made.CreatedBy = head.External
	if creator.ID != "" {
		e.Made.CreatedBy = creator.ID
	}
	e.Made.CreatedAt, _ = time.Parse(time.RFC3339, head.CreatedAt)
	changed := head.LastModified
	if changed == "" {
		changed = head.UpdatedAt
	}
	e.Made.ChangedAt, _ = time.Parse(time.RFC3339, changed)
	e.Made.ChangedBy = readActor(raw["lastModifiedBy"])
	// Some servers take the two times of a create one after the other. An edit takes longer.
	if e.Made.ChangedBy == (Actor{}) && e.Made.ChangedAt.Sub(e.Made.CreatedAt).Abs() < 10*time.Millisecond {
		e.Made.ChangedBy = creator
	}
	return nil
}

// within separates an object's name from a field's in the keys of Extra. Names
// may contain dots.
const within = "\x00"

// take sorts the fields under a prefix into known, unknown and server-assigned.
func (e *Entity) take(prefix string, raw map[string]json.RawMessage) error {
	for name, src := range raw {
		full := prefix + name
		if f, ok := e.Kind.Field(full); ok && !strings.Contains(name, ".") {
			v, logs, err := f.read(src)
			if err != nil {
				return fmt.Errorf("read %s from Panther's response: %w", e.Key, err)
			}
			if logs {
				e.Year = max(e.Year, logYear)
			}
			if v != nil {
				e.Fields[full] = v
			}
			if garbled(src) {
				e.Garbled = append(e.Garbled, full)
			}
			e.Year = max(e.Year, f.Since)
			continue
		}
		switch {
		case prefix == "" && (serverMade[name] || slices.Contains(infos[e.Kind].made, name) || name == "name" && e.Kind.ServerID()):
			continue
		case e.Kind.hasPrefix(full + "."):
			var inner map[string]json.RawMessage
			if err := json.Unmarshal(src, &inner); err != nil {
				return fmt.Errorf("read %s from Panther's response: %q is %s, not an object", e.Key, full, clip(src))
			}
			if err := e.take(full+".", inner); err != nil {
				return err
			}
			for _, f := range e.Kind.Fields() {
				if strings.HasPrefix(f.Name, full+".") {
					e.Year = max(e.Year, f.Since)
				}
			}
		default:
			if e.Extra == nil {
				e.Extra = map[string]json.RawMessage{}
			}
			key := name
			if prefix != "" {
				key = strings.TrimSuffix(prefix, ".") + within + name
			}
			e.Extra[key] = src
		}
	}
	return nil
}

func (k Kind) hasPrefix(p string) bool {
	return slices.ContainsFunc(infos[k].fields, func(f Field) bool { return strings.HasPrefix(f.Name, p) })
}

func clip(b []byte) string {
	if len(b) > 40 {
		return string(b[:40]) + "…"
	}
	return string(b)
}

// read parses a value from JSON and checks its type. logs reports that the events
// of unit tests are under "log".
func (f Field) read(src []byte) (value any, logs bool, err error) {
	// Most of an entity is strings; a decoder for each would cost more than
	// everything else.
	switch f.Type {
	case Text, Lines, Enum, YAML:
		var s *string
		if json.Unmarshal(src, &s) == nil {
			if s == nil {
				return nil, false, nil
			}
			return *s, false, nil
		}
	case Bool:
		var b *bool
		if json.Unmarshal(src, &b) == nil {
			if b == nil {
				return nil, false, nil
			}
			return *b, false, nil
		}
	}
	if f.Type == Tests {
		if v, logs, ok := readTests(src); ok {
			return f.withoutNulls(v), logs, nil
		}
	}
	return f.readAll(src)
}

// readAll is read for any type of field.
func (f Field) readAll(src []byte) (value any, logs bool, err error) {
	v, err := decodeNumbers(src)
	if err != nil {
		return nil, false, fmt.Errorf("field %q: %w", f.Name, err)
	}
	if err := f.Check(v); err != nil {
		return nil, false, err
	}
	if f.Type == Tests {
		if logs, err = events(v, src); err != nil {
			return nil, false, fmt.Errorf("field %q: %w", f.Name, err)
		}
	}
	return f.withoutNulls(v), logs, nil
}

// logYear is the year of the API description that has "log" first.
const logYear = 2026

// events puts each test's event into "resource". A deployment of 2026 may return
// it as "log", which is any JSON, as well or instead; log counts if both have
// content. The text of the event keeps the order of its keys.
func events(v any, src []byte) (logs bool, err error) {
	list, _ := v.([]any)
	for _, e := range list {
		_, has := e.(map[string]any)["log"]
		logs = logs || has
	}
	if !logs {
		return false, nil
	}
	var raw []map[string]json.RawMessage
	if err := json.Unmarshal(src, &raw); err != nil {
		return true, err
	}
	for i, e := range list {
		t, _ := e.(map[string]any)
		log := t["log"]
		delete(t, "log")
		if !logCounts(log, t["resource"]) {
			continue
		}
		var text bytes.Buffer
		if err := json.Compact(&text, raw[i]["log"]); err != nil {
			return true, err
		}
		t["resource"] = text.String()
	}
	return true, nil
}

// logCounts reports whether a test's event is the one in "log": it has content, or
// "resource" has none.
func logCounts(log, resource any) bool {
	if m, is := log.(map[string]any); log == "" || is && len(m) == 0 {
		text, _ := resource.(string)
		return text == ""
	}
	return log != nil
}

// withoutNulls drops members that are null. A server may return absent values
// as null and then refuse to accept them.
func (f Field) withoutNulls(v any) any {
	list, _ := v.([]any)
	if f.Type == SetMap {
		list = []any{v}
	}
	if f.Type == SetMap || f.Type == Tests || f.Type == RuleOutputTests || f.Type == Mappings {
		for _, e := range list {
			if m, ok := e.(map[string]any); ok {
				maps.DeleteFunc(m, func(_ string, member any) bool { return member == nil })
				for _, inner := range []string{"mocks", "ruleOutputs"} {
					list, _ := m[inner].([]any)
					for _, part := range list {
						if part, ok := part.(map[string]any); ok {
							maps.DeleteFunc(part, func(_ string, member any) bool { return member == nil })
						}
					}
				}
			}
		}
	}
	return v
}

// Check reports whether a value of the JSON model has the type of the field.
// Nil is valid for every type.
func (f Field) Check(v any) error {
	if v == nil {
		return nil
	}
	ok := false
	want := "a string"
	switch f.Type {
	case Bool:
		want = "true or false"
		_, ok = v.(bool)
	case Integer:
		want = "a whole number"
		n, is := v.(json.Number)
		_, err := strconv.ParseInt(yamlcore.Number(n.String()).String(), 10, 64)
		ok = is && err == nil
	case Text, Lines, Enum, YAML:
		_, ok = v.(string)
	case Set:
		want = "a list of strings"
		ok = texts(v)
	case SetMap:
		want = "a mapping of names to lists of strings"
		m, is := v.(map[string]any)
		ok = is
		for _, l := range m {
			ok = ok && (l == nil || texts(l))
		}
	case Tests, RuleOutputTests, Mappings:
		want = "a list of objects"
		list, is := v.([]any)
		ok = is
		for _, e := range list {
			_, is := e.(map[string]any)
			ok = ok && is
		}
	}
	if !ok {
		return fmt.Errorf("field %q is %s, but must be %s", f.Name, clip([]byte(yamlcore.CanonicalJSON(v))), want)
	}
	return nil
}

func texts(v any) bool {
	list, ok := v.([]any)
	for _, e := range list {
		if _, is := e.(string); !is {
			return false
		}
	}
	return ok
}
