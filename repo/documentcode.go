package repo

import (
	"encoding/binary"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// maxCodedDepth is more than yamlcore allows.
const maxCodedDepth = 1000

// tags are the tags of nearly all nodes.
var tags = [...]string{"", "!!str", "!!map", "!!seq", "!!int", "!!bool", "!!null", "!!float", "!!timestamp", "!!merge"}

// A node is coded as a byte with its kind and what follows: more is set if it has an
// anchor, comments or another tag; then style, line, column, value, and for an alias the
// number of its target, or else its content.
const (
	codedKind = 0x07
	codedMore = 0x08
)

var kinds = [...]yaml.Kind{0, yaml.DocumentNode, yaml.SequenceNode, yaml.MappingNode, yaml.ScalarNode, yaml.AliasNode}

// encodeDocument codes a document: how many nodes it has and how many of them are content,
// and the nodes in order. ok is false for one without content, or of an unknown form.
func encodeDocument(doc *yamlcore.Document) (coded string, ok bool) {
	if doc.Root == nil {
		return "", false
	}
	e := encoder{numbers: map[*yaml.Node]int{}}
	if !e.node(doc.Root, 0) {
		return "", false
	}
	more := byte(0)
	if doc.More {
		more = 1
	}
	head := binary.AppendUvarint([]byte{more}, uint64(len(e.numbers)))
	return string(head) + string(e.out), true
}

type encoder struct {
	out []byte
	// numbers has the number of each node, in order.
	numbers map[*yaml.Node]int
}

func (e *encoder) number(n int) { e.out = binary.AppendUvarint(e.out, uint64(n)) }

func (e *encoder) text(s string) {
	e.number(len(s))
	e.out = append(e.out, s...)
}

func (e *encoder) node(n *yaml.Node, depth int) bool {
	kind := 0
	for i, k := range kinds {
		if k == n.Kind {
			kind = i
		}
	}
	tag := -1
	for i, t := range tags {
		if t == n.Tag {
			tag = i
		}
	}
	if _, twice := e.numbers[n]; kind == 0 || twice || depth > maxCodedDepth || n.Line < 0 || n.Column < 0 {
		return false
	}
	e.numbers[n] = len(e.numbers)
	more := tag < 0 || n.Anchor != "" || n.HeadComment != "" || n.LineComment != "" || n.FootComment != ""
	if more {
		e.out = append(e.out, byte(kind)|codedMore)
		for _, s := range []string{n.Tag, n.Anchor, n.HeadComment, n.LineComment, n.FootComment} {
			e.text(s)
		}
	} else {
		e.out = append(e.out, byte(kind), byte(tag))
	}
	e.number(int(n.Style))
	e.number(n.Line)
	e.number(n.Column)
	e.text(n.Value)
	if n.Kind == yaml.AliasNode {
		target, known := e.numbers[n.Alias]
		e.number(target)
		return known && len(n.Content) == 0
	}
	e.number(len(n.Content))
	for _, c := range n.Content {
		if !e.node(c, depth+1) {
			return false
		}
	}
	return n.Alias == nil
}

// decodeDocument returns a coded document. Its texts are parts of the code.
func decodeDocument(coded string) (*yamlcore.Document, bool) {
	if coded == "" || coded[0] > 1 {
		return nil, false
	}
	d := codedReader{in: coded[1:]}
	count := d.number()
	// A node has at least six bytes.
	if d.failed || count == 0 || count > len(d.in)/6 {
		return nil, false
	}
	d.nodes, d.content = make([]yaml.Node, 0, count), make([]*yaml.Node, 0, count)
	root := d.node(0)
	if d.failed || d.in != "" || len(d.nodes) != count {
		return nil, false
	}
	return &yamlcore.Document{Root: root, More: coded[0] == 1}, true
}

type codedReader struct {
	in string
	// nodes has all nodes, in order, and content the contents of all of them; both are
	// allocated once.
	nodes   []yaml.Node
	content []*yaml.Node
	failed  bool
}

func (d *codedReader) fail() { d.failed, d.in = true, "" }

func (d *codedReader) number() int {
	var v uint64
	for i := 0; i < len(d.in) && i < 5; i++ {
		b := d.in[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.in = d.in[i+1:]
			return int(v)
		}
	}
	d.fail()
	return 0
}

func (d *codedReader) text() string {
	n := d.number()
	if n > len(d.in) {
		d.fail()
		return ""
	}
	s := d.in[:n]
	d.in = d.in[n:]
	return s
}

func (d *codedReader) node(depth int) *yaml.Node {
	if len(d.in) < 2 || len(d.nodes) == cap(d.nodes) || depth > maxCodedDepth {
		d.fail()
		return nil
	}
	head := d.in[0]
	d.in = d.in[1:]
	if head > codedKind|codedMore || int(head&codedKind) >= len(kinds) || head&codedKind == 0 {
		d.fail()
		return nil
	}
	d.nodes = d.nodes[:len(d.nodes)+1]
	n := &d.nodes[len(d.nodes)-1]
	n.Kind = kinds[head&codedKind]
	if head&codedMore != 0 {
		n.Tag, n.Anchor, n.HeadComment, n.LineComment, n.FootComment = d.text(), d.text(), d.text(), d.text(), d.text()
	} else {
		tag := int(d.in[0])
		d.in = d.in[1:]
		if tag >= len(tags) {
			d.fail()
			return nil
		}
		n.Tag = tags[tag]
	}
	n.Style = yaml.Style(d.number())
	n.Line, n.Column = d.number(), d.number()
	n.Value = d.text()
	if n.Kind == yaml.AliasNode {
		target := d.number()
		if target >= len(d.nodes) {
			d.fail()
			return nil
		}
		n.Alias = &d.nodes[target]
		return n
	}
	size := d.number()
	if size == 0 || d.failed {
		return n
	}
	start := len(d.content)
	if size > cap(d.content)-start {
		d.fail()
		return nil
	}
	d.content = d.content[:start+size]
	n.Content = d.content[start : start+size : start+size]
	for i := range n.Content {
		if n.Content[i] = d.node(depth + 1); d.failed {
			return nil
		}
	}
	return n
}
