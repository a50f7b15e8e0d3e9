package config

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// Move says that an entity has got another id.
type Move struct {
	Kind panther.Kind `yaml:"kind"`
	From string       `yaml:"from"`
	To   string       `yaml:"to"`

	node *yaml.Node
}

// UnmarshalYAML parses and checks an entry of moved.
func (m *Move) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fault(n, "an entry of moved must be a mapping with the keys kind, from and to")
	}
	if err := knownKeys(n, "moved", []string{"kind", "from", "to"}); err != nil {
		return err
	}
	for _, k := range []struct {
		key  string
		into *string
	}{{"kind", (*string)(&m.Kind)}, {"from", &m.From}, {"to", &m.To}} {
		v := yamlcore.Lookup(n, k.key)
		if v == nil {
			return fault(n, "an entry of moved needs %q; write {kind: rule, from: OLD.ID, to: NEW.ID}", k.key)
		}
		if v.Kind != yaml.ScalarNode || strings.TrimSpace(v.Value) == "" {
			return fault(v, "%q of moved must be a non-empty string", k.key)
		}
		*k.into = v.Value
	}
	if _, err := panther.ParseKind(string(m.Kind)); err != nil {
		legal := make([]string, 0, len(panther.Kinds()))
		for _, k := range panther.Kinds() {
			legal = append(legal, string(k))
		}
		return fault(yamlcore.Lookup(n, "kind"), "moved: %v%s", err, suggest.DidYouMean(string(m.Kind), legal))
	}
	if m.From == m.To {
		return fault(yamlcore.Lookup(n, "to"), "moved: %s %q moves to itself; write the new id after \"to\", or remove the entry", m.Kind, m.From)
	}
	m.node = n
	return nil
}

// checkMoves checks the entries of moved with each other.
func (c *Config) checkMoves() error {
	from, to := map[panther.Key]int{}, map[panther.Key]int{}
	for i, m := range c.Moved {
		old, is := panther.Key{Kind: m.Kind, ID: m.From}, panther.Key{Kind: m.Kind, ID: m.To}
		if j, twice := from[old]; twice {
			return fault(m.node, "moved: %s moves twice, to %q and to %q; keep one of the entries", old, c.Moved[j].To, m.To)
		}
		if j, twice := to[is]; twice {
			return fault(m.node, "moved: both %q and %q move to %s, and only one of them can have become it; keep one of the entries", c.Moved[j].From, m.From, is)
		}
		from[old], to[is] = i, i
	}
	for _, m := range c.Moved {
		if j, next := from[panther.Key{Kind: m.Kind, ID: m.To}]; next {
			last := c.Moved[j]
			if last.To == m.From {
				return fault(m.node, "moved: %s %q and %q move to each other, which takes two deployments: use a third id in between", m.Kind, m.From, m.To)
			}
			return fault(m.node, "moved: %s %q moves to %q, which moves on to %q; replace both entries by {kind: %s, from: %s, to: %s}, or remove the first if it is done", m.Kind, m.From, m.To, last.To, m.Kind, m.From, last.To)
		}
	}
	return nil
}
