package repo

import (
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

func fault(n *yaml.Node, format string, args ...any) error {
	return &yamlcore.Error{Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...)}
}

// tests reads the unit tests. input adds what a test gives to the detection.
func tests(n *yaml.Node, input func(test *yaml.Node, name string, out map[string]any) error) (any, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, fault(n, "Tests must be a list, not %s", describe(n))
	}
	out := make([]any, 0, len(n.Content))
	for i, c := range n.Content {
		t, err := test(yamlcore.Deref(c), i+1, input)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func test(n *yaml.Node, number int, input func(*yaml.Node, string, map[string]any) error) (any, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fault(n, "test %d must be a mapping, not %s", number, describe(n))
	}
	name := yamlcore.Lookup(n, "Name")
	if name == nil || name.Kind != yaml.ScalarNode || name.Value == "" {
		return nil, fault(n, "test %d has no \"Name\"; add it", number)
	}
	want := yamlcore.Lookup(n, "ExpectedResult")
	if want == nil {
		return nil, fault(n, "test %q has no \"ExpectedResult\"; add true or false", name.Value)
	}
	expected, err := yamlcore.Value(want)
	if err != nil {
		return nil, err
	}
	if _, ok := expected.(bool); !ok {
		return nil, fault(want, "ExpectedResult of test %q must be true or false, not %s", name.Value, describe(want))
	}
	out := map[string]any{"name": name.Value, "expectedResult": expected}
	return out, input(n, name.Value, out)
}

// eventOf adds the event of a test as a JSON string, and its mocks.
func eventOf(n *yaml.Node, test string, out map[string]any) error {
	event := yamlcore.Lookup(n, "Log")
	if event == nil {
		event = yamlcore.Lookup(n, "Resource")
	}
	if event == nil {
		return fault(n, "test %q has neither \"Log\" nor \"Resource\"; add the event", test)
	}
	text, err := yamlcore.JSONText(event)
	if err != nil {
		return err
	}
	out["resource"] = text
	if m := yamlcore.Lookup(n, "Mocks"); m != nil && !isNull(m) {
		list, err := mocks(m, test)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			out["mocks"] = list
		}
	}
	return nil
}

// ruleOutputs adds the outputs of rules in a correlation rule's test.
func ruleOutputs(n *yaml.Node, test string, out map[string]any) error {
	list := yamlcore.Lookup(n, "RuleOutputs")
	switch {
	case list == nil || isNull(list):
		return fault(n, "test %q has no \"RuleOutputs\"; add what the rules found", test)
	case list.Kind != yaml.SequenceNode:
		return fault(list, "RuleOutputs of test %q must be a list, not %s", test, describe(list))
	}
	outputs := make([]any, 0, len(list.Content))
	for _, c := range list.Content {
		c = yamlcore.Deref(c)
		if c.Kind != yaml.MappingNode {
			return fault(c, "a rule output of test %q must be a mapping with ID and Matches, not %s", test, describe(c))
		}
		ps, err := yamlcore.Pairs(c)
		if err != nil {
			return err
		}
		one := map[string]any{}
		for _, p := range ps {
			switch key := p.Key.Value; {
			case key == "ID" && p.Value.Kind == yaml.ScalarNode && !isNull(p.Value):
				one["id"] = yamlcore.Text(p.Value)
			case key == "ID":
				return fault(p.Value, "ID in RuleOutputs of test %q must be a string, not %s", test, describe(p.Value))
			case key != "Matches":
				return fault(p.Key, "unknown key %q in RuleOutputs of test %q; use ID and Matches%s", key, test, suggest.DidYouMean(key, []string{"ID", "Matches"}))
			case isNull(p.Value):
			default:
				if one["matches"], err = matches(p.Value, test); err != nil {
					return err
				}
			}
		}
		if one["id"] == nil {
			return fault(c, "a rule output of test %q has no \"ID\"; name a part of the detection", test)
		}
		outputs = append(outputs, one)
	}
	out["ruleOutputs"] = outputs
	return nil
}

