package schemacheck

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/xeipuuv/gojsonschema"
	"gopkg.in/yaml.v3"
)

// compiled is a compiled schema.
type compiled struct {
	kind   string
	schema *gojsonschema.Schema
	top    *shape
}

// all compiles each schema on first use.
var all = sync.OnceValue(func() map[string]func() *compiled {
	m := map[string]func() *compiled{}
	for _, kind := range schemas.SpecKinds() {
		m[kind] = sync.OnceValue(func() *compiled {
			c, err := compile(kind)
			if err != nil {
				panic(fmt.Sprintf("schemacheck: the schema of %s: %v", kind, err)) // embedded, and tested
			}
			return c
		})
	}
	return m
})

func compile(kind string) (*compiled, error) {
	text, _ := schemas.Spec(kind)
	m, err := plainSchema(text)
	if err != nil {
		return nil, err
	}
	defs, _ := m["definitions"].(map[string]any)
	top, err := (&shapes{defs: defs, memo: map[string]*shape{}}).read(m)
	if err != nil {
		return nil, err
	}
	withoutUnique(m)
	l := gojsonschema.NewSchemaLoader()
	l.Draft, l.AutoDetect = gojsonschema.Draft7, false
	s, err := l.Compile(gojsonschema.NewGoLoader(m))
	if err != nil {
		return nil, err
	}
	return &compiled{kind: kind, schema: s, top: top}, nil
}

// SpecKind returns the schema for a spec, from its AnalysisType and, for rules,
// from the key with the logic. It returns false if the AnalysisType is missing
// or unknown.
func SpecKind(root *yaml.Node) (string, bool) {
	t := yamlcore.Lookup(root, "AnalysisType")
	if t == nil || t.Kind != yaml.ScalarNode {
		return "", false
	}
	kind := t.Value
	if kind == schemas.Rule {
		switch {
		case there(root, "BaseDetection"):
			kind = schemas.DerivedRule
		case there(root, "Detection"):
			kind = schemas.SimpleRule
		}
	} else if kind == schemas.SimpleRule || kind == schemas.DerivedRule {
		return "", false // not values of AnalysisType
	}
	return kind, slices.Contains(schemas.SpecKinds(), kind)
}

func there(n *yaml.Node, k string) bool { return valued(yamlcore.Lookup(n, k)) }

func valued(n *yaml.Node) bool { return n != nil && !isNull(n) }

func isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	v, err := yamlcore.Scalar(n)
	return err == nil && v == nil
}

// Check validates a spec's top-level mapping with the schema of its kind (see
// SpecKind) and returns the problems in file order. It returns none for an
// unknown kind or a node that is not a mapping.
func Check(kind string, root *yaml.Node) []Problem {
	load := all()[kind]
	root = yamlcore.Deref(root)
	if load == nil || root == nil || root.Kind != yaml.MappingNode {
		return nil
	}
	c := &checker{
		compiled: load(), root: root,
		keys: map[*yaml.Node]map[string]yamlcore.Pair{}, entries: map[*yaml.Node][]int{}, emptiedAt: map[meantKey]int{},
	}
	doc := converter{c}.value(root, c.top, make(Path, 0, 16))
	result, err := c.schema.Validate(gojsonschema.NewRawLoader(doc))
	if err == nil && !result.Valid() {
		c.explain(result.Errors())
	}
	c.leftovers()
	slices.SortStableFunc(c.problems, compare)
	return slices.CompactFunc(c.problems, func(a, b Problem) bool {
		return a.Node == b.Node && a.Kind == b.Kind && a.Message == b.Message
	})
}

type checker struct {
	*compiled
	root     *yaml.Node
	problems []Problem
	// emptied lists keys without a value, which the schema does not see.
	emptied []emptied
	// meant contains the keys that misspelled keys stand for, by mapping.
	meant map[meantKey]bool
	// keys and entries are of the mappings and lists seen so far; see step.
	keys    map[*yaml.Node]map[string]yamlcore.Pair
	entries map[*yaml.Node][]int
	// emptiedAt finds what is emptied.
	emptiedAt map[meantKey]int
}

type emptied struct {
	in   *yaml.Node
	key  *yaml.Node
	path Path
	told bool
}

type meantKey struct {
	in  *yaml.Node
	key string
}

// place is the location of a schema error.
type place struct {
	path   Path
	key    *yaml.Node // nil at the top level and in lists
	node   *yaml.Node
	shape  *shape
	parent *yaml.Node
}

// pointAt returns the value, or the key if the value is a block.
func (p place) pointAt() *yaml.Node {
	if p.key != nil && p.node.Kind != yaml.ScalarNode {
		return p.key
	}
	return p.node
}

// separator separates the steps of a gojsonschema context.
const separator = "\x00\x1f\x00"

