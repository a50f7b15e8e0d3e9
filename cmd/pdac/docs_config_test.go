package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo/config"
	"gopkg.in/yaml.v3"
)

// A configKey is what the schema of pdac.yaml says about one key.
type configKey struct {
	Ref         string      `json:"$ref"`
	Type        any         `json:"type"`
	Const       any         `json:"const"`
	Enum        []string    `json:"enum"`
	Items       *configKey  `json:"items"`
	OneOf       []configKey `json:"oneOf"`
	AllOf       []configKey `json:"allOf"`
	Properties  orderedKeys `json:"properties"`
	Values      *configKey  `json:"additionalProperties"`
	Not         struct{ Required []string }
	Description string                `json:"description"`
	Default     json.RawMessage       `json:"default"`
	Examples    []any                 `json:"examples"`
	Definitions map[string]*configKey `json:"definitions"`
}

// UnmarshalJSON also takes the schemas true and false.
func (k *configKey) UnmarshalJSON(src []byte) error {
	if src[0] != '{' {
		return nil
	}
	type plain configKey
	return json.Unmarshal(src, (*plain)(k))
}

// orderedKeys are properties in the order of the file.
type orderedKeys []namedKey

type namedKey struct {
	name string
	key  *configKey
}

// UnmarshalJSON reads an object in its order.
func (o *orderedKeys) UnmarshalJSON(src []byte) error {
	d := json.NewDecoder(strings.NewReader(string(src)))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		k := &configKey{}
		if err := d.Decode(k); err != nil {
			return err
		}
		*o = append(*o, namedKey{name.(string), k})
	}
	return nil
}

// configurationPage writes the reference of pdac.yaml as Markdown. It fails for
// a key without description or example, and for an example that pdac refuses.
func configurationPage(schema string) (string, error) {
	var root configKey
	if err := json.Unmarshal([]byte(schema), &root); err != nil {
		return "", err
	}
	w := &configWriter{definitions: root.Definitions}
	w.printf("<!-- Generated from schemas/pdac.schema.json by \"make docs\"; changes made here are lost. -->\n\n# pdac.yaml\n\n" +
		"`pdac.yaml` is in the root of the repository and is optional. An unknown key is an error. `pdac schemas export DIR` writes its\n" +
		"JSON Schema for your editor; [lint.md](lint.md#in-your-editor) shows how to use it. Flags take precedence over this file.\n")
	for _, section := range root.Properties {
		if err := w.section(section); err != nil {
			return "", err
		}
	}
	return w.b.String(), nil
}

type configWriter struct {
	b           strings.Builder
	definitions map[string]*configKey
}

