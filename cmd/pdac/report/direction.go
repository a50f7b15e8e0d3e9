package report

import (
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// maxReasons is how many reasons of a direction are shown, and longestReasons how many
// characters they may have together.
const (
	maxReasons     = 6
	longestReasons = 400
)

// The marks of a direction, in front of its name.
var directionMarks = map[diff.Direction]string{diff.Weaker: "▼", diff.Stronger: "▲"}

// reasonsOf returns the reasons for a direction, and the removed tests, which a
// reviewer wants to know of whatever the direction.
func reasonsOf(d diff.Direction, all []diff.Reason) string {
	var out []string
	more := 0
	for _, r := range all {
		if !remarkable(d, r) {
			continue
		}
		if len(out) == maxReasons {
			more++
			continue
		}
		out = append(out, r.Text)
	}
	if more > 0 {
		out = append(out, number(more)+" more")
	}
	return strings.Join(out, ", ")
}

// remarkable reports whether a reason is among those that are shown for a direction.
func remarkable(d diff.Direction, r diff.Reason) bool {
	return r.Direction == d || r.Field == "tests" && strings.HasSuffix(r.Text, " removed")
}

// directionText returns the mark and the name of a direction, and its reasons; "" if
// there is nothing to say about it.
func directionText(d diff.Direction, all []diff.Reason) (head, reasons string) {
	if directionMarks[d] == "" {
		// Only what is remarkable without being a direction.
		return "", reasonsOf("-", all)
	}
	return directionMarks[d] + " " + string(d) + ":", reasonsOf(d, all)
}

// directionMark writes the direction for a line of a comment.
func directionMark(d diff.Direction, all []diff.Reason, m markup) string {
	head, reasons := directionText(d, all)
	switch {
	case reasons == "":
		return ""
	case head == "":
		return m.quote(reasons, longestReasons)
	}
	return m.strong(head) + " " + m.quote(reasons, longestReasons)
}

// direction shows what a change means, on one line below it. That what is created is
// new needs no words.
func (t *textual) direction(c sync.Change, kept bool) {
	if kept || c.Action == sync.Create {
		return
	}
	head, reasons := directionText(c.Direction, c.Reasons)
	if reasons == "" {
		return
	}
	reasons = Clean(reasons)
	if !t.o.Verbose {
		reasons = t.fit(reasons, len([]rune(head))+6)
	}
	switch c.Direction {
	case diff.Weaker:
		t.line("    ", t.red.Sprint(head), " ", reasons)
	case diff.Stronger:
		t.line("    ", t.green.Sprint(head), " ", reasons)
	default:
		t.line("    ", t.faint.Sprint(reasons))
	}
}

// weakened says what was weakened in Panther; "" for nothing.
func weakened(p *sync.Plan) string {
	kinds := map[panther.Kind]int{}
	console, n := true, 0
	for _, c := range p.Changes {
		if c.Action != sync.Update || c.Direction != diff.Weaker {
			continue
		}
		kinds[c.Kind]++
		n++
		console = console && c.Edited != nil && c.Edited.ChangedBy != nil && c.Edited.ChangedBy.Type == panther.ActorUser
	}
	if n == 0 {
		return ""
	}
	what := Count(n, "detection", "detections")
	for k, of := range kinds {
		if of == n {
			what = Count(n, kindWords[k][0], kindWords[k][1])
		}
	}
	if console {
		return "Someone weakened " + what + " in the console."
	}
	return what + " " + map[bool]string{true: "was", false: "were"}[n == 1] + " weakened in Panther."
}

// kindWords has the words for one and for several entities of a kind.
var kindWords = map[panther.Kind][2]string{
	panther.Rule: {"rule", "rules"}, panther.SimpleRule: {"simple rule", "simple rules"}, panther.ScheduledRule: {"scheduled rule", "scheduled rules"},
	panther.CorrelationRule: {"correlation rule", "correlation rules"}, panther.Policy: {"policy", "policies"}, panther.Global: {"global", "globals"},
	panther.DataModel: {"data model", "data models"}, panther.Query: {"query", "queries"},
}

// weakerDone counts the applied updates and replaces that weaken something.
func weakerDone(r *sync.Result) int {
	n := 0
	for _, c := range r.Changes {
		if c.Outcome == sync.Done && c.Direction == diff.Weaker && (c.Action == sync.Update || c.Action == sync.Replace) {
			n++
		}
	}
	return n
}

// weaker lists the applied changes that weaken something.
func (p *printer) weaker(r *sync.Result) {
	n := 0
	for _, c := range r.Changes {
		if c.Outcome != sync.Done || c.Direction != diff.Weaker {
			continue
		}
		if n++; n > maxAlike {
			continue
		}
		head, reasons := directionText(c.Direction, c.Reasons)
		p.line(p.red.Sprint(head), " ", done(c.Action), " ", entity(c), ": ", Clean(clip(reasons, longestReasons)))
	}
	if n > maxAlike {
		p.line(p.red.Sprint("▼ weaker:"), " ", number(n-maxAlike), " more")
	}
	p.gap()
}
