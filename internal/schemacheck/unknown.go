package schemacheck

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/xeipuuv/gojsonschema"
	"gopkg.in/yaml.v3"
)

func (c *checker) unknownKeys(errs []gojsonschema.ResultError) {
	type found struct {
		at  place
		key *yaml.Node
	}
	var all []found
	for _, e := range errs {
		if e, ok := e.(*gojsonschema.AdditionalPropertyNotAllowedError); ok {
			at := c.locate(e.Context())
			k, _ := e.Details()["property"].(string)
			if inner, ok := c.step(at, k); ok {
				all = append(all, found{at, inner.key})
			}
		}
	}
	// The library's order is random, and of two keys that may mean the same
	// one, the first in the file should get it.
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(a.key.Line-b.key.Line, a.key.Column-b.key.Column) })
	for _, f := range all {
		c.unknown(f.at, f.key)
	}
}

// candidates returns the keys that a misspelled key may stand for: valid keys
// that are not set.
func (c *checker) candidates(at place) []string {
	out := at.shape.legal()
	if c.kind == schemas.Rule && len(at.path) == 0 && !valued(c.keysOf(c.root)["Filename"].Value) {
		out = append(out, "Detection", "BaseDetection")
	}
	set := c.keysOf(at.node)
	return slices.DeleteFunc(out, func(k string) bool { return set[k].Value != nil })
}

func (c *checker) unknown(at place, k *yaml.Node) {
	legal := at.shape.legal()
	p := Problem{Kind: UnknownKey, Path: at.path.to(key(k.Value)), Node: k, Message: fmt.Sprintf("unknown key %s", quote(k))}
	if len(at.path) > 0 {
		p.Message += " in " + c.name(at.path)
	}
	free := c.candidates(at)
	if to := renamed[k.Value]; slices.Contains(free, to) {
		p.Hint = fmt.Sprintf("use %q", to)
		c.mean(at.node, to)
	} else if hint := c.elsewhere(at, k.Value); hint != "" {
		p.Hint = hint
	} else if w, ok := suggest.Nearest(k.Value, free); ok {
		p.Hint = fmt.Sprintf("did you mean %q?", w)
		if c.mean(at.node, w) && oneEdit(k.Value, w) {
			p.Fix = &Fix{Op: RenameKey, Text: w}
		}
	} else if w, ok := suggest.Nearest(k.Value, legal); ok && oneEdit(w, k.Value) {
		p.Hint = fmt.Sprintf("it looks like %q, which is already set; remove this one", w)
	} else if len(at.path) == 0 {
		p.Hint = fmt.Sprintf("the keys of a %s are %s", label(c.kind), join(legal, "and"))
	} else {
		p.Hint = fmt.Sprintf("the keys are %s", join(legal, "and"))
	}
	c.add(p)
}

// near reports a key that looks misspelled in a mapping that allows any key.
func (c *checker) near(in *yaml.Node, s *shape, k *yaml.Node, path Path) {
	at := place{node: in, shape: s, path: path[:len(path)-1]}
	if w, ok := suggest.Nearest(k.Value, c.candidates(at)); ok && oneEdit(k.Value, w) {
		at.path = slices.Clone(at.path)
		c.unknown(at, k)
	}
}

func oneEdit(a, b string) bool {
	return levenshtein.ComputeDistance(strings.ToLower(a), strings.ToLower(b)) <= 1
}

// mean records that a misspelled key stands for another, and reports whether it
// is the first to do so.
func (c *checker) mean(in *yaml.Node, k string) bool {
	m := meantKey{in, k}
	if c.meant[m] {
		return false
	}
	if c.meant == nil {
		c.meant = map[meantKey]bool{}
	}
	c.meant[m] = true
	return true
}

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