// matches reads which field of a rule's events had which value at which times.
func matches(n *yaml.Node, test string) (any, error) {
	v, err := yamlcore.Value(n)
	if err != nil {
		return nil, err
	}
	const shape = "Matches of test %q must map fields to values to lists of times, such as {user: {ada: [0, 60]}}"
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, fault(n, shape, test)
	}
	for name, values := range fields {
		at := yamlcore.Lookup(n, name)
		values, ok := values.(map[string]any)
		if !ok {
			return nil, fault(at, shape, test)
		}
		for _, times := range values {
			if list, ok := times.([]any); !ok || slices.Contains(list, nil) {
				return nil, fault(at, shape, test)
			}
		}
	}
	return fields, nil
}

// mocks reads the mocks of a test. Both values are strings in the API. Panther
// accepts a string, true or false for what a mock returns, and nothing else.
func mocks(n *yaml.Node, test string) ([]any, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, fault(n, "Mocks of test %q must be a list, not %s", test, describe(n))
	}
	out := make([]any, 0, len(n.Content))
	for _, c := range n.Content {
		c = yamlcore.Deref(c)
		if c.Kind != yaml.MappingNode {
			return nil, fault(c, "a mock of test %q must be a mapping with objectName and returnValue, not %s", test, describe(c))
		}
		ps, err := yamlcore.Pairs(c)
		if err != nil {
			return nil, err
		}
		mock := make(map[string]any, len(ps))
		for _, p := range ps {
			if p.Key.Value != "objectName" && p.Key.Value != "returnValue" {
				return nil, fault(p.Key, "unknown key %q in a mock of test %q; use objectName and returnValue%s", p.Key.Value, test, suggest.DidYouMean(p.Key.Value, []string{"objectName", "returnValue"}))
			}
			if isNull(p.Value) {
				continue
			}
			if text, ok := mockText(p.Value); ok {
				mock[p.Key.Value] = text
				continue
			}
			return nil, fault(p.Value, "%s of a mock of test %q must be a string, true or false, not %s; write it as a string in quotes", p.Key.Value, test, describe(p.Value))
		}
		for _, key := range []string{"objectName", "returnValue"} {
			if mock[key] == nil {
				return nil, fault(c, "a mock of test %q has no %q; add it", test, key)
			}
		}
		out = append(out, mock)
	}
	return out, nil
}

// mockText returns a value of a mock as the API has it.
func mockText(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		return "", false
	}
	v, err := yamlcore.Scalar(n)
	if err != nil {
		return "", false
	}
	switch v.(type) {
	case string, bool:
		return yamlcore.Text(n), true
	}
	return "", false
}

// mappings reads a data model's mappings.
func mappings(n *yaml.Node) (any, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, fault(n, "Mappings must be a list, not %s", describe(n))
	}
	legal := map[string]string{"Name": "name", "Path": "path", "Method": "method"}
	out := make([]any, 0, len(n.Content))
	for i, c := range n.Content {
		c = yamlcore.Deref(c)
		ps, err := yamlcore.Pairs(c)
		if err != nil {
			return nil, err
		}
		if c.Kind != yaml.MappingNode {
			return nil, fault(c, "mapping %d must be a mapping with Name and Path or Method, not %s", i+1, describe(c))
		}
		m := make(map[string]any, len(ps))
		for _, p := range ps {
			name, ok := legal[p.Key.Value]
			if !ok {
				return nil, fault(p.Key, "unknown key %q in a mapping; use Name, Path or Method%s", p.Key.Value, suggest.DidYouMean(p.Key.Value, []string{"Name", "Path", "Method"}))
			}
			if p.Value.Kind != yaml.ScalarNode {
				return nil, fault(p.Value, "%s of a mapping must be a string, not %s", p.Key.Value, describe(p.Value))
			}
			if !isNull(p.Value) {
				m[name] = yamlcore.Text(p.Value)
			}
		}
		if m["name"] == nil {
			return nil, fault(c, "mapping %d has no \"Name\"; add it", i+1)
		}
		out = append(out, m)
	}
	return out, nil
}
