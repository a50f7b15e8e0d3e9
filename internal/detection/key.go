package detection

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// The keys that select a value of an event.
const (
	// ByKey is a top-level key of the event.
	ByKey = "Key"
	// ByDeepKey is a list of nested keys.
	ByDeepKey = "DeepKey"
	// ByKeyPath is a path such as a.b[0].c or a[*].b.
	ByKeyPath = "KeyPath"
	// ByEnrichment is a value that a lookup table adds to the event.
	ByEnrichment = "Enrichment"
)

var specifiers = []string{ByKey, ByDeepKey, ByKeyPath, ByEnrichment}

// Key selects a value of an event.
type Key struct {
	// By is one of ByKey, ByDeepKey, ByKeyPath and ByEnrichment.
	By string
	// Node is the value of that key.
	Node *yaml.Node
	// Path is the path to the value; in an enrichment it starts at the table's
	// row.
	Path []Step
	// Table and Selector are set for an enrichment.
	Table, Selector string
}

// Step is one step of a path: a key of a mapping, or an index of a list.
type Step struct {
	// Key is empty for an index.
	Key string
	// Index is the content of the brackets: a number, "*" for all elements, or
	// another path expression.
	Index string
}

// PathError says what is wrong with a path, and at which bytes.
type PathError struct {
	Start, End int
	Msg        string
}

func (e *PathError) Error() string { return e.Msg }

// parsePath parses a path such as a.b[0].c. The error is a *PathError.
func parsePath(s string) ([]Step, error) {
	fail := func(start, end int, format string, args ...any) ([]Step, error) {
		return nil, &PathError{start, max(end, start), fmt.Sprintf(format, args...)}
	}
	if strings.TrimSpace(s) == "" {
		return fail(0, len(s), "it is empty")
	}
	var out []Step
	for i := 0; i < len(s); {
		switch {
		case s[i] == '[':
			end := closing(s, i)
			if end < 0 {
				return fail(i, len(s), "the bracket of %q is never closed", s[i:])
			}
			inner := strings.TrimSpace(s[i+1 : end])
			step, ok := bracket(inner)
			if !ok {
				return fail(i, end+1, "%q must contain a number, *, or a key in quotes", s[i:end+1])
			}
			out = append(out, step)
			i = end + 1
			if i < len(s) && s[i] != '.' && s[i] != '[' {
				return fail(i, len(s), "a dot is missing before %q", s[i:])
			}
		case s[i] == ']':
			return fail(i, i+1, "this ] has no matching [")
		case s[i] == '.':
			switch {
			case i == 0:
				return fail(0, 1, "it starts with a dot")
			case i == len(s)-1:
				return fail(i, i+1, "it ends with a dot")
			case s[i+1] == '.':
				return fail(i, i+2, "there is no key between two dots")
			case s[i+1] == '[' && s[i-1] != ']':
				return fail(i, i+2, "there is no key between a dot and a bracket")
			}
			i++
		default:
			end := i + strings.IndexAny(s[i:]+".", ".[]")
			out = append(out, Step{Key: s[i:end]})
			i = end
		}
	}
	return out, nil
}

// closing returns the closing bracket of the one at i, skipping quoted strings.
func closing(s string, i int) int {
	var quote byte
	for j := i + 1; j < len(s); j++ {
		switch c := s[j]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == ']':
			return j
		}
	}
	return -1
}

func bracket(inner string) (Step, bool) {
	if n := len(inner); n >= 2 && (inner[0] == '\'' || inner[0] == '"') && inner[n-1] == inner[0] {
		return Step{Key: inner[1 : n-1]}, true
	}
	if inner == "*" || strings.HasPrefix(inner, "?") {
		return Step{Index: inner}, true
	}
	for _, part := range strings.FieldsFunc(inner, func(r rune) bool { return r == ':' || r == ',' }) {
		if _, err := strconv.Atoi(strings.TrimSpace(part)); err != nil {
			return Step{}, false
		}
	}
	return Step{Index: inner}, inner != ""
}

