package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// Direction is what a change means for what is detected. docs/direction.md has every
// decision.
type Direction string

// The directions. Weaker: less is detected, or fewer alerts are sent. Unknown: the
// values don't say it, such as in a changed body.
const (
	Weaker   Direction = "weaker"
	Stronger Direction = "stronger"
	Neutral  Direction = "neutral"
	Unknown  Direction = "unknown"
)

// Directions returns the directions, the one that decides first: a change that weakens
// anything is weaker, whatever else it does.
func Directions() []Direction { return []Direction{Weaker, Unknown, Stronger, Neutral} }

// Reason is why a change has a direction, in the words of a reviewer: "severity HIGH →
// LOW". Field is the API field; empty for the whole entity. Other texts than the ones
// of values are quoted or in code, so that they can't pass for words of the reason.
type Reason struct {
	Field     string    `json:"field,omitempty"`
	Direction Direction `json:"direction"`
	Text      string    `json:"text"`
}

// Verdict is what the change of an entity means, with the reasons in the order of the
// field table.
type Verdict struct {
	Direction Direction
	Reasons   []Reason
}

// Of returns the direction of a field; "" if it did not change.
func (v Verdict) Of(field string) Direction {
	var all []Direction
	for _, r := range v.Reasons {
		if r.Field == field {
			all = append(all, r.Direction)
		}
	}
	return Combined(all...)
}

// Combined returns the direction that decides; "" for none.
func Combined(all ...Direction) Direction {
	for _, d := range Directions() {
		if slices.Contains(all, d) {
			return d
		}
	}
	return ""
}

// Judge returns what it means that an entity becomes another one. before or after is
// nil if it does not exist.
func Judge(before, after *panther.Entity) Verdict {
	switch {
	case before == nil && after == nil:
		return Verdict{Direction: Neutral}
	case before == nil:
		return appears(*after, Stronger, "new")
	case after == nil:
		return appears(*before, Weaker, "removed")
	}
	j := judge{before: *before, after: *after}
	was, is := Active(*before), Active(*after)
	for _, f := range fieldsOf(before.Kind, after.Kind) {
		b, a := before.Fields[f.Name], after.Fields[f.Name]
		if !f.Equal(b, a) {
			j.field(f, b, a)
		}
	}
	if before.Kind != after.Kind && is {
		j.add(Unknown, "", "%s instead of %s", after.Kind.Article(), before.Kind.Article())
	}
	return j.verdict(was, is)
}

// fieldsOf returns the fields of both kinds.
func fieldsOf(before, after panther.Kind) []panther.Field {
	out := after.Fields()
	if before == after {
		return out
	}
	out = slices.Clone(out)
	for _, f := range before.Fields() {
		if _, both := after.Field(f.Name); !both {
			out = append(out, f)
		}
	}
	return out
}

// appears judges an entity that appears or disappears.
func appears(e panther.Entity, d Direction, word string) Verdict {
	text := word
	switch {
	case !detects(e):
		return Verdict{Neutral, []Reason{{Direction: Neutral, Text: word}}}
	case !Active(e):
		return Verdict{Neutral, []Reason{{Direction: Neutral, Text: word + " and disabled"}}}
	}
	if s, ok := e.Fields[panther.FieldSeverity].(string); ok && s != "" {
		text += ", severity " + severityWord(s)
	}
	if e.Fields["createAlert"] == false {
		text += ", creates no alerts"
	}
	return Verdict{d, []Reason{{Direction: d, Text: text}}}
}

// detects reports whether an entity takes part in detecting by itself. A global does
// nothing, and a query only with a schedule.
func detects(e panther.Entity) bool {
	return e.Kind != panther.Global && (e.Kind != panther.Query || e.Scheduled())
}

// Active reports whether an entity is switched on. One that leaves the switch to
// Panther counts as on.
func Active(e panther.Entity) bool {
	for _, f := range e.Kind.Fields() {
		if on, is := e.Fields[f.Name].(bool); f.Switch && is && on == f.Inverse {
			return false
		}
	}
	return e.Kind != panther.Query || e.Scheduled()
}

// judge collects the reasons of one change.
type judge struct {
	before, after panther.Entity
	reasons       []Reason
}

func (j *judge) add(d Direction, field, format string, args ...any) {
	j.reasons = append(j.reasons, Reason{field, d, fmt.Sprintf(format, args...)})
}

