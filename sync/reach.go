package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// usage finds the changes that an entity uses, directly or through entities that don't
// change. What a change uses in turn is a matter of that change. So globals that import
// each other, in a chain or a ring, have about as many dependencies as imports.
type usage struct {
	wanted map[panther.Key]panther.Entity
	uses   func(panther.Entity) []panther.Key
	// change returns the change of what stays.
	change func(panther.Key) (int, bool)

	steps map[panther.Key]*step
	stack []*step
}

// step is an unchanged entity. Those that use each other share their changes
// (Tarjan's strongly connected components).
type step struct {
	key           panther.Key
	order, lowest int
	done          bool
	changes       []int
}

// from returns the changes that a changed entity uses.
func (u *usage) from(k panther.Key) []int {
	var out []int
	for _, used := range u.uses(u.wanted[k]) {
		if i, ok := u.change(used); ok {
			out = append(out, i)
		} else if n := u.through(used); n != nil {
			out = append(out, n.changes...)
		}
	}
	return sortedInts(out)
}

// through returns an unchanged entity; nil if there is none.
func (u *usage) through(k panther.Key) *step {
	if n, ok := u.steps[k]; ok {
		return n
	}
	e, ok := u.wanted[k]
	if !ok {
		return nil
	}
	if u.steps == nil {
		u.steps = map[panther.Key]*step{}
	}
	n := &step{key: k, order: len(u.steps), lowest: len(u.steps)}
	u.steps[k] = n
	u.stack = append(u.stack, n)
	for _, used := range u.uses(e) {
		if i, ok := u.change(used); ok {
			n.changes = append(n.changes, i)
			continue
		}
		m := u.through(used)
		switch {
		case m == nil:
		case m.done && n.changes == nil:
			n.changes = slices.Clip(m.changes) // shared: most have only one
		case m.done:
			n.changes = append(n.changes, m.changes...)
		default:
			n.lowest = min(n.lowest, m.lowest)
		}
	}
	if n.lowest < n.order {
		return n
	}
	at := len(u.stack) - 1
	for u.stack[at] != n { // only the entities of the cycle are above it
		at--
	}
	circle := u.stack[at:]
	u.stack = u.stack[:at]
	all := n.changes
	for _, m := range circle[1:] {
		all = append(all, m.changes...)
	}
	all = sortedInts(all)
	for _, m := range circle {
		m.changes, m.done = all, true
	}
	return n
}

func sortedInts(all []int) []int {
	if len(all) < 2 || slices.IsSorted(all) && !hasTwins(all) {
		return all
	}
	all = slices.Clone(all)
	slices.Sort(all)
	return slices.Compact(all)
}

func hasTwins(sorted []int) bool {
	for i := range sorted[1:] {
		if sorted[i] == sorted[i+1] {
			return true
		}
	}
	return false
}

const (
	// maxCircles is the maximum number of cycles that are reported, and maxCircle that
	// of the changes that are named for each.
	maxCircles = 20
	maxCircle  = 12
)

// breakCircles removes the dependencies that close a cycle, and reports them.
func breakCircles(changes []Change) []repo.Diagnostic {
	at := index(changes)
	const under, done = 1, 2
	state, place := make([]int, len(changes)), make([]int, len(changes))
	reported := make([]bool, len(changes))
	var path []int
	var out []repo.Diagnostic
	report := func(i, j int) {
		// Of cycles that share changes, one is enough.
		if len(out) == maxCircles || reported[i] || reported[j] {
			return
		}
		for _, k := range path[place[j]:] {
			reported[k] = true
		}
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Kind: string(changes[i].Kind), ID: changes[i].ID, Path: changes[i].Path,
			Message: fmt.Sprintf("these depend on each other in a cycle: %s; they are deployed in order of name, and Panther may refuse them; if they are data models that swap log types, disable one, apply, and then swap", circleText(changes, path[place[j]:]))})
	}
	var visit func(i int)
	visit = func(i int) {
		state[i], place[i] = under, len(path)
		path = append(path, i)
		keep := changes[i].DependsOn[:0:0]
		for _, dep := range changes[i].DependsOn {
			j, ok := at[dep]
			if ok && state[j] == under {
				report(i, j)
				continue
			}
			keep = append(keep, dep)
			if ok && state[j] == 0 {
				visit(j)
			}
		}
		changes[i].DependsOn = keep
		path = path[:len(path)-1]
		state[i] = done
	}
	for i := range changes {
		if state[i] == 0 {
			visit(i)
		}
	}
	return out
}

func circleText(changes []Change, circle []int) string {
	var names []string
	for n, i := range circle {
		if n == maxCircle {
			names = append(names, fmt.Sprintf("%d more", len(circle)-n))
			break
		}
		names = append(names, changes[i].Key().String())
	}
	return strings.Join(append(names, names[0]), " → ")
}
