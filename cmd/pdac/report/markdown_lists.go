package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// commitList lists the commits of the changes, each once, limited to a number of
// bytes.
func commitList(p *sync.Plan, m markup, room int) string {
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
		line := "- " + m.commit(c)
		if c.Time != nil {
			line += ", " + c.Time.UTC().Format("2006-01-02")
		}
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

// apart separates what needs somebody from the notes.
func apart(ds []repo.Diagnostic) (urgent, notes []repo.Diagnostic) {
	for _, d := range ds {
		if d.Severity == repo.SeverityError || d.Severity == repo.SeverityWarning {
			urgent = append(urgent, d)
		} else {
			notes = append(notes, d)
		}
	}
	return urgent, notes
}

// noteList lists notes, limited to a number of bytes.
func noteList(notes []repo.Diagnostic, room int) string {
	if len(notes) == 0 {
		return ""
	}
	return fmt.Sprintf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", Count(len(notes), "note", "notes"), markdownDiagnostics(notes, room))
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
