package detection

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// Kind is the kind of a problem.
type Kind int

// The kinds of problem.
const (
	// Malformed: not an expression, an unknown key, or an empty combinator.
	Malformed Kind = iota + 1
	// UnknownCondition: an unknown value of Condition.
	UnknownCondition
	// WrongValue: a value is missing, has the wrong type, or is not allowed.
	WrongValue
	// BadKey: no key, several keys, or an invalid path.
	BadKey
	// BadPlaceholder: an invalid placeholder in a title.
	BadPlaceholder
	// NotInFilters: an expression that InlineFilters do not support.
	NotInFilters
	// DottedKey: a top-level key with a dot in its name.
	DottedKey
)

// Problem is one problem.
type Problem struct {
	Kind Kind
	// Node is the location of the problem.
	Node *yaml.Node
	// Start and End are the byte range in Node's value if the problem is in
	// part of a string; otherwise both are 0.
	Start, End int
	// Message says what is wrong, in one sentence without a full stop; Hint
	// says how to fix it.
	Message, Hint string
	// Write is a safe replacement for Node's text, or "".
	Write string
}

type problems struct{ list []Problem }

func (p *problems) add(k Kind, n *yaml.Node, format string, args ...any) *Problem {
	p.list = append(p.list, Problem{Kind: k, Node: n, Message: fmt.Sprintf(format, args...)})
	return &p.list[len(p.list)-1]
}

// describe returns a description of a value for a message.
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
