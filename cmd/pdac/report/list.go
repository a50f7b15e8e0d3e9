package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/rivo/uniseg"
)

// ListOptions are the options of List.
type ListOptions struct {
	// Format is Table, JSON or CSV.
	Format Format
	// Color enables colors in a table.
	Color bool
	// Width is the number of terminal columns that a table must fit; 0 for any.
	Width int
}

// stateWords are the states as people read them.
var stateWords = map[sync.EntityState]string{
	sync.StateInStep: "in step", sync.StateChanged: "changed here", sync.StateEdited: "edited in console", sync.StateDeleted: "deleted in console",
	sync.StateMixed: "changed in both", sync.StateConflict: "conflict", sync.StateAccepted: "accepted edit", sync.StateDiffers: "differs",
	sync.StateOnlyHere: "only here", sync.StateNotDeployed: "not deployed", sync.StateRemoved: "removed here", sync.StateOnlyLive: "only live",
	sync.StateManaged: "only live (pack)", sync.StateReleased: "released", sync.StateUnknown: "unknown",
}

// List shows what is live and what is in the repository.
func List(w io.Writer, l *sync.Listing, o ListOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, l)
	case CSV:
		return listCSV(w, l)
	case Table, "":
		p := newPrinter(w, o.Color)
		listTable(p, l, o.Width)
		return p.end("list")
	}
	return badFormat(o.Format, ListView)
}

// ListSummary counts the entities of a list by state.
func ListSummary(l *sync.Listing) string {
	if len(l.Entities) == 0 {
		return "Nothing is listed."
	}
	var parts []string
	for _, s := range sync.EntityStates() {
		if n := l.Summary[s]; n > 0 {
			parts = append(parts, number(n)+" "+stateWords[s])
		}
	}
	return Count(len(l.Entities), "entity", "entities") + ": " + strings.Join(parts, ", ") + "."
}

// The columns of a table. What makes it too wide is shortened in the order of shrinks.
const (
	colEntity = iota
	colState
	colEnabled
	colSeverity
	colSince
	colBy
	colFile
	columns
)

// shrinks lists the columns that may be shortened, and to what; 0 leaves one out. People
// copy ids, so these are cut last.
var shrinks = []struct{ column, least int }{{colFile, 16}, {colBy, 8}, {colFile, 0}, {colBy, 0}, {colEntity, 48}, {colSince, 0}, {colEnabled, 0}, {colEntity, 12}}

func listTable(p *printer, l *sync.Listing, width int) {
	if len(l.Entities) == 0 {
		return
	}
	rows := [][columns]string{{"ENTITY", "STATE", "ENABLED", "SEVERITY", "SINCE (UTC)", "BY", "FILE"}}
	for _, e := range l.Entities {
		rows = append(rows, [columns]string{
			Clean(e.Key().String()), stateWords[e.State], e.Enabled(), Clean(e.Text(panther.FieldSeverity)), sinceText(e), person(e.By, plain), Clean(e.Path),
		})
	}
	widths := fitTable(rows, width)
	for i, r := range rows {
		p.line(p.row(r, widths, i == 0, i, l))
	}
}

// row writes a row of a table.
func (p *printer) row(r [columns]string, widths [columns]int, head bool, i int, l *sync.Listing) string {
	var b strings.Builder
	for c, cell := range r {
		if widths[c] == 0 {
			continue
		}
		cell = shorten(cell, widths[c], c == colFile)
		pad := strings.Repeat(" ", widths[c]-uniseg.StringWidth(cell)+2)
		switch {
		case head:
			cell = p.faint.Sprint(cell)
		case c == colState:
			cell = p.state(l.Entities[i-1].State, cell)
		}
		b.WriteString(cell + pad)
	}
	return strings.TrimRight(b.String(), " ")
}

