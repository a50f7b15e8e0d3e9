package yamledit

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// form is the form in which a value is written.
type form int

const (
	null form = iota // empty
	plain
	single
	double
	literal
	folded
	alias
	flowMap
	flowSeq
	// flowPair is a mapping without braces inside a flow list: [a: b].
	flowPair
	blockMap
	blockSeq
)

// node is a value with its position in the text.
type node struct {
	y    *yaml.Node
	form form
	// start is where the value starts, including its anchor and tag; body is
	// where it starts without them; end is where it ends. A block scalar ends
	// with its last line, before the break (with "+", it includes the blank
	// lines that follow).
	start, body, end int
	// indent is the column of the parent collection, -1 at the top level.
	indent int
	// column is the column of the entries of a block collection.
	column  int
	entries []*entry
	// header is the end of the first line of a block scalar; content is the
	// indentation of its lines.
	header, content int
}

// entry is a key with its value, or an element of a list.
type entry struct {
	key, value *node
	// mark is where the entry starts: its dash, its "?" or its key.
	mark int
	// colon is the position of the ":" or of the dash; -1 if there is none.
	colon int
	// explicit marks an entry written with "?", merge a "<<".
	explicit, merge bool
}

func (n *node) collection() bool { return n.form >= flowMap }
func (n *node) flow() bool       { return n.form >= flowMap && n.form <= flowPair }
func (n *node) mapping() bool {
	return n.form == flowMap || n.form == flowPair || n.form == blockMap
}

// find returns the entry for a step of a path. Merged keys are not found.
func (n *node) find(step any) *entry {
	switch s := step.(type) {
	case string:
		if n.mapping() {
			for _, e := range n.entries {
				if !e.merge && yamlcore.Deref(e.key.y).Value == s {
					return e
				}
			}
		}
	case int:
		if (n.form == flowSeq || n.form == blockSeq) && s >= 0 && s < len(n.entries) {
			return n.entries[s]
		}
	}
	return nil
}

type scanner struct{ text }

// lost returns the error for a value that is not where the parser says.
func lost(y *yaml.Node) error {
	return &Error{Line: y.Line, Column: y.Column, Message: fmt.Sprintf("cannot determine the exact position of the value on line %d; edit it by hand", y.Line)}
}

func (s scanner) root(y *yaml.Node) (*node, error) {
	return s.node(y, 0, -1, false)
}

// node returns the position of a value. at is the earliest position at which it
// can start.
func (s scanner) node(y *yaml.Node, at, indent int, flow bool) (*node, error) {
	n := &node{y: y, indent: indent, start: at, body: at, end: at}
	tagged := y.Style&yaml.TaggedStyle != 0
	empty := y.Kind == yaml.ScalarNode && y.Value == "" && y.Style&^yaml.TaggedStyle == 0
	if empty && y.Anchor == "" && !tagged {
		return n, nil
	}
	n.start = s.offset(y.Line, y.Column)
	if n.start < at || n.start >= len(s.src) {
		return nil, lost(y)
	}
	n.body = n.start
	if y.Kind != yaml.AliasNode && (y.Anchor != "" || tagged) {
		end := s.properties(n.start, flow)
		if empty {
			n.body, n.end = end, end
			return n, nil
		}
		n.body = s.skip(end)
	}
	if n.body >= len(s.src) {
		return nil, lost(y)
	}
	return n, s.content(n, flow)
}

func (s scanner) content(n *node, flow bool) error {
	y := n.y
	switch y.Kind {
	case yaml.AliasNode:
		n.form = alias
		n.end = n.body + 1 + len(y.Value)
		if n.end > len(s.src) || string(s.src[n.body:n.end]) != "*"+y.Value {
			return lost(y)
		}
		return nil
	case yaml.MappingNode, yaml.SequenceNode:
		return s.collection(n)
	case yaml.ScalarNode:
		return s.scalar(n, flow)
	}
	return lost(y)
}

// properties skips anchors and tags.
func (s scanner) properties(at int, flow bool) int {
	end := at
	for at < len(s.src) && (s.src[at] == '&' || s.src[at] == '!') {
		for at < len(s.src) && !isBlankOrBreak(s.src, at) && breakAt(s.src, at) == 0 && (!flow || !strings.ContainsRune(",[]{}", rune(s.src[at]))) {
			at++
		}
		end = at
		at = s.skip(at)
	}
	return end
}

