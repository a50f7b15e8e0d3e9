package lint

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// lines are the first and the last line of a text.
type lines struct{ first, last int }

// lines returns the lines of the bytes from start up to end.
func (s *Source) lines(start, end int) lines {
	first, _ := s.position(start)
	last, _ := s.position(end)
	return lines{first, last}
}

// widen returns the lines that a comment for a line applies to: all of a text that
// starts on the line and, unless the comment is alone on its line, of one that ends
// there.
func widen(texts []lines, line int, alone bool) (first, last int) {
	first, last = line, line
	if line == 0 {
		return first, last
	}
	for _, t := range slices.Backward(texts) {
		if t.last == first && t.first < first && !alone {
			first = t.first
		}
	}
	for _, t := range texts {
		if t.first == last && t.last > last {
			last = t.last
		}
	}
	return first, last
}

// yamlTexts returns the values of several lines, sorted, each from the line of its
// key.
func yamlTexts(src *Source, root *yaml.Node) (out []lines) {
	seen := map[*yaml.Node]bool{}
	var visit func(n *yaml.Node, first int)
	visit = func(n *yaml.Node, first int) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		if n.Kind == yaml.ScalarNode {
			if t := (lines{first, lastLine(src, n)}); t.last > t.first {
				out = append(out, t)
			}
			return
		}
		for i, c := range n.Content {
			from := src.nodeLine(c)
			if n.Kind == yaml.MappingNode && i%2 == 1 {
				from = src.nodeLine(n.Content[i-1])
			}
			visit(c, from)
		}
	}
	visit(root, 1)
	slices.SortFunc(out, func(a, b lines) int { return a.first - b.first })
	return out
}

// lastLine returns the line on which a scalar ends.
func lastLine(src *Source, n *yaml.Node) int {
	start, end := src.nodeOffsets(n)
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		_, last := blockLines(src, n)
		return last
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 && strings.ContainsAny(n.Value, " \n"):
		// A plain scalar ends with the last of its words.
		end = start
		for word := range strings.FieldsSeq(n.Value) {
			i := strings.Index(src.Text[end:], word)
			if i < 0 || strings.TrimSpace(src.Text[end:end+i]) != "" {
				break
			}
			end += i + len(word)
		}
	}
	return src.lines(start, end).last
}
