package diff

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// correlation judges the detection of a correlation rule: its parts, the time between
// them, the window and the schedule.
func (j *judge) correlation(f panther.Field, b, a any) {
	was, okB := onlyEntry(f.Canonical(b))
	is, okA := onlyEntry(f.Canonical(a))
	n := len(j.reasons)
	defer func() {
		if len(j.reasons) == n {
			j.add(Unknown, f.Name, "correlation changed")
		}
	}()
	if !okA || !okB {
		return
	}
	for _, key := range []string{"Group", "Sequence"} {
		if (was[key] == nil) != (is[key] == nil) {
			j.add(Unknown, f.Name, "%s instead of %s", pick(is["Group"] != nil, "a group", "a sequence"), pick(was["Group"] != nil, "a group", "a sequence"))
			return
		}
	}
	c := correlationJudge{j, f.Name}
	c.parts(byID(was, "Group", "Sequence"), byID(is, "Group", "Sequence"))
	c.transitions(byID(was, "Transitions"), byID(is, "Transitions"))
	c.limit("lookback window", was["LookbackWindowMinutes"], is["LookbackWindowMinutes"], Weaker)
	oldSchedule, _ := was["Schedule"].(map[string]any)
	schedule, _ := is["Schedule"].(map[string]any)
	if !yamlcore.Equal(oldSchedule, schedule) {
		x, y := entryRuns(oldSchedule), entryRuns(schedule)
		if x.text != y.text {
			j.frequency(f.Name, x, y)
		}
		c.limit("timeout", oldSchedule["TimeoutMinutes"], schedule["TimeoutMinutes"], Weaker)
	}
	c.criteria(was["MatchCriteria"], is["MatchCriteria"])
	c.order(list(was["Sequence"]), list(is["Sequence"]))
	for _, key := range []string{"EventEvaluationOrder"} {
		if !yamlcore.Equal(was[key], is[key]) {
			j.add(Unknown, f.Name, "%s changed", key)
		}
	}
}

type correlationJudge struct {
	*judge
	field string
}

func onlyEntry(v any) (map[string]any, bool) {
	l, ok := v.([]any)
	if m, is := v.(map[string]any); is {
		return m, true
	}
	if !ok || len(l) != 1 {
		return nil, false
	}
	m, ok := l[0].(map[string]any)
	return m, ok
}

// byID returns the entries of some lists by their id.
func byID(entry map[string]any, keys ...string) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, key := range keys {
		for _, e := range list(entry[key]) {
			if m, ok := e.(map[string]any); ok {
				out[yamlcore.CanonicalJSON(m["ID"])] = m
			}
		}
	}
	return out
}

