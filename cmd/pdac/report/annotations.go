package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// maxAnnotations is how many annotations of each kind GitHub shows for a step (source:
// GitHub's documentation of workflow commands).
const maxAnnotations = 10

// Annotations writes GitHub's workflow commands for the errors and warnings of a plan, for
// its conflicts, and for what it weakens. root is the folder of the content in the git
// repository. lineOf returns the line of a field in a spec; 0 if it is unknown.
func Annotations(w io.Writer, p *sync.Plan, root string, lineOf func(c sync.Change, field string) int) error {
	out := newPrinter(w, false)
	written := map[string]int{}
	add := func(command, file string, line int, title, text string) {
		if file == "" || written[command] == maxAnnotations {
			return
		}
		written[command]++
		props := "file=" + commandProperty(below(root, file))
		if line > 0 {
			props += fmt.Sprintf(",line=%d", line)
		}
		out.line("::", command, " ", props, ",title="+commandProperty(title), "::", commandData(Clean(text)))
	}
	for _, d := range bySeverity(p.Diagnostics) {
		command := map[repo.Severity]string{repo.SeverityError: "error", repo.SeverityWarning: "warning"}[d.Severity]
		if command != "" {
			add(command, d.Path, d.Line, "pdac plan", d.Message)
		}
	}
	for _, c := range p.Changes {
		if c.Cause == sync.CauseConflict && c.Action != sync.Delete {
			add("warning", c.Path, lineOf(c, firstField(c, func(f sync.FieldChange) bool { return f.Cause == sync.CauseConflict })), "conflict",
				entityName(c)+" was changed in Panther too, "+whereEdited(c.Edited, plain))
		}
	}
	for _, c := range p.Changes {
		if c.Direction == diff.Weaker && detailed(c) {
			add("warning", c.Path, lineOf(c, firstField(c, func(f sync.FieldChange) bool { return f.Direction == diff.Weaker })), "weaker",
				entityName(c)+" becomes weaker: "+clip(reasonsOf(c.Direction, c.Reasons), longestReasons))
		}
	}
	return out.end("annotations")
}

func entityName(c sync.Change) string { return strings.TrimSpace(string(c.Kind) + " " + c.ID) }

// firstField returns the name of the first field of a kind; "" for none.
func firstField(c sync.Change, is func(sync.FieldChange) bool) string {
	for _, f := range c.Fields {
		if is(f) {
			return f.Name
		}
	}
	return ""
}
