package lint

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/pdac-dev/pdac/internal/attack"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// mitreKey is the key under Reports that Panther's matrix reads (source:
// Panther's documentation).
const mitreKey = "MITRE ATT&CK"

// mitreEntry is one mapping of a spec. Mapping is set when the text has the form.
type mitreEntry struct {
	node    *yaml.Node
	pointer string
	mapping attack.Mapping
	ok      bool
}

// mitreEntries returns what a spec says under Reports about ATT&CK.
func mitreEntries(p *SpecPass) []mitreEntry {
	return Once(p, "mitre", func(p *SpecPass) []mitreEntry {
		list := p.Value("Reports", mitreKey)
		if list == nil || list.Kind != yaml.SequenceNode {
			return nil
		}
		var out []mitreEntry
		for i, n := range list.Content {
			if n = yamlcore.Deref(n); n.Kind != yaml.ScalarNode || n.Value == "" {
				continue
			}
			m, err := attack.ParseMapping(n.Value)
			out = append(out, mitreEntry{node: n, pointer: fmt.Sprintf("/Reports/%s/%d", mitreKey, i), mapping: m, ok: err == nil})
		}
		return out
	})
}

// mitreLike reports whether a key means mitreKey, and is written otherwise.
func mitreLike(key string) bool {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, key)
	return key != mitreKey && (letters == "mitreattck" || letters == "mitreattack" || letters == "mitre" || letters == "attck" || letters == "mitreattandck")
}

// tacticNames lists tactics by id and name.
func tacticNames(ids []string) string {
	var out []string
	for _, id := range ids {
		t, _ := attack.TacticByID(id)
		out = append(out, t.ID+" ("+t.Name+")")
	}
	return strings.Join(out, ", ")
}
