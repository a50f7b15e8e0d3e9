package yamledit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// A wanted value is in yamlcore's JSON model (nil, bool, json.Number, string,
// []any, map[string]any), or has one of the types below.

// Text is a string for a key whose scalars are used as written: 1.10 is the
// Text "1.10", quoted or not. A null is not a Text.
type Text string

// Prose is a Text that may be folded over several lines if it is new, long, and
// one paragraph.
type Prose string

// Map is a mapping whose new keys are written in this order. Existing keys keep
// their position.
type Map []KeyValue

// KeyValue is a key of a Map with its value.
type KeyValue struct {
	Key   string
	Value any
}

// Item is an element of a wanted list that replaces the existing element From,
// so that it need not be guessed. From is -1 for a new element.
type Item struct {
	From  int
	Value any
}

// Keep is a wanted value that keeps the existing one.
type Keep struct{}

// kept is a Keep with the value it keeps.
type kept struct{ y *yaml.Node }

// normal checks a wanted value and converts it to the few types used
// internally: nil, bool, json.Number, string, Text, Prose, []any, Map, kept. If
// any element of a list is an Item, all are.
func normal(v any, old *yaml.Node) (any, error) {
	old = yamlcore.Deref(old)
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case int:
		return json.Number(strconv.Itoa(v)), nil
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), nil
	case json.Number:
		if _, ok := plainValue(v.String()).(json.Number); !ok {
			return nil, fmt.Errorf("%q is not a number", v)
		}
		return v, nil
	case string:
		return v, checkUTF8(v)
	case Text:
		return v, checkUTF8(string(v))
	case Prose:
		return v, checkUTF8(string(v))
	case Keep:
		if old == nil {
			return nil, fmt.Errorf("nothing to keep")
		}
		return kept{old}, nil
	case kept:
		return v, nil
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return normal(out, old)
	case []any:
		return normalList(v, old)
	case map[string]any:
		m := make(Map, 0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			m = append(m, KeyValue{k, v[k]})
		}
		return normal(m, old)
	case Map:
		return normalMap(v, old)
	}
	return nil, fmt.Errorf("a value of the type %T can't be written", v)
}

func checkUTF8(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("the text %q is not UTF-8", s)
	}
	return nil
}

func normalList(v []any, old *yaml.Node) (any, error) {
	out := make([]any, len(v))
	items := slices.ContainsFunc(v, func(e any) bool { _, is := e.(Item); return is })
	used := map[int]bool{}
	for i, e := range v {
		item, is := e.(Item)
		if !is {
			item = Item{From: -1, Value: e}
		}
		var was *yaml.Node
		if item.From >= 0 {
			if old == nil || old.Kind != yaml.SequenceNode || item.From >= len(old.Content) || used[item.From] {
				return nil, fmt.Errorf("element %d is built from element %d, which does not exist or is used twice", i, item.From)
			}
			used[item.From] = true
			was = old.Content[item.From]
		}
		n, err := normal(item.Value, was)
		if err != nil {
			return nil, err
		}
		out[i] = n
		if items {
			out[i] = Item{item.From, n}
		}
	}
	return out, nil
}

func normalMap(v Map, old *yaml.Node) (any, error) {
	out := make(Map, 0, len(v))
	seen := make(map[string]bool, len(v))
	for _, kv := range v {
		if seen[kv.Key] {
			return nil, fmt.Errorf("the new mapping has the key %q twice", kv.Key)
		}
		seen[kv.Key] = true
		if err := checkUTF8(kv.Key); err != nil {
			return nil, err
		}
		n, err := normal(kv.Value, yamlcore.Lookup(old, kv.Key))
		if err != nil {
			return nil, err
		}
		out = append(out, KeyValue{kv.Key, n})
	}
	return out, nil
}

func (m Map) get(key string) (any, bool) {
	for _, kv := range m {
		if kv.Key == key {
			return kv.Value, true
		}
	}
	return nil, false
}

// plainValue returns the meaning of an unquoted string.
func plainValue(s string) any {
	v, err := yamlcore.Scalar(&yaml.Node{Kind: yaml.ScalarNode, Value: s})
	if err != nil {
		return s
	}
	return v
}

func unitem(v any) any {
	if it, ok := v.(Item); ok {
		return it.Value
	}
	return v
}

