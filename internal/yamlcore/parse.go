package yamlcore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Limits limits the cost of parsing. Zero fields mean the default.
type Limits struct {
	// Depth is the maximum nesting of mappings and lists (200).
	Depth int
	// Nodes is the maximum number of nodes with all aliases expanded
	// (1,000,000). It stops alias bombs.
	Nodes int
}

const (
	defaultDepth = 200
	defaultNodes = 1_000_000
)

func (l Limits) orDefault() Limits {
	if l.Depth == 0 {
		l.Depth = defaultDepth
	}
	if l.Nodes == 0 {
		l.Nodes = defaultNodes
	}
	return l
}

// Document is the first document of a YAML text.
type Document struct {
	// Root is the top-level node, never an alias or a document node. It is nil
	// if the text contains no document.
	Root *yaml.Node
	// More reports whether other documents follow.
	More bool
}

var bom = []byte{0xEF, 0xBB, 0xBF}

// TrimBOM removes a UTF-8 byte-order mark.
func TrimBOM(src []byte) []byte { return bytes.TrimPrefix(src, bom) }

// CheckText checks for bytes that are not UTF-8, and for NUL. The error is an
// *Error with the position.
func CheckText(src []byte) error {
	if bytes.HasPrefix(src, []byte{0xFF, 0xFE}) || bytes.HasPrefix(src, []byte{0xFE, 0xFF}) {
		return &Error{Line: 1, Column: 1, Message: "the file is UTF-16; save it as UTF-8"}
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		l, c := position(src, i)
		return &Error{Line: l, Column: c, Message: "the file contains a NUL byte, so it is not text; save it as UTF-8"}
	}
	if utf8.Valid(src) {
		return nil
	}
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			l, c := position(src, i)
			return &Error{Line: l, Column: c, Message: fmt.Sprintf("byte 0x%02X is not UTF-8; save the file as UTF-8", src[i])}
		}
		i += n
	}
	return nil
}

// Parse parses the first document of src and checks its encoding, syntax,
// duplicate keys, depth and aliases. Every error is an *Error.
func Parse(src []byte, limits Limits) (*Document, error) {
	src = TrimBOM(src)
	if err := CheckText(src); err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(withoutVersion(src)))
	var top yaml.Node
	if err := decode(dec, &top); err != nil {
		if errors.Is(err, io.EOF) {
			return &Document{}, nil
		}
		return nil, explain(src, err)
	}
	doc := &Document{}
	if len(top.Content) > 0 {
		doc.Root = top.Content[0]
	}
	// The parser stops after the first document. Another call shows whether a
	// second one or a syntax error follows.
	var next yaml.Node
	switch err := decode(dec, &next); {
	case err == nil:
		doc.More = true
	case !errors.Is(err, io.EOF):
		return nil, explain(src, err)
	}
	if doc.Root == nil {
		return doc, nil
	}
	c := checker{limits: limits.orDefault(), sizes: map[*yaml.Node]int{}}
	if _, err := c.check(doc.Root, 0); err != nil {
		return nil, err
	}
	return doc, nil
}

// withoutVersion turns a "%YAML 1.2" line into a comment: the parser supports
// only 1.1, and this package always parses 1.2.
func withoutVersion(src []byte) []byte {
	for at := 0; at < len(src); {
		line, _, _ := bytes.Cut(src[at:], []byte("\n"))
		if bytes.HasPrefix(line, []byte("%YAML 1.")) {
			src = bytes.Clone(src)
			src[at] = '#'
			return src
		}
		// Only comments may come before directives.
		if text := bytes.TrimSpace(line); len(text) > 0 && text[0] != '#' && text[0] != '%' {
			return src
		}
		at += len(line) + 1
	}
	return src
}

// decode recovers from a panic in the parser, because a file is untrusted
// input.
func decode(dec *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: the text can't be parsed: %v", p)
		}
	}()
	return dec.Decode(into)
}

type checker struct {
	limits Limits
	// sizes caches the expanded size of anchored nodes; -1 while it is being
	// computed.
	sizes map[*yaml.Node]int
}

// check walks a node and returns its number of nodes with aliases expanded.
func (c *checker) check(n *yaml.Node, depth int) (int, error) {
	if depth > c.limits.Depth {
		return 0, at(n, "values are nested more than %d levels deep", c.limits.Depth)
	}
	if n.Kind == yaml.AliasNode {
		size, seen := c.sizes[n.Alias]
		if size < 0 {
			return 0, at(n, "the alias %q is inside the value it refers to", "*"+n.Value)
		}
		if !seen {
			return c.check(n.Alias, depth)
		}
		return size, nil
	}
	if n.Anchor != "" {
		c.sizes[n] = -1
	}
	size := 1
	for _, child := range n.Content {
		s, err := c.check(child, depth+1)
		if err != nil {
			return 0, err
		}
		if size += s; size > c.limits.Nodes {
			return 0, at(n, "the value has more than %d nodes when its aliases are expanded", c.limits.Nodes)
		}
	}
	if n.Anchor != "" {
		c.sizes[n] = size
	}
	if n.Kind == yaml.MappingNode {
		return size, uniqueKeys(n)
	}
	if n.Kind == yaml.ScalarNode {
		_, err := Scalar(n)
		return size, err
	}
	return size, nil
}

// uniqueKeys compares keys as in Panther's JSON: 1 and "1" are duplicates.
func uniqueKeys(n *yaml.Node) error {
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if IsMerge(k) {
			if err := mergeable(k, n.Content[i+1]); err != nil {
				return err
			}
			continue
		}
		name, err := keyText(k)
		if err != nil {
			return err
		}
		if first, ok := seen[name]; ok {
			fault := at(k, "duplicate key %q; the first is on line %d, column %d; keep one", name, first.Line, first.Column)
			fault.DuplicateKey = true
			return fault
		}
		seen[name] = k
	}
	return nil
}

func at(n *yaml.Node, format string, args ...any) *Error {
	return &Error{Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...)}
}
