// Package yamlcore parses YAML as YAML 1.2 core, on top of yaml.v3's nodes.
//
// yaml.v3 resolves scalars by the rules of YAML 1.1 (dates become times, 0777
// becomes 511), allows duplicate keys at node level and accepts alias bombs.
// Panther's content is YAML 1.2 core, so this package uses only the tree and
// the positions of yaml.v3, and resolves every scalar itself.
//
// Values are in the JSON model: nil, bool, json.Number, string, []any and
// map[string]any. All functions are safe for concurrent use.
package yamlcore
