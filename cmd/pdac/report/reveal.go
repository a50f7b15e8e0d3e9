package report

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/lookalike"
	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// compactPair formats two values on one line each. If they look the same, what
// differs is shown as escapes.
func compactPair(before, after any) (string, string) {
	b, a := lookalike.Reveal(yamlcore.CanonicalJSON(before), yamlcore.CanonicalJSON(after))
	return Clean(b), Clean(a)
}

// revealPairs changes those texts of two lists that look the same as one of the other
// list, and returns the lists.
func revealPairs(before, after []string) ([]string, []string) {
	if len(before) == 0 || len(after) == 0 {
		return before, after
	}
	before, after = slices.Clone(before), slices.Clone(after)
	like := map[string]int{}
	for i, s := range before {
		if _, has := like[lookalike.Skeleton(s)]; !has {
			like[lookalike.Skeleton(s)] = i
		}
	}
	done := map[int]bool{}
	for j, s := range after {
		i, ok := like[lookalike.Skeleton(s)]
		if !ok || done[i] {
			continue
		}
		before[i], after[j] = lookalike.Reveal(before[i], s)
		done[i] = true
	}
	return before, after
}

// revealPaths changes the paths of what comes and goes under names that look the same.
func revealPaths(leaves []diff.Leaf) []diff.Leaf {
	var removed, added []int
	var was, is []string
	for i, l := range leaves {
		switch l.Op {
		case diff.Delete:
			removed, was = append(removed, i), append(was, l.Path)
		case diff.Insert:
			added, is = append(added, i), append(is, l.Path)
		}
	}
	was, is = revealPairs(was, is)
	for n, i := range removed {
		leaves[i].Path = was[n]
	}
	for n, i := range added {
		leaves[i].Path = is[n]
	}
	return leaves
}

// revealLines returns the texts of the lines of a diff. Lines that were changed
// without looking different show what differs.
func revealLines(lines []textdiff.Line) []string {
	out := make([]string, len(lines))
	var removed, added []int
	flush := func() {
		b, a := revealPairs(pickTexts(lines, removed), pickTexts(lines, added))
		for n, i := range removed {
			out[i] = b[n]
		}
		for n, i := range added {
			out[i] = a[n]
		}
		removed, added = nil, nil
	}
	for i, l := range lines {
		switch l.Op {
		case '-':
			removed = append(removed, i)
		case '+':
			added = append(added, i)
		default:
			flush()
			out[i] = l.Text
		}
	}
	flush()
	return out
}

func pickTexts(lines []textdiff.Line, at []int) []string {
	out := make([]string, len(at))
	for n, i := range at {
		out[n] = lines[i].Text
	}
	return out
}

// revealUnified is revealLines for the lines of a unified diff.
func revealUnified(text string) []string {
	var lines []textdiff.Line
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		op := line[0]
		if len(lines) < 2 {
			op = 0 // the names of the files
		}
		lines = append(lines, textdiff.Line{Op: textdiff.Op(op), Text: line[1:]})
		if len(lines) <= 2 {
			lines[len(lines)-1].Text = line
		}
	}
	out := revealLines(lines)
	for i, l := range lines {
		if l.Op != 0 {
			out[i] = string(rune(l.Op)) + out[i]
		}
	}
	return out
}
