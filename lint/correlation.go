package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// correlation is one entry of a correlation rule's Detection.
type correlation struct {
	node *yaml.Node
	// parts are those of its Group or Sequence, in order.
	parts       []correlationPart
	transitions []*yaml.Node
	// criteria are the entries of MatchCriteria.
	criteria []*yaml.Node
}

type correlationPart struct {
	node *yaml.Node
	// id and rule are nil if they are missing.
	id, rule *yaml.Node
}

// correlations reads the Detection of a correlation rule, once for all rules.
func correlations(p *SpecPass) []correlation {
	return Once(p, "correlation", func(p *SpecPass) (out []correlation) {
		if p.Item.Type != repo.TypeCorrelationRule {
			return nil
		}
		for _, entry := range entries(p.Value("Detection")) {
			c := correlation{node: entry}
			for _, key := range []string{"Group", "Sequence"} {
				for _, n := range entries(yamlcore.Lookup(entry, key)) {
					c.parts = append(c.parts, correlationPart{n, word(n, "ID"), word(n, "RuleID")})
				}
			}
			c.transitions = entries(yamlcore.Lookup(entry, "Transitions"))
			if pairs, err := yamlcore.Pairs(yamlcore.Lookup(entry, "MatchCriteria")); err == nil {
				for _, q := range pairs {
					c.criteria = append(c.criteria, entries(q.Value)...)
				}
			}
			out = append(out, c)
		}
		return out
	})
}

// entries returns the mappings of a list.
func entries(list *yaml.Node) (out []*yaml.Node) {
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	for _, n := range list.Content {
		if n = yamlcore.Deref(n); n.Kind == yaml.MappingNode {
			out = append(out, n)
		}
	}
	return out
}

// word returns the value of a key if it is a scalar that is not empty, or nil.
func word(n *yaml.Node, key string) *yaml.Node {
	if v := yamlcore.Lookup(n, key); v != nil && v.Kind == yaml.ScalarNode && v.Value != "" {
		return v
	}
	return nil
}

// number returns the value of a key that is an integer.
func number(n *yaml.Node, key string) (*yaml.Node, int, bool) {
	v := word(n, key)
	if v == nil {
		return nil, 0, false
	}
	i, err := strconv.Atoi(v.Value)
	return v, i, err == nil
}

// places returns the places of the parts by their ids.
func (c correlation) places() map[string]int {
	out := map[string]int{}
	for i, part := range slices.Backward(c.parts) {
		if part.id != nil {
			out[part.id.Value] = i
		}
	}
	return out
}

// ids lists the ids of the parts.
func (c correlation) ids() (out []string) {
	for _, part := range c.parts {
		if part.id != nil {
			out = append(out, part.id.Value)
		}
	}
	return out
}

// checkPart reports a value that should be the id of one of some parts.
func checkPart[T any](p *SpecPass, n *yaml.Node, what string, known map[string]T, ids []string) {
	if n == nil || len(ids) == 0 {
		return
	}
	if _, ok := known[n.Value]; ok {
		return
	}
	f := p.ReportNode(n, "%s %q is not the ID of a part of the rule", what, n.Value)
	f.Key = what + " " + n.Value
	f.Hint = "write one of the IDs under Group or Sequence"
	meant(p, f, n, ids)
}

// meant adds a guess at the word that was meant. Only the case of letters and blanks
// is certain enough for a fix.
func meant(p *SpecPass, f *Finding, n *yaml.Node, words []string) {
	near, ok := p.nearest(n.Value, words)
	if !ok || len(near) < 2 {
		return
	}
	f.Hint = "did you mean \"" + near + "\"?"
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
	if strings.EqualFold(bare(near), bare(n.Value)) {
		f.Fix = fixScalar(p, n, near)
	}
}

// checkTwice reports an id that an earlier node has already.
func checkTwice(p *SpecPass, n *yaml.Node, what string, first map[string]*yaml.Node) {
	if n == nil {
		return
	}
	if other := first[n.Value]; other != nil {
		f := p.ReportNode(n, "another %s also has the ID %q", what, n.Value)
		f.Hint = "give each " + what + " an ID of its own"
		f.Related = []Location{{Path: p.Path(), Range: p.Source.Node(other), Message: "the first one"}}
		return
	}
	first[n.Value] = n
}