// holds reports whether a node has a wanted value (in normal form).
func holds(y *yaml.Node, want any) bool {
	y = yamlcore.Deref(y)
	if y == nil {
		return want == nil
	}
	switch w := want.(type) {
	case kept:
		return same(w.y, y)
	case Item:
		return holds(y, w.Value)
	case Prose:
		return holds(y, Text(w))
	case Text:
		return y.Kind == yaml.ScalarNode && y.Value == string(w) && !isNull(y)
	case []any:
		if y.Kind != yaml.SequenceNode || len(y.Content) != len(w) {
			return false
		}
		for i, c := range y.Content {
			if !holds(c, w[i]) {
				return false
			}
		}
		return true
	case Map:
		if y.Kind != yaml.MappingNode {
			return false
		}
		ps, err := yamlcore.Pairs(y)
		if err != nil || len(ps) != len(w) {
			return false
		}
		for i, p := range ps {
			// The order is usually the same, and a lookup is expensive in large
			// mappings.
			v, ok := w[i].Value, w[i].Key == p.Key.Value
			if !ok {
				v, ok = w.get(p.Key.Value)
			}
			if !ok || !holds(p.Value, v) {
				return false
			}
		}
		return true
	}
	if y.Kind != yaml.ScalarNode {
		return false
	}
	got, err := yamlcore.Scalar(y)
	if n, ok := want.(json.Number); ok {
		want = plainValue(n.String())
	}
	return err == nil && got == want
}

func isNull(y *yaml.Node) bool {
	if y.Kind != yaml.ScalarNode {
		return false
	}
	v, err := yamlcore.Scalar(y)
	return err == nil && v == nil
}

// same reports whether two nodes have the same value, order, and scalar text.
func same(a, b *yaml.Node) bool {
	a, b = yamlcore.Deref(a), yamlcore.Deref(b)
	if a == nil || b == nil {
		return a == b
	}
	if a == b {
		return true
	}
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind == yaml.ScalarNode {
		av, aerr := yamlcore.Scalar(a)
		bv, berr := yamlcore.Scalar(b)
		return a.Value == b.Value && av == bv && (aerr == nil) == (berr == nil)
	}
	for i := range a.Content {
		if !same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

// absent is the wanted value for a deletion.
type absent struct{}

// proves reports whether a new document equals the old one, except that the
// value at a path is the wanted one.
func proves(was, is *yaml.Node, p Path, want any) bool {
	was, is = yamlcore.Deref(was), yamlcore.Deref(is)
	if len(p) == 0 {
		return holds(is, want)
	}
	if was == nil || is == nil || was.Kind != is.Kind {
		return false
	}
	switch s := p[0].(type) {
	case int:
		if was.Kind != yaml.SequenceNode || len(was.Content) != len(is.Content) || s >= len(was.Content) {
			return false
		}
		for i := range was.Content {
			if i != s && !same(was.Content[i], is.Content[i]) {
				return false
			}
		}
		return proves(was.Content[s], is.Content[s], p[1:], want)
	case string:
		if was.Kind != yaml.MappingNode || !sameExcept(was, is, s) {
			return false
		}
		before, after := yamlcore.Lookup(was, s), yamlcore.Lookup(is, s)
		if _, gone := want.(absent); gone && len(p) == 1 {
			return before != nil && after == nil
		}
		if after == nil {
			return false
		}
		if before == nil {
			return len(p) == 1 && holds(after, want)
		}
		return proves(before, after, p[1:], want)
	}
	return false
}

// sameExcept reports whether two mappings are equal, including their order,
// except for a key.
func sameExcept(a, b *yaml.Node, key string) bool {
	as, bs := without(a, key), without(b, key)
	if len(as) != len(bs) {
		return false
	}
	for i := range as {
		if !same(as[i], bs[i]) {
			return false
		}
	}
	return true
}

func without(m *yaml.Node, key string) []*yaml.Node {
	out := make([]*yaml.Node, 0, len(m.Content))
	for i := 0; i+1 < len(m.Content); i += 2 {
		if k := m.Content[i]; yamlcore.IsMerge(k) || yamlcore.Deref(k).Value != key {
			out = append(out, k, m.Content[i+1])
		}
	}
	return out
}

// wanted converts a node to a wanted value that distinguishes text as written
// from its meaning.
func wanted(y *yaml.Node) any {
	y = yamlcore.Deref(y)
	if y == nil {
		return nil
	}
	switch y.Kind {
	case yaml.SequenceNode:
		out := make([]any, len(y.Content))
		for i, c := range y.Content {
			out[i] = wanted(c)
		}
		return out
	case yaml.MappingNode:
		ps, _ := yamlcore.Pairs(y)
		out := make(Map, 0, len(ps))
		for _, p := range ps {
			out = append(out, KeyValue{p.Key.Value, wanted(p.Value)})
		}
		return out
	}
	v, err := yamlcore.Scalar(y)
	if err != nil {
		return y.Value
	}
	if _, ok := v.(json.Number); ok {
		if _, plainly := plainValue(y.Value).(json.Number); plainly {
			return json.Number(y.Value)
		}
	}
	return v
}
