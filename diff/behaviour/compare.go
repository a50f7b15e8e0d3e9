package behaviour

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// Result is what a detection did with an event.
type Result struct {
	// Verdict is "alert", "no alert", or how it failed; "" if it was not run.
	Verdict string
	// Reason says why it was not run.
	Reason string
	// Outputs are those of an alert by function, as text, and Static what the spec has for
	// functions that return nothing.
	Outputs, Static map[string]string
}

// The verdicts of detections that did not fail.
const (
	Alert   = "alert"
	NoAlert = "no alert"
)

// functions are the order in which outputs are listed.
var functions = []string{"severity", "title", "dedup", "destinations", "description", "runbook", "reference", "alert_context", "unique"}

// Difference is what differs between two results.
type Difference struct{ What, Before, After string }

// Compare returns the differences between two results that both have a verdict.
func Compare(before, after Result) []Difference {
	if before.Verdict != after.Verdict {
		return []Difference{{Verdict, before.Verdict, after.Verdict}}
	}
	var out []Difference
	for _, name := range functions {
		b, a := before.Outputs[name], after.Outputs[name]
		if b == "" && a == "" {
			continue // both sides have what their spec says, which a plan shows
		}
		if b, a = cmp.Or(b, before.Static[name]), cmp.Or(a, after.Static[name]); b == a {
			continue
		}
		if name == "alert_context" {
			if b, a = contexts(b, a); b == a {
				continue
			}
		}
		out = append(out, Difference{name, b, a})
	}
	return out
}

// contexts returns what differs between two alert contexts, as JSON of the keys that do.
func contexts(before, after string) (string, string) {
	b, okB := object(before)
	a, okA := object(after)
	if !okB || !okA {
		return before, after
	}
	for key := range maps.Keys(b) {
		if other, both := a[key]; both && canonical(b[key]) == canonical(other) {
			delete(b, key)
			delete(a, key)
		}
	}
	return text(b), text(a)
}

func object(s string) (map[string]json.RawMessage, bool) {
	var m map[string]json.RawMessage
	return m, json.Unmarshal([]byte(s), &m) == nil && m != nil
}

// canonical writes a JSON value with sorted keys, and its numbers as they are.
func canonical(v json.RawMessage) string {
	x, err := yamlcore.DecodeJSON(v)
	if err != nil {
		return string(v)
	}
	return yamlcore.CanonicalJSON(x)
}

func text(m map[string]json.RawMessage) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		key, _ := json.Marshal(k)
		parts = append(parts, string(key)+": "+canonical(m[k]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// maxExamples is how many events a change shows.
const maxExamples = 3

// Add adds the differences that an event shows.
func (d *Detection) Add(from Origin, found []Difference) {
	for _, f := range found {
		c := d.change(f)
		if c.Events++; len(c.Examples) < maxExamples {
			e := Example{Origin: from}
			if f.What != Verdict {
				e.Before, e.After = cut(f.Before), cut(f.After)
			}
			c.Examples = append(c.Examples, e)
		}
	}
}

// maxValue is how many characters of an output an example has: an alert context can be long.
const maxValue = 2_000

func cut(s string) string {
	if len(s) <= maxValue {
		return s
	}
	if r := []rune(s); len(r) > maxValue {
		return string(r[:maxValue]) + "…"
	}
	return s
}

// change returns the change that a difference belongs to.
func (d *Detection) change(f Difference) *Change {
	key := Change{What: f.What}
	if f.What == Verdict {
		key.Before, key.After = f.Before, f.After
	}
	for i := range d.Changes {
		if c := &d.Changes[i]; c.What == key.What && c.Before == key.Before && c.After == key.After {
			return c
		}
	}
	if len(d.Changes) >= maxKinds && f.What == Verdict {
		// Types of exceptions can be made at run time.
		return d.change(Difference{What: otherVerdicts})
	}
	d.Changes = append(d.Changes, key)
	return &d.Changes[len(d.Changes)-1]
}

// maxKinds is how many kinds of changes, or reasons, are counted one by one.
const maxKinds = 50

// otherVerdicts and otherReasons are those beyond.
const (
	otherVerdicts = "other verdicts"
	otherReasons  = "other reasons"
)

// Skip counts an event without a result.
func (d *Detection) Skip(reason string) { d.NotRun = Tally(d.NotRun, reason) }

// Sort puts the changes into the order in which they are shown.
func (d *Detection) Sort() {
	rank := func(c Change) int { return slices.Index(functions, c.What) } // -1 for a verdict
	slices.SortStableFunc(d.Changes, func(a, b Change) int { return rank(a) - rank(b) })
}
