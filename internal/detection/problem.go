package detection

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// Kind is what is wrong, in general.
type Kind int

// The kinds of problem.
const (
	// Malformed: an expression that is none, a key that means nothing in it, a
	// combinator of nothing.
	Malformed Kind = iota + 1
	// UnknownCondition: a word after Condition that there isn't.
	UnknownCondition
	// WrongValue: a value is missing, of the wrong type, or too many.
	WrongValue
	// BadKey: no key, several, or a path that can't be read.
	BadKey
	// BadPlaceholder: a title with a placeholder that can't be read.
	BadPlaceholder
	// NotInFilters: an expression that InlineFilters don't have.
	NotInFilters
	// DottedKey: a key at the top of the event with a dot in its name.
	DottedKey
)

// Problem is one thing that is wrong.
type Problem struct {
	Kind Kind
	// Node is what to point at.
	Node *yaml.Node
	// Start and End are a stretch of Node's value, in bytes, where the problem is a
	// part of a text; both are 0 otherwise.
	Start, End int
	// Message says what is wrong, in one sentence without a full stop; Hint what to do.
	Message, Hint string
	// Write is what to put in the place of Node's text where that is safe, or "".
	Write string
}

type problems struct{ list []Problem }

func (p *problems) add(k Kind, n *yaml.Node, format string, args ...any) *Problem {
	p.list = append(p.list, Problem{Kind: k, Node: n, Message: fmt.Sprintf(format, args...)})
	return &p.list[len(p.list)-1]
}

// describe names a value in a message.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch v := scalar(n).(type) {
	case nil:
		return "an empty value"
	case string:
		return fmt.Sprintf("%q", clip(v))
	case bool:
		return n.Value
	default:
		return "the number " + n.Value
	}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
