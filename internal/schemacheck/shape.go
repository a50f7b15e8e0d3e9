package schemacheck

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// shape contains what gojsonschema does not report about a schema: the valid
// keys, what counts as a string, and what can be ignored.
type shape struct {
	types []string
	props map[string]*shape
	// order lists the valid keys, sorted by name.
	order    []string
	required []string
	// alternatives lists sets of keys, one of which must be set in addition to
	// required.
	alternatives [][]string
	// near reports that other keys are allowed ("additionalProperties": true),
	// but are still reported if they look misspelled.
	near       bool
	additional *shape
	items      *shape
	unique     bool
	enum       []string
	// fallback is the default of a number.
	fallback string
	// never reports that the key is not allowed here.
	never bool
}

// text reports whether a scalar is used literally, as a string.
func (s *shape) text() bool {
	return s != nil && slices.Contains(s.types, "string") && slices.Contains(s.types, "number")
}

// nullable reports whether the value may be empty.
func (s *shape) nullable() bool {
	return s == nil || !s.never && (len(s.types) == 0 && len(s.enum) == 0 || slices.Contains(s.types, "null"))
}

func (s *shape) child(k string) *shape {
	if s == nil {
		return nil
	}
	if c, ok := s.props[k]; ok {
		return c
	}
	return s.additional
}

// legal returns the valid keys of the mapping.
func (s *shape) legal() []string {
	out := make([]string, 0, len(s.order))
	for _, k := range s.order {
		if !s.props[k].never {
			out = append(out, k)
		}
	}
	return out
}

type shapes struct {
	defs map[string]any
	memo map[string]*shape
}

const local = "#/definitions/"

func (r *shapes) read(v any) (*shape, error) {
	m, ok := v.(map[string]any)
	if !ok {
		b, ok := v.(bool)
		if !ok {
			return nil, fmt.Errorf("a schema is %T", v)
		}
		return &shape{never: !b}, nil
	}
	if ref, ok := m["$ref"].(string); ok {
		return r.follow(ref)
	}
	s := &shape{types: texts(m["type"]), required: texts(m["required"]), enum: texts(m["enum"])}
	if d, ok := m["default"].(float64); ok {
		s.fallback = strconv.FormatFloat(d, 'f', -1, 64)
	}
	s.unique, _ = m["uniqueItems"].(bool)
	if c, ok := m["const"].(string); ok {
		s.enum = []string{c}
	}
	if alts, ok := m["anyOf"].([]any); ok {
		for _, a := range alts {
			alt, _ := a.(map[string]any)
			s.alternatives = append(s.alternatives, texts(alt["required"]))
		}
	}
	if props, ok := m["properties"].(map[string]any); ok {
		s.props = make(map[string]*shape, len(props))
		for k, p := range props {
			c, err := r.read(p)
			if err != nil {
				return nil, err
			}
			s.props[k], s.order = c, append(s.order, k)
		}
		slices.Sort(s.order)
	}
	var err error
	switch a := m["additionalProperties"].(type) {
	case bool:
		s.near = a
	case map[string]any:
		if s.additional, err = r.read(a); err != nil {
			return nil, err
		}
	}
	if items, ok := m["items"]; ok {
		s.items, err = r.read(items)
	}
	return s, err
}

func (r *shapes) follow(ref string) (*shape, error) {
	name, ok := strings.CutPrefix(ref, local)
	if !ok || r.defs[name] == nil {
		return nil, fmt.Errorf("%s not found", ref)
	}
	if s, ok := r.memo[name]; ok {
		return s, nil
	}
	s, err := r.read(r.defs[name])
	r.memo[name] = s
	return s, err
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, 0, len(v))
		for _, x := range v {
			switch x := x.(type) {
			case string:
				out = append(out, x)
			case bool:
				out = append(out, strconv.FormatBool(x))
			}
		}
		return out
	}
	return nil
}

// plainSchema parses a schema and removes what this package checks itself: it
// finds duplicates by their nodes, which is much faster.
func plainSchema(text string) (map[string]any, error) {
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, err
	}
	return m, nil
}

func withoutUnique(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["uniqueItems"].(bool); ok {
			delete(v, "uniqueItems")
		}
		for _, c := range v {
			withoutUnique(c)
		}
	case []any:
		for _, c := range v {
			withoutUnique(c)
		}
	}
}
