package yamlcore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Limits bound what a text may cost. Zero fields mean the default.
type Limits struct {
	// Depth is how many mappings and lists may stand inside one another (200).
	Depth int
	// Nodes is how many nodes a document may have once every alias is written
	// out (1,000,000); it stops alias bombs.
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
	// Root is the top node, never an alias or a document node; nil when the
	// text holds no document.
	Root *yaml.Node
	// More tells that other documents follow.
	More bool
}

var bom = []byte{0xEF, 0xBB, 0xBF}

// TrimBOM takes a UTF-8 byte-order mark off the front.
func TrimBOM(src []byte) []byte { return bytes.TrimPrefix(src, bom) }

// CheckText finds what no text file of a repository may hold: bytes that are
// not UTF-8, and NUL. The error is an *Error with the position.
func CheckText(src []byte) error {
	if bytes.HasPrefix(src, []byte{0xFF, 0xFE}) || bytes.HasPrefix(src, []byte{0xFE, 0xFF}) {
		return &Error{Line: 1, Column: 1, Message: "the file is UTF-16; save it as UTF-8"}
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		l, c := position(src, i)
		return &Error{Line: l, Column: c, Message: "the file holds a NUL byte, so it is not text; save it as UTF-8"}
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

// Parse reads the first document of src and checks it: text encoding, syntax,
// duplicate keys, depth, aliases. Every error is an *Error.
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
	// The parser stops after the first document; what else stands there, a
	// second one or something unreadable, shows only when it is asked again.
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

// withoutVersion makes a comment of a "%YAML 1.2" line: the parser knows 1.1
// only, and what we read is 1.2 whatever the line says.
func withoutVersion(src []byte) []byte {
	for at := 0; at < len(src); {
		line, _, _ := bytes.Cut(src[at:], []byte("\n"))
		if bytes.HasPrefix(line, []byte("%YAML 1.")) {
			src = bytes.Clone(src)
			src[at] = '#'
			return src
		}
		// Directives stand before everything but comments.
		if text := bytes.TrimSpace(line); len(text) > 0 && text[0] != '#' && text[0] != '%' {
			return src
		}
		at += len(line) + 1
	}
	return src
}

// decode keeps a panic of the parser, should one be left in it, from ending
// the program: a file is outside input.
func decode(dec *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: the text can't be read: %v", p)
		}
	}()
	return dec.Decode(into)
}

type checker struct {
	limits Limits
	// sizes memoises the expanded size of anchored nodes; -1 while under way.
	sizes map[*yaml.Node]int
}

// check walks a node and returns how many nodes it has with aliases written out.
func (c *checker) check(n *yaml.Node, depth int) (int, error) {
	if depth > c.limits.Depth {
		return 0, at(n, "values stand more than %d deep inside one another", c.limits.Depth)
	}
	if n.Kind == yaml.AliasNode {
		size, seen := c.sizes[n.Alias]
		if size < 0 {
			return 0, at(n, "the alias %q stands inside the value it names", "*"+n.Value)
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
			return 0, at(n, "the value grows past %d nodes when its aliases are written out", c.limits.Nodes)
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

// uniqueKeys compares keys as Panther will see them, in JSON: 1 and "1" clash.
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
			fault := at(k, "the key %q stands twice; the first is on line %d, column %d; keep one", name, first.Line, first.Column)
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
