package yamledit

import (
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// pair is an element of the old list and the equal one of the new list.
type pair struct{ a, b int }

// largest is the maximum number of elements to compare. More would take too
// long, so in larger texts differences count as replaced.
const largest = 20_000

// match pairs as many equal lines as possible, in order.
func match(a, b []string) []pair {
	var out []pair
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		out = append(out, pair{start, start})
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	if n := endA - start + endB - start; endA > start && endB > start && n <= largest {
		out = append(out, between(a[start:endA], b[start:endB], start)...)
	}
	for ; endA < len(a); endA, endB = endA+1, endB+1 {
		out = append(out, pair{endA, endB})
	}
	return out
}

func between(a, b []string, shift int) []pair {
	runes := map[string]rune{}
	code := func(list []string) []rune {
		out := make([]rune, len(list))
		for i, s := range list {
			r, known := runes[s]
			if !known {
				// go-diff keeps runes in strings: avoid surrogates.
				if r = rune(len(runes) + 1); r >= 0xD800 {
					r += 0x800
				}
				runes[s] = r
			}
			out[i] = r
		}
		return out
	}
	ra, rb := code(a), code(b)
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0
	var out []pair
	i, j := shift, shift
	for _, d := range dmp.DiffMainRunes(ra, rb, false) {
		n := utf8.RuneCountInString(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			i += n
		case diffmatchpatch.DiffInsert:
			j += n
		case diffmatchpatch.DiffEqual:
			for range n {
				out = append(out, pair{i, j})
				i, j = i+1, j+1
			}
		}
	}
	return out
}
