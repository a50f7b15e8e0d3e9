package yamledit

import (
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// step is an entry of the new list or mapping.
type step struct {
	// keep is the existing entry that stays in place, move the one that is
	// moved here; -1 for none.
	keep, move int
	// key and value are set for a new entry.
	key   string
	value any
}

func stay(i int) step  { return step{keep: i, move: -1} }
func moved(i int) step { return step{keep: -1, move: i} }
func fresh(key string, value any) step {
	return step{keep: -1, move: -1, key: key, value: unitem(value)}
}

// list changes the elements of a list.
func (e *editor) list(n *node, in *entry, parent *node, want []any, p Path) error {
	from := e.align(n, want)
	stays := increasing(from)
	steps := make([]step, len(want))
	used := map[int]bool{}
	for _, f := range from {
		if f >= 0 {
			used[f] = true
		}
	}
	for i, f := range from {
		w := unitem(want[i])
		switch {
		case f >= 0 && stays[i]:
			steps[i] = stay(f)
			if err := e.value(n.entries[f].value, n.entries[f], n, w, p.with(f)); err != nil {
				return err
			}
		case f >= 0 && holds(n.entries[f].value.y, w):
			steps[i] = moved(f)
		default:
			steps[i] = fresh("", w)
			if j := lying(n, used, w); j >= 0 {
				used[j] = true
				steps[i] = moved(j)
			}
		}
	}
	return e.arrange(n, in, parent, steps, p)
}

// lying returns an unused element with the wanted value.
func lying(n *node, used map[int]bool, want any) int {
	for j, en := range n.entries {
		if !used[j] && holds(en.value.y, want) {
			return j
		}
	}
	return -1
}

// align returns the existing element for each wanted one, or -1.
func (e *editor) align(n *node, want []any) []int {
	from := make([]int, len(want))
	if len(want) > 0 {
		if _, told := want[0].(Item); told {
			for i, w := range want {
				from[i] = w.(Item).From
			}
			return from
		}
	}
	for i := range from {
		from[i] = -1
	}
	have := n.y.Content
	start, endH, endW := 0, len(have), len(want)
	for start < endH && start < endW && holds(have[start], want[start]) {
		from[start] = start
		start++
	}
	for endH > start && endW > start && holds(have[endH-1], want[endW-1]) {
		endH, endW = endH-1, endW-1
		from[endW] = endH
	}
	if (endH-start)*(endW-start) > 250_000 {
		// Too many to compare all pairs: compare element by element.
		for i := start; i < min(endH, endW); i++ {
			from[i] = i
		}
		return from
	}
	for i, j := range cheapest(have[start:endH], want[start:endW]) {
		if j >= 0 {
			from[start+i] = start + j
		}
	}
	return from
}

// cheapest aligns two lists with the smallest amount of rewriting.
func cheapest(have []*yaml.Node, want []any) []int {
	rows, cols := len(have)+1, len(want)+1
	// An element that is wanted elsewhere moves there with its comments. Written
	// over, it would leave them to another value.
	goes, comes := make([]bool, len(have)), make([]bool, len(want))
	for i, h := range have {
		for j, w := range want {
			if holds(h, unitem(w)) {
				goes[i], comes[j] = true, true
			}
		}
	}
	cost := make([]float64, rows*cols)
	change := make([]float64, rows*cols)
	for i := range rows {
		for j := range cols {
			at := i*cols + j
			switch {
			case i == 0:
				cost[at] = float64(j)
			case j == 0:
				cost[at] = float64(i)
			default:
				change[at] = distance(have[i-1], want[j-1])
				if change[at] > 0 && (goes[i-1] || comes[j-1]) {
					change[at] = rewritten
				}
				cost[at] = min(cost[at-cols]+1, cost[at-1]+1, cost[at-cols-1]+change[at])
			}
		}
	}
	out := make([]int, len(want))
	for j := range out {
		out[j] = -1
	}
	for i, j := rows-1, cols-1; i > 0 && j > 0; {
		at := i*cols + j
		switch {
		case cost[at] == cost[at-cols-1]+change[at]:
			out[j-1] = i - 1
			i, j = i-1, j-1
		case cost[at] == cost[at-cols]+1:
			i--
		default:
			j--
		}
	}
	return out
}

// rewritten is the distance of elements of which one can't become the other.
const rewritten = 2.5

// distance returns how much of an element must be rewritten: 0 for nothing, and
// 2 or more if the whole element should be rewritten.
func distance(have *yaml.Node, want any) float64 {
	have, want = yamlcore.Deref(have), unitem(want)
	if holds(have, want) {
		return 0
	}
	switch w := want.(type) {
	case Map:
		ps, err := yamlcore.Pairs(have)
		if have.Kind != yaml.MappingNode || err != nil {
			return rewritten
		}
		alike := 0.0
		for _, pr := range ps {
			if v, ok := w.get(pr.Key.Value); ok {
				alike += 0.25
				if holds(pr.Value, v) {
					alike += 0.75
				}
			}
		}
		return 2.2 - 2.1*2*alike/float64(len(ps)+len(w)+1)
	case []any:
		if have.Kind != yaml.SequenceNode {
			return rewritten
		}
		alike := 0
		for i, c := range have.Content {
			if i < len(w) && holds(c, w[i]) {
				alike++
			}
		}
		return 2.2 - 2.1*2*float64(alike)/float64(len(have.Content)+len(w)+1)
	}
	if have.Kind != yaml.ScalarNode {
		return rewritten
	}
	return 1
}

// increasing marks the longest run of elements that need not move.
func increasing(from []int) []bool {
	before := make([]int, len(from))
	last := -1
	// Few elements of a list move; most are already in order.
	var tops []int
	for i, f := range from {
		before[i] = -1
		if f < 0 {
			continue
		}
		lo, hi := 0, len(tops)
		for lo < hi {
			if mid := (lo + hi) / 2; from[tops[mid]] < f {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		if lo > 0 {
			before[i] = tops[lo-1]
		}
		if lo == len(tops) {
			tops = append(tops, i)
		} else {
			tops[lo] = i
		}
	}
	if len(tops) > 0 {
		last = tops[len(tops)-1]
	}
	out := make([]bool, len(from))
	for ; last >= 0; last = before[last] {
		out[last] = true
	}
	return out
}
