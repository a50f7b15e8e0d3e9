package sandbox

import (
	"encoding/json"
	"slices"

	"gopkg.in/yaml.v3"
)

// references returns the ids of the rules that a correlation rule names, sorted, as JSON. Panther derives them from the
// detection.
func references(entity []byte) []byte {
	var stored struct{ Detection string }
	ids := []string{}
	var doc yaml.Node
	if json.Unmarshal(entity, &stored) == nil && yaml.Unmarshal([]byte(stored.Detection), &doc) == nil {
		ids = ruleIDs(&doc, ids)
	}
	slices.Sort(ids)
	out, _ := json.Marshal(slices.Compact(ids)) // strings always encode
	return out
}

// ruleIDs appends the values of RuleID at any depth. It does not follow aliases, so hostile text costs no more than its
// size.
func ruleIDs(n *yaml.Node, ids []string) []string {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "RuleID" && c.Kind == yaml.ScalarNode {
			ids = append(ids, c.Value)
		}
		ids = ruleIDs(c, ids)
	}
	return ids
}
