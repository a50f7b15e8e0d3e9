package schemacheck

import (
	"encoding/json"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// converter converts a spec to the JSON model as far as its schema needs it. It
// adds the problems it finds to the checker.
type converter struct {
	c *checker
}

var (
	anyMapping = map[string]any{}
	anyList    = []any{}
)

func (v converter) value(n *yaml.Node, s *shape, at Path) any {
	n = yamlcore.Deref(n)
	if n == nil {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		if s == nil || s.props == nil && s.additional == nil {
			return some(anyMapping, len(n.Content) > 0)
		}
		return v.mapping(n, s, at)
	case yaml.SequenceNode:
		if s == nil || s.items == nil {
			if len(n.Content) > 0 {
				return []any{nil}
			}
			return anyList
		}
		return v.list(n, s, at)
	case yaml.ScalarNode:
		return scalar(n, s)
	}
	return nil
}

// some is a placeholder for a mapping whose content the schema ignores; it is
// empty if the mapping is.
func some(empty map[string]any, filled bool) map[string]any {
	if filled {
		return map[string]any{"": nil}
	}
	return empty
}

func scalar(n *yaml.Node, s *shape) any {
	x, err := yamlcore.Scalar(n)
	if err != nil {
		return n.Value
	}
	switch x.(type) {
	case json.Number, bool:
		if s.text() {
			return yamlcore.Text(n)
		}
	}
	return x
}

func (v converter) mapping(n *yaml.Node, s *shape, at Path) any {
	pairs, err := yamlcore.Pairs(n)
	if err != nil {
		return anyMapping
	}
	out := make(map[string]any, len(pairs))
	for _, p := range pairs {
		k := p.Key.Value
		child := s.child(k)
		x := v.value(p.Value, child, append(at, key(k)))
		if x == nil && !child.nullable() {
			v.c.empty(n, p, append(at, key(k)))
			continue
		}
		out[k] = x
		if s.near && child == nil {
			v.c.near(n, s, p.Key, append(at, key(k)))
		}
	}
	return out
}

func (v converter) list(n *yaml.Node, s *shape, at Path) any {
	out := make([]any, 0, len(n.Content))
	for i, c := range n.Content {
		x := v.value(c, s.items, append(at, index(i)))
		if x == nil && !s.items.nullable() {
			v.c.emptyEntry(c, append(at, index(i)))
			continue
		}
		out = append(out, x)
	}
	if s.unique {
		v.c.duplicates(n, at)
	}
	return out
}
