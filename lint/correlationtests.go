package lint

import (
	"strconv"
	"time"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// checkMet reports a test that expects a match which its RuleOutputs can't make: of a part
// that has none, of a part with too few, or with times outside every window.
func checkMet(p *SpecPass, c correlation, t unitTest) {
	if t.want == nil || t.want.Value != "true" {
		return
	}
	outputs := yamlcore.Lookup(t.node, "RuleOutputs")
	if outputs == nil {
		return
	}
	places := c.places()
	matches := map[string]*partMatches{}
	for _, out := range entries(outputs) {
		id := word(out, "ID")
		if id == nil {
			return // which is reported
		}
		if _, known := places[id.Value]; !known || matches[id.Value] != nil {
			return // which is reported, and whose matches they are is a guess
		}
		matches[id.Value] = readMatches(id, out)
	}
	var present []*partMatches
	for _, part := range c.parts {
		if part.id == nil || part.absent() {
			continue
		}
		id, m := part.id.Value, matches[part.id.Value]
		if m == nil {
			f := p.ReportNode(t.want, "%s expects a match, but its RuleOutputs have none of %q", t.label(), id)
			f.Severity, f.Key = Warning, t.label()+" "+id
			f.Hint = "add an entry with ID " + id + ", or expect false"
			return // what else the test says is about other times
		}
		present = append(present, m)
		if _, least, ok := number(part.node, "MinMatchCount"); ok && m.known && len(m.times) < least {
			f := p.ReportNode(m.id, "%q matches %s here, but must match %d times", id, times(len(m.times)), least)
			f.Severity, f.Key = Warning, t.label()+" "+id
			f.Hint = "add matches, or expect false"
		}
	}
	absent := func(id string) bool {
		i, known := places[id]
		return !known || c.parts[i].absent()
	}
	for _, tr := range c.transitions {
		from, to := word(tr, "From"), word(tr, "To")
		_, within, ok := number(tr, "WithinTimeFrameMinutes")
		if from == nil || to == nil || !ok || absent(from.Value) || absent(to.Value) {
			continue
		}
		a, b := matches[from.Value], matches[to.Value]
		if a.reaches(b, 0, float64(within)) {
			continue
		}
		f := p.ReportNode(b.id, "no match of %q is at most %d minutes after one of %q, as its transition demands", to.Value, within, from.Value)
		f.Severity, f.Key = Warning, t.label()+" "+to.Value
		f.Hint = "correct the times under Matches, or expect false"
		return
	}
	_, window, ok := number(c.node, "LookbackWindowMinutes")
	for i, a := range present {
		for _, b := range present[:i] {
			if !ok || a.reaches(b, -float64(window), float64(window)) {
				continue
			}
			f := p.ReportNode(a.id, "no match of %q is within LookbackWindowMinutes %d of one of %q", a.id.Value, window, b.id.Value)
			f.Severity, f.Key = Warning, t.label()+" "+a.id.Value
			f.Hint = "correct the times under Matches, or expect false"
			return
		}
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// absent reports whether a part must not match.
func (c correlationPart) absent() bool {
	v := word(c.node, "Absence")
	return v != nil && v.Value == "true"
}

// partMatches are the times at which a part matches in a test, in minutes.
type partMatches struct {
	id    *yaml.Node
	times []float64
	// known is set if every time could be read.
	known bool
}

// reaches reports whether one of other's times is between least and most minutes after
// one of m's, or may be.
func (m *partMatches) reaches(other *partMatches, least, most float64) bool {
	if m == nil || other == nil || !m.known || !other.known || len(m.times) == 0 || len(other.times) == 0 {
		return true
	}
	if len(m.times)*len(other.times) > 10_000 {
		return true
	}
	for _, a := range m.times {
		for _, b := range other.times {
			if d := b - a; least <= d && d <= most {
				return true
			}
		}
	}
	return false
}

func readMatches(id, out *yaml.Node) *partMatches {
	m := &partMatches{id: id, known: true}
	fields, err := yamlcore.Pairs(yamlcore.Lookup(out, "Matches"))
	m.known = err == nil && len(fields) > 0
	for _, field := range fields {
		values, err := yamlcore.Pairs(yamlcore.Deref(field.Value))
		m.known = m.known && err == nil
		for _, v := range values {
			list := yamlcore.Deref(v.Value)
			if list.Kind != yaml.SequenceNode {
				m.known = false
				continue
			}
			for _, n := range list.Content {
				at, ok := minutes(yamlcore.Deref(n))
				m.known = m.known && ok
				m.times = append(m.times, at)
			}
		}
	}
	return m
}

// minutes reads a time of a match: minutes from a start, or a time of day.
func minutes(n *yaml.Node) (float64, bool) {
	if at, err := time.Parse(time.RFC3339, n.Value); err == nil {
		// All times of a test are of one form; numbers and dates would be far apart.
		return float64(at.UnixMilli()) / 60_000, true
	}
	at, err := strconv.ParseFloat(n.Value, 64)
	return at, err == nil && n.Kind == yaml.ScalarNode
}
