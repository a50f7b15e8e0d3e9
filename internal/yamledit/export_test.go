package yamledit

import "gopkg.in/yaml.v3"

// Span is a stretch of bytes of the text, from Start up to and without End.
type Span struct{ Start, End int }

// Span gives the bytes of the value at a path, and of its key where it is in a
// mapping. What is reached through an alias or a merge has none of its own.
func (d *Doc) Span(p Path) (key, value Span, ok bool) {
	n := d.root
	var in *entry
	for _, s := range p {
		if n == nil {
			return key, value, false
		}
		if in = n.find(s); in == nil {
			return key, value, false
		}
		n = in.value
	}
	if n == nil {
		return key, value, false
	}
	shift := len(d.bom)
	if in != nil && in.key != nil {
		key = Span{in.key.start + shift, in.key.end + shift}
	}
	return key, Span{n.start + shift, n.end + shift}, true
}

// Insert puts a new element into the list at a path, before the element i; i
// may be the list's length.
func (d *Doc) Insert(p Path, i int, v any) error {
	list, err := d.items(p)
	if err != nil {
		return err
	}
	if i < 0 || i > len(list) {
		return &Error{Path: p, Message: "there is no such place in the list"}
	}
	list = append(list[:i], append([]any{Item{-1, v}}, list[i:]...)...)
	return d.Set(p, list)
}

// Move puts the element from of the list at a path, with its comments, where
// the element to is then.
func (d *Doc) Move(p Path, from, to int) error {
	list, err := d.items(p)
	if err != nil {
		return err
	}
	if from < 0 || to < 0 || from >= len(list) || to >= len(list) {
		return &Error{Path: p, Message: "there is no such place in the list"}
	}
	it := list[from]
	list = append(list[:from], list[from+1:]...)
	list = append(list[:to], append([]any{it}, list[to:]...)...)
	return d.Set(p, list)
}

func (d *Doc) items(p Path) ([]any, error) {
	y := d.Node(p)
	if y == nil || y.Kind != yaml.SequenceNode {
		return nil, &Error{Path: p, Message: "there is no such list"}
	}
	out := make([]any, len(y.Content))
	for i := range out {
		out[i] = Item{i, Keep{}}
	}
	return out, nil
}
