// Package yamledit edits YAML text in place. Nothing is re-encoded: comments,
// order, quotes, indentation and line ends of unchanged parts stay the same,
// byte for byte.
//
// Every edit is verified: the new text is parsed, the edited value must equal
// the wanted one, and everything else must be unchanged. If this fails, the
// edit returns an error and the document is unchanged.
//
// # Comments of deleted entries
//
// An entry of a block mapping or list is deleted or moved together with its
// comments: the comment at the end of its lines; the comment lines directly
// above it, with the same indentation and without a blank line in between; and
// the comment lines below it that are indented deeper. Comment lines above the
// first entry stay, because they may be about the whole collection.
//
// # Anchors
//
// If the value of an alias is edited, the alias is replaced by a copy. A value
// with an anchor that is used by aliases elsewhere is not edited; the error is
// an *Error that says where they are.
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

// Doc is an editable YAML text: its first document. A Doc is not safe for
// concurrent use.
type Doc struct {
	bom  []byte
	text text
	y    *yaml.Node
	more bool
	root *node
	// refs contains the aliases of each anchored node.
	refs  map[*yaml.Node][]*yaml.Node
	style style
}

// Path is a path to a value: a string is a key of a mapping, an int an index of
// a list.
type Path []any

// String returns the path in readable form: Tests[0].Name.
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

// Error says why an edit failed. Line and Column count from 1, and are 0 if
// unknown.
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

// Parse parses a YAML text. The error is a *yamlcore.Error if the text is not
// valid, and an *Error if it can't be edited.
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

// Bytes returns the current text.
func (d *Doc) Bytes() []byte {
	if d.bom == nil {
		return bytes.Clone(d.text.src)
	}
	return append(bytes.Clone(d.bom), d.text.src...)
}

// Document returns the current text as parsed by yamlcore.Parse. Its nodes
// belong to the Doc and must not be modified.
func (d *Doc) Document() *yamlcore.Document { return &yamlcore.Document{Root: d.y, More: d.more} }

// Node returns the value at a path, with aliases resolved; nil if there is
// none.
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

// proof reports whether a new document is the intended result of an edit.
type proof func(was, is *yaml.Node) bool

var errUnproven = errors.New("the edited text would not contain exactly the wanted value; edit it by hand")

// commit applies splices, verifies the result and keeps it.
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

// ends returns the possible endings of the new text, the preferred one first:
// with a line end exactly if the old text had one.
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
	// A block scalar at the end requires one.
	return [][]byte{out, closed}
}

func endsInBreak(b []byte) bool { return bytes.HasSuffix(b, []byte("\n")) }

func trimBreak(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}
