package report

import (
	"io"
	"slices"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// The longest line of a text that is shown whole, in characters, and the most
// elements of a set.
const (
	longestLine  = 1_000
	mostElements = 30
)

// gutter stands before every line of a difference, so that no line of content
// is a line of the report.
const gutter = "      │ "

func text(w io.Writer, p *sync.Plan, o PlanOptions, words wording) error {
	t := textual{printer: newPrinter(w, o.Color), o: o, words: words}
	diagnostics := p.Diagnostics
	if o.Quiet {
		diagnostics = slices.DeleteFunc(slices.Clone(diagnostics), func(d repo.Diagnostic) bool {
			return d.Severity != repo.SeverityError && d.Severity != repo.SeverityWarning
		})
	} else {
		t.changes(p)
	}
	if len(diagnostics) > 0 {
		t.diagnostics(diagnostics)
		t.gap()
	}
	t.line(t.bold.Sprint(words.summary(p)))
	return t.end(words.noun)
}

type textual struct {
	*printer
	o     PlanOptions
	words wording
}

func (t *textual) width() int {
	if t.o.Width <= 0 {
		return 120
	}
	return max(t.o.Width, 40)
}

// fit cuts a text that shares its line with so many other characters.
func (t *textual) fit(s string, taken int) string {
	if t.o.Verbose {
		return s
	}
	return cut(s, max(t.width()-taken, 20))
}

func (t *textual) changes(p *sync.Plan) {
	if p.Tenant != "" || p.Revision != "" {
		t.line(t.bold.Sprint(t.words.heading(p)))
		if last := deployed(p.Base); last != "" {
			t.line(t.faint.Sprint("Last deployed: " + last))
		}
		if t.words.legend != "" && !p.Empty() {
			t.line(t.faint.Sprint("(" + t.words.legend + ")"))
		}
		t.gap()
	}
	var last sync.Action
	for _, c := range p.Changes {
		if c.Action != last {
			t.gap()
		}
		last = c.Action
		t.change(p, c, false)
	}
	t.gap()
	if len(p.Kept) > 0 {
		t.line(t.bold.Sprint("Kept as it is in Panther:"))
		for _, c := range p.Kept {
			t.change(p, c, true)
		}
		t.gap()
	}
	if n := len(p.Unmanaged); n > 0 {
		most := 5
		if t.o.Verbose {
			most = n
		}
		t.line(t.faint.Sprint("unmanaged (live, never deployed from here, never touched): " + unmanaged(p.Unmanaged, most)))
		t.gap()
	}
}

func (t *textual) change(p *sync.Plan, c sync.Change, kept bool) {
	word := t.words.word(c.Action)
	if kept {
		word.op, word.verb = '=', map[sync.Action]string{sync.Create: "not created:", sync.Update: "not updated:", sync.Delete: "not deleted:"}[c.Action]
	}
	name := Clean(string(c.Kind)) + " " + title(c.ID)
	where := ""
	if c.Path != "" {
		where = t.faint.Sprint(" (" + Clean(c.Path) + ")")
	}
	if h := hint(c); c.Action == sync.Create && h != "" && !t.words.drift {
		where += "  " + h
	}
	if who := whose(p, c, kept); who != "" && c.Action != sync.Update {
		where += t.faint.Sprint("  " + who)
	} else if t.words.drift && c.Action != sync.Delete && c.Edited != nil && c.Edited.At != nil {
		where += t.faint.Sprint("  last changed " + moment(c.Edited.At))
	} else if kept && c.Action != sync.Update && c.Reason != "" {
		where += t.faint.Sprint("  " + Clean(c.Reason))
	}
	t.line(t.op(word.op, string(word.op)+" "+word.verb), " ", t.bold.Sprint(name), where)
	if c.Action != sync.Update && !t.o.Verbose {
		return
	}
	for _, cause := range causes(c) {
		if l := label(p, c, cause, kept); l != "" && c.Action == sync.Update {
			t.line("    ", t.faint.Sprint(l))
		}
		for _, f := range c.Fields {
			if f.Cause != cause {
				continue
			}
			t.field(c, look(c.Kind, f))
			if old := was(c.Kind, f); old != "" && c.Action == sync.Update {
				t.line("      ", t.faint.Sprint("last deployed: "+t.fit(old, 24)))
			}
		}
	}
	if t.o.Verbose && len(c.DependsOn) > 0 {
		t.line("    after: ", t.elements(c.DependsOn))
	}
	if len(c.Fields) > 0 || t.o.Verbose {
		t.gap()
	}
}

func (t *textual) elements(list []string) string {
	if t.o.Verbose {
		return elements(list, len(list))
	}
	return elements(list, mostElements)
}

func (t *textual) field(c sync.Change, v view) {
	name := "    " + t.cyan.Sprint(Clean(v.name)) + ":"
	switch {
	case v.empty():
		t.line(name, t.faint.Sprint(" written otherwise, the meaning is the same"))
	case v.scalar:
		t.line(name, " ", t.scalars(c.Action, v.before, v.after, len(v.name)+10))
	case v.sets != nil:
		t.line(name)
		for _, s := range v.sets {
			t.line("      ", element(s.Name), ":", t.set(s.Added, s.Removed))
		}
	case len(v.added)+len(v.removed) > 0:
		t.line(name, t.set(v.added, v.removed))
	case v.hunks != nil:
		t.line(name)
		t.lines(v.hunks)
	default:
		t.line(name)
		t.leaves(v.leaves)
	}
}

// scalars shows one value turning into another; where the entity comes or
// goes, just the value.
func (t *textual) scalars(a sync.Action, before, after string, taken int) string {
	if a == sync.Create || a == sync.Delete {
		if a == sync.Create {
			return t.fit(after, taken)
		}
		return t.fit(before, taken)
	}
	if !t.o.Verbose {
		before, after = cutPair(before, after, max((t.width()-taken)/2, 30))
	}
	return t.red.Sprint(before) + " → " + t.green.Sprint(after)
}

func (t *textual) set(added, removed []string) string {
	out := ""
	if len(added) > 0 {
		out += " " + t.green.Sprint("+ "+t.elements(added))
	}
	if len(removed) > 0 {
		if out != "" {
			out += " "
		}
		out += " " + t.red.Sprint("- "+t.elements(removed))
	}
	return out
}

func (t *textual) most() int {
	if t.o.MaxLines > 0 {
		return t.o.MaxLines
	}
	return 60
}

// more says how many lines were left out.
func (t *textual) more(n int) {
	t.line("      ", t.faint.Sprintf("… %s (--format json has all)", Count(n, "more line", "more lines")))
}

func (t *textual) lines(hunks []diff.Hunk) {
	gutter := t.faint.Sprint(gutter)
	total, shown := 0, 0
	for _, h := range hunks {
		total += 1 + len(h.Lines)
	}
	for _, h := range hunks {
		for i := -1; i < len(h.Lines); i++ {
			// One line isn't left out: saying so takes a line too.
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
			s := string(l.Op) + cleanLine(l.Text)
			if !t.o.Verbose {
				s = cut(s, longestLine)
			}
			t.line(gutter, t.op(l.Op, s))
		}
	}
}

func (t *textual) leaves(leaves []diff.Leaf) {
	for i, l := range leaves {
		if !t.o.Verbose && i == t.most() && len(leaves) > i+1 {
			t.more(len(leaves) - i)
			return
		}
		path := Clean(l.Path)
		sign := "      " + t.op(l.Op, string(l.Op)) + " " + path + ": "
		taken := len(path) + 14
		switch l.Op {
		case diff.Insert:
			t.line(sign, t.green.Sprint(t.fit(compact(l.After), taken)))
		case diff.Delete:
			t.line(sign, t.red.Sprint(t.fit(compact(l.Before), taken)))
		default:
			t.line(sign, t.scalars(sync.Update, compact(l.Before), compact(l.After), taken))
		}
	}
}
