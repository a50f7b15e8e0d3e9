package report

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
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
	for _, g := range p.Guards {
		t.line(t.yellow.Sprint(guardText(g, plain)))
	}
	if held := heldBack(p, o, plain); held != "" && !words.drift {
		t.line(held)
	}
	if text := since(p.Summary); text != "" {
		t.line(text)
	}
	if text := weakened(p); text != "" && words.drift {
		t.line(t.red.Sprint(text))
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
		left := t.words.left()
		t.line(t.bold.Sprint(left.title), t.faint.Sprint(" ("+left.legend+")"))
		t.gap()
		t.list(p, p.Kept, true)
	}
	t.behaviour(p)
	t.unmanaged(p.Unmanaged)
}

// behaviour shows what detections do differently after an apply, if that was tried.
func (t *textual) behaviour(p *sync.Plan) {
	if p.Behaviour == nil {
		return
	}
	behaviourText(t.printer, p.Behaviour, "", t.o.Verbose)
	t.gap()
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
	if verb := t.words.left().verb(c.Action); kept && verb != "" {
		word.op, word.verb = '=', verb
	} else {
		op = sign(c.Action, word.op)
	}
	kept = kept && !t.words.drift // what is accepted is shown like other edits
	name := Clean(string(c.Kind)) + " " + title(c.ID)
	where := ""
	if c.Path != "" {
		where = t.faint.Sprint(" (" + Clean(c.Path) + ")")
	}
	if len(c.Owners) > 0 {
		where += t.faint.Sprint("  " + ownersText(c.Owners, plain))
	}
	if h := hint(c); c.Action == sync.Create && h != "" && !t.words.drift {
		where += "  " + h
	}
	t.line(t.op(word.op, op+" "+word.verb), " ", t.bold.Sprint(name), where, t.words.typeNote(c, plain))
	t.direction(c, kept)
	t.affected(c)
	if text := alertsText(c.Alerts); text != "" {
		paint := t.faint
		if c.Alerts.Count > 0 && !kept {
			paint = t.yellow
		}
		t.line("    ", paint.Sprint(text))
	}
	if len(c.Guards) > 0 {
		t.line("    ", t.yellow.Sprint("held by: "), t.elements(c.Guards))
	}
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
		if c.Action == sync.Update {
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
