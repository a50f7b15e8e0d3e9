package detection

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// The ways to say which value of an event is meant.
const (
	// ByKey is a key at the top of the event.
	ByKey = "Key"
	// ByDeepKey is a list of keys that lead inwards.
	ByDeepKey = "DeepKey"
	// ByKeyPath is a path such as a.b[0].c or a[*].b.
	ByKeyPath = "KeyPath"
	// ByEnrichment is a value that a lookup table adds to the event.
	ByEnrichment = "Enrichment"
)

var specifiers = []string{ByKey, ByDeepKey, ByKeyPath, ByEnrichment}

// Key says which value of an event is meant.
type Key struct {
	// By is one of ByKey, ByDeepKey, ByKeyPath and ByEnrichment.
	By string
	// Node is the value behind that word.
	Node *yaml.Node
	// Path leads to the value; in an enrichment from the table's row.
	Path []Step
	// Table and Selector belong to an enrichment.
	Table, Selector string
}

// Step leads into a mapping by a key, or into a list.
type Step struct {
	// Key is empty for a step into a list.
	Key string
	// Index is what stands between the brackets: a number, "*" for all elements,
	// or another expression of a path.
	Index string
}

// PathError says what is wrong with a path, and where, in bytes.
type PathError struct {
	Start, End int
	Msg        string
}

func (e *PathError) Error() string { return e.Msg }

// parsePath reads a path such as a.b[0].c. The error is a *PathError.
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
				return fail(i, end+1, "%q must hold a number, *, or a key in quotes", s[i:end+1])
			}
			out = append(out, step)
			i = end + 1
			if i < len(s) && s[i] != '.' && s[i] != '[' {
				return fail(i, len(s), "a dot is missing before %q", s[i:])
			}
		case s[i] == ']':
			return fail(i, i+1, "there is no [ for this ]")
		case s[i] == '.':
			switch {
			case i == 0:
				return fail(0, 1, "it begins with a dot")
			case i == len(s)-1:
				return fail(i, i+1, "it ends with a dot")
			case s[i+1] == '.':
				return fail(i, i+2, "there is nothing between two dots")
			case s[i+1] == '[' && s[i-1] != ']':
				return fail(i, i+2, "there is nothing between a dot and a bracket")
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

// closing finds the bracket that closes the one at i, past quoted texts.
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

// parseKey reads what says which value is meant. It reports nothing where there
// is no such word at all.
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
		p.add(BadKey, q.Key, "%q stands beside %q, and only one of them can say which value is meant", q.Key.Value, found[0].Key.Value).Hint = "take one of them out"
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
				p.add(DottedKey, v, "the key %q is looked for at the top of the event, dots and all", name).Hint = "write KeyPath to go inwards by dots and brackets"
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
		q := p.add(BadKey, n, "%s %q can't be read: %s", what, text, e.Msg)
		q.Start, q.End = e.Start, e.End
		q.Hint = "write keys with dots between them, and [0] or [*] behind a list, such as actor.emails[0]"
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
		p.add(BadKey, at(pair), "\"Enrichment\" must be a mapping, not %s", describe(v)).Hint = "give it Table, Selector and FieldPath"
		return
	}
	legal := []string{"Table", "Selector", "FieldPath"}
	p.unknown(inner, legal, "an enrichment")
	for _, name := range legal {
		n := yamlcore.Lookup(v, name)
		if n == nil {
			p.add(BadKey, pair.Key, "the enrichment has no %q", name).Hint = "give it Table, Selector and FieldPath"
			continue
		}
		text, isText := scalar(n).(string)
		if n.Kind != yaml.ScalarNode || !isText || text == "" {
			p.add(BadKey, n, "%q of an enrichment must be a text, not %s", name, describe(n))
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

// at is the value, or its key where nothing stands there.
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
