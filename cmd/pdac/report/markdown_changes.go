package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// section is a list of changes of a comment below a heading.
type section struct {
	title string
	kept  bool
	// entries has all changes of the section, of which the first ones are shown.
	entries []entry
	shown   int
}

// entry is a change of a comment. Its differences are "" if they are not shown.
type entry struct {
	change      sync.Change
	line        string
	differences string
}

// undiffed counts the entries whose differences are missing.
func (s section) undiffed() int {
	n := 0
	for _, e := range s.entries {
		if e.differences == "" && len(e.change.Fields) > 0 && detailed(e.change) {
			n++
		}
	}
	return n
}

// group puts a change below a heading: what needs somebody comes first.
type heading struct {
	is func(sync.Change) bool
	of func(n int) string
}

func (c comment) headings() []heading {
	action := func(a sync.Action, more string) heading {
		return heading{func(change sync.Change) bool { return change.Action == a }, func(n int) string { return number(n) + " " + c.of[a].total + more }}
	}
	weaker := heading{func(change sync.Change) bool { return change.Action == sync.Update && change.Direction == diff.Weaker },
		func(n int) string { return number(n) + " " + c.of[sync.Update].total + ", weaker" }}
	rest := heading{func(sync.Change) bool { return true }, func(n int) string { return Count(n, "other change", "other changes") }}
	if c.drift {
		return []heading{action(sync.Delete, ""), weaker, action(sync.Update, ""), action(sync.Create, ""), rest}
	}
	held := ""
	if c.o.HoldDeletes {
		held = ", only with `--allow-delete`"
	}
	return []heading{
		{func(change sync.Change) bool { return change.Cause == sync.CauseConflict }, func(n int) string {
			return Count(n, "conflict", "conflicts") + ": changed in Panther and in the repository"
		}},
		{drifted, func(n int) string { return number(n) + " changed in Panther since the last deployment" }},
		{func(change sync.Change) bool { return len(change.Guards) > 0 }, func(n int) string { return number(n) + " held back by guards" }},
		action(sync.Delete, held), weaker, action(sync.Replace, held), action(sync.Update, ""), action(sync.Create, ""), rest,
	}
}

// drifted reports whether a change takes something back that was changed in Panther.
func drifted(c sync.Change) bool {
	return c.Cause == sync.CauseDrift || slices.ContainsFunc(c.Fields, func(f sync.FieldChange) bool { return f.Cause == sync.CauseDrift })
}

// sections sorts changes by heading, and by key below each. What is kept has a single
// heading.
func (c comment) sections(changes []sync.Change, kept bool) []section {
	headings := c.headings()
	if kept {
		headings = []heading{{func(sync.Change) bool { return true }, func(int) string { return c.left().title }}}
	}
	out := make([]section, len(headings))
	for _, change := range changes {
		i := slices.IndexFunc(headings, func(h heading) bool { return h.is(change) })
		out[i].entries = append(out[i].entries, entry{change: change, line: c.line(change, kept, c.m)})
	}
	out = slices.DeleteFunc(out, func(s section) bool { return len(s.entries) == 0 })
	for i := range out {
		s := &out[i]
		slices.SortStableFunc(s.entries, func(a, b entry) int { return a.change.Key().Compare(b.change.Key()) })
		first := slices.IndexFunc(headings, func(h heading) bool { return h.is(s.entries[0].change) })
		s.title, s.kept = headings[first].of(len(s.entries)), kept
	}
	return out
}

// foldBytes is more than a line needs around its text.
const foldBytes = 120

// measure decides how many lines of the sections are shown, and returns their size.
func measure(sections []section, room int) int {
	used, full := 0, false
	for i := range sections {
		s := &sections[i]
		used += len(s.title) + foldBytes
		for _, e := range s.entries {
			n := len(e.line) + foldBytes/10
			if full = full || used+n > room; full {
				break
			}
			used += n
			s.shown++
		}
	}
	return used
}

