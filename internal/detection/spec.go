package detection

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// Spec contains the simple-detection parts of a rule's spec. Missing parts are
// empty.
type Spec struct {
	Detection  []*Expression
	Filters    []*Expression
	Severities []Severity
	// GroupBy and Context contain the keys for grouping alerts and for their
	// context.
	GroupBy []*Key
	Context []ContextEntry
	Title   []Placeholder
	// title is the text of AlertTitle.
	title string
	// flawed reports which parts have problems, so that they can't be evaluated.
	flawed struct{ detection, filters, severities, context, title bool }
}

// Severity is one entry of DynamicSeverities.
type Severity struct {
	// ChangeTo is nil if it is missing.
	ChangeTo   *yaml.Node
	Conditions []*Expression
}

// ContextEntry is one entry of AlertContext.
type ContextEntry struct {
	// Name is nil if it is missing.
	Name *yaml.Node
	Key  *Key
}

// Placeholder is a {path} of a title.
type Placeholder struct {
	// Start and End are the bytes in the title, including the braces.
	Start, End int
	Path       []Step
}

// Read parses a rule's spec. Keys that are missing or have the wrong type are
// skipped; the schema reports them.
func Read(root *yaml.Node) (*Spec, []Problem) {
	p := &problems{}
	s := &Spec{}
	seen := 0
	flaws := func() bool {
		since := p.list[seen:]
		seen = len(p.list)
		// A dotted key has a meaning, and filters are read like other expressions.
		return slices.ContainsFunc(since, func(q Problem) bool { return q.Kind != DottedKey && q.Kind != NotInFilters })
	}
	s.Detection = p.expressions(yamlcore.Lookup(root, "Detection"), InDetection)
	s.flawed.detection = flaws()
	s.Filters = p.expressions(yamlcore.Lookup(root, "InlineFilters"), InFilters)
	s.flawed.filters = flaws()
	for _, n := range mappings(yamlcore.Lookup(root, "DynamicSeverities")) {
		conditions := yamlcore.Lookup(n, "Conditions")
		if conditions != nil && conditions.Kind == yaml.SequenceNode && len(conditions.Content) == 0 {
			p.add(Malformed, conditions, "\"Conditions\" of a dynamic severity is empty").Hint = "add the conditions for the change, or remove the entry"
		}
		s.Severities = append(s.Severities, Severity{yamlcore.Lookup(n, "ChangeTo"), p.expressions(conditions, InSeverity)})
	}
	s.flawed.severities = flaws()
	if n := yamlcore.Lookup(root, "GroupBy"); n != nil && n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			if k := p.onlyKey(yamlcore.Deref(c), "an entry of \"GroupBy\""); k != nil {
				s.GroupBy = append(s.GroupBy, k)
			}
		}
	}
	flaws()
	for _, n := range mappings(yamlcore.Lookup(root, "AlertContext")) {
		entry := ContextEntry{Name: yamlcore.Lookup(n, "KeyName")}
		if v := yamlcore.Lookup(n, "KeyValue"); v != nil && (v.Kind != yaml.ScalarNode || scalar(v) != nil) {
			entry.Key = p.onlyKey(v, "\"KeyValue\"")
		}
		s.Context = append(s.Context, entry)
	}
	s.flawed.context = flaws()
	if n := yamlcore.Lookup(root, "AlertTitle"); n != nil && n.Kind == yaml.ScalarNode {
		s.Title, s.title = p.title(n), n.Value
	}
	s.flawed.title = flaws()
	return s, p.list
}

func mappings(n *yaml.Node) (out []*yaml.Node) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, c := range n.Content {
		if c = yamlcore.Deref(c); c.Kind == yaml.MappingNode {
			out = append(out, c)
		}
	}
	return out
}

// title returns the placeholders of a title.
func (p *problems) title(n *yaml.Node) (out []Placeholder) {
	text := n.Value
	bad := func(start, end int, format string, args ...any) *Problem {
		q := p.add(BadPlaceholder, n, format, args...)
		q.Start, q.End = start, end
		return q
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '}':
			bad(i, i+1, "this } has no matching {").Hint = "use {path.to.field} to insert a value of the event"
		case '{':
			end := strings.IndexAny(text[i+1:], "{}")
			if end < 0 || text[i+1+end] == '{' {
				stop := len(text)
				if end >= 0 {
					stop = i + 1 + end
				}
				q := bad(i, stop, "the placeholder %q is never closed", strings.TrimSpace(clip(text[i:stop])))
				q.Hint = "add the closing }"
				if strings.HasPrefix(text[i:], "{{") {
					q.Message, q.Hint = "a placeholder has single braces, not double", "use {path.to.field}"
					if close := strings.Index(text[i:], "}}"); close > 0 {
						q.End = i + close + 2
					}
					i = q.End - 1
				}
				continue
			}
			stop := i + 1 + end + 1
			inner := text[i+1 : stop-1]
			steps, err := parsePath(strings.TrimSpace(inner))
			if e, wrong := err.(*PathError); wrong {
				q := bad(i, stop, "the placeholder %q is not valid: %s", text[i:stop], e.Msg)
				q.Hint = "use {path.to.field} to insert a value of the event"
			}
			out = append(out, Placeholder{i, stop, steps})
			i = stop - 1
		}
	}
	return out
}
