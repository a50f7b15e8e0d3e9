package report

import (
	"io"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// ResultOptions says how the result of an apply is shown.
type ResultOptions struct {
	// Format is Text or JSON.
	Format Format
	// Color switches colours on in text, whatever the writer is.
	Color bool
	// Verbose also lists what went well.
	Verbose bool
	// Quiet leaves off advice and warnings: it tells what went wrong and the
	// summary.
	Quiet bool
}

// mostAlike is how many entities are listed that share an outcome and a reason.
const mostAlike = 10

// Result shows what became of an apply: what failed and why, what was refused
// and what was not tried, and on the last line how many of each.
func Result(w io.Writer, r *sync.Result, o ResultOptions) error {
	switch o.Format {
	case JSON:
		out := *r
		out.Changes = append([]sync.ChangeResult{}, r.Changes...)
		return writeJSON(w, &out)
	case Text, "":
		p := newPrinter(w, o.Color)
		p.result(r, o)
		return p.end("result of the apply")
	}
	return badFormat(o.Format, "the result of an apply", Text, JSON)
}

func (p *printer) result(r *sync.Result, o ResultOptions) {
	if o.Verbose && !o.Quiet {
		p.well(r)
	}
	p.gap()
	if !o.Quiet {
		p.warnings(r)
	}
	p.notTried(r)
	p.gap()
	for _, c := range r.Changes {
		if c.Outcome == sync.Refused || c.Outcome == sync.Failed {
			p.bad(c)
		}
	}
	p.gap()
	switch {
	case o.Quiet:
	case r.Interrupted:
		p.line(p.yellow.Sprint("Interrupted:"), " the writes under way were finished and nothing else was begun. Apply again to do the rest.")
	case !r.OK():
		p.line("What is done stays done. Correct what failed and apply again to do the rest.")
	}
	p.line(p.bold.Sprint(outcome(r)))
}

// entity names a change for a person: "rule X (rules/x.yml)".
func entity(c sync.ChangeResult) string {
	s := Clean(string(c.Kind)) + " " + title(c.ID)
	if c.Path != "" {
		s += " (" + Clean(c.Path) + ")"
	}
	return s
}

func done(a sync.Action) string {
	switch a {
	case sync.Create:
		return "created"
	case sync.Update:
		return "updated"
	case sync.Delete:
		return "deleted"
	}
	return "did (" + Clean(string(a)) + ")"
}

func (p *printer) well(r *sync.Result) {
	for _, c := range r.Changes {
		switch c.Outcome {
		case sync.Done:
			p.line(p.green.Sprint(done(c.Action)), " ", entity(c))
		case sync.Already:
			p.line(p.green.Sprint("already so:"), " ", entity(c))
		}
	}
}

func (p *printer) warnings(r *sync.Result) {
	for _, c := range r.Changes {
		for _, w := range c.Warnings {
			p.paragraphs(p.yellow.Sprint("warning:")+" "+entity(c)+": ", w, "    ")
		}
	}
}

func (p *printer) bad(c sync.ChangeResult) {
	verb := p.red.Sprint("failed:")
	if c.Outcome == sync.Refused {
		verb = p.yellow.Sprint("refused:")
	}
	head := verb + " " + Clean(string(c.Action)) + " " + entity(c)
	if c.Reason == "" {
		p.line(head)
	} else {
		p.paragraphs(head+": ", c.Reason, "    ")
	}
	for _, t := range c.Tests {
		p.test(t)
	}
}

func (p *printer) test(t panther.TestResult) {
	if t.Passed && !t.Errored {
		return
	}
	said := "failed"
	if t.Errored {
		said = "could not run"
	}
	head := "    unit test " + compact(t.Name) + " " + said
	if t.Reason == "" {
		p.line(head)
	} else {
		p.paragraphs(head+": ", t.Reason, "        ")
	}
}

// notTried lists what was not begun, those with the same reason together.
func (p *printer) notTried(r *sync.Result) {
	var reasons []string
	groups := map[string][]sync.ChangeResult{}
	for _, c := range r.Changes {
		if c.Outcome == sync.NotTried {
			if groups[c.Reason] == nil {
				reasons = append(reasons, c.Reason)
			}
			groups[c.Reason] = append(groups[c.Reason], c)
		}
	}
	for _, reason := range reasons {
		group := groups[reason]
		head := p.faint.Sprint("not tried:") + " " + Count(len(group), "change", "changes")
		if reason == "" {
			p.line(head)
		} else {
			p.paragraphs(head+": ", reason, "    ")
		}
		for i, c := range group {
			if i == mostAlike && len(group) > i+1 {
				p.line("    … ", number(len(group)-i), " more")
				break
			}
			p.line("    ", Clean(string(c.Action)), " ", entity(c))
		}
	}
}

// outcome is the summary in one line.
func outcome(r *sync.Result) string {
	if len(r.Changes) == 0 && !r.Interrupted {
		return "Nothing to apply."
	}
	n := map[sync.Action]int{}
	warnings := 0
	for _, c := range r.Changes {
		if c.Outcome == sync.Done {
			n[c.Action]++
		}
		warnings += len(c.Warnings)
	}
	var did, rest []string
	for _, a := range actions {
		did = append(did, number(n[a])+" "+done(a))
	}
	for _, o := range []struct {
		outcome sync.Outcome
		word    string
	}{{sync.Already, "already so"}, {sync.Failed, "failed"}, {sync.Refused, "refused"}, {sync.NotTried, "not tried"}} {
		if k := r.Count(o.outcome); k > 0 {
			rest = append(rest, number(k)+" "+o.word)
		}
	}
	if warnings > 0 {
		rest = append(rest, Count(warnings, "warning", "warnings"))
	}
	head := "Applied: "
	switch {
	case !r.OK() && r.Count(sync.Done) == 0:
		head = "Nothing was applied: "
	case !r.OK():
		head = "Applied in part: "
	case r.Interrupted:
		head = "Applied before the interruption: "
	}
	out := head + strings.Join(did, ", ")
	if len(rest) > 0 {
		out += "; " + strings.Join(rest, ", ")
	}
	return out + "."
}