// verdict weighs the reasons. What was off and stays off detects nothing either way,
// and what is switched on detects more than before whatever else changes.
func (j *judge) verdict(was, is bool) Verdict {
	switch {
	case !was && !is:
		for i := range j.reasons {
			j.reasons[i].Direction = Neutral
		}
		return Verdict{Neutral, append(j.reasons, Reason{Direction: Neutral, Text: "disabled before and after"})}
	case !was:
		for i, r := range j.reasons {
			if r.Direction != Stronger {
				j.reasons[i].Direction = Neutral
			}
		}
	}
	var all []Direction
	for _, r := range j.reasons {
		all = append(all, r.Direction)
	}
	v := Verdict{Combined(all...), j.reasons}
	if v.Direction == "" {
		v.Direction = Neutral
	}
	return v
}

// field judges the change of a field.
func (j *judge) field(f panther.Field, b, a any) {
	if f.Switch {
		if on, _ := a.(bool); on != f.Inverse {
			j.add(Stronger, f.Name, "enabled")
		} else {
			j.add(Weaker, f.Name, "disabled")
		}
		return
	}
	if f.InSchedule() {
		j.schedule(f, b, a)
		return
	}
	switch f.Name {
	case panther.FieldSeverity:
		j.severity(f, b, a)
	case "threshold":
		j.number(f, b, a, "threshold %s → %s")
	case "dedupPeriodMinutes":
		j.dedup(f, b, a)
	case "createAlert":
		on := f.Canonical(a) == true
		j.add(pick(on, Stronger, Weaker), f.Name, "CreateAlert %s", pick(on, "on", "off"))
	case panther.FieldLogTypes:
		j.reads(f, b, a, "log type", "log types")
	case "scheduledQueries":
		j.reads(f, b, a, "query", "queries")
	case panther.FieldResourceTypes:
		j.resourceTypes(f, b, a)
	case "suppressions":
		added, removed := Sets(f.Canonical(b), f.Canonical(a))
		j.words(Weaker, f.Name, "ignore pattern", "ignore patterns", "added", added)
		j.words(Stronger, f.Name, "ignore pattern", "ignore patterns", "removed", removed)
	case "outputIDs":
		j.outputs(f, b, a)
	case "emailConfig.recipients":
		added, removed := Sets(f.Canonical(b), f.Canonical(a))
		j.words(Weaker, f.Name, "recipient", "recipients", "removed", removed)
		j.words(Stronger, f.Name, "recipient", "recipients", "added", added)
	case "inlineFilters":
		j.filters(f, b, a)
	case panther.FieldDetection:
		if j.after.Kind == panther.CorrelationRule && j.before.Kind == j.after.Kind {
			j.correlation(f, b, a)
		} else {
			j.detection(f, b, a)
		}
	case "dynamicSeverities":
		j.dynamicSeverities(f, b, a)
	case "groupBy":
		j.add(Unknown, f.Name, "alerts are grouped by other keys")
	case "mappings":
		j.mappings(f, b, a)
	case panther.FieldBody:
		j.body(f, b, a)
	case panther.FieldSQL:
		j.sql(f, b, a)
	case "tests":
		j.tests(f, b, a)
	case "displayName", "description", "runbook", "reference", "tags", "reports", "summaryAttributes",
		"alertTitle", "alertContext", "emailConfig.sendEmpty", "emailConfig.preferAttachment":
		j.add(Neutral, f.Name, "%s", f.Name)
	default:
		j.add(Unknown, f.Name, "%s", f.Name)
	}
}

func severityWord(s string) string {
	if s = strings.ToUpper(s); slices.Contains(panther.Severities(), s) {
		return s
	}
	return shown(s)
}

func (j *judge) severity(f panther.Field, b, a any) {
	was, _ := f.Canonical(b).(string)
	is, _ := f.Canonical(a).(string)
	d := Unknown
	i, k := slices.Index(panther.Severities(), was), slices.Index(panther.Severities(), is)
	if i >= 0 && k >= 0 {
		d = pick(k < i, Weaker, Stronger)
	}
	j.add(d, f.Name, "severity %s → %s", severityWord(was), severityWord(is))
}

// number judges a number of which more means that less is detected.
func (j *judge) number(f panther.Field, b, a any, format string) {
	was, okB := integer(f, b)
	is, okA := integer(f, a)
	d := Unknown
	if okA && okB {
		d = pick(is > was, Weaker, Stronger)
	}
	j.add(d, f.Name, format, plainText(f.Canonical(b)), plainText(f.Canonical(a)))
}

