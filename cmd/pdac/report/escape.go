package report

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/sync"
)

// code quotes external text for Markdown, including tables, as a code span, in which
// HTML, links, @mentions and #numbers have no effect. It returns "" for "".
func code(s string, most int) string {
	s = clip(Clean(s), most)
	if s == "" {
		return ""
	}
	// GitHub splits table rows before it parses code spans, and the meaning of a
	// backslash before a bar depends on the text before it.
	if strings.Contains(s, "|") {
		return "<code>" + entities(s) + "</code>"
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// tag quotes external text for HTML, such as a summary.
func tag(s string, most int) string {
	return "<code>" + html.EscapeString(clip(Clean(s), most)) + "</code>"
}

// entities writes every character with a meaning in Markdown or HTML as a character
// reference.
func entities(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 && r != ' ' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// diffLines writes the fields of an update as the lines of one diff, limited to a
// number of bytes. Every line starts with a sign, so no line of content can end the
// fence around them.
func diffLines(p *sync.Plan, c sync.Change, kept bool, o PlanOptions, most int) []string {
	var out []string
	size, fields := 0, 0
	limit := 200
	if o.MaxLines > 0 {
		limit = o.MaxLines
	}
	for _, g := range groups(c) {
		var above []string
		for _, l := range (telling{room: longestLine}).why(p, c, g, kept) {
			above = append(above, "# "+cut(l.String(), longestLine))
		}
		for _, f := range g.fields {
			fields++
			lines := fieldLines(look(c, f))
			if old := lastDeployed(c, f); old != "" {
				lines = slices.Insert(lines, 1, "# last deployed: "+cut(old, longestLine))
			}
			if edit, ok := consoleEdit(c, f); ok {
				lines = append(append(lines, "# "+consoleSays), fieldLines(edit)...)
			}
			for n, l := range append(above, lines...) {
				if left := len(above) + len(lines) - n; n >= limit+len(above) && left > 1 {
					out = append(out, fmt.Sprintf("# … %s", Count(left, "more line", "more lines")))
					break
				} else if size += len(l) + 1; size > most {
					return append(out, fmt.Sprintf("# … %s of this field, %s", Count(left, "more line", "more lines"), Count(len(c.Fields)-fields, "more field", "more fields")))
				}
				out = append(out, l)
			}
			above = nil
		}
	}
	return out
}

// fieldLines shows a field's change with the signs of a unified diff.
func fieldLines(v view) []string {
	name := Clean(v.name)
	var out []string
	put := func(op diff.Op, s string) { out = append(out, string(op)+cut(s, longestLine)) }
	if v.hunks == nil {
		out = append(out, "@@ "+clip(name, 100)+" @@")
	}
	switch {
	case v.empty():
		put(' ', "different notation, same meaning")
	case v.scalar:
		before, after := cutPair(v.before, v.after, longestLine)
		put(diff.Delete, before)
		put(diff.Insert, after)
	case v.sets != nil:
		for _, s := range v.sets {
			for _, e := range s.Removed {
				put(diff.Delete, s.Name+": "+e)
			}
			for _, e := range s.Added {
				put(diff.Insert, s.Name+": "+e)
			}
		}
	case v.hunks != nil:
		for _, h := range v.hunks {
			out = append(out, h.Header()+" "+clip(name, 100))
			for i, text := range revealLines(h.Lines) {
				put(diff.Op(h.Lines[i].Op), cleanLine(text))
			}
		}
	case v.leaves != nil:
		for _, l := range v.leaves {
			if full(l.Before) || full(l.After) {
				for _, b := range leafLines(l) {
					put(b.op, b.text)
				}
				continue
			}
			path := Clean(l.Path) + ": "
			b, a := compactPair(l.Before, l.After)
			before, after := cutPair(b, a, longestLine)
			if l.Op != diff.Insert {
				put(diff.Delete, path+before)
			}
			if l.Op != diff.Delete {
				put(diff.Insert, path+after)
			}
		}
	default:
		for _, e := range v.removed {
			put(diff.Delete, e)
		}
		for _, e := range v.added {
			put(diff.Insert, e)
		}
	}
	return out
}