// parseKey parses the key that selects a value. If there is none, it returns
// nil and reports nothing.
func (p *problems) parseKey(pairs []yamlcore.Pair) *Key {
	var found []yamlcore.Pair
	for _, q := range pairs {
		for _, s := range specifiers {
			if q.Key.Value == s {
				found = append(found, q)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	for _, q := range found[1:] {
		p.add(BadKey, q.Key, "%q can't be combined with %q: only one key may select the value", q.Key.Value, found[0].Key.Value).Hint = "remove one of them"
	}
	word, v := found[0].Key.Value, found[0].Value
	k := &Key{By: word, Node: v}
	switch word {
	case ByKey:
		if v.Kind != yaml.ScalarNode || scalar(v) == nil || v.Value == "" {
			p.add(BadKey, at(found[0]), "%q must be the name of a key, not %s", word, describe(v))
			return k
		}
		k.Path = []Step{{Key: v.Value}}
		if name := v.Value; strings.ContainsAny(name, ".[") {
			if _, err := parsePath(name); err == nil {
				p.add(DottedKey, v, "the key %q is looked up at the top level of the event, including its dots", name).Hint = "use KeyPath to follow dots and brackets into the event"
			}
		}
	case ByKeyPath:
		text, isText := scalar(v).(string)
		if v.Kind != yaml.ScalarNode || !isText {
			p.add(BadKey, at(found[0]), "%q must be a path such as actor.emails[0], not %s", word, describe(v))
			return k
		}
		k.Path = p.path(v, text, "KeyPath")
	case ByDeepKey:
		p.deepKey(k, found[0])
	case ByEnrichment:
		p.enrichment(k, found[0])
	}
	return k
}

func (p *problems) path(n *yaml.Node, text, what string) []Step {
	steps, err := parsePath(text)
	if e, bad := err.(*PathError); bad {
		q := p.add(BadKey, n, "%s %q is not valid: %s", what, text, e.Msg)
		q.Start, q.End = e.Start, e.End
		q.Hint = "separate keys with dots and put [0] or [*] after a list, such as actor.emails[0]"
	}
	return steps
}

func (p *problems) deepKey(k *Key, pair yamlcore.Pair) {
	v := pair.Value
	if v.Kind != yaml.SequenceNode || len(v.Content) == 0 {
		q := p.add(BadKey, at(pair), "\"DeepKey\" must be a list of keys, not %s", describeList(v))
		q.Hint = "write it like [actor, email], or use KeyPath: actor.email"
		return
	}
	for _, c := range v.Content {
		c = yamlcore.Deref(c)
		if c.Kind != yaml.ScalarNode || scalar(c) == nil || c.Value == "" {
			p.add(BadKey, c, "an entry of \"DeepKey\" must be a key, not %s", describe(c))
			continue
		}
		k.Path = append(k.Path, Step{Key: c.Value})
	}
}

func (p *problems) enrichment(k *Key, pair yamlcore.Pair) {
	v := pair.Value
	inner, err := yamlcore.Pairs(v)
	if v.Kind != yaml.MappingNode || err != nil {
		p.add(BadKey, at(pair), "\"Enrichment\" must be a mapping, not %s", describe(v)).Hint = "add Table, Selector and FieldPath"
		return
	}
	legal := []string{"Table", "Selector", "FieldPath"}
	p.unknown(inner, legal, "an enrichment")
	for _, name := range legal {
		n := yamlcore.Lookup(v, name)
		if n == nil {
			p.add(BadKey, pair.Key, "the enrichment has no %q", name).Hint = "add Table, Selector and FieldPath"
			continue
		}
		text, isText := scalar(n).(string)
		if n.Kind != yaml.ScalarNode || !isText || text == "" {
			p.add(BadKey, n, "%q of an enrichment must be a string, not %s", name, describe(n))
			continue
		}
		switch name {
		case "Table":
			k.Table = text
		case "Selector":
			k.Selector = text
		case "FieldPath":
			k.Path = p.path(n, text, "FieldPath")
		}
	}
}

// at returns the value, or its key if there is no value.
func at(q yamlcore.Pair) *yaml.Node {
	if q.Value.Kind != yaml.ScalarNode || q.Value.Value == "" && q.Value.Style == 0 {
		return q.Key
	}
	return q.Value
}

func describeList(n *yaml.Node) string {
	if n.Kind == yaml.SequenceNode {
		return "an empty list"
	}
	return describe(n)
}
