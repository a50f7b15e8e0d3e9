package textdiff

import (
	"slices"
	"sort"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// Pair has the index of an element of the old list and the index of the equal
// element of the new one.
type Pair struct{ A, B int }

// Above these sizes, comparing two unordered lists would take minutes, so Match
// compares larger pieces.
const (
	largeList = 20_000
	largeArea = 4_000_000
)

// Match returns the longest list of pairs of equal elements that keeps the
// order of both sides. Lists with more than largeList elements are first split
// at elements that are unique on each side, and large pieces without such
// elements count as replaced. That is fast for every input, but not always the
// longest.
func Match(a, b []string) []Pair {
	out := make([]Pair, 0, min(len(a), len(b)))
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		out = append(out, Pair{start, start})
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	m := shared(a[start:endA], b[start:endB])
	for _, p := range m.match() {
		out = append(out, Pair{p.A + start, p.B + start})
	}
	for ; endA < len(a); endA, endB = endA+1, endB+1 {
		out = append(out, Pair{endA, endB})
	}
	return out
}

// matcher contains the elements that are in both lists, as runes, and their
// positions. Dropping the others does not shorten the longest match.
type matcher struct {
	a, b     []rune
	atA, atB []int
}

// shared assigns each element a rune. go-diff's own numbering loses lines at
// the surrogates in some versions. It keeps runes in strings, so surrogates
// must not be used here either.
func shared(a, b []string) matcher {
	inB := make(map[string]bool, len(b))
	for _, s := range b {
		inB[s] = true
	}
	var m matcher
	runes := make(map[string]rune)
	next := rune(1)
	for i, s := range a {
		if !inB[s] {
			continue
		}
		r, known := runes[s]
		if !known {
			if next > utf8.MaxRune {
				continue // more than a million different lines: treat the rest as replaced
			}
			r, runes[s] = next, next
			if next++; next == 0xD800 {
				next = 0xE000
			}
		}
		m.a, m.atA = append(m.a, r), append(m.atA, i)
	}
	for j, s := range b {
		if r, known := runes[s]; known {
			m.b, m.atB = append(m.b, r), append(m.atB, j)
		}
	}
	return m
}

func (m matcher) match() []Pair {
	var found []Pair
	if len(m.a)+len(m.b) <= largeList {
		found = shortest(m.a, m.b)
	} else {
		found = byAnchors(m.a, m.b)
	}
	for i, p := range found {
		found[i] = Pair{m.atA[p.A], m.atB[p.B]}
	}
	return found
}

// shortest runs go-diff without a time limit, which makes its result minimal
// and deterministic. Only the lengths in its result are used.
func shortest(a, b []rune) []Pair {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0
	var out []Pair
	i, j := 0, 0
	for _, d := range dmp.DiffMainRunes(a, b, false) {
		n := utf8.RuneCountInString(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			i += n
		case diffmatchpatch.DiffInsert:
			j += n
		case diffmatchpatch.DiffEqual:
			for range n {
				out = append(out, Pair{i, j})
				i, j = i+1, j+1
			}
		}
	}
	return out
}

func byAnchors(a, b []rune) []Pair {
	var out []Pair
	i, j := 0, 0
	for _, p := range append(anchors(a, b), Pair{len(a), len(b)}) {
		if gapA, gapB := a[i:p.A], b[j:p.B]; len(gapA)*len(gapB) <= largeArea {
			for _, q := range shortest(gapA, gapB) {
				out = append(out, Pair{q.A + i, q.B + j})
			}
		}
		if p.A < len(a) {
			out = append(out, p)
		}
		i, j = p.A+1, p.B+1
	}
	return out
}

// anchors pairs elements that are unique on each side and returns the longest
// run that keeps the order (patience diff).
func anchors(a, b []rune) []Pair {
	once := func(rs []rune) map[rune]int {
		at := make(map[rune]int, len(rs))
		for i, r := range rs {
			if _, seen := at[r]; seen {
				at[r] = -1
			} else {
				at[r] = i
			}
		}
		return at
	}
	onceA, onceB := once(a), once(b)
	var all []Pair
	for i, r := range a {
		if j, ok := onceB[r]; ok && j >= 0 && onceA[r] == i {
			all = append(all, Pair{i, j})
		}
	}
	return increasing(all)
}

// increasing returns the longest run of pairs with increasing b; their a is
// increasing already.
func increasing(all []Pair) []Pair {
	var tops []int // index in all of the last pair of the best run for each length
	before := make([]int, len(all))
	for i, p := range all {
		n := sort.Search(len(tops), func(k int) bool { return all[tops[k]].B >= p.B })
		before[i] = -1
		if n > 0 {
			before[i] = tops[n-1]
		}
		if n == len(tops) {
			tops = append(tops, i)
		} else {
			tops[n] = i
		}
	}
	if len(tops) == 0 {
		return nil
	}
	var out []Pair
	for i := tops[len(tops)-1]; i >= 0; i = before[i] {
		out = append(out, all[i])
	}
	slices.Reverse(out)
	return out
}
