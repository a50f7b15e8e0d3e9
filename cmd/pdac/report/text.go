package report

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/rivo/uniseg"
)

// The limits for a line of text, in characters, and for the elements of a set.
const (
	longestLine = 1_000
	maxElements = 30
)

// gutter precedes every line of a difference, so that no line of content can pass
// for a line of the report.
const gutter = "      │ "

func text(w io.Writer, p *sync.Plan, o PlanOptions, words wording) error {
	t := textual{printer: newPrinter(w, o.Color), o: o, words: words}
	t.tell = telling{room: t.room(), seen: map[string]bool{}}
	diagnostics := p.Diagnostics
	if o.Quiet {
		diagnostics = slices.DeleteFunc(slices.Clone(diagnostics), func(d repo.Diagnostic) bool {
			return d.Severity != repo.SeverityError && d.Severity != repo.SeverityWarning
		})
	} else {
		t.changes(p)
	}
	if diagnostics = t.standing(diagnostics, p.Base, o.Verbose); len(diagnostics) > 0 {
		t.diagnostics(diagnostics)
		t.gap()
	}
	if o.Verbose && !o.Quiet {
		t.unsynced(p.Unsynced)
	}
	if held := heldBack(p, o, plain); held != "" && !words.drift {
		t.line(held)
	}
	if text := since(p.Summary); text != "" {
		t.line(text)
	}
	t.line(t.bold.Sprint(words.summary(p)))
	if o.Next != "" && !o.Quiet && !p.Empty() && len(p.Errors()) == 0 {
		t.line(t.faint.Sprint(Clean(o.Next)))
	}
	return t.end(words.noun)
}

type textual struct {
	*printer
	o     PlanOptions
	words wording
	tell  telling
}

func (t *textual) width() int {
	if t.o.Width <= 0 {
		return 120
	}
	return max(t.o.Width, 40)
}

// fit cuts a text that shares its line with taken other characters.
func (t *textual) fit(s string, taken int) string {
	if t.o.Verbose {
		return s
	}
	return fitColumns(s, t.width()-taken)
}

func (t *textual) changes(p *sync.Plan) {
	if p.Tenant != "" || p.Revision != "" {
		t.line(t.bold.Sprint(t.words.heading(p)))
		if last := deployed(p.Base, plain); last != "" {
			t.line(t.faint.Sprint(last))
		}
		if t.words.legend != "" && !p.Empty() {
			t.line(t.faint.Sprint("(" + t.words.legend + ")"))
		}
		t.gap()
	}
	t.list(p, p.Changes, false)
	if len(p.Kept) > 0 {
		t.line(t.bold.Sprint("Left unchanged in Panther"), t.faint.Sprint(" ("+keptLegend+")"))
		t.gap()
		t.list(p, p.Kept, true)
	}
	t.unmanaged(p.Unmanaged)
}

// list shows changes, with a gap between actions.
func (t *textual) list(p *sync.Plan, changes []sync.Change, kept bool) {
	for i, c := range changes {
		if i > 0 && c.Action != changes[i-1].Action {
			t.gap()
		}
		t.change(p, c, kept)
	}
	t.gap()
}

// keptLegend explains differences that are not applied.
const keptLegend = "- is live, + is in the repository"

// maxUnmanaged is how many unmanaged entities are listed without Verbose.
const maxUnmanaged = 5

func (t *textual) unmanaged(list []sync.Unmanaged) {
	const head = "unmanaged (live, not from this repository, never touched):"
	switch {
	case len(list) == 0:
		return
	case !t.o.Verbose:
		t.line(t.faint.Sprint(head, " ", unmanaged(list, maxUnmanaged)))
	default:
		t.line(t.faint.Sprint(head))
		for _, u := range list {
			about := origin(u.Edited, plain)
			if u.Managed {
				about = strings.TrimPrefix(about+", of one of Panther's packs", ", ")
			}
			if about != "" {
				about = "  " + about
			}
			t.line("    ", Clean(string(u.Kind)), " ", title(u.ID), t.faint.Sprint(about))
		}
	}
	t.gap()
}

// unsynced lists the specs with keys that are not synced, a line for each.
func (t *textual) unsynced(keys []sync.UnsyncedKey) {
	if len(keys) == 0 {
		return
	}
	t.line(t.faint.Sprint("kept in the repository and not synced:"))
	for _, k := range keys {
		for _, s := range k.Specs {
			t.line("    ", Clean(k.Key), t.faint.Sprintf("  %s:%d", Clean(s.Path), s.Line))
		}
	}
	t.gap()
}

// keptVerbs are the verbs for changes that are not applied.
var keptVerbs = map[sync.Action]string{sync.Create: "not created:", sync.Update: "not updated:", sync.Replace: "not replaced:", sync.Delete: "not deleted:"}

func (t *textual) change(p *sync.Plan, c sync.Change, kept bool) {
	word, op := t.words.word(c.Action), "="
	if verb, ok := keptVerbs[c.Action]; kept && ok {
		word.op, word.verb = '=', verb
	} else {
		op = sign(c.Action, word.op)
	}
	name := Clean(string(c.Kind)) + " " + title(c.ID)
	where := ""
	if c.Path != "" {
		where = t.faint.Sprint(" (" + Clean(c.Path) + ")")
	}
	if h := hint(c); c.Action == sync.Create && h != "" && !t.words.drift {
		where += "  " + h
	}
	t.line(t.op(word.op, op+" "+word.verb), " ", t.bold.Sprint(name), where, t.words.typeNote(c, plain))
	switch {
	case t.words.drift:
		t.who(said{who: inPanther(c, plain)})
	case c.Action != sync.Update:
		t.who(t.tell.whole(p, c, kept)...)
	}
	if !detailed(c) && !t.o.Verbose {
		return
	}
	for i, g := range groups(c) {
		if i > 0 {
			t.gap()
		}
		if c.Action == sync.Update && !t.words.drift {
			t.who(t.tell.why(p, c, g, kept)...)
		}
		for _, f := range g.fields {
			t.field(c, f, kept)
		}
	}
	if t.o.Verbose && len(c.DependsOn) > 0 {
		t.line("    after: ", t.elements(c.DependsOn))
	}
	if len(c.Fields) > 0 || t.o.Verbose {
		t.gap()
	}
}

// room returns how many characters fit on an indented line.
func (t *textual) room() int {
	if t.o.Verbose {
		return longestLine
	}
	return t.width() - 4
}

// who writes the lines about the origin of a change. Drift and conflicts are
// highlighted.
func (t *textual) who(lines ...said) {
	for _, s := range lines {
		l, tail := s.String(), ""
		if utf8.RuneCountInString(l) > t.room() && s.then != "" {
			l, tail = s.who+";", s.then
		}
		switch head, rest, _ := strings.Cut(l, ":"); {
		case l == "":
		case head == "drift", head == "adopted":
			t.line("    ", t.yellow.Sprint(head, ":"), t.faint.Sprint(rest))
		case head == "conflict":
			t.line("    ", t.red.Sprint("conflict:"), t.faint.Sprint(rest))
		default:
			t.line("    ", t.faint.Sprint(l))
		}
		if tail != "" {
			t.line("      ", t.faint.Sprint(tail))
		}
	}
}

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
