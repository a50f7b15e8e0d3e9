package git

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// maxCandidates is how many removed files are compared with a new one.
const maxCandidates = 50

// renamed finds the old path of a file that a commit added: a file that it removed,
// with the same identity, or with mostly the same lines.
func (w *partWalk) renamed(s step, parent int, at search) (string, string, error) {
	if _, early := w.visited[s.parents[parent]]; early {
		return "", "", nil // what it did to the old path was not read
	}
	removed, err := s.removed(parent)
	if err != nil || len(removed) == 0 {
		return "", "", err
	}
	removed = slices.DeleteFunc(slices.Clone(removed), func(f fileObject) bool { return path.Ext(f.path) != path.Ext(at.path) })
	slices.SortStableFunc(removed, func(a, b fileObject) int { return cmp.Compare(likeness(b.path, at.path), likeness(a.path, at.path)) })
	part, best, most := w.parts[at.part], -1, 0.5
	for i, f := range removed[:min(len(removed), maxCandidates)] {
		parts, err := w.read(f.path, f.hash)
		if err != nil {
			return "", "", err
		}
		if id, has := parts[Identity]; has {
			if id == part.Identity {
				best = i
				break
			}
			continue
		}
		if like := shared(parts[part.Name], at.value); like > most {
			best, most = i, like
		}
	}
	if best < 0 {
		return "", "", nil
	}
	w.wanted[removed[best].path] = true
	return removed[best].path, removed[best].hash, nil
}

// Identity is the name of the part that identifies what is in a file.
const Identity = ""

// likeness is how much two paths have in common at their ends.
func likeness(a, b string) int {
	n := 0
	if path.Base(a) == path.Base(b) {
		n += 2
	}
	if path.Dir(a) == path.Dir(b) {
		n++
	}
	return n
}

// shared returns the share of lines that two texts have in common.
func shared(a, b string) float64 {
	left, right := lineSet(a), lineSet(b)
	both := 0
	for l := range left {
		if right[l] {
			both++
		}
	}
	return float64(both) / float64(max(len(left), len(right), 1))
}

func lineSet(s string) map[string]bool {
	out := map[string]bool{}
	for l := range strings.Lines(s) {
		out[strings.TrimRight(l, "\r\n")] = true
	}
	return out
}

// joined reports whether a merge only joined what its parents have: each of its
// lines is from one of them, and no line that they all have is missing.
func joined(value string, sides []side) bool {
	is := lineSet(value)
	all := map[string]int{}
	for _, v := range sides {
		for l := range lineSet(v.value) {
			all[l]++
		}
	}
	for l := range is {
		if all[l] == 0 {
			return false
		}
	}
	for l, n := range all {
		if n == len(sides) && !is[l] {
			return false
		}
	}
	return true
}
