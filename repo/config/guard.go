package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// Guard is an entry of deploy.guards: changes that somebody has to let through.
type Guard struct {
	ID    string     `yaml:"id"`
	Where GuardWhere `yaml:"where"`
	When  guardWords `yaml:"when"`
	// Do is hold or fail.
	Do      string `yaml:"do"`
	Message string `yaml:"message"`
	// Line is the line of the entry, counting from 1.
	Line int `yaml:"-"`
}

// GuardWhere selects entities. Empty lists select all.
type GuardWhere struct {
	Severity guardWords `yaml:"severity"`
	// Only lists entities as kind/id-glob.
	Only guardWords `yaml:"only"`
	Tags guardWords `yaml:"tags"`
}

// guardWords is one string or a list of strings.
type guardWords []string

// UnmarshalYAML reads a string or a list of strings.
func (w *guardWords) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = guardWords{n.Value}
		return nil
	}
	return n.Decode((*[]string)(w))
}

// guardID is what an id is made of, so that it fits in a flag and a trailer.
func guardID(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
}

// UnmarshalYAML reads a guard and checks it.
func (g *Guard) UnmarshalYAML(n *yaml.Node) error {
	if err := knownKeys(n, "guards", []string{"id", "where", "when", "do", "message"}); err != nil {
		return err
	}
	if w := yamlcore.Lookup(n, "where"); w != nil {
		if err := knownKeys(w, "where", []string{"severity", "only", "tags"}); err != nil {
			return err
		}
	}
	type plain Guard
	if err := n.Decode((*plain)(g)); err != nil {
		return err
	}
	at := func(key string) *yaml.Node {
		if v := yamlcore.Lookup(n, key); v != nil {
			return v
		}
		return n
	}
	g.Line = n.Line
	switch {
	case !guardID(g.ID):
		return fault(at("id"), "a guard needs an id of letters, digits, -, _ and ., not %q", g.ID)
	case g.Do != "hold" && g.Do != "fail":
		return fault(at("do"), "do %q is not one of hold, fail%s", g.Do, suggest.DidYouMean(g.Do, []string{"hold", "fail"}))
	case len(g.When) == 0:
		return fault(n, "the guard %q needs \"when\", such as weaker", g.ID)
	}
	for _, w := range g.When {
		if legal := []string{"create", "update", "delete", "replace", "weaker", "stronger", "neutral", "unknown"}; !slices.Contains(legal, w) {
			return fault(at("when"), "when %q is not one of %s%s", w, strings.Join(legal, ", "), suggest.DidYouMean(w, legal))
		}
	}
	for _, s := range g.Where.Severity {
		if !slices.Contains(panther.Severities(), strings.ToUpper(s)) {
			return fault(yamlcore.Lookup(at("where"), "severity"), "severity %q is not one of %s%s", s, strings.Join(panther.Severities(), ", "), suggest.DidYouMean(strings.ToUpper(s), panther.Severities()))
		}
	}
	return nil
}

// checkGuards returns an error for an empty entry, and if two guards have the same id.
func (c *Config) checkGuards(at func(keys ...string) *yaml.Node) error {
	seen := map[string]int{}
	if err := noEmpty(at("deploy", "guards"), "a guard is empty; write its id, when and do, or remove the dash"); err != nil {
		return err
	}
	for _, g := range c.Deploy.Guards {
		if line, twice := seen[g.ID]; twice {
			f := at("deploy", "guards")
			return &yamlcore.Error{Line: g.Line, Column: f.Column, Message: "the guard in line " + strconv.Itoa(line) + " also has the id \"" + g.ID + "\"; give each an id of its own"}
		}
		seen[g.ID] = g.Line
	}
	return nil
}
