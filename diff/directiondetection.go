package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
)

// detection judges the match expressions of a simple rule by which events match.
func (j *judge) detection(f panther.Field, b, a any) {
	b, a = f.Canonical(b), f.Canonical(a)
	if !structured(b) || !structured(a) {
		j.add(Unknown, f.Name, "detection changed")
		return
	}
	m := &matcher{}
	j.events(f, m, m.read(b), m.read(a), eventWords{
		subject: "detection", same: "matches the same events", fewer: "fewer events match: ", more: "more events match: ", test: "condition",
	})
}

func structured(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// eventWords are the words of the reasons of a change of which events match.
type eventWords struct{ subject, same, fewer, more, test string }

// events judges two match expressions by which events match.
func (j *judge) events(f panther.Field, m *matcher, was, is *match, words eventWords) {
	fewer, more := m.implies(is, was), m.implies(was, is)
	how := strings.ReplaceAll(changedTests(was, is), "condition", words.test)
	switch {
	case fewer && more:
		j.add(Neutral, f.Name, "%s %s", words.subject, words.same)
	case fewer:
		j.add(Weaker, f.Name, "%s%s", words.fewer, how)
	case more:
		j.add(Stronger, f.Name, "%s%s", words.more, how)
	default:
		j.add(Unknown, f.Name, "%s: %s", words.subject, how)
	}
}

// changedTests says which conditions were added, dropped and changed.
func changedTests(was, is *match) string {
	before, after := map[string]*match{}, map[string]*match{}
	was.tests(false, before)
	is.tests(false, after)
	added, dropped := only(after, before), only(before, after)
	if len(added) == 1 && len(dropped) == 1 {
		return changedTest(dropped[0], added[0])
	}
	var out []string
	say := func(what string, tests []*match) {
		for i, e := range tests {
			if i == maxNamed {
				out = append(out, fmt.Sprintf("%d more %s", len(tests)-i, what))
				break
			}
			out = append(out, "condition "+what+": "+e.shown)
		}
	}
	say("added", added)
	say("dropped", dropped)
	if len(out) == 0 {
		return "conditions are combined in another way"
	}
	return strings.Join(out, ", ")
}

// changedTest says how one condition became another: by the values, if it has a list
// of them.
func changedTest(was, is *match) string {
	if was.key == is.key && was.family == is.family && len(was.values)+len(is.values) > 2 {
		old, now := texts(was.values), texts(is.values)
		values := func(of []any, texts, others []string) []any {
			out, have := []any{}, set(others)
			for i, v := range of {
				if !have[texts[i]] {
					out = append(out, v)
				}
			}
			return out
		}
		text := "condition changed: " + was.name
		if l := values(is.values, now, old); len(l) > 0 {
			text += ", added " + operands(l)
		}
		if l := values(was.values, old, now); len(l) > 0 {
			text += ", removed " + operands(l)
		}
		return text
	}
	return "condition changed: " + was.shown + " → " + is.shown
}

// only returns the tests that the others lack, sorted by their texts.
func only(tests, others map[string]*match) []*match {
	var out []*match
	for _, text := range slices.Sorted(maps.Keys(tests)) {
		if others[text] == nil {
			out = append(out, tests[text])
		}
	}
	return out
}

func set(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, s := range list {
		out[s] = true
	}
	return out
}

// filters judges inline filters, which an event must match before it reaches the
// detection.
func (j *judge) filters(f panther.Field, b, a any) {
	b, a = f.Canonical(b), f.Canonical(a)
	m := &matcher{}
	read := func(v any) *match {
		if structured(v) {
			return m.read(v)
		}
		return m.group(matchAll, nil) // without a filter, every event passes
	}
	if b != nil && !structured(b) || a != nil && !structured(a) {
		j.add(Unknown, f.Name, "inline filters changed")
		return
	}
	j.events(f, m, read(b), read(a), eventWords{subject: "inline filters", same: "let the same events through", test: "filter"})
}

// dynamicSeverities judges entries that appear or disappear by the severity that they
// change to. Anything else is unknown: the entries are tried in order.
func (j *judge) dynamicSeverities(f panther.Field, b, a any) {
	was, is := list(f.Canonical(b)), list(f.Canonical(a))
	old, now := texts(was), texts(is)
	base, _ := j.after.Fields[panther.FieldSeverity].(string)
	level := slices.Index(panther.Severities(), strings.ToUpper(base))
	judgeAll := func(entries []any, names, others []string, sign int, word string) {
		for i, e := range entries {
			if slices.Contains(others, names[i]) {
				continue
			}
			m, _ := e.(map[string]any)
			to, _ := m["ChangeTo"].(string)
			k := slices.Index(panther.Severities(), strings.ToUpper(to))
			d := Unknown
			switch {
			case level < 0 || k < 0:
			case k == level:
				d = Neutral
			default:
				d = pick((k > level) == (sign > 0), Stronger, Weaker)
			}
			j.add(d, f.Name, "dynamic severity %s %s", severityWord(to), word)
		}
	}
	kept := func(of, other []string) []string {
		return slices.DeleteFunc(slices.Clone(of), func(s string) bool { return !slices.Contains(other, s) })
	}
	if len(was)+len(is) > 200 || len(was)+len(is) == 0 || !slices.Equal(kept(old, now), kept(now, old)) {
		j.add(Unknown, f.Name, "dynamic severities changed")
		return
	}
	n := len(j.reasons)
	judgeAll(is, now, old, 1, "added")
	judgeAll(was, old, now, -1, "removed")
	// An entry that appears while another one disappears may be the same one.
	added := len(now) - len(kept(now, old))
	if removed := len(old) - len(kept(old, now)); added > 0 && removed > 0 {
		j.reasons = j.reasons[:n]
		j.add(Unknown, f.Name, "%s changed", count(max(added, removed), "dynamic severity", "dynamic severities"))
	}
}
