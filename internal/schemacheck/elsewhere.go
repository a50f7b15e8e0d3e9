package schemacheck

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/pdac-dev/pdac/schemas"
)

// renamed maps keys that Panther does not have to the key that is meant. They
// are not misspelled, and the value may need a change too, so there is no fix.
var renamed = map[string]string{"Prompt": "PromptText", "LookbackWindowMinutes": "LookbackWindowSeconds"}

// family is the plural of the kinds that a person thinks of as one.
var family = map[string]string{
	schemas.Rule: "rules", schemas.SimpleRule: "rules", schemas.DerivedRule: "rules", schemas.ScheduledRule: "rules", schemas.CorrelationRule: "rules",
	schemas.Policy: "policies", schemas.Global: "globals", schemas.DataModel: "data models", schemas.SavedQuery: "queries",
	schemas.ScheduledQuery: "queries", schemas.LookupTable: "lookup tables", schemas.Pack: "packs", schemas.ScheduledPrompt: "scheduled prompts",
}

// owners maps each top-level key to the families of spec that have it, in the
// order of the kinds.
var owners = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for _, kind := range schemas.SpecKinds() {
		text, _ := schemas.Spec(kind)
		var s struct {
			Properties map[string]json.RawMessage `json:"properties"`
		}
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			panic(fmt.Sprintf("schemacheck: the schema of %s: %v", kind, err)) // embedded, and tested
		}
		for k, v := range s.Properties {
			if string(v) != "false" && !slices.Contains(m[k], family[kind]) {
				m[k] = append(m[k], family[kind])
			}
		}
	}
	return m
})

// reads lists the keys that say what a detection reads. Each kind has at most
// one of them.
var reads = []string{"LogTypes", "ScheduledQueries", "ResourceTypes"}

// elsewhere explains a key that is not misspelled but belongs to another kind of
// spec. It returns "" for all others.
func (c *checker) elsewhere(at place, k string) string {
	if len(at.path) > 0 {
		return ""
	}
	legal := at.shape.legal()
	const most = 2
	of := owners()[k]
	if len(of) == 0 || len(of) > most {
		return ""
	}
	if slices.Contains(reads, k) {
		for _, instead := range reads {
			if slices.Contains(legal, instead) {
				return fmt.Sprintf("only %s have %q; a %s has %q", join(of, "and"), k, label(c.kind), instead)
			}
		}
	}
	return fmt.Sprintf("only %s have %q, and it has no effect in a %s; remove it", join(of, "and"), k, label(c.kind))
}
