// Package yamlcore reads YAML as YAML 1.2 core, on top of yaml.v3's nodes.
//
// yaml.v3 resolves scalars by the rules of YAML 1.1 (dates become times, 0777
// becomes 511), passes duplicate keys at node level and accepts alias bombs.
// Panther's content is YAML 1.2 core, so this package takes only the tree and
// the positions from yaml.v3, and resolves every scalar itself.
//
// Values are in the JSON model: nil, bool, json.Number, string, []any and
// map[string]any. Everything here is safe for concurrent use.
package yamlcore
