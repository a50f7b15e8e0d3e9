package repo

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// The functions below convert live values to values for the spec, given the
// current ones (old, nil for none). The spec's order, spelling and line ends
// are preserved where they have no meaning.

// enumWord writes HIGH in the spelling of specs, in the case that the spec
// uses.
func enumWord(v string, old *yaml.Node) any {
	if old != nil && len(old.Value) > 1 {
		switch old.Value {
		case strings.ToUpper(old.Value):
			return strings.ToUpper(v)
		case strings.ToLower(old.Value):
			return strings.ToLower(v)
		}
	}
	return v[:1] + strings.ToLower(v[1:])
}

// endLike gives a text the same line ends at its end as the spec, where they
// have no meaning. A new multi-line text ends with one.
func endLike(v string, old *yaml.Node) string {
	v = strings.TrimRight(strings.ReplaceAll(v, "\r\n", "\n"), "\n")
	switch {
	case old != nil && old.Kind == yaml.ScalarNode && !isNull(old):
		if strings.Trim(old.Value, "\n") != "" {
			v += old.Value[len(strings.TrimRight(old.Value, "\n")):]
		}
	case strings.Contains(v, "\n"):
		v += "\n"
	}
	return v
}

// setLike keeps existing elements of a set in place and appends new ones.
func setLike(v any, old *yaml.Node) any {
	list, _ := v.([]any)
	live := map[string]bool{}
	for _, e := range list {
		if s, ok := e.(string); ok {
			live[s] = true
		}
	}
	out := []any{}
	have := map[string]bool{}
	if old != nil && old.Kind == yaml.SequenceNode {
		for i, c := range old.Content {
			c = yamlcore.Deref(c)
			if c.Kind == yaml.ScalarNode && (isNull(c) || live[c.Value]) {
				have[c.Value] = !isNull(c)
				out = append(out, yamledit.Item{From: i, Value: yamledit.Keep{}})
			}
		}
	}
	for _, e := range list {
		if s, ok := e.(string); ok && !have[s] {
			have[s] = true
			out = append(out, yamledit.Item{From: -1, Value: yamledit.Text(s)})
		}
	}
	return out
}

func setMapLike(v any, old *yaml.Node) any {
	live, _ := v.(map[string]any)
	out := yamledit.Map{}
	have := map[string]bool{}
	pairs, _ := yamlcore.Pairs(old)
	for _, p := range pairs {
		name := p.Key.Value
		have[name] = true
		list, _ := live[name].([]any)
		if len(list) > 0 {
			out = append(out, yamledit.KeyValue{Key: name, Value: setLike(list, p.Value)})
		} else if isNull(p.Value) || len(p.Value.Content) == 0 {
			out = append(out, yamledit.KeyValue{Key: name, Value: yamledit.Keep{}})
		}
	}
	for _, name := range sortedKeys(live) {
		if list, _ := live[name].([]any); len(list) > 0 && !have[name] {
			out = append(out, yamledit.KeyValue{Key: name, Value: setLike(list, nil)})
		}
	}
	return out
}

func sortedKeys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// yamlLike parses a YAML string of the API. A string that is not YAML, such as
// a title with placeholders, is used as it is. The value may be under the spec's
// key, as in Field.Canonical.
func yamlLike(f panther.Field, v string, old *yaml.Node) any {
	doc, err := yamlcore.Parse([]byte(v), yamlcore.Limits{})
	if err == nil && !doc.More {
		root := doc.Root
		if inner := yamlcore.Lookup(root, f.SpecKey); inner != nil && len(root.Content) == 2 && !isNull(inner) {
			root = inner
		}
		if want, err := ordered(root); err == nil {
			if s, isText := want.(string); isText {
				return endLike(s, old)
			}
			return want
		}
	}
	return endLike(v, old)
}

// ordered returns a node as a wanted value with its keys in their order.
func ordered(n *yaml.Node) (any, error) {
	n = yamlcore.Deref(n)
	if n == nil {
		return nil, nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		pairs, err := yamlcore.Pairs(n)
		if err != nil {
			return nil, err
		}
		out := make(yamledit.Map, 0, len(pairs))
		for _, p := range pairs {
			v, err := ordered(p.Value)
			if err != nil {
				return nil, err
			}
			out = append(out, yamledit.KeyValue{Key: p.Key.Value, Value: v})
		}
		return out, nil
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := ordered(c)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	}
	v, err := yamlcore.Scalar(n)
	if _, number := v.(json.Number); number && n.Style == 0 {
		// As written: 1376806.5 must not become 1.3768065e+06.
		return json.Number(n.Value), nil
	}
	return v, err
}

// orderedJSON parses JSON as a wanted value with its keys in their order. Of
// duplicate keys the last one counts, as in comparisons of values.
func orderedJSON(s string) (any, error) {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	if _, err := yamlcore.DecodeJSON([]byte(s)); err != nil {
		return nil, err
	}
	return jsonValue(dec)
}

func jsonValue(dec *json.Decoder) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('['):
		out := []any{}
		for dec.More() {
			v, err := jsonValue(dec)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err := dec.Token()
		return out, err
	case json.Delim('{'):
		out := yamledit.Map{}
		at := map[string]int{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := jsonValue(dec)
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			if i, twice := at[name]; twice {
				out[i].Value = v
				continue
			}
			at[name] = len(out)
			out = append(out, yamledit.KeyValue{Key: name, Value: v})
		}
		_, err := dec.Token()
		return out, err
	}
	return tok, nil
}
