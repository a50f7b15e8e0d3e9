package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/sync"
)

// outcomeOrder is the order in which Markdown lists changes: what needs somebody
// comes first.
var outcomeOrder = []sync.Outcome{sync.Failed, sync.Refused, sync.NotTried, sync.Held, sync.Done, sync.Already}

// resultMarkdown writes the result of an apply for the summary of a CI job or a
// comment. Lines that don't fit are counted.
func resultMarkdown(w io.Writer, r *sync.Result, o ResultOptions) error {
	m, most := inMarkdown(o.Links), maxSize(o.MaxSize)
	var b strings.Builder
	b.WriteString(Marker("result", r.Tenant) + "\n")
	tenant := "Panther"
	if r.Tenant != "" {
		tenant = code(r.Tenant, 100)
	}
	fmt.Fprintf(&b, "### Apply to %s: %s\n", tenant, strings.TrimSuffix(outcome(r), "."))
	paragraph := func(parts ...string) {
		if text := strings.TrimSpace(strings.Join(parts, " ")); text != "" {
			b.WriteString("\n" + text + "\n")
		}
	}
	if r.Revision != "" {
		paragraph("Revision " + m.revision(r.Revision) + ".")
	}
	paragraph(recordText(r.Record))
	for _, result := range []*sync.Result{r, r.Undo} {
		if result == nil {
			continue
		}
		for _, c := range result.Changes {
			l := c.Lost
			if l == nil {
				continue
			}
			body := code(string(l.Body), len(l.Body))
			if b.Len()+len(body) > most/2 {
				body = "its content is too large for this report; see the result as JSON"
			}
			if b.Len() < most/2 {
				paragraph(fmt.Sprintf("**LOST:** %s %s was deleted, and neither %s %s nor the old one could be created, so nothing detects under this id now. To recover, apply again, or send this with POST to %s: %s",
					code(string(l.Kind), 40), code(l.ID, 120), code(string(c.Kind), 40), code(c.ID, 120), code(l.Path, 200), body))
			}
		}
	}
	room := most
	if r.Undo != nil {
		room -= reserve // for what was put back
	}
	resultLines(&b, r.Changes, false, r.Revision, m, room)
	switch {
	case r.Interrupted && r.Undo == nil:
		paragraph("**Interrupted:** writes in progress were finished, and no others were started. Apply again to finish.")
	case !r.OK() && r.Undo == nil:
		paragraph(toFinish(r))
	case r.Undo != nil:
		paragraph("**" + putBack(r.Undo) + "**")
		resultLines(&b, r.Undo.Changes, true, r.Revision, m, most)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// recordText says how the deployment was recorded.
func recordText(n *sync.RecordNote) string {
	if n == nil {
		return ""
	}
	out := ""
	if n.Raced {
		out = "**Warning:** another apply to the same Panther was recorded during this one. "
	}
	hash := code(n.Hash[:min(len(n.Hash), 12)], 20)
	switch {
	case n.Problem != "" && n.Hash == "":
		out += "**Error:** the deployment could not be recorded: " + code(n.Problem, 600)
	case n.Problem != "":
		out += "**Error:** the deployment is recorded as " + hash + " locally, but could not be pushed: " + code(n.Problem, 600)
	case n.Hash == "":
	case n.Pushed:
		out += "Recorded as " + hash + " on " + code(n.Ref, 200) + ", and pushed to " + code(n.Remote, 100) + "."
	default:
		out += "Recorded as " + hash + " on " + code(n.Ref, 200) + "."
	}
	return out
}

// resultLines writes a line for each change of a result, those that need somebody first.
func resultLines(b *strings.Builder, changes []sync.ChangeResult, undo bool, revision string, m markup, most int) {
	if len(changes) == 0 {
		return
	}
	sorted := slices.Clone(changes)
	rank := func(o sync.Outcome) int {
		if i := slices.Index(outcomeOrder, o); i >= 0 {
			return i
		}
		return len(outcomeOrder)
	}
	slices.SortStableFunc(sorted, func(x, y sync.ChangeResult) int { return rank(x.Outcome) - rank(y.Outcome) })
	var lines []string
	n := 0
	for size := 0; n < len(sorted); n++ {
		line := "- " + resultLine(sorted[n], undo, revision, m) + "\n"
		if size += len(line); b.Len()+size > most-reserve {
			break
		}
		lines = append(lines, line)
	}
	b.WriteString("\n" + strings.Join(lines[:min(len(lines), maxRows)], ""))
	if rest := lines[min(len(lines), maxRows):]; len(rest) > 0 {
		fmt.Fprintf(b, "\n<details><summary>%s more</summary>\n\n%s\n</details>\n", number(len(sorted)-maxRows), strings.Join(rest, ""))
	}
	if more := len(sorted) - n; more > 0 {
		fmt.Fprintf(b, "\n%s omitted to limit the size.\n", Count(more, "change is", "changes are"))
	}
}

func resultLine(c sync.ChangeResult, undo bool, revision string, m markup) string {
	word := "did " + code(string(c.Action), 40)
	switch known := slices.Contains(actions, c.Action); {
	case known && undo:
		word = undone(c.Action)
	case known:
		word = done(c.Action)
	}
	switch c.Outcome {
	case sync.Done:
	case sync.Already:
		word = "already up to date"
	case sync.Held:
		word = "held back: " + code(string(c.Action), 40)
	case sync.Failed, sync.Refused, sync.NotTried:
		word = "**" + strings.ReplaceAll(string(c.Outcome), "_", " ") + ":** " + code(string(c.Action), 40)
	default:
		word = code(string(c.Outcome), 40) + ": " + code(string(c.Action), 40)
	}
	var reasons []string
	if marked := directionMark(c.Direction, c.Reasons, m); marked != "" && c.Action != sync.Create && !undo {
		reasons = append(reasons, marked)
	}
	if c.Reason != "" {
		reasons = append(reasons, code(c.Reason, 600))
	}
	for _, t := range c.Tests {
		if t.Passed && !t.Errored {
			continue
		}
		said := "failed"
		if t.Errored {
			said = "could not run"
		}
		text := "unit test " + code(t.Name, 120) + " " + said
		if t.Reason != "" {
			text += ": " + code(t.Reason, 300)
		}
		reasons = append(reasons, text)
	}
	for _, w := range c.Warnings {
		reasons = append(reasons, "warning: "+code(w, 300))
	}
	address := ""
	if c.Action != sync.Delete { // its file is gone
		address = m.links.file(revision, c.Path)
	}
	out := word + " " + m.entity(string(c.Kind), c.ID, c.Path, address)
	if len(reasons) > 0 {
		out += ": " + strings.Join(reasons, "; ")
	}
	return out
}
