package schemacheck

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/schemas"
	"gopkg.in/yaml.v3"
)

// label returns the name of a kind of spec.
func label(kind string) string {
	if kind == schemas.DataModel {
		return "data model"
	}
	return strings.ReplaceAll(kind, "_", " ")
}

// entries maps lists to the name of one entry, if there is one.
var entries = map[string]string{"Tests": "test", "Mappings": "mapping", "Mocks": "mock", "Transitions": "transition"}

// name describes a path: `"Log" of test 2`.
func (c *checker) name(p Path) string {
	if len(p) == 0 {
		return "the " + label(c.kind)
	}
	last, before := p[len(p)-1], p[:len(p)-1]
	if !last.InList() {
		out := fmt.Sprintf("%q", last.Key)
		if len(before) > 0 {
			out += " of " + c.name(before)
		}
		return out
	}
	if len(before) == 0 || before[len(before)-1].InList() {
		return fmt.Sprintf("entry %d", last.Index+1)
	}
	list := before[len(before)-1].Key
	out := fmt.Sprintf("entry %d of %q", last.Index+1, list)
	if word := entries[list]; word != "" {
		out = fmt.Sprintf("%s %d", word, last.Index+1)
	}
	if outer := before[:len(before)-1]; len(outer) > 0 {
		out += " of " + c.name(outer)
	}
	return out
}

const longest = 40

// quote returns a scalar as it is written, shortened for a sentence.
func quote(n *yaml.Node) string {
	text := n.Value
	if r := []rune(text); len(r) > longest {
		text = string(r[:longest]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// describe returns a description of a value.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch v, _ := yamlcore.Scalar(n); v.(type) {
	case nil:
		return "an empty value"
	case json.Number:
		return "the number " + n.Value
	case bool:
		return strings.ToLower(n.Value)
	}
	return quote(n)
}

// wanted returns a description of the allowed types.
func wanted(types []string) string {
	words := map[string]string{
		"string": "a string", "integer": "a whole number", "number": "a number",
		"boolean": "true or false", "array": "a list", "object": "a mapping", "null": "an empty value",
	}
	if slices.Contains(types, "string") && slices.Contains(types, "number") {
		return words["string"]
	}
	if slices.Equal(types, stringOrBool) {
		return "a string, true or false"
	}
	out := make([]string, 0, len(types))
	for _, t := range types {
		out = append(out, words[t])
	}
	return orList(out)
}

func orList(words []string) string { return join(words, "or") }

func join(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return out
}
