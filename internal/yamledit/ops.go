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

// Insert inserts an element into the list at a path, before index i, which may
// be the list's length.
func (d *Doc) Insert(p Path, i int, v any) error {
	list, err := d.items(p)
	if err != nil {
		return err
	}
	if i < 0 || i > len(list) {
		return &Error{Path: p, Message: "the list has no such position"}
	}
	list = append(list[:i], append([]any{Item{-1, v}}, list[i:]...)...)
	return d.Set(p, list)
}

// Move moves an element of the list at a path, with its comments, to index to.
func (d *Doc) Move(p Path, from, to int) error {
	list, err := d.items(p)
	if err != nil {
		return err
	}
	if from < 0 || to < 0 || from >= len(list) || to >= len(list) {
		return &Error{Path: p, Message: "the list has no such position"}
	}
	it := list[from]
	list = append(list[:from], list[from+1:]...)
	list = append(list[:to], append([]any{it}, list[to:]...)...)
	return d.Set(p, list)
}

func (d *Doc) items(p Path) ([]any, error) {
	y := d.Node(p)
	if y == nil || y.Kind != yaml.SequenceNode {
		return nil, &Error{Path: p, Message: "list not found"}
	}
	out := make([]any, len(y.Content))
	for i := range out {
		out[i] = Item{i, Keep{}}
	}
	return out, nil
}

// Rename renames a key. Its position and value stay the same.
func (d *Doc) Rename(p Path, name string) error {
	n, in, err := d.at(p)
	if err != nil {
		return err
	}
	if in == nil || in.key == nil || in.key.form == alias || in.key.body > in.key.start {
		return d.fail(p, n, "no key to rename")
	}
	if yamlcore.Lookup(d.Node(p[:len(p)-1]), name) != nil {
		return d.fail(p, n, "the key %q already exists", name)
	}
	e := &editor{Doc: d}
	for i := range p {
		up, _, err := d.at(p[:i])
		if err == nil {
			err = e.unshared(up, p[:i])
		}
		if err != nil {
			return err
		}
	}
	k := in.key
	parent, _, _ := d.at(p[:len(p)-1])
	text := renderer{d.style}.key(name, parent.flow())
	if k.form == single || k.form == double {
		text = keepQuotes(name, k.form)
	}
	e.splice(k.body, k.end, text)
	value := kept{in.value.y}
	moved := p[:len(p)-1].with(name)
	return d.commit(p, e.out, func(was, is *yaml.Node) bool {
		up := at(was, p[:len(p)-1])
		return renamed(up, at(is, p[:len(p)-1]), p[len(p)-1].(string), name) && holds(at(is, moved), value) &&
			proves(was, is, p[:len(p)-1], kept{at(is, p[:len(p)-1])})
	})
}

// renamed reports whether two mappings differ only in the name of one key.
func renamed(a, b *yaml.Node, from, to string) bool {
	if a == nil || b == nil || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if i%2 == 0 && yamlcore.Deref(a.Content[i]).Value == from && yamlcore.Deref(b.Content[i]).Value == to {
			continue
		}
		if !same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

func at(y *yaml.Node, p Path) *yaml.Node { return (&Doc{y: y}).Node(p) }

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
