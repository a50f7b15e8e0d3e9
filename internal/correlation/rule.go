package correlation

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// rule is the detection of a correlation rule.
type rule struct {
	sequence bool
	parts    []part
	// criteria is MatchCriteria of a group by its names, in their order.
	criteria []criterion
	// steps are the transitions of a sequence: steps[i] leads from part i to part i+1.
	steps    []step
	lookback time.Duration
}

type part struct {
	id       string
	min, max int
	absent   bool
}

type criterion struct {
	name string
	// fields has the field of each part, "" for parts that the criterion does not name.
	fields []string
}

type step struct {
	within   time.Duration
	from, to string
}

// doubt is what keeps an evaluation from an answer.
type doubt string

func doubtf(format string, args ...any) doubt { return doubt(fmt.Sprintf(format, args...)) }

// keys of an entry of Detection that are understood.
var entryKeys = map[string]bool{
	"Group": true, "Sequence": true, "Transitions": true, "MatchCriteria": true, "LookbackWindowMinutes": true, "Schedule": true, "EventEvaluationOrder": true,
}

// readRule reads the value of Detection.
func readRule(v any) (rule, doubt) {
	var r rule
	list, ok := v.([]any)
	if !ok || len(list) != 1 {
		return r, "Detection must be a list with one entry"
	}
	entry, ok := list[0].(map[string]any)
	if !ok {
		return r, "Detection must be a list with one entry, which is a mapping"
	}
	for k := range entry {
		if !entryKeys[k] {
			return r, doubtf("pdac does not know the key %q of Detection", k)
		}
	}
	group, isGroup := entry["Group"].([]any)
	sequence, isSequence := entry["Sequence"].([]any)
	if isGroup == isSequence {
		return r, "Detection needs either a Group or a Sequence"
	}
	r.sequence = isSequence
	// Tests of Panther's own content show that Chronological does not ask for the order in
	// which the parts are listed.
	if o := entry["EventEvaluationOrder"]; o != nil && o != "Chronological" {
		return r, doubtf("pdac does not know the EventEvaluationOrder %v", o)
	}
	minutes, d := number(entry, "LookbackWindowMinutes", 15)
	if d != "" {
		return r, d
	}
	r.lookback = minutes
	for _, x := range append(group, sequence...) {
		p, d := readPart(x)
		if d != "" {
			return r, d
		}
		if r.index(p.id) >= 0 {
			return r, doubtf("two parts have the ID %q", p.id)
		}
		r.parts = append(r.parts, p)
	}
	if len(r.parts) == 0 {
		return r, "the rule has no parts"
	}
	if isSequence {
		return r, r.transitions(entry)
	}
	return r, r.matchCriteria(entry)
}

func readPart(x any) (part, doubt) {
	m, _ := x.(map[string]any)
	p := part{id: text(m["ID"]), absent: m["Absence"] == true, min: 1}
	if p.id == "" {
		return p, "a part of the rule has no ID"
	}
	for name, to := range map[string]*int{"MinMatchCount": &p.min, "MaxMatchCount": &p.max} {
		n, has := m[name].(json.Number)
		i, err := strconv.Atoi(n.String())
		switch {
		case !has && m[name] == nil:
		case !has || err != nil || i < 1:
			return p, doubtf("%s of part %q is not a number of at least 1", name, p.id)
		default:
			*to = i
		}
	}
	return p, ""
}

// index returns the place of a part, or -1.
func (r *rule) index(id string) int {
	for i, p := range r.parts {
		if p.id == id {
			return i
		}
	}
	return -1
}

func (r *rule) matchCriteria(entry map[string]any) doubt {
	if entry["Transitions"] != nil {
		return "a Group has no Transitions"
	}
	if entry["MatchCriteria"] == nil {
		return ""
	}
	m, ok := entry["MatchCriteria"].(map[string]any)
	if !ok {
		return "MatchCriteria must be a mapping"
	}
	for _, name := range sortedKeys(m) {
		c := criterion{name: name, fields: make([]string, len(r.parts))}
		list, _ := m[name].([]any)
		for _, x := range list {
			e, _ := x.(map[string]any)
			i, field := r.index(text(e["GroupID"])), text(e["Match"])
			if i < 0 || field == "" || c.fields[i] != "" {
				return doubtf("MatchCriteria %q must name each part once, with a field", name)
			}
			c.fields[i] = field
		}
		r.criteria = append(r.criteria, c)
	}
	return ""
}

func (r *rule) transitions(entry map[string]any) doubt {
	if entry["MatchCriteria"] != nil {
		return "a Sequence has no MatchCriteria"
	}
	list, _ := entry["Transitions"].([]any)
	if len(list) != len(r.parts)-1 {
		return "the Transitions do not lead from each part of the Sequence to the next"
	}
	r.steps = make([]step, len(list))
	seen := make([]bool, len(list))
	for _, x := range list {
		m, _ := x.(map[string]any)
		from, to := r.index(text(m["From"])), r.index(text(m["To"]))
		if from < 0 || to != from+1 || seen[from] {
			return "the Transitions do not lead from each part of the Sequence to the next"
		}
		seen[from] = true
		within, d := number(m, "WithinTimeFrameMinutes", 0)
		if d != "" {
			return d
		}
		if within == 0 {
			within = r.lookback
		}
		s := step{within: within}
		matches, _ := m["Match"].([]any)
		switch {
		case len(matches) > 1:
			return doubtf("the test does not say which matches of several fields belong together, and transition %q has several", text(m["ID"]))
		case len(matches) == 1:
			e, _ := matches[0].(map[string]any)
			s.from, s.to = text(e["From"]), text(e["To"])
			if on := text(e["On"]); on != "" {
				s.from, s.to = on, on
			}
			if s.from == "" || s.to == "" {
				return doubtf("the Match of transition %q needs On, or From and To", text(m["ID"]))
			}
		}
		r.steps[from] = s
	}
	return ""
}

// number returns minutes, which must be positive.
func number(m map[string]any, key string, missing int) (time.Duration, doubt) {
	if m[key] == nil {
		return time.Duration(missing) * time.Minute, ""
	}
	d, ok := minutes(m[key])
	if !ok || d <= 0 {
		return 0, doubtf("%s is not a positive number of minutes", key)
	}
	return d, ""
}

// minutes converts a number of minutes.
func minutes(v any) (time.Duration, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	ns := f * float64(time.Minute)
	if err != nil || math.Abs(ns) > 1e18 {
		return 0, false
	}
	return time.Duration(math.Round(ns)), true
}

// text returns an id: a text, or a number or a boolean as its text.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}