// keysOf returns the ids of both sides, sorted.
func keysOf(a, b map[string]map[string]any) []string {
	var out []string
	for _, m := range []map[string]map[string]any{a, b} {
		for k := range m {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func name(id string) string { return shown(strings.Trim(id, `"`)) }

// parts judges the rules that must match. Each more must match too, unless it must not
// match at all; either way, more parts match less often.
func (c correlationJudge) parts(was, is map[string]map[string]any) {
	one := oneWay(was, is)
	for _, id := range keysOf(was, is) {
		old, now := was[id], is[id]
		switch {
		case old == nil:
			c.add(one(Weaker), c.field, "part added that must %smatch: %s", pick(now["Absence"] == true, "not ", ""), name(id))
			continue
		case now == nil:
			c.add(one(Stronger), c.field, "part removed: %s", name(id))
			continue
		}
		if !yamlcore.Equal(old["RuleID"], now["RuleID"]) {
			c.add(Unknown, c.field, "part %s: rule %s → %s", name(id), plainText(old["RuleID"]), plainText(now["RuleID"]))
		}
		if (old["Absence"] == true) != (now["Absence"] == true) {
			c.add(Unknown, c.field, "part %s must %smatch", name(id), pick(now["Absence"] == true, "not ", ""))
		}
		// A part that must not match is the other way around.
		more := pick(now["Absence"] == true, Stronger, Weaker)
		if !yamlcore.Equal(orOne(old["MinMatchCount"]), orOne(now["MinMatchCount"])) {
			c.number("part "+name(id)+": matches", orOne(old["MinMatchCount"]), orOne(now["MinMatchCount"]), more)
		}
		if !yamlcore.Equal(old["MaxMatchCount"], now["MaxMatchCount"]) {
			if now["Absence"] == true {
				c.add(Unknown, c.field, "part %s: most matches %s → %s", name(id), plainText(old["MaxMatchCount"]), plainText(now["MaxMatchCount"]))
			} else {
				c.upper("part "+name(id)+": most matches", old["MaxMatchCount"], now["MaxMatchCount"])
			}
		}
	}
}

// oneWay returns a function that makes directions unknown if entries both appeared and
// disappeared: one may have become another.
func oneWay(was, is map[string]map[string]any) func(Direction) Direction {
	added, removed := false, false
	for _, id := range keysOf(was, is) {
		added, removed = added || was[id] == nil, removed || is[id] == nil
	}
	return func(d Direction) Direction { return pick(added && removed, Unknown, d) }
}

func orOne(v any) any {
	if v == nil {
		return yamlcore.Number("1")
	}
	return v
}

// transitions judges the steps of a sequence. A transition makes the parts belong
// together, so each one more matches less often.
func (c correlationJudge) transitions(was, is map[string]map[string]any) {
	one := oneWay(was, is)
	for _, id := range keysOf(was, is) {
		old, now := was[id], is[id]
		switch {
		case old == nil:
			c.add(one(Weaker), c.field, "transition added: %s", name(id))
			continue
		case now == nil:
			c.add(one(Stronger), c.field, "transition removed: %s", name(id))
			continue
		}
		if !yamlcore.Equal(old["From"], now["From"]) || !yamlcore.Equal(old["To"], now["To"]) {
			c.add(Unknown, c.field, "transition %s between other parts", name(id))
		}
		if !yamlcore.Equal(old["WithinTimeFrameMinutes"], now["WithinTimeFrameMinutes"]) {
			c.upper("transition "+name(id)+" within", old["WithinTimeFrameMinutes"], now["WithinTimeFrameMinutes"], "min")
		}
		c.matches("transition "+name(id), old["Match"], now["Match"])
	}
}

// upper judges an upper limit, without which there is none: a lower one is weaker.
func (c correlationJudge) upper(what string, old, now any, unit ...string) {
	was, had := minutes(old)
	is, has := minutes(now)
	d := Unknown
	switch {
	case had && has:
		d = pick(is < was, Weaker, Stronger)
	case has:
		d = Weaker
	case had:
		d = Stronger
	}
	c.add(d, c.field, "%s", strings.Join(append([]string{what, plainText(old), "→", plainText(now)}, unit...), " "))
}

// limit judges a time of which less is the direction down.
func (c correlationJudge) limit(what string, old, now any, down Direction) {
	if yamlcore.Equal(old, now) {
		return
	}
	was, had := minutes(old)
	is, has := minutes(now)
	d := Unknown
	if had && has {
		d = pick(is < was, down, opposite(down))
	}
	c.add(d, c.field, "%s %s → %s min", what, plainText(old), plainText(now))
}

// number judges a number of which more is the direction up.
func (c correlationJudge) number(what string, old, now any, up Direction) {
	was, had := minutes(old)
	is, has := minutes(now)
	d := Unknown
	if had && has {
		d = pick(is > was, up, opposite(up))
	}
	c.add(d, c.field, "%s %s → %s", what, plainText(old), plainText(now))
}

func opposite(d Direction) Direction { return pick(d == Weaker, Stronger, Weaker) }

// matches judges the fields whose values must be equal: each one more matches less.
func (c correlationJudge) matches(what string, old, now any) {
	if yamlcore.Equal(old, now) {
		return
	}
	was, is := set(texts(list(old))), set(texts(list(now)))
	added, dropped := len(without(is, was)), len(without(was, is))
	switch {
	case dropped == 0 && added > 0:
		c.add(Weaker, c.field, "%s: %s more must be equal", what, count(added, "field", "fields"))
	case added == 0 && dropped > 0:
		c.add(Stronger, c.field, "%s: %s fewer must be equal", what, count(dropped, "field", "fields"))
	case added+dropped > 0:
		c.add(Unknown, c.field, "%s: other fields must be equal", what)
	}
}

// criteria judges the fields of a group whose values must be equal.
func (c correlationJudge) criteria(old, now any) {
	if yamlcore.Equal(old, now) {
		return
	}
	was, _ := old.(map[string]any)
	is, _ := now.(map[string]any)
	added, dropped, changed := 0, 0, 0
	for k, v := range is {
		switch o, had := was[k]; {
		case !had:
			added++
		case !yamlcore.Equal(o, v):
			changed++
		}
	}
	for k := range was {
		if _, has := is[k]; !has {
			dropped++
		}
	}
	switch {
	case changed == 0 && dropped == 0 && added > 0:
		c.add(Weaker, c.field, "%s added that must be equal", count(added, "field", "fields"))
	case changed == 0 && added == 0 && dropped > 0:
		c.add(Stronger, c.field, "%s dropped that had to be equal", count(dropped, "field", "fields"))
	default:
		c.add(Unknown, c.field, "other fields must be equal")
	}
}

// order notes a sequence whose parts come in another order.
func (c correlationJudge) order(old, now []any) {
	ids := func(of, other []any) []string {
		have := set(partIDs(other))
		return slices.DeleteFunc(partIDs(of), func(id string) bool { return !have[id] })
	}
	if !slices.Equal(ids(old, now), ids(now, old)) {
		c.add(Unknown, c.field, "parts in another order")
	}
}

func partIDs(l []any) []string {
	var out []string
	for _, e := range l {
		m, _ := e.(map[string]any)
		out = append(out, yamlcore.CanonicalJSON(m["ID"]))
	}
	return out
}

// entryRuns returns how often a correlation rule runs.
func entryRuns(s map[string]any) rhythm {
	expression, _ := s["CronExpression"].(string)
	rate, _ := minutes(s["RateMinutes"])
	return runs(expression, rate)
}
