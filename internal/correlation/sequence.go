package correlation

import (
	"slices"
	"strconv"
	"time"

	"github.com/pdac-dev/pdac/internal/verdict"
)

// evalSequence answers for a sequence: the parts match one after another, each transition
// within its time, and with the same values.
func (r *rule) evalSequence(o *outputs) verdict.Answer {
	fields := make([]string, len(r.parts))
	for i, s := range r.steps {
		switch {
		case (s.from == "") != (r.steps[0].from == ""):
			return verdict.Open("some transitions match values and some do not, and Panther does not document what that means")
		case i > 0 && fields[i] != s.from:
			return verdict.Open("the transitions compare different fields of part %q, and the test does not say which of their matches belong together", r.parts[i].id)
		}
		fields[i], fields[i+1] = s.from, s.to
	}
	if fields[0] == "" {
		times, unclear := r.allTimes(o)
		if unclear != nil {
			return *unclear
		}
		return r.inOrder(o, times, "")
	}
	values := map[string]bool{}
	for i, p := range r.parts {
		m := o.parts[i]
		if m.any() && m[fields[i]] == nil {
			return verdict.Open("the test has no values of %q for part %q, which a transition compares", fields[i], p.id)
		}
		if !p.absent {
			for v := range m[fields[i]] {
				values[v] = true
			}
		}
	}
	return r.best(sortedKeys(values), func(value string) verdict.Answer {
		times := make([][]time.Duration, len(r.parts))
		for i := range r.parts {
			times[i] = o.parts[i][fields[i]][value]
		}
		return r.inOrder(o, times, value)
	})
}

// maxPairs limits the pairs of matches that a sequence compares.
const maxPairs = 2_000_000

// inOrder answers for a sequence and one value: times has the matches of each part.
func (r *rule) inOrder(o *outputs, times [][]time.Duration, value string) verdict.Answer {
	out := verdict.Yes
	pairs := 0
	for i, p := range r.parts {
		if i > 0 {
			pairs += len(times[i-1]) * len(times[i])
		}
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
	if pairs > maxPairs {
		return verdict.Open("the test has too many matches%s", of(value))
	}
	if a := r.absentStep(times, value); a.Verdict != verdict.True {
		if !r.possible(times) {
			return verdict.No("the parts do not match%s in order and in time", of(value))
		}
		return a
	}
	switch {
	case !r.possible(times):
		return verdict.No("the parts do not match%s in order and in time", of(value))
	case out.Verdict != verdict.True:
		return out
	case !r.certain(times):
		return verdict.Open("whether the parts match%s in order and in time depends on how Panther counts several matches, or matches at the same time or exactly at the limit", of(value))
	case o.last-o.first >= r.lookback:
		return verdict.Open("the matches of the test span more than the lookback window of %s, and Panther does not document which of them a run sees", inMinutes(r.lookback))
	}
	return verdict.Yes
}

// absentStep answers for a part that must not match. It is either the first part, which
// must not come before the next one, or the last, which must not follow the one before it.
func (r *rule) absentStep(times [][]time.Duration, value string) verdict.Answer {
	last := len(r.parts) - 1
	for i, p := range r.parts {
		switch {
		case !p.absent:
			continue
		case i > 0 && i < last:
			return verdict.Open("part %q must be absent and is in the middle of the sequence, and Panther does not document what that means", p.id)
		case len(times[i]) == 0:
			continue
		case p.min > 1 || p.max > 0:
			return verdict.Open("part %q must be absent and has a number of matches, and Panther does not document what that means", p.id)
		}
		var near int
		var within time.Duration
		if i == last {
			near, within = i-1, r.steps[i-1].within
		} else {
			near, within = 1, r.steps[0].within
		}
		for _, at := range times[near] {
			if !breaks(times[i], at, within, i == last) {
				return verdict.Open("part %q must be absent and matches%s, but not in time next to each match of part %q", p.id, of(value), r.parts[near].id)
			}
		}
		return verdict.No("part %q must be absent and matches%s", p.id, of(value))
	}
	return verdict.Yes
}

// breaks reports whether a match that must be absent is clearly after or before another
// match, and in time.
func breaks(times []time.Duration, at, within time.Duration, after bool) bool {
	return slices.ContainsFunc(times, func(t time.Duration) bool {
		distance := t - at
		if !after {
			distance = -distance
		}
		return distance > 0 && distance < within
	})
}

// positive returns the first and the last part that must match.
func (r *rule) positive() (first, last int) {
	last = len(r.parts) - 1
	if r.parts[0].absent {
		first = 1
	}
	if r.parts[last].absent {
		last--
	}
	return first, last
}

// possible reports whether the parts may match in order by the loosest reading: one match
// of each part, not before the one of the part before it.
func (r *rule) possible(times [][]time.Duration) bool {
	reached := times[0]
	for i := 1; i < len(r.parts); i++ {
		if r.parts[i].absent {
			continue
		}
		if r.parts[i-1].absent {
			reached = times[i]
			continue
		}
		var next []time.Duration
		within := min(r.steps[i-1].within, r.lookback)
		for _, at := range times[i] {
			// The latest match of the part before is the nearest.
			j, _ := slices.BinarySearch(reached, at+1)
			if j > 0 && at-reached[j-1] <= within {
				next = append(next, at)
			}
		}
		if reached = next; len(reached) == 0 {
			return false
		}
	}
	return true
}

// certain reports whether the parts match in order by the strictest reading: as many
// matches of each part as it needs, all before those of the next part, and the last of
// those in time after the first of these; and all within the lookback window.
func (r *rule) certain(times [][]time.Duration) bool {
	// starts[j] is the latest start of a chain that ends with the matches from j on, if ok.
	type chain struct {
		start time.Duration
		ok    bool
	}
	zero, last := r.positive()
	var before []chain
	for i := zero; i <= last; i++ {
		n := r.parts[i].min
		count := max(len(times[i])-n+1, 0)
		chains := make([]chain, count)
		for j := range chains {
			first, end := times[i][j], times[i][j+n-1]
			if i == zero {
				chains[j] = chain{first, true}
				continue
			}
			m := r.parts[i-1].min
			for k, b := range before {
				from, to := times[i-1][k], times[i-1][k+m-1]
				if b.ok && to < first && end-from < r.steps[i-1].within && (!chains[j].ok || b.start > chains[j].start) {
					chains[j] = b
				}
			}
		}
		if i == last {
			for j, c := range chains {
				if c.ok && times[i][j+n-1]-c.start < r.lookback {
					return true
				}
			}
			return false
		}
		before = chains
	}
	return false
}

func quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:59]) + "…"
	}
	return strconv.Quote(s)
}

// inMinutes writes a time as minutes.
func inMinutes(d time.Duration) string {
	n := strconv.FormatFloat(d.Minutes(), 'g', -1, 64)
	if n == "1" {
		return "1 minute"
	}
	return n + " minutes"
}
