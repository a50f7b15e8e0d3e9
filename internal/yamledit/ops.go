package yamledit

import (
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// Delete deletes a key of a mapping, or an element of a list.
func (d *Doc) Delete(p Path) error {
	if len(p) == 0 || d.root == nil {
		return &Error{Path: p, Message: "nothing to delete"}
	}
	parent := p[:len(p)-1]
	in := d.Node(parent)
	if d.Node(p) == nil {
		return &Error{Path: p, Message: "nothing to delete"}
	}
	if i, isIndex := p[len(p)-1].(int); isIndex {
		list := make([]any, 0, len(in.Content)-1)
		for j := range in.Content {
			if j != i {
				list = append(list, Item{j, Keep{}})
			}
		}
		return d.Set(parent, list)
	}
	key, _ := p[len(p)-1].(string)
	ps, err := yamlcore.Pairs(in)
	if err != nil {
		return &Error{Path: p, Message: err.Error()}
	}
	want := Map{}
	for _, pr := range ps {
		if pr.Key.Value != key {
			want = append(want, KeyValue{pr.Key.Value, kept{pr.Value}})
		}
	}
	return d.try(p, func(e *editor) error { return e.set(d.root, nil, nil, parent, 0, want) },
		func(was, is *yaml.Node) bool { return proves(was, is, p, absent{}) })
}

// at returns a value of the text itself, not one behind an alias or a merge.
func (d *Doc) at(p Path) (*node, *entry, error) {
	n := d.root
	var in *entry
	for i, s := range p {
		if n != nil {
			in = n.find(s)
		}
		if n == nil || in == nil {
			return nil, nil, &Error{Path: p[:i+1], Message: "value not found"}
		}
		n = in.value
	}
	return n, in, nil
}

// Arrange sorts the keys of the mapping at a path, with their comments, in the
// given order. Keys that are not named keep their order and come last.
func (d *Doc) Arrange(p Path, order []string) error {
	n, in, err := d.at(p)
	if err != nil {
		return err
	}
	if n == nil || !n.mapping() {
		return d.fail(p, n, "mapping not found")
	}
	if err := (&editor{Doc: d}).unshared(n, p); err != nil {
		return err
	}
	var want []int
	named := map[int]bool{}
	for _, k := range order {
		for i, en := range n.entries {
			if !en.merge && yamlcore.Deref(en.key.y).Value == k && !named[i] {
				want, named[i] = append(want, i), true
			}
		}
	}
	for i := range n.entries {
		if !named[i] {
			want = append(want, i)
		}
	}
	steps := make([]step, len(want))
	stays := increasing(want)
	for i, f := range want {
		if steps[i] = moved(f); stays[i] {
			steps[i] = stay(f)
		}
	}
	var parent *node
	if len(p) > 0 {
		parent, _, _ = d.at(p[:len(p)-1])
	}
	keys := make([]*yaml.Node, 0, 2*len(want))
	for _, i := range want {
		keys = append(keys, n.y.Content[2*i], n.y.Content[2*i+1])
	}
	whole := kept{&yaml.Node{Kind: yaml.MappingNode, Content: keys}}
	return d.try(p, func(e *editor) error { return e.arrange(n, in, parent, steps, p) },
		func(was, is *yaml.Node) bool { return proves(was, is, p, whole) })
}
