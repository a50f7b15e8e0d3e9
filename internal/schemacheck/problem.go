package schemacheck

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Kind is the kind of a problem.
type Kind string

// The kinds of problem.
const (
	// MissingKey: a required key is missing, or its value is missing or empty.
	MissingKey Kind = "missing-key"
	// UnknownKey: an unknown key.
	UnknownKey Kind = "unknown-key"
	// WrongType: a value of the wrong type, such as a string instead of a list.
	WrongType Kind = "wrong-type"
	// BadValue: a value that is not one of the allowed ones.
	BadValue Kind = "bad-value"
	// ForbiddenCharacter: one of < > & " % in an id or a name.
	ForbiddenCharacter Kind = "forbidden-character"
	// Exclusive: keys that can't be combined, or a key that this kind of spec
	// can't have.
	Exclusive Kind = "exclusive"
	// OutOfRange: a number that is too small or a string that is too long.
	OutOfRange Kind = "out-of-range"
	// WrongForm: a string with the wrong form, such as a Python file without
	// .py.
	WrongForm Kind = "wrong-form"
	// Duplicate: a duplicate in a list whose order does not matter.
	Duplicate Kind = "duplicate"
	// NoValue: an optional key or an entry without a value.
	NoValue Kind = "no-value"
)

// Step is one step of a path: a key of a mapping, or an index of a list (from
// 0).
type Step struct {
	Key   string
	Index int
}

// InList reports whether the step is an index.
func (s Step) InList() bool { return s.Index >= 0 }

// Path is a path from the top of a spec to a value.
type Path []Step

// String returns the path in the form "Tests[0].Log".
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

// Pointer returns the path as a JSON pointer, such as "/Tests/0/Log".
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

// Match reports whether the path matches a pattern of keys, with "*" for any
// key and "[]" for any index.
func (p Path) Match(pattern ...string) bool {
	return len(p) == len(pattern) && p.Within(pattern...)
}

// Within reports whether the path matches a pattern, or is below a path that
// does.
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

// FixOp is the operation of a fix.
type FixOp int

// The operations.
const (
	// RenameKey replaces the key.
	RenameKey FixOp = iota + 1
	// WriteValue replaces the value.
	WriteValue
	// RemoveEntry removes the entry from its list.
	RemoveEntry
)

// Fix is a change that fixes only the problem.
type Fix struct {
	Op FixOp
	// Text is the new key or value, as YAML; empty for RemoveEntry.
	Text string
}

// Problem is one problem in a spec.
type Problem struct {
	Kind Kind
	// Message says what is wrong, in one sentence without a full stop; Hint
	// says how to fix it.
	Message, Hint string
	// Path is the path of the value, or of the missing key.
	Path Path
	// Node is the location of the problem: a key or a value. For a missing key
	// it is the key of its mapping, or the mapping itself at the top level and
	// in lists.
	Node *yaml.Node
	// First is the first of two duplicates or of two exclusive keys; otherwise
	// nil.
	First *yaml.Node
	// Fix is nil if there is no safe fix.
	Fix *Fix
}

// Line returns the line of Node, counting from 1.
func (p Problem) Line() int { return p.Node.Line }

// Column returns the column of Node, in characters, counting from 1.
func (p Problem) Column() int { return p.Node.Column }

func compare(a, b Problem) int {
	return cmp.Or(a.Node.Line-b.Node.Line, a.Node.Column-b.Node.Column, strings.Compare(string(a.Kind), string(b.Kind)),
		strings.Compare(a.Path.String(), b.Path.String()), strings.Compare(a.Message, b.Message))
}
