package correlation

import (
	"maps"
	"slices"
	"time"
)

// maxTimes limits the matches of a test. Real ones have a few dozen.
const maxTimes = 20_000

// outputs are the matches of a test, in the order of the rule's parts.
type outputs struct {
	parts []matches
	// first and last are the earliest and latest match of all.
	first, last time.Duration
	// relative reports that times are minutes, which may count from the start of the window.
	relative bool
	n        int
}

// matches are the times of one part by field and value, sorted.
type matches map[string]map[string][]time.Duration

// readOutputs reads the value of RuleOutputs.
func readOutputs(v any, r *rule) (*outputs, doubt) {
	list, ok := v.([]any)
	if !ok && v != nil {
		return nil, "RuleOutputs must be a list"
	}
	o := &outputs{parts: make([]matches, len(r.parts))}
	absolute := false
	for _, x := range list {
		m, _ := x.(map[string]any)
		i := r.index(text(m["ID"]))
		switch {
		case i < 0:
			return nil, doubtf("the test has matches of %q, which is no part of the rule", text(m["ID"]))
		case o.parts[i] != nil:
			return nil, doubtf("the test has matches of %q twice", text(m["ID"]))
		}
		fields, ok := m["Matches"].(map[string]any)
		if !ok && m["Matches"] != nil {
			return nil, doubtf("Matches of %q must be a mapping from fields to values", r.parts[i].id)
		}
		o.parts[i] = matches{}
		for field, x := range fields {
			values, ok := x.(map[string]any)
			if !ok {
				return nil, doubtf("Matches of %q must map %q to values with their times", r.parts[i].id, field)
			}
			o.parts[i][field] = map[string][]time.Duration{}
			for value, x := range values {
				times, ok := x.([]any)
				if !ok {
					return nil, doubtf("the times of %q must be a list", value)
				}
				for _, t := range times {
					at, isMinutes, d := moment(t)
					if d != "" {
						return nil, d
					}
					if o.relative, absolute = o.relative || isMinutes, absolute || !isMinutes; o.relative && absolute {
						return nil, "the test mixes minutes and timestamps"
					}
					if o.n++; o.n > maxTimes {
						return nil, doubtf("the test has more than %d matches", maxTimes)
					}
					if o.n == 1 || at < o.first {
						o.first = at
					}
					if o.n == 1 || at > o.last {
						o.last = at
					}
					o.parts[i][field][value] = append(o.parts[i][field][value], at)
				}
				slices.Sort(o.parts[i][field][value])
			}
		}
	}
	if o.relative {
		o.first = min(o.first, 0)
	}
	return o, ""
}

// moment reads a time of a match: minutes, or a timestamp.
func moment(v any) (at time.Duration, isMinutes bool, d doubt) {
	if s, ok := v.(string); ok {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || t.Year() < 1700 || t.Year() > 2200 {
			return 0, false, doubtf("%q is not a timestamp such as 2024-06-01T10:00:01Z", s)
		}
		return time.Duration(t.UnixNano()), false, ""
	}
	at, ok := minutes(v)
	if !ok {
		return 0, false, "a time of a match is neither a number of minutes nor a timestamp"
	}
	return at, true, ""
}

// all returns the times of a part for all values. clear is false if the part has several
// fields, whose matches may be the same ones.
func (m matches) all() (times []time.Duration, clear bool) {
	for _, values := range m {
		for _, t := range values {
			times = append(times, t...)
		}
	}
	slices.Sort(times)
	return times, len(m) < 2
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
