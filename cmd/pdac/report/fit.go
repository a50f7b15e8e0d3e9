package report

import (
	"fmt"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// least is how many columns a value has at least, however narrow the terminal is, and leastText
// how many of them are the value itself if there is a mark.
const (
	least     = 12
	leastText = 10
)

// fitColumns shortens a text to a number of terminal columns, which include the mark
// that says how much is missing: a mark on a line of its own would look like content.
func fitColumns(s string, most int) string {
	most = max(most, least)
	if len(s) <= most || uniseg.StringWidth(s) <= most {
		return s
	}
	total := utf8.RuneCountInString(s)
	mark := func(missing int) string { return fmt.Sprintf("… (%s more characters)", number(missing)) }
	if most-uniseg.StringWidth(mark(total)) < least {
		mark = func(missing int) string { return "… (+" + number(missing) + ")" }
	}
	room := max(most-uniseg.StringWidth(mark(total)), leastText)
	end, rest, state := 0, s, -1
	for rest != "" {
		var c string
		var w int
		c, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if room -= w; room < 0 {
			break
		}
		end += len(c)
	}
	out := s[:end] + mark(total-utf8.RuneCountInString(s[:end]))
	if end == len(s) || uniseg.StringWidth(out) >= uniseg.StringWidth(s) {
		return s // the mark would take more than it saves
	}
	return out
}

// fitPair shortens two texts, unless both together fit, to a number of columns each, so that their first
// difference stays visible.
func fitPair(a, b string, most int) (string, string) {
	most = max(most, least)
	if uniseg.StringWidth(a)+uniseg.StringWidth(b) <= 2*most {
		return a, b
	}
	x, y := []rune(a), []rune(b)
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	if lead := same - most/3; lead > 3 { // the mark itself takes one
		a, b = "…"+string(x[lead:]), "…"+string(y[lead:])
	}
	return fitColumns(a, most), fitColumns(b, most)
}
