package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/diff/behaviour"
)

// behaviourHead says what was compared: "41 detections have other code: 3 behave
// differently, 38 the same, on 1,212 events".
func behaviourHead(r *behaviour.Report) string {
	s := r.Summary
	if s.Compared == 0 {
		return "no detection has other code"
	}
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, number(n)+" "+text)
		}
	}
	add(s.Changed, plural(s.Changed, "behaves differently", "behave differently"))
	add(s.Same, plural(s.Same, "behaves the same", "behave the same"))
	add(s.Unknown, plural(s.Unknown, "is unknown", "are unknown"))
	events := Count(s.Events, "event", "events")
	if s.Corpus > 0 {
		events += ", " + number(s.Corpus) + " of them of a corpus"
	}
	return Count(s.Compared, "detection has other code", "detections have other code") + ": " + strings.Join(parts, ", ") + " (" + events + ", " + Count(s.Runs, "run", "runs") + " a side)"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// outputNames are the nouns of outputs, in the order of sums.
var outputNames = []struct{ name, one, many string }{
	{"severity", "severity", "severities"}, {"title", "title", "titles"}, {"dedup", "dedup string", "dedup strings"},
	{"destinations", "list of destinations", "lists of destinations"}, {"description", "description", "descriptions"},
	{"runbook", "runbook", "runbooks"}, {"reference", "reference", "references"}, {"alert_context", "alert context", "alert contexts"},
	{"unique", "unique value", "unique values"},
}

