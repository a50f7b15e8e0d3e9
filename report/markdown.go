package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

const (
	defaultSize  = 60_000
	smallestSize = 4_000
	// reserve is kept for the words that say what was left out, and for the
	// lines around the table.
	reserve = 700
	// mostRows is how many rows a table has before it is folded away.
	mostRows = 30
)

func maxSize(n int) int {
	if n == 0 {
		return defaultSize
	}
	return max(n, smallestSize)
}

// Marker is the hidden first line of a comment, by which it is found again: of
// a plan "<!-- pdac:plan TENANT -->", of a drift the same with drift.
func Marker(noun, tenant string) string {
	safe := strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == ':' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, tenant)
	return "<!-- pdac:" + noun + " " + safe[:min(len(safe), 200)] + " -->"
}

// markdown writes a comment for a pull request. What doesn't fit is left out
// as a whole, differences first, then rows of the table, and is counted.
func markdown(w io.Writer, p *sync.Plan, o PlanOptions, words wording) error {
	most := maxSize(o.MaxSize)
	changes := slices.Clone(p.Changes)
	byAction(changes)

	var b strings.Builder
	b.WriteString(Marker(words.noun, p.Tenant) + "\n")
	b.WriteString(words.head(p))
	if last := deployed(p.Base); last != "" {
		b.WriteString("\nLast deployed: " + code(last, 200) + ".\n")
	}
	if words.legend != "" && !p.Empty() {
		b.WriteString("In the differences, " + words.legend + ".\n")
	}
	if len(p.Diagnostics) > 0 {
		b.WriteString("\n" + markdownDiagnostics(p.Diagnostics, most/4))
	}
	if p.Empty() {
		b.WriteString(words.keptTable(p, most/2))
		_, err := io.WriteString(w, b.String())
		return err
	}
	kept := words.keptTable(p, most/4)
	left := most - b.Len() - reserve - len(kept)
	table, left, whole := words.table(p, changes, left)
	b.WriteString(table)
	b.WriteString(kept)
	if whole {
		b.WriteString(words.details(p, changes, left, most, o))
	} else if n := updates(changes); n > 0 {
		fmt.Fprintf(&b, "\nThe differences of %s are left out here; there is no room.\n", Count(n, "entity", "entities"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// head is the heading with its counts, and the line below it.
func (ws wording) head(p *sync.Plan) string {
	tenant := "Panther"
	if p.Tenant != "" {
		tenant = code(p.Tenant, 100)
	}
	counts, rest := ws.totals(p.Summary), ws.others(p)+"."
	if p.Empty() {
		counts, rest = strings.ToLower(strings.TrimSuffix(ws.none, ".")), ws.nothing(p)
	}
	if p.Revision != "" {
		rest = "Revision " + code(shortRevision(p.Revision), 100) + ". " + rest
	}
	return fmt.Sprintf("### %s %s: %s\n\n%s\n", ws.title, tenant, counts, rest)
}

// byAction puts deletes first and creates last, and keys in order: here the
// summary stands on top, and what matters most stands next to it.
func byAction(changes []sync.Change) {
	slices.SortStableFunc(changes, func(a, b sync.Change) int {
		if d := slices.Index(actions, b.Action) - slices.Index(actions, a.Action); d != 0 {
			return d
		}
		return a.Key().Compare(b.Key())
	})
}

func updates(changes []sync.Change) int {
	n := 0
	for _, c := range changes {
		if c.Action == sync.Update {
			n++
		}
	}
	return n
}

// table gives the table of changes, the room that is left behind it, and
// whether all rows are in it.
func (ws wording) table(p *sync.Plan, changes []sync.Change, room int) (string, int, bool) {
	var b strings.Builder
	n := 0
	for ; n < len(changes); n++ {
		row := ws.row(p, changes[n], false)
		if b.Len()+len(row) > room {
			break
		}
		b.WriteString(row)
	}
	table := "\n" + columns(p) + b.String()
	if n > mostRows {
		table = fmt.Sprintf("\n<details><summary>%s</summary>\n%s\n</details>\n", Count(n, "change", "changes"), table)
	}
	if out := changes[n:]; len(out) > 0 {
		table += fmt.Sprintf("\n%s not listed here; there is no room: %s.\n", Count(len(out), "change is", "changes are"), ws.sum(out))
	}
	return table, room - b.Len(), n == len(changes)
}

// sum counts changes by what they are.
func (ws wording) sum(changes []sync.Change) string {
	n := map[sync.Action]int{}
	for _, c := range changes {
		n[c.Action]++
	}
	var out []string
	for _, a := range actions {
		if n[a] > 0 {
			out = append(out, number(n[a])+" "+ws.of[a].total)
		}
	}
	return strings.Join(out, ", ")
}

// columns is the head of a table of changes. Who made them is known only where a
// deployment is remembered.
func columns(p *sync.Plan) string {
	if p.Base == nil {
		return "| change | kind | id | file | fields |\n|---|---|---|---|---|\n"
	}
	return "| change | kind | id | file | fields | who |\n|---|---|---|---|---|---|\n"
}

// keptTable lists what differs and stays, in so many bytes.
func (ws wording) keptTable(p *sync.Plan, room int) string {
	if len(p.Kept) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\nKept as it is in Panther:\n\n" + columns(p))
	for i, c := range p.Kept {
		row := ws.row(p, c, true)
		if b.Len()+len(row) > room {
			fmt.Fprintf(&b, "\n%s left out here; there is no room.\n", Count(len(p.Kept)-i, "more is", "more are"))
			break
		}
		b.WriteString(row)
	}
	return b.String()
}

func (ws wording) row(p *sync.Plan, c sync.Change, kept bool) string {
	fields := ""
	if c.Action == sync.Update {
		const most = 12
		var names []string
		for i, f := range c.Fields {
			if i == most {
				names = append(names, number(len(c.Fields)-most)+" more")
				break
			}
			names = append(names, code(f.Name, 40))
		}
		fields = strings.Join(names, ", ")
	} else if h := hint(c); c.Action == sync.Create && !ws.drift && h != "" {
		fields = code(h, 40)
	}
	verb := strings.TrimSuffix(ws.word(c.Action).verb, ":")
	if _, known := ws.of[c.Action]; !known {
		verb = code(verb, 40)
	}
	if kept {
		verb = "not " + map[sync.Action]string{sync.Create: "created", sync.Update: "updated", sync.Delete: "deleted"}[c.Action]
	}
	row := fmt.Sprintf("| %s | %s | %s | %s | %s |", verb, code(string(c.Kind), 40), code(c.ID, 120), code(c.Path, 200), fields)
	if p.Base != nil {
		who := by(p, c, kept)
		switch {
		case who != "":
		case ws.drift && c.Edited != nil && c.Edited.At != nil:
			who = "last changed " + moment(c.Edited.At)
		case kept:
			who = c.Reason
		}
		row += " " + code(who, 200) + " |"
	}
	return row + "\n"
}

// details gives the differences of updates, each folded, as many as there is
// room for; a large one doesn't keep the small ones behind it out.
func (ws wording) details(p *sync.Plan, changes []sync.Change, room, size int, o PlanOptions) string {
	var b strings.Builder
	left := 0
	for _, c := range changes {
		if c.Action != sync.Update || len(c.Fields) == 0 {
			continue
		}
		// Once it is full, don't draw thousands of differences to throw away.
		d := ""
		if room-b.Len() > 200 {
			d = ws.detail(p, c, o, size/4)
		}
		if d == "" || b.Len()+len(d) > room {
			left++
			continue
		}
		b.WriteString(d)
	}
	if left > 0 {
		fmt.Fprintf(&b, "\nThe differences of %s are left out here; there is no room.\n", Count(left, "entity", "entities"))
	}
	return b.String()
}

func (ws wording) detail(p *sync.Plan, c sync.Change, o PlanOptions, most int) string {
	lines := diffLines(p, c, o, most)
	fence := "```"
	for _, l := range lines {
		for strings.Contains(l, fence) {
			fence += "`"
		}
	}
	var names []string
	for _, f := range c.Fields[:min(len(c.Fields), 6)] {
		names = append(names, tag(f.Name, 40))
	}
	if n := len(c.Fields) - len(names); n > 0 {
		names = append(names, number(n)+" more")
	}
	summary := fmt.Sprintf("%s %s: %s", tag(string(c.Kind), 40), tag(c.ID, 120), strings.Join(names, ", "))
	return fmt.Sprintf("\n<details><summary>%s</summary>\n\n%sdiff\n%s\n%s\n\n</details>\n", summary, fence, strings.Join(lines, "\n"), fence)
}

// markdownDiagnostics lists diagnostics, errors first, in so many bytes.
func markdownDiagnostics(ds []repo.Diagnostic, most int) string {
	if len(ds) == 0 {
		return ""
	}
	const room = 200 // for the line that says what was left out
	var b strings.Builder
	if n := tally(ds); n != "" {
		b.WriteString("**" + n + "**\n\n")
	}
	sorted := bySeverity(ds)
	for i, d := range sorted {
		name := string(d.Severity)
		if !slices.Contains(severities, d.Severity) {
			name = "note"
		}
		line := "- **" + name + "** "
		if w := place(d); w != "" {
			line += code(w, 250) + ": "
		}
		line += code(d.Message, 600) + "\n"
		if b.Len()+len(line)+room > most {
			fmt.Fprintf(&b, "- %s left out here; there is no room", Count(len(sorted)-i, "more is", "more are"))
			if n := tally(sorted[i:]); n != "" {
				b.WriteString(" (" + n + ")")
			}
			b.WriteString("\n")
			break
		}
		b.WriteString(line)
	}
	return b.String()
}