// dedup judges the deduplication period. With a threshold, it is also the time in which
// the events are counted, so a longer one detects more and repeats less.
func (j *judge) dedup(f panther.Field, b, a any) {
	const format = "dedup period %s → %s min"
	if t, ok := j.after.Kind.Field("threshold"); ok {
		was, _ := integer(t, j.before.Fields[t.Name])
		is, _ := integer(t, j.after.Fields[t.Name])
		if was > 1 || is > 1 {
			j.add(Unknown, f.Name, format+", which also counts to the threshold", plainText(f.Canonical(b)), plainText(f.Canonical(a)))
			return
		}
	}
	j.number(f, b, a, format)
}

// reads judges a set of what an entity reads.
func (j *judge) reads(f panther.Field, b, a any, one, many string) {
	added, removed := Sets(f.Canonical(b), f.Canonical(a))
	j.words(Weaker, f.Name, one, many, "removed", removed)
	if len(removed) > 0 && len(added) > 0 {
		// Often one was renamed, so the two belong together.
		j.reasons[len(j.reasons)-1].Text += " (added: " + named(added) + ")"
	}
	j.words(Stronger, f.Name, one, many, "added", added)
}

// resourceTypes judges the types of resources that a policy checks. None means all.
func (j *judge) resourceTypes(f panther.Field, b, a any) {
	switch {
	case f.Empty(b):
		j.add(Weaker, f.Name, "only some resource types instead of all")
	case f.Empty(a):
		j.add(Stronger, f.Name, "all resource types instead of some")
	default:
		j.reads(f, b, a, "resource type", "resource types")
	}
}

// outputs judges the destinations that get the alerts of a detection. None means those
// of Panther's routing, which are not known here.
func (j *judge) outputs(f panther.Field, b, a any) {
	added, removed := Sets(f.Canonical(b), f.Canonical(a))
	switch {
	case f.Empty(b):
		j.add(Unknown, f.Name, "alerts go to %s instead of the default destinations", count(len(added), "destination", "destinations"))
	case f.Empty(a):
		j.add(Unknown, f.Name, "alerts go to the default destinations instead of %s", count(len(removed), "destination", "destinations"))
	default:
		j.words(Weaker, f.Name, "destination", "destinations", "removed", removed)
		j.words(Stronger, f.Name, "destination", "destinations", "added", added)
	}
}

// tests counts removed unit tests. They don't change what is detected, but a reviewer
// wants to know.
func (j *judge) tests(f panther.Field, b, a any) {
	was, is := len(list(b)), len(list(a))
	if is < was {
		j.add(Neutral, f.Name, "%s removed", count(was-is, "unit test", "unit tests"))
		return
	}
	j.add(Neutral, f.Name, "unit tests")
}

// mappings judges the mappings of a data model.
func (j *judge) mappings(f panther.Field, b, a any) {
	by := func(v any) map[string]any {
		out := map[string]any{}
		for _, e := range list(f.Canonical(v)) {
			m, _ := e.(map[string]any)
			name, _ := m["name"].(string)
			out[name] = e
		}
		return out
	}
	was, is := by(b), by(a)
	var added, removed, changed []string
	for name, v := range is {
		switch old, had := was[name]; {
		case !had:
			added = append(added, name)
		case !yamlcore.Equal(old, v):
			changed = append(changed, name)
		}
	}
	for name := range was {
		if _, has := is[name]; !has {
			removed = append(removed, name)
		}
	}
	j.words(Weaker, f.Name, "mapping", "mappings", "removed", removed)
	j.words(Unknown, f.Name, "mapping", "mappings", "changed", changed)
	j.words(Stronger, f.Name, "mapping", "mappings", "added", added)
	if len(added)+len(removed)+len(changed) == 0 {
		j.add(Unknown, f.Name, "mappings of the same name")
	}
}

// Status returns the reason that a spec has another Status. Panther has no such field;
// it says what the authors think of a detection. provisional lists the values of
// detections that are not relied on.
func Status(before, after string, provisional []string) Reason {
	was, is := slices.Contains(provisional, before), slices.Contains(provisional, after)
	d := Neutral
	if was != is {
		d = pick(is, Weaker, Stronger)
	}
	word := func(s string) string { return pick(s == "", "(none)", shown(s)) }
	return Reason{"Status", d, "Status " + word(before) + " → " + word(after)}
}
