// Package yamledit changes values in a YAML text by replacing bytes in place.
// Nothing is ever encoded anew: comments, order, quotes, indentation and line
// ends of everything that isn't changed stay as they are, byte for byte.
//
// Every edit is proven before it is taken over: the new text is parsed, the
// place that was edited must hold exactly the wanted value, and everything else
// must be what it was. An edit that can't be proven is an error, and the
// document stays as it is.
//
// # Comments of what is deleted
//
// An entry of a block mapping or list takes along, when it is deleted or
// moved: the comment at the end of its lines; the comment lines directly above
// it, at its own indentation and without a blank line between; the comment lines
// below it that are indented deeper than it is. Comment lines above the first
// entry stay, since they may be about the whole.
//
// # Anchors
//
// An alias whose value is changed becomes a copy of its own. A value that has
// an anchor that aliases elsewhere use isn't changed: that is a *Error that says
// where they are.
package yamledit

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// Doc is a YAML text under edit: the first document of it. A Doc must not be
// used by several goroutines at once.
type Doc struct {
	bom  []byte
	text text
	y    *yaml.Node
	more bool
	root *node
	// refs counts the aliases of each anchored node.
	refs  map[*yaml.Node][]*yaml.Node
	style style
}

// Path leads to a value: a string is the key of a mapping, an int the index
// of an element of a list.
type Path []any

// String writes a path as it is read: Tests[0].Name.
func (p Path) String() string {
	var b strings.Builder
	for _, s := range p {
		switch s := s.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(s) + "]")
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s)
		default:
			fmt.Fprintf(&b, "(%v)", s)
		}
	}
	return b.String()
}

func (p Path) with(step any) Path { return append(p[:len(p):len(p)], step) }

// Error says why an edit can't be made. Line and Column count from 1, and are
// 0 where no place is known.
type Error struct {
	Path         Path
	Line, Column int
	Message      string
}

func (e *Error) Error() string {
	where := e.Path.String()
	if e.Line > 0 {
		where = strings.TrimSpace(fmt.Sprintf("%s (line %d)", where, e.Line))
	}
	if where == "" {
		return e.Message
	}
	return where + ": " + e.Message
}

var utf8BOM = []byte{0xEF, 0xBB, 0xBF}

// Parse reads a YAML text. The error is a *yamlcore.Error where the text can't
// be read, and an *Error where it can be read and not be edited.
func Parse(src []byte) (*Doc, error) {
	doc, err := yamlcore.Parse(src, yamlcore.Limits{})
	if err != nil {
		return nil, err
	}
	d := &Doc{y: doc.Root, more: doc.More}
	if bytes.HasPrefix(src, utf8BOM) {
		d.bom, src = utf8BOM, src[len(utf8BOM):]
	}
	d.text = newText(src)
	if doc.Root == nil {
		return d, nil
	}
	s := scanner{text: d.text}
	d.root, err = s.root(doc.Root)
	if err != nil {
		return nil, err
	}
	d.refs = map[*yaml.Node][]*yaml.Node{}
	d.countAliases(d.y)
	d.style = d.habits()
	return d, nil
}

func (d *Doc) countAliases(y *yaml.Node) {
	if y.Kind == yaml.AliasNode {
		d.refs[y.Alias] = append(d.refs[y.Alias], y)
		return
	}
	for _, c := range y.Content {
		d.countAliases(c)
	}
}

// Bytes gives the text as it is now.
func (d *Doc) Bytes() []byte {
	if d.bom == nil {
		return bytes.Clone(d.text.src)
	}
	return append(bytes.Clone(d.bom), d.text.src...)
}

// Document gives the text as it is now, as yamlcore.Parse reads it. Its nodes
// are the Doc's own: don't change them.
func (d *Doc) Document() *yamlcore.Document { return &yamlcore.Document{Root: d.y, More: d.more} }

// Node gives the value at a path, aliases followed; nil where there is none.
func (d *Doc) Node(p Path) *yaml.Node {
	y := yamlcore.Deref(d.y)
	for _, s := range p {
		if y == nil {
			return nil
		}
		switch s := s.(type) {
		case string:
			y = yamlcore.Deref(yamlcore.Lookup(y, s))
		case int:
			if y.Kind != yaml.SequenceNode || s < 0 || s >= len(y.Content) {
				return nil
			}
			y = yamlcore.Deref(y.Content[s])
		default:
			return nil
		}
	}
	return y
}

func (d *Doc) fail(p Path, n *node, format string, args ...any) error {
	e := &Error{Path: p, Message: fmt.Sprintf(format, args...)}
	if n != nil && n.y != nil {
		e.Line, e.Column = n.y.Line, n.y.Column
	}
	return e
}

// proof is asked whether a new document is what an edit was to make.
type proof func(was, is *yaml.Node) bool

var errUnproven = errors.New("the text that would be written does not hold exactly the wanted value; edit it by hand")

// commit applies splices, proves the result and takes it over.
func (d *Doc) commit(p Path, splices []Splice, ok proof) error {
	if len(splices) == 0 {
		if !ok(d.y, d.y) {
			return &Error{Path: p, Message: errUnproven.Error()}
		}
		return nil
	}
	out, err := Apply(d.text.src, splices)
	if err != nil {
		return &Error{Path: p, Message: err.Error()}
	}
	for _, src := range d.ends(out) {
		next, err := Parse(append(bytes.Clone(d.bom), src...))
		if err != nil || next.y == nil || !ok(d.y, next.y) {
			continue
		}
		*d = *next
		return nil
	}
	return &Error{Path: p, Message: errUnproven.Error()}
}

// ends gives the ways in which the new text may end, the best first: with a
// line end exactly when the old text had one.
func (d *Doc) ends(out []byte) [][]byte {
	had, has := endsInBreak(d.text.src) || len(d.text.src) == 0, endsInBreak(out)
	closed := out
	if !has {
		closed = append(out[:len(out):len(out)], d.text.newline()...)
	}
	switch {
	case had:
		return [][]byte{closed}
	case has:
		return [][]byte{trimBreak(out), out, append(out[:len(out):len(out)], d.text.newline()...)}
	}
	// A block scalar at the end can't do without.
	return [][]byte{out, closed}
}

func endsInBreak(b []byte) bool { return bytes.HasSuffix(b, []byte("\n")) }

func trimBreak(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}
