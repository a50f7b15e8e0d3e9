package report

import (
	"slices"
	"strings"

	"github.com/rivo/uniseg"
)

const (
	// tabColumns is the width of a tab.
	tabColumns = 4
	// snippetColumns is the width of a snippet without a terminal.
	snippetColumns = 160
	leastSnippet   = 40
)

func snippetWidth(terminal, gutter int) int {
	if terminal <= 0 {
		return snippetColumns
	}
	return max(terminal-gutter-6, leastSnippet)
}

// snippet returns a line of source and the marks below it: "^" under the first
// character of the range and "~" under the rest. Columns count characters from 1;
// an end of 0 is the end of the line. If the line is wider than most columns, only
// the part around the range is shown.
func snippet(line string, column, end, most int) (text, marks string) {
	cells := drawn(line)
	from := min(max(column, 1)-1, len(cells))
	to := len(cells)
	if end > 0 {
		to = min(end-1, len(cells))
	}
	to = max(to, from)
	lead, tail := "", ""
	if width(cells[from:to]) > most*2/3 {
		// The range itself is too wide, so show its start.
		to, tail = from+fitting(cells[from:to], most*2/3), "…"
		cells = cells[:to]
	}
	if width(cells) > most {
		before, after := cells[:from], cells[to:]
		room := most - width(cells[from:to])
		if w := width(after); w > room-min(width(before), room/2) {
			n := fitting(after, room/2)
			cells, tail = cells[:to+n], "…"
			room -= width(after[:n])
		} else {
			room -= w
		}
		if width(before) > room {
			cut := len(before) - fittingEnd(before, room)
			cells, from, to, lead = cells[cut:], from-cut, to-cut, "…"
		}
	}
	text = strings.TrimRight(lead+strings.Join(cells, "")+tail, " ")
	indent := uniseg.StringWidth(lead) + width(cells[:from])
	return text, strings.Repeat(" ", indent) + "^" + strings.Repeat("~", max(width(cells[from:to]), 1)-1)
}

// drawn returns each character of a line as it is shown: cleaned, and a tab as
// spaces.
func drawn(line string) []string {
	return slices.Collect(characters(line, strings.Repeat(" ", tabColumns), -1))
}

func width(cells []string) int { return uniseg.StringWidth(strings.Join(cells, "")) }

// fitting returns how many characters from the start fit into most columns.
func fitting(cells []string, most int) int {
	for i, c := range cells {
		if most -= uniseg.StringWidth(c); most < 0 {
			return i
		}
	}
	return len(cells)
}

// fittingEnd returns how many characters from the end fit into most columns.
func fittingEnd(cells []string, most int) int {
	for i := len(cells) - 1; i >= 0; i-- {
		if most -= uniseg.StringWidth(cells[i]); most < 0 {
			return len(cells) - 1 - i
		}
	}
	return len(cells)
}
