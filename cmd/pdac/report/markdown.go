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
	// reserve is kept for the lines about omitted content and around the table.
	reserve = 700
	// maxRows is how many rows a table can have before it is folded.
	maxRows = 30
)

func maxSize(n int) int {
	if n == 0 {
		return defaultSize
	}
	return max(n, smallestSize)
}

// Marker returns the hidden first line of a comment, which identifies it:
// "<!-- pdac:plan TENANT -->" for a plan, and the same with drift for a drift.
func Marker(noun, tenant string) string {
	safe := strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == ':' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, tenant)
	return "<!-- pdac:" + noun + " " + safe[:min(len(safe), 200)] + " -->"
}

// markdown writes a comment for a pull request. To limit the size it omits whole
// differences first, then rows of the table, and counts what it omits.
func markdown(w io.Writer, p *sync.Plan, o PlanOptions, words wording) error {
	most := maxSize(o.MaxSize)
	changes := slices.Clone(p.Changes)
	byAction(changes)

	var b strings.Builder
	b.WriteString(Marker(words.noun, p.Tenant) + "\n")
	b.WriteString(words.head(p, o))
	// Everything besides the changes gets a share of the remaining space.
	left := func() int { return most - b.Len() - reserve }
	if len(p.Diagnostics) > 0 {
		b.WriteString("\n" + markdownDiagnostics(p.Diagnostics, left()/3))
	}
	kept := words.keptTable(p, left()/3)
	aside := commitList(p, left()/8) + unmanagedList(p.Unmanaged, left()/8)
	if p.Empty() {
		b.WriteString(kept + words.details(p, p.Kept, true, left()-len(kept)-len(aside), most, o) + aside)
		_, err := io.WriteString(w, b.String())
		return err
	}
	table, room, complete := words.table(p, changes, left()-len(kept)-len(aside))
	b.WriteString(table + kept + aside)
	if complete {
		changed := words.details(p, changes, false, room, most, o)
		b.WriteString(changed + words.details(p, p.Kept, true, room-len(changed), most, o))
	} else if n := updates(changes); n > 0 {
		b.WriteString(noRoom(n))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// noRoom reports the number of entities whose differences are omitted.
func noRoom(n int) string {
	return fmt.Sprintf("\nThe differences of %s are omitted to limit the size.\n", Count(n, "entity", "entities"))
}

// head returns the heading with its counts, and the lines below it.
func (ws wording) head(p *sync.Plan, o PlanOptions) string {
	tenant := "Panther"
	if p.Tenant != "" {
		tenant = code(p.Tenant, 100)
	}
	counts, rest := ws.totals(p.Summary), ws.others(p)+"."
	if p.Empty() {
		counts, rest = strings.ToLower(strings.TrimSuffix(ws.none, ".")), ws.nothing(p)
	}
	if p.Revision != "" {
		rest = "Revision " + code(shortRevision(p.Revision), 60) + ". " + rest
	}
	out := fmt.Sprintf("### %s %s: %s\n\n%s\n", ws.title, tenant, counts, rest)
	line := func(s string) {
		if s != "" {
			out += "\n" + s + "\n"
		}
	}
	last := deployed(p.Base, code)
	if last != "" {
		last += "."
	}
	line(strings.TrimSpace(last + " " + since(p.Summary)))
	if only := limited(p, code); only != "" {
		line(strings.ToUpper(only[:1]) + only[1:] + ".")
	}
	if !ws.drift {
		line(heldBack(p, o, code))
		for _, g := range p.Guards[:min(len(p.Guards), 20)] {
			line(guardText(g, code))
		}
	}
	if ws.drift {
		line(weakened(p))
	}
	if ws.legend != "" && !p.Empty() {
		line("In the differences, " + ws.legend + ".")
	}
	return out
}

// byAction puts deletes first and creates last, sorted by key. In Markdown the
// summary is at the top, and the most important changes are next to it.
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
		if detailed(c) {
			n++
		}
	}
	return n
}

// table returns the table of changes, the remaining space, and whether the table
// contains all rows.
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
	table := "\n" + ws.columns(p) + b.String()
	if n > maxRows {
		table = fmt.Sprintf("\n<details><summary>%s</summary>\n%s\n</details>\n", Count(n, "change", "changes"), table)
	}
	if out := changes[n:]; len(out) > 0 {
		table += fmt.Sprintf("\n%s omitted to limit the size: %s.\n", Count(len(out), "change is", "changes are"), ws.sum(out))
	}
	return table, room - b.Len(), n == len(changes)
}

// sum counts changes by action.
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

// columns returns the head of a table of changes. Their origin is only known if a
// deployment has been recorded.
func (ws wording) columns(p *sync.Plan) string {
	who := " who |"
	switch {
	case p.Base == nil:
		return "| change | kind | id | file | fields |\n|---|---|---|---|---|\n"
	case ws.drift:
		who = " in Panther |"
	}
	return "| change | kind | id | file | fields |" + who + "\n|---|---|---|---|---|---|\n"
}

// keptTable lists the differences that are kept, limited to a number of bytes.
func (ws wording) keptTable(p *sync.Plan, room int) string {
	if len(p.Kept) == 0 {
		return ""
	}
	var b strings.Builder
	n := 0
	for ; n < len(p.Kept); n++ {
		row := ws.row(p, p.Kept[n], true)
		if b.Len()+len(row) > room {
			break
		}
		b.WriteString(row)
	}
	head := "\n**" + ws.left().title + ":**\n"
	out := head + "\n" + ws.columns(p) + b.String()
	if n == 0 {
		out = head
	}
	if more := len(p.Kept) - n; more > 0 {
		out += fmt.Sprintf("\n%s omitted to limit the size.\n", Count(more, "more is", "more are"))
	}
	return out
}

