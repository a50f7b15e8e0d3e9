package schemacheck

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Kind is what is wrong, in general.
type Kind string

// The kinds of problem.
const (
	// MissingKey: a key that must be there is not, or has nothing after it, or an
	// empty text or list.
	MissingKey Kind = "missing-key"
	// UnknownKey: a key that means nothing there.
	UnknownKey Kind = "unknown-key"
	// WrongType: a value of another type, such as a text in place of a list.
	WrongType Kind = "wrong-type"
	// BadValue: a value that isn't one of the few that may stand there.
	BadValue Kind = "bad-value"
	// ForbiddenCharacter: one of < > & " % in an id or a name.
	ForbiddenCharacter Kind = "forbidden-character"
	// Exclusive: keys that can't stand together, or a key that this kind of spec
	// can't have.
	Exclusive Kind = "exclusive"
	// OutOfRange: a number that is too small or a text that is too long.
	OutOfRange Kind = "out-of-range"
	// WrongForm: a text of another form, such as a Python file without .py.
	WrongForm Kind = "wrong-form"
	// Duplicate: an entry that appears twice in a list whose order means nothing.
	Duplicate Kind = "duplicate"
	// NoValue: a key or an entry that might as well be left out, with nothing after
	// it.
	NoValue Kind = "no-value"
)

// Step leads into a mapping by a key, or into a list by an index (from 0).
type Step struct {
	Key   string
	Index int
}

// InList reports whether the step is an index.
func (s Step) InList() bool { return s.Index >= 0 }

// Path leads from a spec's top to a value.
type Path []Step

// String is like "Tests[0].Log".
func (p Path) String() string {
	var b strings.Builder
	for _, s := range p {
		switch {
		case s.InList():
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Key)
		}
	}
	return b.String()
}

// Pointer is the same as a JSON pointer, like "/Tests/0/Log".
func (p Path) Pointer() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteByte('/')
		if s.InList() {
			b.WriteString(strconv.Itoa(s.Index))
		} else {
			b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(s.Key))
		}
	}
	return b.String()
}

// Match reports whether the path is one that a pattern names: a key a word, "*" for
// any key and "[]" for any index.
func (p Path) Match(pattern ...string) bool {
	return len(p) == len(pattern) && p.Within(pattern...)
}

// Within reports whether the path is one that a pattern names, or leads on from one.
func (p Path) Within(pattern ...string) bool {
	if len(p) < len(pattern) {
		return false
	}
	for i, want := range pattern {
		switch s := p[i]; {
		case s.InList():
			if want != "[]" {
				return false
			}
		case want != "*" && want != s.Key:
			return false
		}
	}
	return true
}

func (p Path) to(s Step) Path { return append(slices.Clip(p), s) }

func key(k string) Step { return Step{Key: k, Index: -1} }

func index(i int) Step { return Step{Index: i} }

// FixOp is what a fix does to the node of its problem.
type FixOp int

// What a fix does.
const (
	// RenameKey writes another key in place of the one that is there.
	RenameKey FixOp = iota + 1
	// WriteValue writes another value.
	WriteValue
	// RemoveEntry takes the entry out of its list.
	RemoveEntry
)

// Fix is a change that fixes the problem and nothing else.
type Fix struct {
	Op FixOp
	// Text is the new key or value, as YAML; empty for RemoveEntry.
	Text string
}

// Problem is one thing that is wrong with a spec.
type Problem struct {
	Kind Kind
	// Message says what is wrong, in one sentence without a full stop; Hint what
	// to do about it.
	Message, Hint string
	// Path leads to the value; of a missing key to where it should stand.
	Path Path
	// Node is what to point at: a key, a value, or for a missing key the key of the
	// mapping that lacks it, or that mapping itself at the top and in lists.
	Node *yaml.Node
	// First is what Node repeats, or the other one of two keys that exclude each
	// other; nil otherwise.
	First *yaml.Node
	// Fix is nil where there is no safe one.
	Fix *Fix
}

// Line and Column are where Node stands; both count from 1, columns in characters.
func (p Problem) Line() int { return p.Node.Line }

// Column belongs to Line.
func (p Problem) Column() int { return p.Node.Column }

func compare(a, b Problem) int {
	return cmp.Or(a.Node.Line-b.Node.Line, a.Node.Column-b.Node.Column, strings.Compare(string(a.Kind), string(b.Kind)),
		strings.Compare(a.Path.String(), b.Path.String()), strings.Compare(a.Message, b.Message))
}
