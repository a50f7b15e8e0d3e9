package config

import (
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// Drift is the drift section of pdac.yaml.
type Drift struct {
	// Accept lists edits made in Panther that are known and stay there.
	Accept []Acceptance `yaml:"accept"`
}

// Acceptance is an entry of drift.accept.
type Acceptance struct {
	// ID is the entity, as an id or kind/id, or a glob of them.
	ID string `yaml:"id"`
	// Fields lists API fields or keys of a spec.
	Fields guardWords `yaml:"fields"`
	// Value is the only value that is accepted; nil for any.
	Value  *yaml.Node `yaml:"-"`
	Reason string     `yaml:"reason"`
	// Until is the last day, as 2026-12-31; "" for no end.
	Until string `yaml:"until"`
	// Line is the line of the entry, counting from 1.
	Line int `yaml:"-"`
}

// maxAcceptances is the maximum number of entries of drift.accept.
const maxAcceptances = 1000

// UnmarshalYAML reads an acceptance and checks it.
func (a *Acceptance) UnmarshalYAML(n *yaml.Node) error {
	if err := knownKeys(n, "accept", []string{"id", "fields", "value", "reason", "until"}); err != nil {
		return err
	}
	type plain Acceptance
	if err := n.Decode((*plain)(a)); err != nil {
		return err
	}
	a.Line = n.Line
	at := func(key string) *yaml.Node {
		if v := yamlcore.Lookup(n, key); v != nil {
			return v
		}
		return n
	}
	if v := yamlcore.Lookup(n, "value"); v != nil {
		a.Value = yamlcore.Deref(v)
	}
	switch {
	case strings.TrimSpace(a.ID) == "":
		return fault(at("id"), "an entry of accept needs %q: an entity as kind/id, such as rule/AWS.Root.Login", "id")
	case len(a.Fields) == 0:
		return fault(at("fields"), "the acceptance of %q needs %q; name them, such as [severity]", a.ID, "fields")
	case strings.TrimSpace(a.Reason) == "":
		return fault(at("reason"), "the acceptance of %q needs a %q: why the value in Panther may stay", a.ID, "reason")
	case a.Value != nil && len(a.Fields) > 1:
		return fault(at("value"), "the acceptance of %q has one value for %d fields; write an entry for each field", a.ID, len(a.Fields))
	}
	for _, f := range a.Fields {
		if strings.TrimSpace(f) == "" {
			return fault(at("fields"), "the acceptance of %q has an empty field; name it, such as severity", a.ID)
		}
	}
	if day := yamlcore.Lookup(n, "until"); day != nil {
		if _, err := time.Parse(time.DateOnly, a.Until); err != nil {
			return fault(day, "until %q is not a day; write it like 2026-12-31", day.Value)
		}
	}
	return nil
}

// checkAcceptances returns an error for an empty entry, and for too many of them.
func (c *Config) checkAcceptances(at func(keys ...string) *yaml.Node) error {
	list := at("drift", "accept")
	if list.Kind != yaml.SequenceNode {
		return nil
	}
	if n := len(list.Content); n > maxAcceptances {
		return fault(list, "\"drift.accept\" has %d entries; pdac takes up to %d", n, maxAcceptances)
	}
	return noEmpty(list, "an entry of accept is empty; write its id, fields and reason, or remove the dash")
}

// noEmpty returns an error for an empty entry of a list, which the decoder leaves out.
func noEmpty(list *yaml.Node, problem string) error {
	if list.Kind != yaml.SequenceNode {
		return nil
	}
	for _, n := range list.Content {
		if n.Tag == "!!null" {
			return fault(n, "%s", problem)
		}
	}
	return nil
}
