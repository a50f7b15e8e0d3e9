package report

import (
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// ResultOptions are the options of Result.
type ResultOptions struct {
	// Format is Text, JSON or Markdown.
	Format Format
	// Color enables colors in text.
	Color bool
	// Verbose also lists successful changes.
	Verbose bool
	// Quiet limits text to failures and the summary, without advice and warnings.
	Quiet bool
	// MaxSize limits Markdown, and Links makes its links, as in PlanOptions.
	MaxSize int
	Links   Links
}

// maxAlike is how many entities with the same outcome and reason are listed.
const maxAlike = 10

// Result shows the result of an apply: the changes that failed, were refused or were
// not tried, with the reasons, and the totals on the last line.
func Result(w io.Writer, r *sync.Result, o ResultOptions) error {
	switch o.Format {
	case JSON:
		out := resultWithLists(r)
		if r.Undo != nil {
			out.Undo = resultWithLists(r.Undo)
		}
		return writeJSON(w, out)
	case Markdown:
		return resultMarkdown(w, r, o)
	case Text, "":
		p := newPrinter(w, o.Color)
		p.result(r, o)
		return p.end("result of the apply")
	}
	return badFormat(o.Format, ResultView)
}

// resultWithLists returns a copy of a result in which no list is null.
func resultWithLists(r *sync.Result) *sync.Result {
	out := *r
	out.Changes = append([]sync.ChangeResult{}, r.Changes...)
	return &out
}

func (p *printer) result(r *sync.Result, o ResultOptions) {
	if o.Verbose && !o.Quiet {
		p.well(r)
	}
	p.gap()
	if !o.Quiet {
		p.weaker(r)
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
	p.undo(r.Undo, o)
	p.lost(r)
	switch {
	case o.Quiet:
	case r.Interrupted && r.Undo == nil:
		p.line(p.yellow.Sprint("Interrupted:"), " writes in progress were finished, and no others were started. Apply again to finish.")
	case !r.OK() && r.Undo == nil:
		p.line(toFinish(r))
	case !r.OK() && len(r.Undo.Changes) == 0:
		p.line("Fix the failures and apply again.")
	case !r.OK() && r.Undo.OK():
		p.line("Some changes failed, so the changes of this run were rolled back. Fix the failures and apply again.")
	case !r.OK():
		p.line("Some changes failed, and the changes of this run could only be rolled back in part. Plan again to see what is live.")
	}
	p.record(r.Record, o)
	p.line(p.bold.Sprint(outcome(r)))
	if r.Undo != nil {
		p.line(p.bold.Sprint(putBack(r.Undo)))
	}
}

// toFinish says what to do after an apply that did not do everything. What was refused
// needs another plan.
func toFinish(r *sync.Result) string {
	next := "Fix the failures and apply again"
	if r.Count(sync.Failed) == 0 {
		next = "Plan and apply again"
	}
	if r.Count(sync.Done) == 0 {
		return next + "."
	}
	return "The applied changes remain. " + next + " to finish."
}

// record shows how the deployment was recorded.
func (p *printer) record(n *sync.RecordNote, o ResultOptions) {
	if n == nil {
		return
	}
	if n.Raced {
		text := "another apply to the same Panther was recorded during this one. Both are in the history, the other one first."
		if len(n.Both) > 0 {
			text += " Both wrote " + elements(n.Both, maxAlike) + ", and the later write has overwritten the earlier one. Plan again to see what is live."
		} else {
			text += " Neither overwrote the other."
		}
		p.line(p.yellow.Sprint("warning:"), " ", text)
	}
	hash := Clean(n.Hash[:min(len(n.Hash), 12)])
	switch {
	case n.Problem != "" && n.Hash == "":
		p.paragraphs(p.red.Sprint("error:")+" the deployment could not be recorded: ", n.Problem, "    ")
	case n.Problem != "":
		p.paragraphs(p.red.Sprint("error:")+" the deployment is recorded as "+hash+" locally, but could not be pushed: ", n.Problem, "    ")
	case o.Quiet || n.Hash == "":
	case n.Pushed:
		p.line(p.faint.Sprint("Recorded as ", hash, " on ", Clean(n.Ref), ", and pushed to ", Clean(n.Remote), "."))
	default:
		p.line(p.faint.Sprint("Recorded as ", hash, " on ", Clean(n.Ref), "."))
	}
}

// tallyOf counts the applied changes by action, and the others by outcome.
func tallyOf(r *sync.Result) string {
	n := map[sync.Action]int{}
	for _, c := range r.Changes {
		if c.Outcome == sync.Done {
			n[c.Action]++
		}
	}
	last := sync.Update
	if n[sync.Replace] > 0 {
		last = sync.Replace
	}
	var did []string
	for _, a := range actions {
		if n[a] > 0 || !rare(a) {
			did = append(did, number(n[a])+" "+done(a))
		}
		if w := weakerDone(r); a == last && w > 0 {
			did = append(did, number(w)+" weaker")
		}
	}
	out := strings.Join(did, ", ")
	if rest := outcomes(r); len(rest) > 0 {
		out += "; " + strings.Join(rest, ", ")
	}
	return out
}

// outcomes counts the changes with other outcomes than done.
func outcomes(r *sync.Result) []string {
	var rest []string
	for _, o := range []struct {
		outcome sync.Outcome
		word    string
	}{{sync.Already, "already up to date"}, {sync.Held, "held back"}, {sync.Failed, "failed"}, {sync.Refused, "refused"}, {sync.NotTried, "not tried"}} {
		if k := r.Count(o.outcome); k > 0 {
			rest = append(rest, number(k)+" "+o.word)
		}
	}
	return rest
}

// entity names the entity of a change: "rule X (rules/x.yml)".
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
	case sync.Replace:
		return "replaced"
	}
	return "did (" + Clean(string(a)) + ")"
}

