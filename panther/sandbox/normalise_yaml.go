package sandbox

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// reformatYAML rewrites YAML text in a different layout: block style, four spaces per level, keys in reverse order,
// other quotes, no comments. Scalars keep their text. Plain scalars stay plain unless every YAML parser reads them as
// strings, so that "yes", 0644, 1:30 and 1e3 keep their meaning. If that can't be proved, the text is returned
// unchanged.
func reformatYAML(text string) string {
	doc, err := parseOneDocument(text)
	if err != nil {
		return text
	}
	before, simple := meaning(doc)
	if !simple {
		return text
	}
	restyle(doc)
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(4)
	if e.Encode(doc) != nil || e.Close() != nil {
		return text
	}
	again, err := parseOneDocument(b.String())
	if err != nil {
		return text
	}
	if after, simple := meaning(again); !simple || after != before {
		return text
	}
	return b.String()
}

func parseOneDocument(text string) (*yaml.Node, error) {
	d := yaml.NewDecoder(strings.NewReader(text))
	var doc yaml.Node
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if err := d.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	return &doc, nil
}

// meaning returns a string for the meaning of a node under YAML 1.2's core schema; equivalent texts get equal strings.
// It fails on what reformatting might break: anchors, tags, merges, and keys that are duplicates or not scalars.
func meaning(n *yaml.Node) (string, bool) {
	var b strings.Builder
	simple := writeMeaning(&b, n, 0)
	return b.String(), simple
}

func writeMeaning(b *strings.Builder, n *yaml.Node, depth int) bool {
	// Because of the indentation, deep text grows with the square of its depth.
	const deepest = 64
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 || depth > deepest {
		return false
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return len(n.Content) == 1 && writeMeaning(b, n.Content[0], depth)
	case yaml.ScalarNode:
		writeScalar(b, n)
		return true
	case yaml.SequenceNode:
		b.WriteByte('[')
		for _, item := range n.Content {
			if !writeMeaning(b, item, depth+1) {
				return false
			}
			b.WriteByte(',')
		}
		b.WriteByte(']')
		return true
	case yaml.MappingNode:
		return writePairs(b, n, depth)
	default:
		return false
	}
}

func writePairs(b *strings.Builder, n *yaml.Node, depth int) bool {
	pairs := make([]string, 0, len(n.Content)/2)
	keys := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.Value == "<<" && isPlain(key) {
			return false
		}
		var k, v strings.Builder
		writeScalar(&k, key)
		if key.Anchor != "" || keys[k.String()] || !writeMeaning(&v, n.Content[i+1], depth+1) {
			return false
		}
		keys[k.String()] = true
		pairs = append(pairs, k.String()+":"+v.String())
	}
	slices.Sort(pairs)
	b.WriteByte('{')
	for _, pair := range pairs {
		b.WriteString(pair)
		b.WriteByte(',')
	}
	b.WriteByte('}')
	return true
}

func writeScalar(b *strings.Builder, n *yaml.Node) {
	if isPlain(n) && !alwaysText.MatchString(n.Value) {
		b.WriteByte('=') // its type depends on its text, so the text must stay
	} else {
		b.WriteByte('"')
	}
	// The length prevents two different nodes from being written the same.
	b.WriteString(strconv.Itoa(len(n.Value)))
	b.WriteByte('.')
	b.WriteString(n.Value)
}

func isPlain(n *yaml.Node) bool {
	return n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

// alwaysText matches plain scalars that every YAML parser, old or new, reads as strings: words that are not names for
// booleans, nulls or special numbers, which are all short.
var alwaysText = lazyregexp.New(`^[A-Za-z][A-Za-z_]{5,}$`)

// restyle changes the style of a node, not its meaning.
func restyle(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	switch n.Kind {
	case yaml.ScalarNode:
		switch {
		case isPlain(n) && !alwaysText.MatchString(n.Value):
		case strings.Contains(n.Value, "\n"):
			n.Style = yaml.DoubleQuotedStyle
		default:
			n.Style = yaml.SingleQuotedStyle
		}
		return
	case yaml.MappingNode:
		n.Style = 0
		sortPairs(n)
	case yaml.SequenceNode:
		n.Style = 0
	}
	for _, child := range n.Content {
		restyle(child)
	}
}

func sortPairs(n *yaml.Node) {
	type pair struct{ key, value *yaml.Node }
	pairs := make([]pair, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		pairs = append(pairs, pair{n.Content[i], n.Content[i+1]})
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return strings.Compare(b.key.Value, a.key.Value) })
	for i, p := range pairs {
		n.Content[2*i], n.Content[2*i+1] = p.key, p.value
	}
}