// hidden counts the changes that are not shown.
func hidden(sections []section) int {
	n := 0
	for _, s := range sections {
		n += len(s.entries) - s.shown
	}
	return n
}

// smallestShare is how many bytes the differences of one change can have at least.
const smallestShare = 2_000

// fill adds the differences of the lines that are shown, as many as fit. A large one that
// doesn't fit is skipped, and smaller ones after it are still shown. It returns their
// size.
func (c comment) fill(sections []section, room int) int {
	used, all := 0, 0
	for _, s := range sections {
		all += s.undiffed()
	}
	// Many changes have a smaller share each, so that a large one doesn't take it all.
	share := min(c.size/4, max(2*room/max(all, 1), smallestShare))
	for i := range sections {
		s := &sections[i]
		for j := range s.entries[:s.shown] {
			e := &s.entries[j]
			// If there is no space left, don't compute differences that are then dropped.
			if !detailed(e.change) || len(e.change.Fields) == 0 || room-used < 200 {
				continue
			}
			line := c.line(e.change, s.kept, inHTML(c.o.Links))
			d := fmt.Sprintf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", line, c.fenced(e.change, s.kept, share))
			if n := len(d) - len(e.line); used+n <= room {
				used += max(n, 0)
				e.differences = d
			}
		}
	}
	return used
}

// section writes a heading and its lines, the first ones openly and the others folded.
func (c comment) section(s section) string {
	var b strings.Builder
	b.WriteString("\n**" + s.title + "**\n")
	list := false
	for i, e := range s.entries[:s.shown] {
		if i == maxRows {
			fmt.Fprintf(&b, "\n<details><summary>%s</summary>\n", Count(len(s.entries)-i, "more", "more"))
			list = false
		}
		switch {
		case e.differences != "":
			b.WriteString(e.differences)
		case list:
			b.WriteString("- " + e.line + "\n")
		default:
			b.WriteString("\n- " + e.line + "\n")
		}
		list = e.differences == ""
	}
	if s.shown > maxRows {
		b.WriteString("\n</details>\n")
	}
	return b.String()
}

// line writes a change on one line: what is done to which entity, the fields that matter
// most, and who did it.
func (c comment) line(change sync.Change, kept bool, m markup) string {
	verb := strings.TrimSuffix(c.word(change.Action).verb, ":")
	if _, known := c.of[change.Action]; !known {
		verb = m.quote(string(change.Action), 40)
	} else if kept {
		verb = strings.TrimSuffix(c.left().verb(change.Action), ":")
	}
	file, address := change.Path, c.address(change)
	if c.bare {
		file, address, m.links = "", "", Links{}
	}
	out := m.strong(verb) + " " + m.entity(string(change.Kind), change.ID, file, address) + c.typeNote(change, m.quote)
	if len(change.Owners) > 0 {
		out += " (" + ownersText(change.Owners, m.quote) + ")"
	}
	if facts := c.facts(change, kept, m); facts != "" {
		out += ": " + facts
	}
	who := by(change, kept, m)
	if c.drift {
		notes := append([]string{inPanther(change, m.quote)}, acceptanceNotes(change, m.quote)...)
		who = strings.TrimPrefix(strings.Join(notes, "; "), "; ")
	}
	if who != "" {
		out += " — " + who
	}
	return out
}

// address returns that of the file of a change; in a drift and for a delete, as it was
// deployed.
func (c comment) address(change sync.Change) string {
	revision := c.p.Revision
	if change.Action == sync.Delete || c.drift {
		switch b := c.p.Base; {
		case b != nil && isHash(strings.TrimSuffix(b.Revision, "-dirty")):
			revision = b.Revision
		case change.Action == sync.Delete:
			return ""
		}
	}
	return c.o.Links.file(revision, change.Path)
}