// commitList lists the commits of the changes, each once, limited to a number of
// bytes.
func commitList(p *sync.Plan, room int) string {
	var all []sync.Commit
	for _, list := range [][]sync.Change{p.Changes, p.Kept} {
		for _, c := range list {
			for _, commit := range c.Commits {
				if commit.Hash != "" && !commit.Uncommitted {
					all = append(all, commit)
				}
			}
		}
	}
	all = distinct(all)
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	for i, c := range all {
		line := "- " + commit(c, code)
		if c.Subject != "" {
			line += ": " + code(c.Subject, longestSubject)
		}
		if b.Len()+len(line)+1 > room {
			fmt.Fprintf(&b, "- %s omitted to limit the size\n", Count(len(all)-i, "more is", "more are"))
			break
		}
		b.WriteString(line + "\n")
	}
	return fmt.Sprintf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", Count(len(all), "commit", "commits"), b.String())
}

// unmanagedList lists the unmanaged entities, limited to a number of bytes.
func unmanagedList(list []sync.Unmanaged, room int) string {
	packs := 0
	var ours []sync.Unmanaged
	for _, u := range list {
		if u.Managed {
			packs++
		} else {
			ours = append(ours, u)
		}
	}
	if len(ours) == 0 {
		return ""
	}
	var b strings.Builder
	for i, u := range ours {
		line := "- " + code(string(u.Kind), 40) + " " + code(u.ID, 120)
		if last := origin(u.Edited, code); last != "" {
			line += ", " + last
		}
		if b.Len()+len(line)+1 > room {
			fmt.Fprintf(&b, "- %s omitted to limit the size\n", Count(len(ours)-i, "more is", "more are"))
			break
		}
		b.WriteString(line + "\n")
	}
	if packs > 0 {
		b.WriteString("- " + number(packs) + " of Panther's packs\n")
	}
	return fmt.Sprintf("\n<details><summary>%s unmanaged: live, not from this repository, never touched</summary>\n\n%s\n</details>\n", number(len(list)), b.String())
}

func (ws wording) row(p *sync.Plan, c sync.Change, kept bool) string {
	fields := ""
	if detailed(c) {
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
	if marked := directionMark(c, code); marked != "" && !(kept && !ws.drift || c.Action == sync.Create) {
		fields = strings.TrimSuffix(marked+"; "+fields, "; ")
	}
	if reached := affectedText(c.Affected, maxAffected, code); reached != "" {
		fields = strings.TrimSuffix(reached+"; "+fields, "; ")
	}
	verb := strings.TrimSuffix(ws.word(c.Action).verb, ":")
	if _, known := ws.of[c.Action]; !known {
		verb = code(string(c.Action), 40)
	} else if kept {
		verb = strings.TrimSuffix(ws.left().verb(c.Action), ":")
	}
	row := fmt.Sprintf("| %s | %s | %s | %s | %s |", verb, code(string(c.Kind), 40)+ws.typeNote(c, code), code(c.ID, 120), strings.TrimSuffix(code(c.Path, 200)+"<br>"+ownersText(c.Owners, code), "<br>"), fields)
	if p.Base != nil {
		who := ""
		if ws.drift {
			who = strings.TrimPrefix(strings.Join(append([]string{inPanther(c, code)}, acceptanceNotes(c, code)...), "; "), "; ")
		} else {
			who = by(p, c, kept)
		}
		row += " " + who + " |"
	}
	return row + "\n"
}

// details returns the differences of updates, each folded, as many as fit. A large
// one that doesn't fit is skipped, and smaller ones after it are still shown.
func (ws wording) details(p *sync.Plan, changes []sync.Change, kept bool, room, size int, o PlanOptions) string {
	var b strings.Builder
	left := 0
	for _, c := range changes {
		if !detailed(c) || len(c.Fields) == 0 {
			continue
		}
		// If there is no space left, don't compute differences that are then dropped.
		d := ""
		if room-b.Len() > 200 {
			d = ws.detail(p, c, kept, o, size/4)
		}
		if d == "" || b.Len()+len(d) > room {
			left++
			continue
		}
		b.WriteString(d)
	}
	if left > 0 {
		b.WriteString(noRoom(left))
	}
	return b.String()
}

func (ws wording) detail(p *sync.Plan, c sync.Change, kept bool, o PlanOptions, most int) string {
	lines := diffLines(p, c, kept, o, most)
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
	if kept {
		summary = strings.TrimSuffix(ws.left().verb(c.Action), ":") + ": " + summary
	}
	return fmt.Sprintf("\n<details><summary>%s</summary>\n\n%sdiff\n%s\n%s\n\n</details>\n", summary, fence, strings.Join(lines, "\n"), fence)
}

// markdownDiagnostics lists diagnostics, errors first, limited to a number of bytes.
func markdownDiagnostics(ds []repo.Diagnostic, most int) string {
	if len(ds) == 0 {
		return ""
	}
	const room = 200 // for the line about omitted diagnostics
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
			fmt.Fprintf(&b, "- %s omitted to limit the size", Count(len(sorted)-i, "more is", "more are"))
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
