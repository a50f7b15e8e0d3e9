package repo

import (
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// testKeys is the order of a test's keys. The event, which is long, comes last.
var testKeys = []string{"Name", "ExpectedResult", "Mocks", "Log", "Resource", "RuleOutputs"}

// Format returns a spec in its canonical form: keys in canonical order and an
// indentation of two spaces. Values, quotes, comments and blank lines are
// preserved. Files that are not specs are returned unchanged. The meaning of
// the result is the same; if that is not possible, the error says why, and the
// file should be left unchanged. A spec that can't be parsed is an error, too.
func Format(path string, src []byte) ([]byte, error) {
	r := ReadSpec(path, src)
	if r.Item == nil {
		for _, d := range r.Diagnostics {
			if d.Rule == ruleMalformed || d.Rule == ruleDuplicateKey {
				return nil, &yamlcore.Error{Line: d.Line, Column: d.Column, Message: d.Message}
			}
		}
		return src, nil
	}
	doc, err := yamledit.Parse(src)
	if err != nil {
		return nil, err
	}
	if err := doc.Arrange(nil, orderOf(r.Root, formatOrder(r.Item))); err != nil {
		return nil, fmt.Errorf("put the keys in order: %w", err)
	}
	tests := yamlcore.Lookup(r.Root, "Tests")
	if tests != nil && tests.Kind == yaml.SequenceNode {
		for i, t := range tests.Content {
			if t = yamlcore.Deref(t); t.Kind != yaml.MappingNode || t.Style&yaml.FlowStyle != 0 || inOrder(t, testKeys) {
				continue
			}
			if err := doc.Arrange(yamledit.Path{"Tests", i}, orderOf(t, testKeys)); err != nil {
				return nil, fmt.Errorf("put the keys of test %d in order: %w", i+1, err)
			}
		}
	}
	return yamledit.Reindent(doc.Bytes())
}

// orderOf returns the keys of a mapping in a given order. Unknown keys stay
// after the key before them.
func orderOf(n *yaml.Node, order []string) []string {
	var named, out []string
	for _, k := range order {
		if yamlcore.Lookup(n, k) != nil {
			named = append(named, k)
		}
	}
	behind := map[string][]string{}
	last := ""
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i].Value
		if slices.Contains(named, k) {
			last = k
		} else {
			behind[last] = append(behind[last], k)
		}
	}
	out = append(out, behind[""]...)
	for _, k := range named {
		out = append(append(out, k), behind[k]...)
	}
	return out
}

func inOrder(n *yaml.Node, order []string) bool {
	for i, k := range orderOf(n, order) {
		if n.Content[2*i].Value != k {
			return false
		}
	}
	return true
}

// formatOrder returns the order of a spec's keys.
func formatOrder(it *Item) []string {
	switch {
	case it.Kind != "":
		return keyOrder(it.Kind)
	case it.Type == TypePack:
		return []string{analysisType, "PackID", "DisplayName", "Description", "PackDefinition"}
	case it.Type == TypeLookupTable, it.Type == TypeScheduledPrompt:
		return []string{analysisType, it.Type.IDKey(), "Enabled", "Description"}
	}
	order := keyOrder(panther.Rule)
	return slices.Insert(slices.Clone(order), slices.Index(order, "DisplayName"), "BaseDetection")
}
