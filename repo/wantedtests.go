package repo

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// named finds elements of a list by the value of a key. Elements with the same
// name are matched in order.
type named struct {
	key   string
	nodes []*yaml.Node
	used  []bool
}

func byKey(old *yaml.Node, key string) *named {
	n := &named{key: key}
	if old != nil && old.Kind == yaml.SequenceNode {
		for _, c := range old.Content {
			n.nodes = append(n.nodes, yamlcore.Deref(c))
		}
	}
	n.used = make([]bool, len(n.nodes))
	return n
}

func (n *named) take(name string) (int, *yaml.Node) {
	for i, c := range n.nodes {
		if k := yamlcore.Lookup(c, n.key); !n.used[i] && k != nil && k.Value == name {
			n.used[i] = true
			return i, c
		}
	}
	return -1, nil
}

// testsLike finds tests by name and changes only what differs in each.
func testsLike(v any, old *yaml.Node, kind panther.Kind) any {
	list, _ := v.([]any)
	have := byKey(old, "Name")
	eventKey := "Log"
	if kind == panther.Policy {
		eventKey = "Resource"
	}
	for _, c := range have.nodes {
		if k := eventKeyOf(c); k != "" {
			eventKey = k
			break
		}
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		t, _ := e.(map[string]any)
		name, _ := t["name"].(string)
		i, was := have.take(name)
		out = append(out, yamledit.Item{From: i, Value: testLike(t, was, eventKey)})
	}
	return out
}

func eventKeyOf(test *yaml.Node) string {
	for _, k := range []string{"Log", "Resource"} {
		if yamlcore.Lookup(test, k) != nil {
			return k
		}
	}
	return ""
}

func testLike(t map[string]any, old *yaml.Node, eventKey string) any {
	name, _ := t["name"].(string)
	fresh := map[string]any{
		"Name":           yamledit.Text(name),
		"ExpectedResult": t["expectedResult"] == true,
	}
	if k := eventKeyOf(old); k != "" {
		eventKey = k
	}
	fresh[eventKey] = eventLike(t["resource"], yamlcore.Lookup(old, eventKey))
	if list, _ := t["mocks"].([]any); len(list) > 0 {
		fresh["Mocks"] = mocksLike(list, yamlcore.Lookup(old, "Mocks"))
	}
	return merged(old, fresh, []string{"Name", "ExpectedResult", "Mocks", "Log", "Resource"})
}

// ruleOutputTestsLike finds the tests of a correlation rule by name and their
// outputs by id, and changes only what differs in each.
func ruleOutputTestsLike(v any, old *yaml.Node) any {
	list, _ := v.([]any)
	have := byKey(old, "Name")
	out := make([]any, 0, len(list))
	for _, e := range list {
		t, _ := e.(map[string]any)
		name, _ := t["name"].(string)
		i, was := have.take(name)
		given, _ := t["ruleOutputs"].([]any)
		parts := byKey(yamlcore.Lookup(was, "RuleOutputs"), "ID")
		outputs := make([]any, 0, len(given))
		for _, o := range given {
			o, _ := o.(map[string]any)
			id, _ := o["id"].(string)
			from, before := parts.take(id)
			fresh := map[string]any{"ID": yamledit.Text(id)}
			if m, _ := o["matches"].(map[string]any); len(m) > 0 {
				fresh["Matches"] = eventLike(yamlcore.CanonicalJSON(m), yamlcore.Lookup(before, "Matches"))
			}
			outputs = append(outputs, yamledit.Item{From: from, Value: merged(before, fresh, []string{"ID", "Matches"})})
		}
		fresh := map[string]any{"Name": yamledit.Text(name), "ExpectedResult": t["expectedResult"] == true, "RuleOutputs": outputs}
		out = append(out, yamledit.Item{From: i, Value: merged(was, fresh, []string{"Name", "ExpectedResult", "RuleOutputs"})})
	}
	return out
}

// merged updates a mapping. Named keys without a new value are removed, other
// keys stay, and new keys are added in the order of names.
func merged(old *yaml.Node, fresh map[string]any, names []string) yamledit.Map {
	out := yamledit.Map{}
	have := map[string]bool{}
	pairs, _ := yamlcore.Pairs(old)
	for _, p := range pairs {
		k := p.Key.Value
		have[k] = true
		if v, ok := fresh[k]; ok {
			out = append(out, yamledit.KeyValue{Key: k, Value: v})
		} else if !slices.Contains(names, k) || isNull(p.Value) || p.Value.Kind == yaml.SequenceNode && len(p.Value.Content) == 0 {
			out = append(out, yamledit.KeyValue{Key: k, Value: yamledit.Keep{}})
		}
	}
	for i, k := range names {
		v, ok := fresh[k]
		if !ok || have[k] {
			continue
		}
		at := len(out)
		for j := i - 1; j >= 0; j-- {
			if at = slices.IndexFunc(out, func(kv yamledit.KeyValue) bool { return kv.Key == names[j] }) + 1; at > 0 {
				break
			}
		}
		out = slices.Insert(out, at, yamledit.KeyValue{Key: k, Value: v})
	}
	return out
}

// eventLike reads the event of a test. A string that is not JSON stays a
// string.
func eventLike(v any, old *yaml.Node) any {
	s, _ := v.(string)
	if old != nil {
		// The current value is equal, so leave it unchanged.
		if text, err := yamlcore.JSONText(old); err == nil && sameJSON(text, s) {
			return yamledit.Keep{}
		}
	}
	if want, err := orderedJSON(s); err == nil {
		return want
	}
	return s
}

func sameJSON(a, b string) bool {
	av, aerr := yamlcore.DecodeJSON([]byte(a))
	bv, berr := yamlcore.DecodeJSON([]byte(b))
	return aerr == nil && berr == nil && yamlcore.Equal(av, bv)
}

func mocksLike(list []any, old *yaml.Node) any {
	have := byKey(old, "objectName")
	out := make([]any, 0, len(list))
	for _, e := range list {
		m, _ := e.(map[string]any)
		name, _ := m["objectName"].(string)
		i, was := have.take(name)
		fresh := map[string]any{}
		for _, k := range []string{"objectName", "returnValue"} {
			if s, ok := m[k].(string); ok {
				fresh[k] = yamledit.Text(s)
			}
		}
		out = append(out, yamledit.Item{From: i, Value: merged(was, fresh, []string{"objectName", "returnValue"})})
	}
	return out
}

// mappingsLike finds a data model's mappings by name. Their order does not
// matter.
func mappingsLike(v any, old *yaml.Node) any {
	list, _ := v.([]any)
	have := byKey(old, "Name")
	stay := map[int]any{}
	var fresh []any
	for _, e := range list {
		m, _ := e.(map[string]any)
		values := map[string]any{}
		name, _ := m["name"].(string)
		i, was := have.take(name)
		for api, key := range map[string]string{"name": "Name", "path": "Path", "method": "Method"} {
			if s, ok := m[api].(string); ok && s != "" {
				values[key] = yamledit.Text(endLike(s, yamlcore.Lookup(was, key)))
			}
		}
		want := merged(was, values, []string{"Name", "Path", "Method"})
		if i >= 0 {
			stay[i] = want
		} else {
			fresh = append(fresh, yamledit.Item{From: -1, Value: want})
		}
	}
	out := []any{}
	for i := range have.nodes {
		if want, ok := stay[i]; ok {
			out = append(out, yamledit.Item{From: i, Value: want})
		}
	}
	return append(out, fresh...)
}
