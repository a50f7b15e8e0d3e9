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
	asksPaths = "asks"
	unknownTo = "unknown"
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
		return slices.Concat(out, keysOfTests(p), askedPaths(p))
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

// askedPaths returns the paths of two keys and more that the Python file of a rule asks
// for, joined with dots: one fact with all, and one for each that no test event has up to
// the key that is missing.
func askedPaths(p *SpecPass) (out []Fact) {
	var events []*yaml.Node
	for _, t := range unitTests(p) {
		if t.event != nil && t.event.Kind == yaml.MappingNode {
			events = append(events, t.event)
		}
	}
	all := map[string]bool{}
	for _, path := range bodyPaths(p) {
		if len(path.keys) < 2 || slices.ContainsFunc(path.keys, func(k string) bool { return strings.ContainsAny(k, ". ") || k == "" }) {
			continue
		}
		for i := range path.keys {
			all[strings.Join(path.keys[:i+1], ".")] = true
		}
		if i := path.missing(events); i > 0 {
			out = append(out, Fact{Name: unknownTo, Value: strings.Join(path.keys[:i+1], "."), Range: path.place(i)})
		}
	}
	if len(all) > 0 {
		out = append(out, Fact{Name: asksPaths, Value: strings.Join(sortedKeys(all), " ")})
	}
	return out
}

// missing returns the place in the path of the first key that no event has; -1 if some
// have all.
func (k keyPath) missing(events []*yaml.Node) int {
	for i, key := range k.keys {
		var next []*yaml.Node
		for _, e := range events {
			if v := k.lookup(e, key); v != nil {
				if v.Kind != yaml.MappingNode {
					return -1 // it can hold more than the tests show
				}
				next = append(next, v)
			}
		}
		if len(next) == 0 {
			return i
		}
		events = next
	}
	return -1
}

// pd410Rare reports keys that one rule asks for and no test event has, where several
// rules ask for one that differs in one letter.
func pd410Rare(p *RepoPass) {
	const several, shortest = 3, 5
	users, below := map[string]int{}, map[string][]string{}
	for f := range p.Specs(repo.TypeRule) {
		for _, fact := range p.Collected(f) {
			if fact.Name != asksPaths {
				continue
			}
			for path := range strings.FieldsSeq(fact.Value) {
				if users[path]++; users[path] == several {
					i := strings.LastIndexByte(path, '.')
					below[path[:max(i, 0)]] = append(below[path[:max(i, 0)]], path[i+1:])
				}
			}
		}
	}
	for f := range p.Specs(repo.TypeRule) {
		for _, fact := range p.Collected(f) {
			i := strings.LastIndexByte(fact.Value, '.')
			if fact.Name != unknownTo || i < 0 || users[fact.Value] > 1 {
				continue
			}
			key := fact.Value[i+1:]
			for _, near := range below[fact.Value[:i]] {
				if len(key) < shortest || near == key || !suggest.Within(key, near, 1) || plural(key, near) || strings.ContainsAny(key+near, "0123456789") {
					continue
				}
				out := p.ReportPath(f.Spec.BodyPath, fact.Range, "only this rule asks for %q, and no test event has it", fact.Value)
				out.Entity, out.Key = f.Spec.ID.Value, fact.Value
				out.Hint = "did you mean \"" + near + "\", which other rules ask for?"
				break
			}
		}
	}
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
		case sameBare(key, word):
			return ""
		case len(key) >= shortest && suggest.Within(key, word, 1) && !plural(key, word) && !strings.ContainsAny(key+word, "0123456789"):
			near = word
		}
	}
	return near
}
