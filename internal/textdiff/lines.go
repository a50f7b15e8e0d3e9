// Package textdiff compares two texts line by line, and two lists of texts
// element by element. Lines and Unified make a unified diff, Match pairs what
// is equal. Nothing in this package keeps state between calls; all functions
// may be called concurrently.
package textdiff

import (
	"fmt"
	"strconv"
	"strings"
)

// Op is what happens to a line. Its value is the character that a unified diff
// has in front of the line.
type Op byte

// The operations. A changed line is a deleted and an inserted one.
const (
	Equal  Op = ' '
	Delete Op = '-'
	Insert Op = '+'
)

// Line is one line of a hunk, without its line feed. A carriage return stays
// in Text.
type Line struct {
	Op   Op
	Text string
	// NoNewline marks the last line of a text without a final line feed.
	NoNewline bool
}

// Hunk is a difference with the lines around it. Lines count from 1. If a side
// has no lines in the hunk, its start is the line before (0 at the top), as in
// every unified diff.
type Hunk struct {
	OldStart, OldLines int
	NewStart, NewLines int
	Lines              []Line
}

// Header returns the header of the hunk in a unified diff.
func (h Hunk) Header() string {
	return fmt.Sprintf("@@ -%d,%d +%d,%d @@", h.OldStart, h.OldLines, h.NewStart, h.NewLines)
}

// Lines compares two texts line by line and returns the differences, with up to
// context equal lines around each. Equal texts have none. The result is minimal
// and deterministic, but texts of more than twenty thousand lines that differ
// nearly everywhere are compared in larger pieces (see Match).
func Lines(before, after string, context int) []Hunk {
	if before == after {
		return nil
	}
	return hunks(edits(splitLines(before), splitLines(after)), max(context, 0))
}

// splitLines keeps line feeds: a last line with a line feed differs from the
// same line without one.
func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// edits merges the two texts into one list. Deleted lines come before inserted
// ones.
func edits(a, b []string) []Line {
	out := make([]Line, 0, max(len(a), len(b)))
	put := func(op Op, s string) {
		text, whole := strings.CutSuffix(s, "\n")
		out = append(out, Line{Op: op, Text: text, NoNewline: !whole})
	}
	i, j := 0, 0
	for _, m := range append(Match(a, b), Pair{len(a), len(b)}) {
		for ; i < m.A; i++ {
			put(Delete, a[i])
		}
		for ; j < m.B; j++ {
			put(Insert, b[j])
		}
		if i < len(a) && j < len(b) {
			put(Equal, a[i])
			i, j = i+1, j+1
		}
	}
	return out
}

func hunks(lines []Line, context int) []Hunk {
	var out []Hunk
	oldLine, newLine := 0, 0 // lines so far on each side
	for i, free := 0, 0; i < len(lines); {
		if lines[i].Op == Equal {
			i, oldLine, newLine = i+1, oldLine+1, newLine+1
			continue
		}
		end := hunkEnd(lines, i, context)
		lead := min(context, i-free)
		h := Hunk{OldStart: oldLine - lead, NewStart: newLine - lead, Lines: lines[i-lead : end : end]}
		for _, l := range lines[i:end] {
			if l.Op != Insert {
				oldLine++
			}
			if l.Op != Delete {
				newLine++
			}
		}
		h.OldLines, h.NewLines = oldLine-h.OldStart, newLine-h.NewStart
		if h.OldLines > 0 {
			h.OldStart++
		}
		if h.NewLines > 0 {
			h.NewStart++
		}
		out = append(out, h)
		i, free = end, end
	}
	return out
}

// hunkEnd returns the end of a hunk that starts at i. Differences that are no
// more than twice the context apart are in the same hunk.
func hunkEnd(lines []Line, i, context int) int {
	last := i
	for j := i; j < len(lines) && j-last <= 2*context+1; j++ {
		if lines[j].Op != Equal {
			last = j
		}
	}
	return min(last+1+context, len(lines))
}

// Unified returns hunks as a unified diff for the patch program, or "" if there
// are none.
func Unified(hunks []Hunk, oldName, newName string) string {
	if len(hunks) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("--- " + fileName(oldName) + "\n+++ " + fileName(newName) + "\n")
	for _, h := range hunks {
		b.WriteString(h.Header())
		b.WriteByte('\n')
		for _, l := range h.Lines {
			b.WriteByte(byte(l.Op))
			b.WriteString(l.Text)
			b.WriteByte('\n')
			if l.NoNewline {
				b.WriteString("\\ No newline at end of file\n")
			}
		}
	}
	return b.String()
}

// fileName quotes a name that would break its line.
func fileName(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }) {
		return strconv.Quote(s)
	}
	return s
}