func (p *printer) well(r *sync.Result) {
	for _, c := range r.Changes {
		switch c.Outcome {
		case sync.Done:
			p.line(p.green.Sprint(done(c.Action)), " ", entity(c))
		case sync.Already:
			p.line(p.green.Sprint("already up to date:"), " ", entity(c))
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

// notTried lists the changes that were not started, grouped by reason.
func (p *printer) notTried(r *sync.Result) {
	var reasons []string
	groups := map[string][]sync.ChangeResult{}
	for _, c := range r.Changes {
		if c.Outcome == sync.NotTried || c.Outcome == sync.Held {
			if groups[c.Reason] == nil {
				reasons = append(reasons, c.Reason)
			}
			groups[c.Reason] = append(groups[c.Reason], c)
		}
	}
	for _, reason := range reasons {
		group := groups[reason]
		word := "not tried:"
		if group[0].Outcome == sync.Held {
			word = "held back:"
		}
		head := p.faint.Sprint(word) + " " + Count(len(group), "change", "changes")
		if reason == "" {
			p.line(head)
		} else {
			p.paragraphs(head+": ", reason, "    ")
		}
		for i, c := range group {
			if i == maxAlike && len(group) > i+1 {
				p.line("    … ", number(len(group)-i), " more")
				break
			}
			p.line("    ", Clean(string(c.Action)), " ", entity(c))
		}
	}
}

// outcome returns the summary in one line.
func outcome(r *sync.Result) string {
	if len(r.Changes) == 0 && !r.Interrupted {
		return "Nothing to apply."
	}
	warnings := 0
	for _, c := range r.Changes {
		warnings += len(c.Warnings)
	}
	head := "Applied: "
	switch {
	case !r.OK() && r.Count(sync.Done) == 0 && !slices.ContainsFunc(r.Changes, func(c sync.ChangeResult) bool { return c.Lost != nil }):
		head = "Nothing was applied: "
	case !r.OK():
		head = "Applied in part: "
	case r.Interrupted:
		head = "Applied before the interruption: "
	}
	out := head + tallyOf(r)
	var more []string
	if warnings > 0 {
		more = append(more, Count(warnings, "warning", "warnings"))
	}
	if n := r.Record; n != nil && n.Problem != "" {
		more = append(more, map[bool]string{true: "not recorded", false: "recorded but not pushed"}[n.Hash == ""])
	}
	if len(more) > 0 {
		sep := "; "
		if len(outcomes(r)) > 0 {
			sep = ", "
		}
		out += sep + strings.Join(more, ", ")
	}
	return out + "."
}
