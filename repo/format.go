package repo

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"gopkg.in/yaml.v3"
)

// Format returns a spec in its canonical form: keys in the conventional order and
// an indentation of two spaces. Values, quotes, comments and blank lines are
// preserved, and the meaning of the result is the same. What can't be arranged is
// left as it is, such as a mapping with aliases or with a key after a "?". Files
// that are not specs are returned unchanged. A spec that can't be parsed is an
// error.
func Format(path string, src []byte) ([]byte, error) {
	r := ReadSpec(path, src)
	if r.Item == nil {
		for _, d := range r.Diagnostics {
			if d.Rule == ruleMalformed || d.Rule == ruleDuplicateKey {
				return nil, &yamlcore.Error{Line: d.Line, Column: d.Column, Message: d.Message}
			}
		}
		return src, nil
	}
	doc, err := yamledit.Parse(src)
	if err != nil {
		return nil, err
	}
	arrange(doc, nil, r.Root, orderOf(r.Item))
	if tests := yamlcore.Lookup(r.Root, "Tests"); tests != nil && tests.Kind == yaml.SequenceNode {
		for i, t := range tests.Content {
			if t.Kind == yaml.MappingNode && t.Style&yaml.FlowStyle == 0 {
				arrange(doc, yamledit.Path{"Tests", i}, t, testOrder)
			}
		}
	}
	out, err := yamledit.Reindent(doc.Bytes())
	if err != nil {
		return doc.Bytes(), nil
	}
	return out, nil
}

// arrange puts the keys of a mapping in order, unless that is not possible.
func arrange(doc *yamledit.Doc, at yamledit.Path, n *yaml.Node, o order) {
	var keys []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		if yamlcore.IsMerge(n.Content[i]) || n.Content[i].Kind != yaml.ScalarNode {
			return
		}
		keys = append(keys, n.Content[i].Value)
	}
	if want := o.arrange(keys); !slices.Equal(keys, want) {
		// A refused edit changes nothing.
		_ = doc.Arrange(at, want)
	}
}
