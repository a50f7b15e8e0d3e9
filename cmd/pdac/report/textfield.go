package report

import (
	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/sync"
	"github.com/rivo/uniseg"
)

func (t *textual) elements(list []string) string { return t.shown(shownElements(list)) }

// shown joins elements that are ready to be printed.
func (t *textual) shown(list []string) string {
	if t.o.Verbose {
		return joinShown(list, len(list))
	}
	return joinShown(list, maxElements)
}

func (t *textual) field(c sync.Change, f sync.FieldChange, kept bool) {
	v := look(c, f)
	name := "    " + t.cyan.Sprint(Clean(v.name)) + ":"
	old := ""
	if detailed(c) {
		old = lastDeployed(c, f)
	}
	switch {
	case v.empty():
		t.line(name, t.faint.Sprint(" different notation, same meaning"))
	case v.scalar && kept && detailed(c):
		before, after := v.before, v.after
		if !t.o.Verbose {
			before, after = fitPair(before, after, (t.width()-len(v.name)-23)/2)
		}
		t.withOld(name, " "+before+t.faint.Sprint("  (repository: ", after, ")"), len(v.name)+23+uniseg.StringWidth(before+after), old)
	case v.scalar:
		before, after := v.before, v.after
		if !t.o.Verbose {
			before, after = fitPair(before, after, (t.width()-len(v.name)-10)/2)
		}
		t.withOld(name, " "+t.scalars(c.Action, v.before, v.after, len(v.name)+10), len(v.name)+10+uniseg.StringWidth(before+after), old)
	case len(v.added)+len(v.removed) > 0:
		t.withOld(name, t.set(v.added, v.removed), 0, old)
	default:
		t.line(name)
		t.block(v)
		if edit, ok := consoleEdit(c, f); ok {
			t.line("      ", t.faint.Sprint(consoleSays))
			t.block(edit)
		}
	}
}

// block shows changes that need several lines.
func (t *textual) block(v view) {
	switch {
	case v.sets != nil:
		for _, s := range v.sets {
			t.line("      ", s.Name, ":", t.set(s.Added, s.Removed))
		}
	case v.hunks != nil:
		t.lines(v.hunks)
	default:
		t.leaves(v.leaves)
	}
}

// withOld writes a line that takes some columns, with the deployed value at its end,
// or below it if that does not fit.
func (t *textual) withOld(name, rest string, columns int, old string) {
	if old == "" {
		t.line(name, rest)
		return
	}
	old = "(last deployed: " + t.fit(old, 24) + ")"
	if !t.o.Verbose && columns+2+uniseg.StringWidth(old) > t.width() {
		t.line(name, rest)
		t.line("      ", t.faint.Sprint(old))
		return
	}
	t.line(name, rest, t.faint.Sprint("  ", old))
}

// scalars shows the old and the new value, or a single value if the entity is created
// or deleted.
func (t *textual) scalars(a sync.Action, before, after string, taken int) string {
	if a == sync.Create || a == sync.Delete {
		if a == sync.Create {
			return t.fit(after, taken)
		}
		return t.fit(before, taken)
	}
	if !t.o.Verbose {
		before, after = fitPair(before, after, (t.width()-taken)/2)
	}
	return t.red.Sprint(before) + " → " + t.green.Sprint(after)
}

func (t *textual) set(added, removed []string) string {
	out := ""
	if len(added) > 0 {
		out += " " + t.green.Sprint("+ "+t.shown(added))
	}
	if len(removed) > 0 {
		if out != "" {
			out += " "
		}
		out += " " + t.red.Sprint("- "+t.shown(removed))
	}
	return out
}

func (t *textual) most() int {
	if t.o.MaxLines > 0 {
		return t.o.MaxLines
	}
	return 60
}

// more shows how many lines were omitted.
func (t *textual) more(n int) {
	t.line("      ", t.faint.Sprintf("… %s (--format json shows all)", Count(n, "more line", "more lines")))
}

func (t *textual) lines(hunks []textdiff.Hunk) {
	gutter := t.faint.Sprint(gutter)
	total, shown := 0, 0
	for _, h := range hunks {
		total += 1 + len(h.Lines)
	}
	for _, h := range hunks {
		texts := revealLines(h.Lines)
		for i := -1; i < len(h.Lines); i++ {
			// Don't replace a single line with a line that says one line is omitted.
			if !t.o.Verbose && shown == t.most() && total > shown+1 {
				t.more(total - shown)
				return
			}
			shown++
			if i < 0 {
				t.line(gutter, t.cyan.Sprint(h.Header()))
				continue
			}
			l := h.Lines[i]
			s := string(l.Op) + cleanLine(texts[i])
			if !t.o.Verbose {
				s = cut(s, longestLine)
			}
			t.line(gutter, t.op(diff.Op(l.Op), s))
		}
	}
}

func (t *textual) leaves(leaves []diff.Leaf) {
	total, shown := 0, 0
	for _, l := range leaves {
		total += leafSize(l)
	}
	line := func(parts ...string) bool {
		// Don't replace a single line with a line that says one line is omitted.
		if !t.o.Verbose && shown == t.most() && total > shown+1 {
			t.more(total - shown)
			return false
		}
		shown++
		t.line(parts...)
		return true
	}
	for _, l := range leaves {
		if full(l.Before) || full(l.After) {
			for _, b := range leafLines(l) {
				if !line("      ", t.op(b.op, string(b.op)+" "+t.fit(b.text, 8))) {
					return
				}
			}
			continue
		}
		path := Clean(l.Path)
		sign := "      " + t.op(l.Op, string(l.Op)) + " " + path + ": "
		taken := len(path) + 14
		text := ""
		switch before, after := compactPair(l.Before, l.After); l.Op {
		case diff.Insert:
			text = t.green.Sprint(t.fit(after, taken))
		case diff.Delete:
			text = t.red.Sprint(t.fit(before, taken))
		default:
			text = t.scalars(sync.Update, before, after, taken)
		}
		if !line(sign, text) {
			return
		}
	}
}