// behaviourSum counts what changes: "3 verdicts, 14 titles and 1 severity"; "" for nothing.
func behaviourSum(r *behaviour.Report) string {
	var parts []string
	if n := r.Summary.Verdicts; n > 0 {
		parts = append(parts, Count(n, "verdict", "verdicts"))
	}
	for _, o := range outputNames {
		if n := r.Summary.Outputs[o.name]; n > 0 {
			parts = append(parts, Count(n, o.one, o.many))
		}
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}

// sourceText says what a changed global does: "update global acme: 37 detections use it, 34
// behave the same on 412 events".
func sourceText(s behaviour.Source, q quoter) string {
	out := "update " + q(strings.ReplaceAll(s.Kind, "_", " ")+" "+s.ID, 120) + ": "
	switch {
	case s.Users == 0:
		return out + "no detection uses it"
	}
	out += Count(s.Users, "detection uses it", "detections use it")
	switch {
	case s.Events == 0:
		return out + ", and no event was tried"
	case s.Same == s.Users && s.Users > 1:
		return out + ", and all behave the same on " + Count(s.Events, "event", "events")
	case s.Same == s.Users:
		return out + ", and behaves the same on " + Count(s.Events, "event", "events")
	case s.Same == 0:
		return out + ", and " + plural(s.Users, "does not behave", "none behaves") + " as before on " + Count(s.Events, "event", "events")
	}
	return out + ", " + number(s.Same) + " " + plural(s.Same, "behaves", "behave") + " the same on " + Count(s.Events, "event", "events")
}

// causesText lists what of a detection's code differs.
func causesText(d behaviour.Detection, q quoter) string {
	var out []string
	for i, c := range d.Causes {
		if i == 4 {
			out = append(out, number(len(d.Causes)-i)+" more")
			break
		}
		out = append(out, q(c, 120))
	}
	return strings.Join(out, ", ")
}

// verdictWord is a verdict in the words of a kind.
func verdictWord(kind, verdict string) string {
	switch {
	case kind == "policy" && verdict == behaviour.Alert:
		return "does not comply"
	case kind == "policy" && verdict == behaviour.NoAlert:
		return "complies"
	}
	return verdict
}

// changeText says what a change is: "1 of 14 events: alert → no alert". Several detections
// count runs instead.
func changeText(d behaviour.Detection, c behaviour.Change, q quoter) string {
	of := number(c.Events) + " of " + Count(d.Events, "event", "events")
	if d.ID == "" {
		of = number(c.Events) + " of " + Count(d.Events, "run", "runs")
	}
	switch {
	case c.What == behaviour.Verdict:
		return of + ": " + q(verdictWord(d.Kind, c.Before), 80) + " → " + q(verdictWord(d.Kind, c.After), 80)
	case strings.Contains(c.What, " and "):
		return outputName(c.What, q) + "() differ on " + of
	}
	return outputName(c.What, q) + "() differs on " + of
}

// outputName is the name of a function, or of several; a saved plan may have any text.
func outputName(what string, q quoter) string {
	for part := range strings.SplitSeq(what, "() and ") {
		if !slices.ContainsFunc(outputNames, func(o struct{ name, one, many string }) bool { return o.name == part }) {
			return q(what, 80)
		}
	}
	return what
}

// originText names an event: "test 'internal domain'", with the detection if it is another
// one's, or "events/AWS.CloudTrail/benign.jsonl:3".
func originText(d behaviour.Detection, e behaviour.Example, q quoter) string {
	test := "test "
	if e.Old {
		test = "old test "
	}
	switch {
	case e.Detection == "":
		return q(e.Path+":"+strconv.Itoa(e.Line), 200)
	case e.Detection == d.ID:
		return test + q(e.Test, 100)
	}
	return test + q(e.Test, 100) + " of " + q(e.Detection, 80)
}

// originInText is originText for a terminal, where the place in a corpus is not quoted.
func originInText(d behaviour.Detection, e behaviour.Example) string {
	if e.Detection == "" {
		return originText(d, e, plain)
	}
	return originText(d, e, quoted)
}

// exampleText names an event, with an output before and after.
func exampleText(d behaviour.Detection, c behaviour.Change, e behaviour.Example) string {
	if c.What == behaviour.Verdict {
		return originInText(d, e)
	}
	before, after := fromDifference(e.Before, e.After)
	return originInText(d, e) + ": " + shownOutput(e.Before, before) + " → " + shownOutput(e.After, after)
}

// notRunText says why events have no result.
func notRunText(d behaviour.Detection, q quoter) (out []string) {
	for i, n := range d.NotRun {
		if i == 3 {
			out = append(out, number(len(d.NotRun)-i)+" more reasons for events that were not run")
			break
		}
		out = append(out, Count(n.Events, "event was", "events were")+" not run: "+q(n.Reason, 200))
	}
	if n := d.NotComparable; n > 0 {
		out = append(out, Count(n, "event is", "events are")+" not comparable: two runs of the same code have other results, such as by the clock")
	}
	return out
}

// lineRanges writes lines as "3, 7-9".
func lineRanges(lines []int, most int) string {
	var out []string
	for i := 0; i < len(lines); {
		j := i
		for j+1 < len(lines) && lines[j+1] == lines[j]+1 {
			j++
		}
		if len(out) == most {
			return strings.Join(out, ", ") + " and more"
		}
		if i == j {
			out = append(out, strconv.Itoa(lines[i]))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", lines[i], lines[j]))
		}
		i = j + 1
	}
	return strings.Join(out, ", ")
}

// reachedText says how many of the changed and of the removed lines the events reach; "" without
// any.
func reachedText(r *behaviour.Report) string {
	l := r.Lines
	var parts []string
	if l.Changed > 0 {
		parts = append(parts, number(l.Reached)+" of "+Count(l.Changed, "changed line", "changed lines"))
	}
	if l.Removed > 0 {
		parts = append(parts, number(l.RemovedReached)+" of "+Count(l.Removed, "line that is gone", "lines that are gone"))
	}
	if len(parts) == 0 {
		return ""
	}
	return "The events reach " + strings.Join(parts, ", and ") + "."
}

// different returns the detections that behave differently, those with other verdicts first,
// and the others of the list.
func different(r *behaviour.Report) (changed, others []behaviour.Detection) {
	for _, d := range r.Detections {
		if len(d.Changes) > 0 {
			changed = append(changed, d)
		} else {
			others = append(others, d)
		}
	}
	rank := func(d behaviour.Detection) int {
		if d.Changes[0].What == behaviour.Verdict {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(changed, func(a, b behaviour.Detection) int { return rank(a) - rank(b) })
	return changed, others
}

// behaviourTail are the sentences at the end.
func behaviourTail(r *behaviour.Report, q quoter) (out []string) {
	if text := behaviourSum(r); text != "" {
		out = append(out, "The change alters "+text+".")
	}
	names := func(list []behaviour.Name) string {
		var words []string
		for i, n := range list {
			if i == 5 {
				words = append(words, number(len(list)-i)+" more")
				break
			}
			words = append(words, q(n.Kind+" "+n.ID, 120))
		}
		return strings.Join(words, ", ")
	}
	if n := len(r.Added); n > 0 {
		out = append(out, Count(n, "detection is", "detections are")+" new: "+names(r.Added)+".")
	}
	if n := len(r.Removed); n > 0 {
		out = append(out, Count(n, "detection is", "detections are")+" gone: "+names(r.Removed)+".")
	}
	if n := len(r.Unread); n > 0 {
		text := Count(n, "file", "files") + " can't be read, so what " + plural(n, "it defines", "they define") + " is not compared: " + q(r.Unread[0], 200)
		if n > 1 {
			text += " and " + number(n-1) + " more"
		}
		out = append(out, text+".")
	}
	if n := r.Summary.LeftOut; n > 0 {
		out = append(out, Count(n, "run was", "runs were")+" left out: the number of events of other detections' tests is limited.")
	}
	if n := r.Summary.CorpusLeftOut; n > 0 {
		out = append(out, corpusLeftOut(n))
	}
	if text := reachedText(r); text != "" {
		out = append(out, text)
	}
	return slices.Clip(out)
}

// quoted quotes a name as a person writes it.
func quoted(s string, most int) string { return "'" + plain(s, most) + "'" }

// outputWidth is how many characters of an output are shown.
const outputWidth = 160

// fromDifference leaves out most of the common beginning of two outputs if what differs would be cut.
func fromDifference(before, after string) (string, string) {
	const kept = 40
	x, y := []rune(before), []rune(after)
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] {
		same++
	}
	if max(len(x), len(y)) <= outputWidth || same <= 2*kept {
		return before, after
	}
	return "…" + string(x[same-kept:]), "…" + string(y[same-kept:])
}

// shownOutput writes an output of an alert, or what is left of it, on one line.
func shownOutput(s, left string) string {
	switch {
	case s == "":
		return "none"
	case strings.HasPrefix(s, "fails with "), (s[0] == '{' || s[0] == '[') && json.Valid([]byte(s)):
		return plain(left, outputWidth)
	}
	return `"` + strings.ReplaceAll(plain(left, outputWidth), `"`, `\"`) + `"`
}

// merged joins the changes of outputs that follow another one, such as a dedup string that
// is the title, into one change of both.
func merged(list []behaviour.Change) []behaviour.Change {
	var out []behaviour.Change
	for _, c := range list {
		same := slices.IndexFunc(out, func(o behaviour.Change) bool {
			return c.What != behaviour.Verdict && o.What != behaviour.Verdict && o.Events == c.Events && slices.Equal(o.Examples, c.Examples)
		})
		if same < 0 {
			out = append(out, c)
			continue
		}
		out[same].What += "() and " + c.What
	}
	return out
}

// corpusLeftOut says that a corpus is too large to use all of it.
func corpusLeftOut(n int) string {
	return Count(n, "event of the corpus was", "events of the corpus were") + " left out: the number of events of a log type is limited."
}
