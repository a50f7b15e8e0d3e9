package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// specPaths returns the paths that the entries of a simple detection ask for. Those
// below an entry, such as the conditions of a list, can be relative to it.
func specPaths(p *SpecPass, list *yaml.Node) (out []keyPath) {
	if list == nil || list.Kind != yaml.SequenceNode || p.Item.Type == repo.TypeCorrelationRule {
		return nil
	}
	for _, m := range list.Content {
		m = yamlcore.Deref(m)
		if v := yamlcore.Lookup(m, "KeyValue"); v != nil {
			m = v
		}
		var nodes []*yaml.Node
		if key := yamlcore.Lookup(m, "Key"); plainText(key) != "" {
			nodes = append(nodes, key)
		} else {
			nodes = scalars(yamlcore.Lookup(m, "DeepKey"))
		}
		path := keyPath{fold: true}
		for _, n := range nodes {
			path.keys = append(path.keys, n.Value)
		}
		path.report = func(i int) *Finding {
			return p.ReportNode(nodes[i], "no test event has %q", strings.Join(path.keys[:i+1], "."))
		}
		if len(nodes) > 0 && !slices.ContainsFunc(path.keys, func(k string) bool { return strings.ContainsAny(k, ".[]$") }) {
			out = append(out, path)
		}
	}
	return out
}

// The names of the facts that pd410Collect collects; the log type is behind them.
const (
	eventKeys = "keys "
	aPath     = "path "
)

// pd410Collect collects the first keys of test events by their log type, and of the paths
// of data models and lookup tables.
func pd410Collect(p *SpecPass) (out []Fact) {
	add := func(logType string, n *yaml.Node) {
		if key := firstKey(plainText(n)); key != "" {
			out = append(out, Fact{Name: strings.Clone(aPath + logType), Value: strings.Clone(key), Range: p.Source.Node(n)})
		}
	}
	switch p.Item.Type {
	case repo.TypeDataModel:
		if len(p.Facts.LogTypes) == 1 {
			for _, m := range mappings(p) {
				add(p.Facts.LogTypes[0].Value, yamlcore.Lookup(m, "Path"))
			}
		}
	case repo.TypeLookupTable:
		for _, m := range associatedLogTypes(p) {
			for _, n := range scalars(yamlcore.Lookup(m, "Selectors")) {
				add(plainText(yamlcore.Lookup(m, "LogType")), n)
			}
		}
	case repo.TypeRule:
		return append(out, keysOfTests(p)...)
	}
	return out
}

// keysOfTests returns a fact for each log type of the test events of a rule.
func keysOfTests(p *SpecPass) (out []Fact) {
	keys := map[string]map[string]bool{}
	for _, t := range unitTests(p) {
		logType := ""
		if n := t.logType(); n != nil {
			logType = n.Value
		} else if len(p.Facts.LogTypes) == 1 {
			logType = p.Facts.LogTypes[0].Value
		}
		if logType == "" || t.event == nil || t.event.Kind != yaml.MappingNode {
			continue
		}
		if keys[logType] == nil {
			keys[logType] = map[string]bool{}
		}
		for i := 0; i < len(t.event.Content); i += 2 {
			if k := t.event.Content[i].Value; !strings.HasPrefix(k, "p_") && !strings.Contains(k, " ") {
				keys[logType][k] = true
			}
		}
	}
	for _, logType := range sortedKeys(keys) {
		out = append(out, Fact{Name: strings.Clone(eventKeys + logType), Value: strings.Join(sortedKeys(keys[logType]), " ")})
	}
	return out
}

// firstKey returns the first key of a path, or "" if it has no plain one.
func firstKey(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "$"), ".")
	key, _, _ := strings.Cut(path, ".")
	if strings.HasPrefix(key, "p_") || strings.ContainsAny(key, "[]()*'\"@ ") {
		return ""
	}
	return key
}

// pd410Paths compares the paths of data models and lookup tables with the test events of
// all rules for the log type.
func pd410Paths(p *RepoPass) {
	has := map[string]map[string]bool{}
	for f := range p.Specs(repo.TypeRule) {
		for _, fact := range p.Collected(f) {
			logType, ok := strings.CutPrefix(fact.Name, eventKeys)
			if !ok {
				continue
			}
			if has[logType] == nil {
				has[logType] = map[string]bool{}
			}
			for key := range strings.FieldsSeq(fact.Value) {
				has[logType][key] = true
			}
		}
	}
	for f := range p.Specs(repo.TypeDataModel, repo.TypeLookupTable) {
		for _, fact := range p.Collected(f) {
			logType, ok := strings.CutPrefix(fact.Name, aPath)
			if !ok || has[logType][fact.Value] {
				continue
			}
			if near := nearKey(fact.Value, has[logType]); near != "" {
				out := p.Report(f, fact.Range, "no test event of %s has %q", logType, fact.Value)
				out.Key = logType + " " + fact.Value
				out.Hint = "did you mean \"" + near + "\", which the test events have?"
			}
		}
	}
}

// nearKey returns a key that differs in one letter, or "". Keys that differ only in case
// are often mistakes of the test events, so they count as the same.
func nearKey(key string, keys map[string]bool) string {
	const shortest = 4
	near := ""
	for _, word := range sortedKeys(keys) {
		switch {
		case strings.EqualFold(bareKey(key), bareKey(word)):
			return ""
		case len(key) >= shortest && suggest.Within(key, word, 1) && !plural(key, word) && !strings.ContainsAny(key+word, "0123456789"):
			near = word
		}
	}
	return near
}
