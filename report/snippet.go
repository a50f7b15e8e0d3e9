package report

import (
	"strings"

	"github.com/rivo/uniseg"
)

const (
	// tabColumns is how wide a tab is drawn.
	tabColumns = 4
	// snippetColumns is how much of a line is shown where no terminal says.
	snippetColumns = 160
	leastSnippet   = 40
)

func snippetWidth(terminal, gutter int) int {
	if terminal <= 0 {
		return snippetColumns
	}
	return max(terminal-gutter-6, leastSnippet)
}

// snippet draws a line of source and the marks below it: "^" under the first
// character of a stretch and "~" under the rest. Columns count characters from 1;
// an end of 0 is the line's end. Of a line that is wider than most columns, the
// part around the stretch is shown.
func snippet(line string, column, end, most int) (text, marks string) {
	runes := []rune(line)
	from := min(max(column, 1)-1, len(runes))
	to := len(runes)
	if end > 0 {
		to = min(end-1, len(runes))
	}
	to = max(to, from)
	lead, tail := "", ""
	if shown := string(runes[from:to]); drawnWidth(shown) > most*2/3 {
		// The stretch itself is too wide: its beginning is what counts.
		to, tail = from+fitting(runes[from:to], most*2/3), "…"
		runes = runes[:to]
	}
	if drawnWidth(string(runes)) > most {
		before, after := runes[:from], runes[to:]
		room := most - drawnWidth(string(runes[from:to]))
		if w := drawnWidth(string(after)); w > room-min(drawnWidth(string(before)), room/2) {
			n := fitting(after, room/2)
			runes, tail = runes[:to+n], "…"
			room -= drawnWidth(string(after[:n]))
		} else {
			room -= w
		}
		if drawnWidth(string(before)) > room {
			cut := len(before) - fittingEnd(before, room)
			runes, from, to, lead = runes[cut:], from-cut, to-cut, "…"
		}
	}
	before, mid := drawn(string(runes[:from])), drawn(string(runes[from:to]))
	text = strings.TrimRight(lead+before+mid+drawn(string(runes[to:]))+tail, " ")
	width := max(uniseg.StringWidth(mid), 1)
	return text, strings.Repeat(" ", uniseg.StringWidth(lead+before)) + "^" + strings.Repeat("~", width-1)
}

// drawn makes a piece of a line safe, with tabs as spaces.
func drawn(s string) string {
	return strings.ReplaceAll(cleanLine(s), "\t", strings.Repeat(" ", tabColumns))
}

func drawnWidth(s string) int { return uniseg.StringWidth(drawn(s)) }

// fitting is how many characters from the beginning fit into so many columns.
func fitting(runes []rune, most int) int {
	width := 0
	for i, r := range runes {
		if width += drawnWidth(string(r)); width > most {
			return i
		}
	}
	return len(runes)
}

// fittingEnd is how many characters up to the end fit.
func fittingEnd(runes []rune, most int) int {
	width := 0
	for i := len(runes) - 1; i >= 0; i-- {
		if width += drawnWidth(string(runes[i])); width > most {
			return len(runes) - 1 - i
		}
	}
	return len(runes)
}