func (w *configWriter) printf(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

// section writes one key of the top level, with a table of what is below it and
// an example.
func (w *configWriter) section(s namedKey) error {
	w.printf("\n## %s\n\n%s\n", s.name, s.key.Description)
	example := map[string]any{"version": 1}
	if len(s.key.Properties) == 0 {
		example[s.name] = s.key.Examples[0]
	} else {
		w.printf("\n| key | type | default | description |\n|---|---|---|---|\n")
		v, err := w.rows(s.name, s.key)
		if err != nil {
			return err
		}
		example[s.name] = v
	}
	src, err := exampleYAML(example, s)
	if err != nil {
		return err
	}
	var cfg config.Config
	if err := yaml.Unmarshal(src, &cfg); err != nil {
		return fmt.Errorf("the example of %s: %w\n%s", s.name, err, src)
	}
	w.printf("\n```yaml\n%s```\n", src)
	return nil
}

// rows writes a row for each key below one, and returns their examples.
func (w *configWriter) rows(path string, parent *configKey) (map[string]any, error) {
	examples := map[string]any{}
	for _, p := range parent.Properties {
		k, path := w.resolve(p.key), path+"."+p.name
		if len(k.Properties) > 0 {
			v, err := w.rows(path, k)
			if err != nil {
				return nil, err
			}
			examples[p.name] = v
			continue
		}
		if k.Description == "" || len(k.Examples) == 0 {
			return nil, fmt.Errorf("%s has no description or no example in schemas/pdac.schema.json", path)
		}
		text, def := k.Description, string(k.Default)
		if before, after, ok := strings.Cut(text, " Default: "); ok {
			text, def = before, strings.TrimSuffix(after, ".")
		} else if def != "" {
			def = "`" + strings.Trim(def, `"`) + "`"
		}
		w.printf("| `%s` | %s | %s | %s |\n", path, w.typeOf(k), def, escapeMarkdown(text))
		examples[p.name] = k.Examples[0]
	}
	for i, name := range parent.Not.Required {
		if i > 0 {
			delete(examples, name) // it can't be combined with the first
		}
	}
	return examples, nil
}

// resolve follows references and joins what allOf lists.
func (w *configWriter) resolve(k *configKey) *configKey {
	target := k
	if k.Ref != "" {
		target = w.definitions[strings.TrimPrefix(k.Ref, "#/definitions/")]
	} else if len(k.AllOf) > 0 {
		target = w.resolve(&k.AllOf[0])
	}
	if target == k {
		return k
	}
	out := *target
	if k.Description != "" {
		out.Description = k.Description
	}
	if len(k.Default) > 0 {
		out.Default = k.Default
	}
	if len(k.Examples) > 0 {
		out.Examples = k.Examples
	}
	return &out
}

// typeOf names a type in a word or two.
func (w *configWriter) typeOf(k *configKey) string {
	k = w.resolve(k)
	if len(k.Enum) > 0 {
		return "`" + strings.Join(k.Enum, "`, `") + "`"
	}
	if len(k.OneOf) > 0 {
		var names []string
		for _, o := range k.OneOf {
			names = append(names, w.typeOf(&o))
		}
		return strings.Join(names, " or ")
	}
	name, _ := k.Type.(string)
	if list, ok := k.Type.([]any); ok {
		for _, t := range list {
			if t != "null" {
				name = t.(string)
			}
		}
	}
	switch name {
	case "array":
		return "list of " + strings.ReplaceAll(w.typeOf(k.Items), " or ", "s or ") + "s"
	case "object":
		return "mapping"
	}
	return name
}

// exampleYAML writes an example with the keys in the order of the schema.
func exampleYAML(example map[string]any, s namedKey) ([]byte, error) {
	var doc yaml.Node
	if err := doc.Encode(whole(example)); err != nil {
		return nil, err
	}
	order := append([]string{"version", s.name}, namesOf(s.key)...)
	sortNode(&doc, order)
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	err := e.Encode(&doc)
	return []byte(b.String()), err
}

// whole turns the numbers of JSON that have no fraction into integers.
func whole(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) {
			return int64(v)
		}
	case map[string]any:
		for key := range v {
			v[key] = whole(v[key])
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	}
	return v
}

func namesOf(k *configKey) []string {
	var out []string
	for _, p := range k.Properties {
		out = append(append(out, p.name), namesOf(p.key)...)
	}
	return out
}

// sortNode puts the keys of mappings into an order, and writes short lists of
// scalars on one line.
func sortNode(n *yaml.Node, order []string) {
	if n.Kind == yaml.MappingNode {
		var pairs [][2]*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			pairs = append(pairs, [2]*yaml.Node{n.Content[i], n.Content[i+1]})
		}
		slices.SortStableFunc(pairs, func(a, b [2]*yaml.Node) int {
			return slices.Index(order, a[0].Value) - slices.Index(order, b[0].Value)
		})
		n.Content = nil
		for _, p := range pairs {
			n.Content = append(n.Content, p[0], p[1])
		}
	}
	scalars := !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Kind != yaml.ScalarNode })
	if n.Kind == yaml.SequenceNode && scalars {
		n.Style = yaml.FlowStyle
	}
	for _, c := range n.Content {
		sortNode(c, order)
	}
}
