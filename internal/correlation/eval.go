package correlation

import (
	"slices"
	"time"

	"github.com/pdac-dev/pdac/internal/verdict"
)

// Eval reports whether a correlation rule matches. detection is the value of Detection and
// outputs that of RuleOutputs of a test, in the JSON model.
func Eval(detection, outputs any) verdict.Answer {
	r, d := readRule(detection)
	if d != "" {
		return verdict.Open("%s", d)
	}
	o, d := readOutputs(outputs, &r)
	if d != "" {
		return verdict.Open("%s", d)
	}
	positive := 0
	for i, p := range r.parts {
		if p.absent {
			continue
		}
		if positive++; !o.parts[i].any() {
			return verdict.No("part %q has no match", p.id)
		}
	}
	switch {
	case positive == 0:
		return verdict.Open("all parts have Absence, and Panther does not document when such a rule matches")
	case r.sequence:
		return r.evalSequence(o)
	}
	return r.evalGroup(o)
}

func (m matches) any() bool {
	times, _ := m.all()
	return len(times) > 0
}

// allTimes returns the times of the matches of each part, or why the test leaves them open.
func (r *rule) allTimes(o *outputs) ([][]time.Duration, *verdict.Answer) {
	times := make([][]time.Duration, len(r.parts))
	for i, m := range o.parts {
		var clear bool
		if times[i], clear = m.all(); !clear {
			open := verdict.Open("part %q has several fields, and the test does not say which of their matches are the same", r.parts[i].id)
			return nil, &open
		}
	}
	return times, nil
}

// evalGroup answers for a group: all parts match within one window, for the same values.
func (r *rule) evalGroup(o *outputs) verdict.Answer {
	if len(r.criteria) == 0 {
		times, unclear := r.allTimes(o)
		if unclear != nil {
			return *unclear
		}
		return r.together(o, times, "")
	}
	out := verdict.Yes
	for _, c := range r.criteria {
		switch a := r.evalCriterion(o, c); {
		case a.Verdict == verdict.False:
			return a
		case a.Verdict == verdict.Unsure && out.Verdict == verdict.True:
			out = a
		}
	}
	if out.Verdict == verdict.True && len(r.criteria) > 1 {
		return verdict.Open("MatchCriteria has several names, and the test does not say which matches of their fields belong together")
	}
	return out
}

// evalCriterion answers for one name of MatchCriteria.
func (r *rule) evalCriterion(o *outputs, c criterion) verdict.Answer {
	values := map[string]bool{}
	for i, p := range r.parts {
		m, field := o.parts[i], c.fields[i]
		switch {
		case field == "":
			return verdict.Open("MatchCriteria %q does not name part %q, and Panther does not document what that means", c.name, p.id)
		case m.any() && m[field] == nil:
			return verdict.Open("the test has no values of %q for part %q, which MatchCriteria compares", field, p.id)
		}
		if !p.absent {
			for v := range m[field] {
				values[v] = true
			}
		}
	}
	return r.best(sortedKeys(values), func(value string) verdict.Answer {
		times := make([][]time.Duration, len(r.parts))
		for i := range r.parts {
			times[i] = o.parts[i][c.fields[i]][value]
		}
		return r.together(o, times, value)
	})
}

// best answers for all values: one that matches is enough. The reason is that of the
// first value, or of the first that is unsure.
func (r *rule) best(values []string, f func(string) verdict.Answer) verdict.Answer {
	var out verdict.Answer
	for i, v := range values {
		a := f(v)
		if a.Verdict == verdict.True {
			return a
		}
		if i == 0 || a.Verdict == verdict.Unsure && out.Verdict == verdict.False {
			out = a
		}
	}
	return out
}

// of names a value in a reason.
func of(value string) string {
	if value == "" {
		return ""
	}
	return " for " + quote(value)
}

// enough reports whether a part has the number of matches that it needs.
func (p part) enough(times []time.Duration, value string) verdict.Answer {
	distinct := len(slices.Compact(slices.Clone(times)))
	switch {
	case len(times) < p.min:
		return verdict.No("part %q has %d of %d matches%s", p.id, len(times), p.min, of(value))
	case distinct < p.min:
		return verdict.Open("part %q has %d matches%s only if matches at the same time count more than once", p.id, p.min, of(value))
	case p.max > 0 && len(times) > p.max:
		return verdict.Open("part %q has more than %d matches%s, and Panther does not document MaxMatchCount", p.id, p.max, of(value))
	}
	return verdict.Yes
}

// together answers for a group and one value: times has the matches of each part.
func (r *rule) together(o *outputs, times [][]time.Duration, value string) verdict.Answer {
	out := verdict.Yes
	for i, p := range r.parts {
		if p.absent {
			continue
		}
		switch a := p.enough(times[i], value); {
		case a.Verdict == verdict.False:
			return a
		case a.Verdict == verdict.Unsure:
			out = a
		}
	}
	if !r.window(times, r.lookback) {
		return verdict.No("the matches%s are not within the lookback window of %s", of(value), inMinutes(r.lookback))
	}
	if out.Verdict != verdict.True {
		return out
	}
	if !r.window(times, r.lookback-1) {
		return verdict.Open("the matches%s are exactly the lookback window of %s apart", of(value), inMinutes(r.lookback))
	}
	if a := r.absence(times, value); a.Verdict != verdict.True {
		return a
	}
	if o.last-o.first < r.lookback || r.inside(times, o.first, o.first+r.lookback-1) && r.inside(times, o.last-r.lookback+1, o.last) {
		return verdict.Yes
	}
	return verdict.Open("the matches of the test span more than the lookback window of %s, and Panther does not document which of them a run sees", inMinutes(r.lookback))
}

// absence answers for the parts that must not match.
func (r *rule) absence(times [][]time.Duration, value string) verdict.Answer {
	var all []time.Duration
	for _, t := range times {
		all = append(all, t...)
	}
	for i, p := range r.parts {
		if !p.absent || len(times[i]) == 0 {
			continue
		}
		switch {
		case p.min > 1 || p.max > 0:
			return verdict.Open("part %q must be absent and has a number of matches, and Panther does not document what that means", p.id)
		case slices.Max(all)-slices.Min(all) >= r.lookback:
			return verdict.Open("part %q must be absent and matches%s outside of the lookback window of some other match", p.id, of(value))
		}
		return verdict.No("part %q must be absent and matches%s", p.id, of(value))
	}
	return verdict.Yes
}

// window reports whether all parts that must match have enough matches within some
// window of this length.
func (r *rule) window(times [][]time.Duration, length time.Duration) bool {
	for i, p := range r.parts {
		if p.absent {
			continue
		}
		for _, start := range times[i] {
			if r.inside(times, start, start+length) {
				return true
			}
		}
	}
	return false
}

// inside reports whether all parts that must match have enough matches from one time to
// another, both included.
func (r *rule) inside(times [][]time.Duration, from, to time.Duration) bool {
	for i, p := range r.parts {
		if p.absent {
			continue
		}
		a, _ := slices.BinarySearch(times[i], from)
		b, _ := slices.BinarySearch(times[i], to+1)
		if b-a < p.min {
			return false
		}
	}
	return true
}