// facts says what matters most about a change.
func (c comment) facts(change sync.Change, kept bool, m markup) string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	judged := (!kept || c.drift) && change.Action != sync.Create
	if judged {
		add(directionMark(change.Direction, change.Reasons, m))
	}
	switch {
	case detailed(change):
		add(fieldNames(change, judged, m))
	case change.Action == sync.Create && !c.drift:
		add(m.quote(hint(change), 40))
	}
	add(affectedText(change.Affected, maxAffected, m.quote))
	add(alertsText(change.Alerts))
	if len(change.Guards) > 0 {
		add("held back by " + elementsOf(change.Guards, m.quote))
	}
	return strings.Join(out, "; ")
}

// important are the fields whose values are on the line of a change, the most important
// ones first.
var important = []string{panther.FieldSeverity, "enabled", "schedule.disabled", "createAlert", "threshold", "dedupPeriodMinutes"}

// maxNames is how many fields are named on the line of a change.
const maxNames = 8

// fieldNames names the fields of a change: the important ones first and with their
// values, without those that the reasons for its direction name already.
func fieldNames(c sync.Change, judged bool, m markup) string {
	rank := func(f sync.FieldChange) int {
		if i := slices.Index(important, f.Name); i >= 0 {
			return i
		}
		return len(important)
	}
	fields := slices.DeleteFunc(slices.Clone(c.Fields), func(f sync.FieldChange) bool {
		return judged && directionMarks[c.Direction] != "" && slices.ContainsFunc(c.Reasons, func(r diff.Reason) bool { return r.Field == f.Name && remarkable(c.Direction, r) })
	})
	slices.SortStableFunc(fields, func(a, b sync.FieldChange) int { return rank(a) - rank(b) })
	var names []string
	for i, f := range fields {
		if i == maxNames {
			names = append(names, number(len(fields)-i)+" more")
			break
		}
		name := m.quote(f.Name, 40)
		if rank(f) < len(important) {
			if v := look(c, f); v.scalar {
				name = m.quote(f.Name+" "+clip(v.before, 20)+" → "+clip(v.after, 20), 100)
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// fenced writes the differences of a change, limited to a number of bytes, in a fence that
// no line of them ends.
func (c comment) fenced(change sync.Change, kept bool, most int) string {
	var lines []string
	for _, l := range diffLines(c.p, change, kept, c.o, most) {
		lines = append(lines, folded(l)...)
	}
	fence := "```"
	for _, l := range lines {
		for strings.Contains(l, fence) {
			fence += "`"
		}
	}
	return fence + "diff\n" + strings.Join(lines, "\n") + "\n" + fence + "\n"
}

// diffColumns is how many columns of a fence fit beside the margins of a comment, and
// widestTab what a tab may take of them.
const (
	diffColumns = 92
	widestTab   = 8
)

// folded breaks a line of a difference into lines that fit into a comment, after a space
// if there is one. All have the sign of the first.
func folded(line string) []string {
	if len(line) <= diffColumns && !strings.Contains(line, "\t") {
		return []string{line}
	}
	sign := line[:1]
	if sign == "@" {
		sign = "#"
	}
	const indent = "  ↪ "
	var out []string
	head := ""
	// used are the columns from start to at, and since those after the last space, which
	// ends at space.
	used, since, start, space, at, state := 0, 0, 0, 0, 0, -1
	for rest := line; rest != ""; {
		var cluster string
		var width int
		cluster, rest, width, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if cluster == "\t" {
			width = widestTab
		}
		if used+width > diffColumns && at > start {
			end := at
			if space > start && since < diffColumns/2 {
				end = space
			} else {
				since = 0
			}
			out = append(out, head+line[start:end])
			head, start, used = sign+indent, end, 1+len([]rune(indent))+since
		}
		used += width
		since += width
		at += len(cluster)
		if cluster == " " {
			space, since = at, 0
		}
	}
	return append(out, head+line[start:])
}
