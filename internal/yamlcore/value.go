package yamlcore

import (
	"encoding/json"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// Pair is one key of a mapping with its value.
type Pair struct{ Key, Value *yaml.Node }

// Pairs returns the keys of a mapping in order, with aliases resolved and merge
// keys ("<<") expanded. The mapping's own keys take precedence over merged
// ones.
func Pairs(n *yaml.Node) ([]Pair, error) {
	n = Deref(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	own := make([]Pair, 0, len(n.Content)/2)
	var merged []Pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], Deref(n.Content[i+1])
		if !IsMerge(k) {
			own = append(own, Pair{Deref(k), v})
			continue
		}
		from := []*yaml.Node{v}
		if v.Kind == yaml.SequenceNode {
			from = v.Content
		}
		if err := mergeable(k, v); err != nil {
			return nil, err
		}
		for _, m := range from {
			ps, err := Pairs(m)
			if err != nil {
				return nil, err
			}
			merged = append(merged, ps...)
		}
	}
	if merged == nil {
		return own, nil
	}
	have := map[string]bool{}
	for _, p := range own {
		have[p.Key.Value] = true
	}
	for _, p := range merged {
		if !have[p.Key.Value] {
			have[p.Key.Value] = true
			own = append(own, p)
		}
	}
	return own, nil
}

// mergeable checks the value of a merge key.
func mergeable(key, v *yaml.Node) error {
	v = Deref(v)
	from := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		from = v.Content
	}
	for _, m := range from {
		if Deref(m).Kind != yaml.MappingNode {
			return at(key, "\"<<\" takes a mapping, or a list of mappings")
		}
	}
	return nil
}

// Lookup returns the value of a key, or nil.
func Lookup(n *yaml.Node, key string) *yaml.Node {
	if v, plain := lookupPlain(n, key); plain {
		return v
	}
	ps, err := Pairs(n)
	if err != nil {
		return nil
	}
	for _, p := range ps {
		if p.Key.Value == key {
			return p.Value
		}
	}
	return nil
}

// lookupPlain is Lookup for a mapping without merge keys, which needs no list of pairs.
func lookupPlain(n *yaml.Node, key string) (v *yaml.Node, plain bool) {
	if n = Deref(n); n == nil || n.Kind != yaml.MappingNode {
		return nil, true
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if IsMerge(k) {
			return nil, false
		}
		if v == nil && Deref(k).Value == key {
			v = Deref(n.Content[i+1])
		}
	}
	return v, true
}

// Value converts a node to the JSON model. The error is an *Error.
func Value(n *yaml.Node) (any, error) {
	n = Deref(n)
	if n == nil {
		return nil, nil
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return Scalar(n)
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := Value(c)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	case yaml.MappingNode:
		ps, err := Pairs(n)
		if err != nil {
			return nil, err
		}
		out := make(map[string]any, len(ps))
		for _, p := range ps {
			k, err := keyText(p.Key)
			if err != nil {
				return nil, err
			}
			if out[k], err = Value(p.Value); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, at(n, "a value of an unknown kind")
}

// Encode returns a node as equivalent YAML, in the same order, with aliases and
// merges expanded and comments dropped. The result is parsed and compared; if
// its meaning differs, Encode returns JSON instead, which is YAML too.
func Encode(n *yaml.Node) (string, error) {
	want, err := Value(n)
	if err != nil {
		return "", err
	}
	clean, err := rebuild(n)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(clean); err == nil && enc.Close() == nil {
		if got, err := DecodeText(b.String()); err == nil && Equal(got, want) {
			return b.String(), nil
		}
	}
	return CanonicalJSON(want) + "\n", nil
}

// DecodeText parses YAML into the JSON model.
func DecodeText(s string) (any, error) {
	doc, err := Parse([]byte(s), Limits{})
	if err != nil {
		return nil, err
	}
	if doc.More {
		return nil, &Error{Line: 1, Message: "the text contains more than one document"}
	}
	return Value(doc.Root)
}

func rebuild(n *yaml.Node) (*yaml.Node, error) {
	n = Deref(n)
	if n == nil {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
	}
	switch n.Kind {
	case yaml.ScalarNode:
		v, err := Scalar(n)
		if err != nil {
			return nil, err
		}
		if _, ok := v.(json.Number); ok {
			// 57.0 stays 57.0; but 1e3 would be a string to parsers of YAML 1.1.
			if text := numberText(n); !strings.ContainsAny(text, "eE") {
				v = json.Number(text)
			}
		}
		return scalarNode(v), nil
	case yaml.SequenceNode:
		out := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, c := range n.Content {
			r, err := rebuild(c)
			if err != nil {
				return nil, err
			}
			out.Content = append(out.Content, r)
		}
		return out, nil
	case yaml.MappingNode:
		ps, err := Pairs(n)
		if err != nil {
			return nil, err
		}
		out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, p := range ps {
			v, err := rebuild(p.Value)
			if err != nil {
				return nil, err
			}
			out.Content = append(out.Content, scalarNode(p.Key.Value), v)
		}
		return out, nil
	}
	return nil, fmt.Errorf("a value of an unknown kind on line %d", n.Line)
}

func scalarNode(v any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode}
	switch v := v.(type) {
	case nil:
		n.Tag, n.Value = "!!null", "null"
	case bool:
		n.Tag, n.Value = "!!bool", fmt.Sprint(v)
	case json.Number:
		n.Tag, n.Value = "!!int", v.String()
		if strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!float"
		}
	case string:
		n.Tag, n.Value = "!!str", v
		// Quote words that would be parsed as something else; the encoder
		// follows only YAML 1.1.
		if _, same := plain(v).(string); !same {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	return n
}