// state colors a state.
func (p *printer) state(s sync.EntityState, text string) string {
	switch s {
	case sync.StateInStep, sync.StateAccepted, sync.StateManaged, sync.StateReleased:
		return text
	case sync.StateChanged, sync.StateOnlyHere, sync.StateRemoved:
		return p.cyan.Sprint(text)
	case sync.StateOnlyLive, sync.StateNotDeployed:
		return p.faint.Sprint(text)
	case sync.StateConflict, sync.StateUnknown:
		return p.red.Sprint(text)
	}
	return p.yellow.Sprint(text)
}

// fitTable returns the widths of the columns; 0 for one that is left out.
func fitTable(rows [][columns]string, width int) [columns]int {
	var widths [columns]int
	for _, r := range rows {
		for c, cell := range r {
			widths[c] = max(widths[c], uniseg.StringWidth(cell))
		}
	}
	// A column without values says nothing.
	for c := range columns {
		empty := true
		for _, r := range rows[1:] {
			empty = empty && r[c] == ""
		}
		if empty {
			widths[c] = 0
		}
	}
	natural := widths[colEntity]
	over := func() int {
		n := -2 - width
		for _, w := range widths {
			if w > 0 {
				n += w + 2
			}
		}
		return n
	}
	for _, s := range shrinks {
		if width <= 0 || over() <= 0 {
			break
		}
		if s.least == 0 {
			widths[s.column] = 0
		} else if w := widths[s.column]; w > s.least {
			widths[s.column] = max(s.least, w-over())
		}
	}
	if width > 0 && widths[colEntity] < natural {
		// A column that was left out later may have made room.
		widths[colEntity] = min(natural, widths[colEntity]+max(0, -over()))
	}
	return widths
}

// shorten cuts a cell to a number of columns, at its start if its end says more.
func shorten(s string, most int, end bool) string {
	if uniseg.StringWidth(s) <= most {
		return s
	}
	var parts []string
	for g := uniseg.NewGraphemes(s); g.Next(); {
		parts = append(parts, g.Str())
	}
	room := most - 1
	n := 0
	for n < len(parts) {
		part := parts[n]
		if end {
			part = parts[len(parts)-1-n]
		}
		if room -= uniseg.StringWidth(part); room < 0 {
			break
		}
		n++
	}
	if end {
		return "…" + strings.Join(parts[len(parts)-n:], "")
	}
	return strings.Join(parts[:n], "") + "…"
}

func sinceText(e sync.Listed) string {
	if e.Since == nil || e.Since.IsZero() {
		return ""
	}
	return e.Since.UTC().Format("2006-01-02 15:04")
}

var csvColumns = []string{"kind", "id", "state", "enabled", "severity", "display_name", "since", "by", "revision", "path", "owners", "log_types", "tags"}

// listCSV writes a list for spreadsheets. A cell that one would run as a formula gets a
// quote in front.
func listCSV(w io.Writer, l *sync.Listing) error {
	out := csv.NewWriter(w)
	rows := [][]string{csvColumns}
	for _, e := range l.Entities {
		since, revision := "", ""
		if e.Since != nil && !e.Since.IsZero() {
			since = e.Since.UTC().Format("2006-01-02T15:04:05Z")
		}
		if e.Deployed != nil {
			revision = e.Deployed.Revision
		}
		row := []string{
			string(e.Kind), e.ID, string(e.State), e.Enabled(), e.Text(panther.FieldSeverity), e.Text("displayName"), since, e.By, revision, e.Path,
			strings.Join(e.Owners, ", "), e.Text(panther.FieldLogTypes), e.Text("tags"),
		}
		for i, cell := range row {
			row[i] = csvCell(cell)
		}
		rows = append(rows, row)
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}

// csvCell makes a text safe for a spreadsheet, which takes a leading "=", "+", "-" or
// "@", also in full width, for a formula.
func csvCell(s string) string {
	s = Clean(s)
	if t := strings.TrimLeft(s, " "); t != "" && strings.ContainsAny(string([]rune(t)[0]), "=+-@＝＋－＠") {
		return "'" + s
	}
	return s
}
