package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/attack"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// reportName is the key under Reports that contains the mappings (source: Panther's
// documentation of its MITRE ATT&CK matrix).
const reportName = "MITRE ATT&CK"

func (d *Detection) compare(o *Detection) int {
	return cmp.Or(strings.Compare(d.ID, o.ID), strings.Compare(d.Path, o.Path))
}

// spec is a spec with the rules that it refers to.
type spec struct {
	item *repo.Item
	base *spec
	rule map[string]*spec
}

// get returns the value of a key. A derived rule inherits keys from its base.
func (s *spec) get(key string) *yaml.Node {
	seen := map[*spec]bool{}
	for at := s; at != nil && !seen[at]; at = at.base {
		seen[at] = true
		if v := yamlcore.Lookup(at.item.Root, key); v != nil {
			return v
		}
	}
	return nil
}

func (s *spec) text(key string) string {
	if v := s.get(key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

func (s *spec) list(key string) []string {
	var out []string
	for _, n := range scalars(s.get(key)) {
		out = append(out, n.Value)
	}
	return out
}

// scalars returns the scalars of a list, or a single scalar.
func scalars(n *yaml.Node) []*yaml.Node {
	n = yamlcore.Deref(n)
	switch {
	case n == nil:
	case n.Kind == yaml.ScalarNode && n.Value != "":
		return []*yaml.Node{n}
	case n.Kind == yaml.SequenceNode:
		var out []*yaml.Node
		for _, c := range n.Content {
			if c = yamlcore.Deref(c); c.Kind == yaml.ScalarNode && c.Value != "" {
				out = append(out, c)
			}
		}
		return out
	}
	return nil
}

// detections finds everything that can have mappings.
func detections(r *repo.Repo) ([]*Detection, []Note) {
	rules := map[string]*spec{}
	var specs []*spec
	for _, it := range r.Items {
		switch it.Type {
		case repo.TypeRule, repo.TypeScheduledRule, repo.TypeCorrelationRule, repo.TypePolicy:
			s := &spec{item: it, rule: rules}
			specs = append(specs, s)
			if _, taken := rules[it.ID]; !taken && it.Type != repo.TypePolicy {
				rules[it.ID] = s
			}
		}
	}
	for _, s := range specs {
		if base := yamlcore.Lookup(s.item.Root, "BaseDetection"); base != nil && base.Kind == yaml.ScalarNode {
			s.base = rules[base.Value]
		}
	}
	var out []*Detection
	var notes []Note
	for _, s := range specs {
		d, ns := s.detection()
		out, notes = append(out, d), append(notes, ns...)
	}
	slices.SortFunc(out, (*Detection).compare)
	return out, notes
}

func (s *spec) detection() (*Detection, []Note) {
	it := s.item
	d := &Detection{ID: it.ID, Name: s.text("DisplayName"), Kind: s.kind(), Path: it.Path, Severity: s.text("Severity"), LogTypes: s.logTypes(0)}
	d.Enabled = !strings.EqualFold(s.text("Enabled"), "false") && !it.Excluded
	var notes []Note
	reports := s.get("Reports")
	for _, n := range scalars(yamlcore.Lookup(reports, reportName)) {
		m, message := resolve(n.Value)
		if message != "" {
			note := Note{Path: it.Path, Line: n.Line, ID: it.ID, Mapping: n.Value, Message: message}
			if m != (attack.Mapping{}) {
				note.CountedAs = m.String()
			}
			// An invalid mapping of a base is reported once, for the base.
			if yamlcore.Lookup(it.Root, "Reports") != nil {
				notes = append(notes, note)
			}
		}
		if m != (attack.Mapping{}) {
			d.Mappings = append(d.Mappings, m.String())
		}
	}
	slices.Sort(d.Mappings)
	d.Mappings = append([]string{}, slices.Compact(d.Mappings)...)
	return d, notes
}

func (s *spec) kind() string {
	switch {
	case s.item.Kind != "":
		return string(s.item.Kind)
	case s.item.Type == repo.TypeRule:
		return "derived_rule"
	}
	return string(s.item.Type)
}

func (s *spec) logTypes(depth int) []string {
	types := append(s.list("LogTypes"), s.list("ResourceTypes")...)
	switch {
	case s.item.Type == repo.TypeScheduledRule:
		types = []string{LogTypeScheduledQuery}
	case s.item.Type == repo.TypeCorrelationRule && depth < 3:
		for _, id := range ruleIDs(yamlcore.Lookup(s.item.Root, "Detection"), 0) {
			if r := s.rule[id]; r != nil {
				types = append(types, r.logTypes(depth+1)...)
			}
		}
	}
	slices.Sort(types)
	if types = slices.Compact(types); len(types) > 1 {
		types = slices.DeleteFunc(types, func(t string) bool { return t == LogTypeNone })
	}
	if len(types) == 0 {
		return []string{LogTypeNone}
	}
	return types
}

// ruleIDs finds the rules in the groups and sequences of a correlation rule.
func ruleIDs(n *yaml.Node, depth int) []string {
	n = yamlcore.Deref(n)
	var out []string
	switch {
	case n == nil || depth > 6:
	case n.Kind == yaml.SequenceNode:
		for _, c := range n.Content {
			out = append(out, ruleIDs(c, depth+1)...)
		}
	case n.Kind == yaml.MappingNode:
		pairs, err := yamlcore.Pairs(n)
		if err != nil {
			return nil
		}
		for _, p := range pairs {
			if p.Key.Value == "RuleID" && p.Value.Kind == yaml.ScalarNode {
				out = append(out, p.Value.Value)
			} else {
				out = append(out, ruleIDs(p.Value, depth+1)...)
			}
		}
	}
	return out
}

// resolve returns the mapping that a text is counted as. The message explains why it
// is not counted, or what was replaced.
func resolve(text string) (attack.Mapping, string) {
	m, err := attack.ParseMapping(strings.TrimSpace(text))
	if err != nil {
		return attack.Mapping{}, err.Error()
	}
	tactic, ok := attack.TacticByID(m.Tactic)
	if !ok {
		return attack.Mapping{}, fmt.Sprintf("unknown tactic %s", m.Tactic)
	}
	x, ok := attack.TechniqueByID(m.Technique)
	if !ok {
		return attack.Mapping{}, fmt.Sprintf("unknown technique %s", m.Technique)
	}
	message := ""
	switch x.State {
	case attack.Deprecated:
		return attack.Mapping{}, fmt.Sprintf("%s (%s) is deprecated and not in the matrix", x.ID, x.Name)
	case attack.Revoked:
		by, _ := attack.TechniqueByID(x.ReplacedBy)
		message = fmt.Sprintf("%s (%s) was revoked and replaced by %s (%s)", x.ID, x.Name, by.ID, by.Name)
		x = by
	}
	if !x.Under(m.Tactic) {
		not := fmt.Sprintf("%s (%s) is not under %s (%s) but under %s", x.ID, x.Name, tactic.ID, tactic.Name, strings.Join(x.Tactics, ", "))
		if message != "" {
			not = message + ", which is not under " + tactic.ID
		}
		return attack.Mapping{}, not
	}
	return attack.Mapping{Tactic: m.Tactic, Technique: x.ID}, message
}