func (s scanner) collection(n *node) error {
	mapping := n.y.Kind == yaml.MappingNode
	c := s.src[n.body]
	switch {
	case mapping && c == '{' && n.y.Style&yaml.FlowStyle != 0:
		n.form = flowMap
	case !mapping && c == '[' && n.y.Style&yaml.FlowStyle != 0:
		n.form = flowSeq
	case mapping && n.y.Style&yaml.FlowStyle != 0:
		n.form = flowPair
	case n.y.Style&yaml.FlowStyle != 0:
		return lost(n.y)
	case mapping:
		n.form = blockMap
	case c == '-':
		n.form = blockSeq
	default:
		return lost(n.y)
	}
	at := n.body
	if n.form == flowMap || n.form == flowSeq {
		at++
	}
	inner := n.indent
	if !n.flow() {
		n.column = s.column(n.body)
		inner = n.column
	}
	var err error
	if mapping {
		at, err = s.pairs(n, at, inner)
	} else {
		at, err = s.items(n, at, inner)
	}
	if err != nil {
		return err
	}
	n.end = at
	if n.form == flowMap || n.form == flowSeq {
		return s.closing(n, at)
	}
	return nil
}

func (s scanner) closing(n *node, at int) error {
	at = s.skip(at)
	if at < len(s.src) && s.src[at] == ',' && len(n.entries) > 0 {
		at = s.skip(at + 1)
	}
	want := byte(']')
	if n.form == flowMap {
		want = '}'
	}
	if at >= len(s.src) || s.src[at] != want {
		return lost(n.y)
	}
	n.end = at + 1
	return nil
}

func (s scanner) items(n *node, at, inner int) (int, error) {
	for i, c := range n.y.Content {
		e := &entry{colon: -1}
		if n.form == blockSeq {
			if i > 0 {
				at = s.skip(at)
			}
			if at >= len(s.src) || s.src[at] != '-' || s.column(at) != n.column {
				return 0, lost(c)
			}
			e.mark, e.colon = at, at
			at++
		}
		v, err := s.node(c, at, inner, n.flow())
		if err != nil {
			return 0, err
		}
		e.value = v
		if n.flow() {
			e.mark = v.start
		}
		n.entries = append(n.entries, e)
		at = v.end
	}
	return at, nil
}

func (s scanner) pairs(n *node, at, inner int) (int, error) {
	for i := 0; i+1 < len(n.y.Content); i += 2 {
		e, next, err := s.pair(n, n.y.Content[i], n.y.Content[i+1], at, inner)
		if err != nil {
			return 0, err
		}
		n.entries = append(n.entries, e)
		at = next
	}
	return at, nil
}

func (s scanner) pair(n *node, key, value *yaml.Node, at, inner int) (*entry, int, error) {
	k, err := s.node(key, at, inner, n.flow())
	if err != nil {
		return nil, 0, err
	}
	if k.form == null || k.collection() {
		return nil, 0, lost(key)
	}
	e := &entry{key: k, mark: k.start, colon: -1, merge: yamlcore.IsMerge(key)}
	if before := s.src[at:k.start]; strings.Contains(stripComments(string(before)), "?") {
		e.explicit = true
		e.mark = at + strings.IndexByte(string(before), '?')
	} else if n.form == blockMap && s.column(k.start) != n.column {
		return nil, 0, lost(key)
	}
	end := k.end
	next := end
	if e.explicit || n.flow() {
		next = s.skip(end)
	} else {
		for next < len(s.src) && (s.src[next] == ' ' || s.src[next] == '\t') {
			next++
		}
	}
	if next < len(s.src) && s.src[next] == ':' {
		e.colon = next
		end = next + 1
	} else if !n.flow() && !e.explicit {
		return nil, 0, lost(key)
	}
	e.value, err = s.node(value, end, inner, n.flow())
	if err != nil {
		return nil, 0, err
	}
	return e, e.value.end, nil
}

// stripComments removes comments from the text between two values.
func stripComments(between string) string {
	lines := strings.Split(between, "\n")
	for i, l := range lines {
		if at := strings.IndexByte(l, '#'); at >= 0 {
			lines[i] = l[:at]
		}
	}
	return strings.Join(lines, "\n")
}