// locate resolves a context of gojsonschema to a place. If a key is missing, it
// returns the place before it.
func (c *checker) locate(ctx *gojsonschema.JsonContext) place {
	at := place{node: c.root, shape: c.top}
	steps := strings.Split(ctx.String(separator), separator)
	for _, s := range steps[1:] { // the first is the name of the root
		next, ok := c.step(at, s)
		if !ok {
			break
		}
		at = next
	}
	return at
}

func (c *checker) step(p place, s string) (place, bool) {
	switch p.node.Kind {
	case yaml.MappingNode:
		if pair, ok := c.keysOf(p.node)[s]; ok {
			return place{p.path.to(key(s)), pair.Key, pair.Value, p.shape.child(s), p.node}, true
		}
	case yaml.SequenceNode:
		i, err := strconv.Atoi(s)
		if err != nil || p.shape == nil {
			return p, false
		}
		if list := c.entriesOf(p); i >= 0 && i < len(list) {
			at := list[i]
			return place{p.path.to(index(at)), nil, yamlcore.Deref(p.node.Content[at]), p.shape.items, p.node}, true
		}
	}
	return p, false
}

// keysOf returns the pairs of a mapping by key. It is computed once per mapping,
// because a spec may have thousands of problems.
func (c *checker) keysOf(n *yaml.Node) map[string]yamlcore.Pair {
	n = yamlcore.Deref(n)
	if m, ok := c.keys[n]; ok {
		return m
	}
	m := map[string]yamlcore.Pair{}
	if pairs, err := yamlcore.Pairs(n); err == nil {
		for _, pair := range slices.Backward(pairs) { // the first one counts
			m[pair.Key.Value] = pair
		}
	}
	c.keys[n] = m
	return m
}

// entriesOf returns the indexes of the entries of a list that were validated;
// those without a value were dropped.
func (c *checker) entriesOf(p place) []int {
	if list, ok := c.entries[p.node]; ok {
		return list
	}
	list := make([]int, 0, len(p.node.Content))
	for at, n := range p.node.Content {
		if !isNull(yamlcore.Deref(n)) || p.shape.items.nullable() {
			list = append(list, at)
		}
	}
	c.entries[p.node] = list
	return list
}

func (c *checker) add(p Problem) { c.problems = append(c.problems, p) }

func (c *checker) empty(in *yaml.Node, p yamlcore.Pair, at Path) {
	c.emptiedAt[meantKey{in, p.Key.Value}] = len(c.emptied)
	c.emptied = append(c.emptied, emptied{in: in, key: p.Key, path: slices.Clone(at)})
}

// wasEmptied returns a key without a value, and marks it as reported.
func (c *checker) wasEmptied(in *yaml.Node, k string) *yaml.Node {
	i, ok := c.emptiedAt[meantKey{in, k}]
	if !ok {
		return nil
	}
	c.emptied[i].told = true
	return c.emptied[i].key
}

// leftovers reports the remaining keys without a value, which are not required.
func (c *checker) leftovers() {
	for _, e := range c.emptied {
		if !e.told {
			c.add(Problem{
				Kind: NoValue, Path: e.path, Node: e.key,
				Message: fmt.Sprintf("%s has no value", c.name(e.path)),
				Hint:    "add a value or remove the key; a key without a value counts as missing",
			})
		}
	}
}

func (c *checker) emptyEntry(n *yaml.Node, at Path) {
	c.add(Problem{
		Kind: NoValue, Path: slices.Clone(at), Node: n,
		Message: fmt.Sprintf("%s is empty", c.name(at)),
		Hint:    "add a value after the \"-\", or remove the entry",
	})
}

// duplicates reports duplicates in a list whose order does not matter. Tags are
// case-insensitive (source: Panther's documentation).
func (c *checker) duplicates(list *yaml.Node, at Path) {
	fold := at.Match("Tags")
	first := make(map[string]*yaml.Node, len(list.Content))
	for i, entry := range list.Content {
		// The position of an alias is where it is used, not that of its value.
		n := yamlcore.Deref(entry)
		if n.Kind != yaml.ScalarNode || isNull(n) {
			continue
		}
		word := n.Value
		if fold {
			word = strings.ToLower(word)
		}
		before, twice := first[word]
		if !twice {
			first[word] = n
			continue
		}
		message := fmt.Sprintf("%s is listed twice in %s", quote(n), c.name(at))
		if before.Value != n.Value {
			message = fmt.Sprintf("%s is the same tag as %s on line %d; tags are case-insensitive", quote(n), quote(before), before.Line)
		}
		c.add(Problem{
			Kind: Duplicate, Path: append(slices.Clone(at), index(i)), Node: entry, First: before, Message: message,
			Hint: fmt.Sprintf("the first is on line %d; remove one", before.Line), Fix: &Fix{Op: RemoveEntry},
		})
	}
}
