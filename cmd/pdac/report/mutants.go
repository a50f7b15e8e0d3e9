package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/pymutate"
	"github.com/pdac-dev/pdac/lint/unittest"
)

// MutantsOptions are the options of Mutants.
type MutantsOptions struct {
	TestsOptions
	// MinScore is the smallest score, in percent, that is accepted; 0 for any.
	MinScore int
}

// Mutants shows which changes of detections no test notices. All formats except text and
// Markdown are for programs; the same result always produces the same bytes.
func Mutants(w io.Writer, r *unittest.MutationResult, o MutantsOptions) error {
	switch o.Format {
	case Text, "":
		return mutantsText(w, r, o)
	case JSON:
		return writeJSON(w, mutantsJSON(r))
	case GitHub:
		return mutantsGitHub(w, r, o)
	case Markdown:
		_, err := io.WriteString(w, mutantsMarkdown(r, o))
		return err
	}
	return badFormat(o.Format, MutantsView)
}

// mutantText says what no test notices, in one line.
func mutantText(m *unittest.Mutant) string {
	switch m.Kind {
	case pymutate.AlwaysTrue, pymutate.AlwaysFalse:
		if m.Both {
			return "no test depends on this condition: " + m.Code
		}
		if m.Kind == pymutate.AlwaysTrue {
			return "no test fails if this is always true: " + m.Code
		}
		return "no test fails if this is always false: " + m.Code
	case pymutate.Operator:
		return fmt.Sprintf("no test fails with %q instead of %q: %s", m.To(), m.From(), m.Code)
	case pymutate.Boundary:
		return fmt.Sprintf("no test fails with %q instead of %q: %s", m.To(), m.From(), m.Code)
	case pymutate.Constant:
		return fmt.Sprintf("no test fails if this returns %s: return %s", m.Text, m.Code)
	case pymutate.Value:
		const most = 5
		text := strings.Join(m.Values[:min(len(m.Values), most)], ", ")
		if n := len(m.Values) - most; n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		if len(m.Values) == 1 {
			return "no test needs this value of the list: " + text
		}
		return "no test needs these values of the list: " + text
	}
	return m.Code
}

// catchText describes a test that would notice a change.
func catchText(c *unittest.CatchingTest, main string) string {
	var sets []string
	for _, s := range c.Set {
		at := fieldPath(s.Path)
		if s.Missing {
			sets = append(sets, "without "+at)
		} else {
			sets = append(sets, "with "+at+" = "+clip(s.Value, 80))
		}
	}
	return fmt.Sprintf("the event of %q %s; %s", c.Base, strings.Join(sets, " and "), expectation(&unittest.Test{Expected: c.Expected, Main: main}))
}

// fieldPath writes the path of a value in an event.
func fieldPath(path []any) string {
	var b strings.Builder
	for i, p := range path {
		switch p := p.(type) {
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(p)
		case float64:
			fmt.Fprintf(&b, "[%d]", int(p))
		case int:
			fmt.Fprintf(&b, "[%d]", p)
		}
	}
	return b.String()
}

func mainOf(kind string) string {
	if kind == "policy" {
		return "policy"
	}
	return "rule"
}

func scoreText(s unittest.Score) string {
	return percentText(s.Percent(), s)
}

func percentText(percent int, s unittest.Score) string {
	return fmt.Sprintf("%d%% (%s of %s)", percent, number(s.Noticed), Count(s.All, "change", "changes"))
}

// mutantsSummary is the last line.
func mutantsSummary(r *unittest.MutationResult, o MutantsOptions) string {
	s := r.Score()
	out := fmt.Sprintf("Tests notice %s in %s", percentText(r.Percent(), s), Count(len(r.Detections), "detection", "detections"))
	if n := r.Count(unittest.Survived); n > 0 {
		out = fmt.Sprintf("%s not noticed. %s", Count(n, "change is", "changes are"), out)
	}
	var more []string
	if n := r.Count(unittest.Undecided); n > 0 {
		more = append(more, number(n)+" undecided")
	}
	if n := r.Count(unittest.Accepted); n > 0 {
		more = append(more, number(n)+" accepted")
	}
	if n := len(r.NotMutated); n > 0 {
		more = append(more, Count(n, "detection", "detections")+" not changed")
	}
	if n := len(r.Tests.Faults); n > 0 {
		more = append(more, Count(n, "file", "files")+" not read")
	}
	out += runDetails(more, r.Tests.Python, r.Took, o.TestsOptions) + "."
	if o.MinScore > 0 && r.Percent() < o.MinScore {
		out += fmt.Sprintf(" The score is below the %d%% of --min-score.", o.MinScore)
	}
	return out
}

func mutantsText(w io.Writer, r *unittest.MutationResult, o MutantsOptions) error {
	p := newPrinter(w, o.Color)
	for i := range r.Detections {
		d := &r.Detections[i]
		var shown []*unittest.Mutant
		for j := range d.Mutants {
			m := &d.Mutants[j]
			if m.Status == unittest.Survived || o.Verbose && m.Status != unittest.Noticed {
				shown = append(shown, m)
			}
		}
		if len(shown) == 0 {
			if o.Verbose {
				p.line(p.green.Sprint("ok"), "  ", Clean(d.ID), p.faint.Sprint("  ", scoreText(d.Score())))
			}
			continue
		}
		p.gap()
		p.line(p.bold.Sprint(Clean(d.ID)), "  ", Clean(o.textPath(d.Spec)), p.faint.Sprint("  ", scoreText(d.Score())))
		for _, m := range shown {
			p.paragraphs("  "+Clean(fmt.Sprintf("%s:%d:%d", o.textPath(d.Path), m.Line, m.Column))+": ", mutantText(m), "    ")
			switch m.Status {
			case unittest.Accepted:
				p.paragraphs("    accepted: ", m.Reason, "      ")
			case unittest.Undecided:
				p.line("    ", p.faint.Sprint("no event was found that shows it; it may change nothing"))
			default:
				p.paragraphs("    missing test: ", catchText(m.Catch, mainOf(d.Kind)), "      ")
			}
		}
	}
	p.notMutated(r, o)
	for _, u := range r.Unused {
		p.gap()
		p.line(p.yellow.Sprint("unused comment"), "  ", Clean(fmt.Sprintf("%s:%d", o.textPath(u.Path), u.Line)), ": ", Clean(u.Message))
	}
	if !o.Quiet || r.Count(unittest.Survived)+len(r.NotMutated)+len(r.Unused) > 0 || r.Percent() < o.MinScore {
		p.gap()
		p.line(p.bold.Sprint(mutantsSummary(r, o)))
	}
	return p.end("the changes that no test notices")
}

// notMutated lists the detections that were not changed by their reason.
func (p *printer) notMutated(r *unittest.MutationResult, o MutantsOptions) {
	by := map[string][]unittest.NotMutated{}
	var reasons []string
	for _, n := range r.NotMutated {
		if by[n.Reason] == nil {
			reasons = append(reasons, n.Reason)
		}
		by[n.Reason] = append(by[n.Reason], n)
	}
	const most = 5
	for _, reason := range reasons {
		list := by[reason]
		p.gap()
		p.line(p.yellow.Sprint("not changed"), "  ", p.bold.Sprint(Count(len(list), "detection", "detections")), ": ", Clean(reason))
		for i, n := range list {
			if i == most && !o.Verbose {
				p.line("    … ", Count(len(list)-most, "more", "more"), p.faint.Sprint(" (-v lists them)"))
				break
			}
			p.line("    ", Clean(o.textPath(n.Spec)), p.faint.Sprint(" ", Clean(n.ID)))
		}
	}
}

// mutantsGitHub writes annotations at the changes that no test notices.
func mutantsGitHub(w io.Writer, r *unittest.MutationResult, o MutantsOptions) error {
	p := newPrinter(w, false)
	annotate := func(path string, line int, title, text string) {
		p.line("::warning file=", commandProperty(below(o.WorkRoot, path)), ",line=", strconv.Itoa(max(line, 1)), ",title=", commandProperty(title), "::", commandData(text))
	}
	for i := range r.Detections {
		d := &r.Detections[i]
		for j := range d.Mutants {
			if m := &d.Mutants[j]; m.Status == unittest.Survived {
				annotate(d.Path, m.Line, d.ID+": not tested", Clean(mutantText(m))+"\nmissing test: "+Clean(catchText(m.Catch, mainOf(d.Kind))))
			}
		}
	}
	for _, n := range r.NotMutated {
		annotate(n.Spec, 1, n.ID+": not changed", Clean(n.Reason))
	}
	for _, u := range r.Unused {
		annotate(u.Path, u.Line, "unused comment", Clean(u.Message))
	}
	p.line(mutantsSummary(r, o))
	return p.end("the changes that no test notices")
}

// mutantsMarkdown writes the changes for a pull request or a job summary, with a limited
// size.
func mutantsMarkdown(r *unittest.MutationResult, o MutantsOptions) string {
	var items []string
	for i := range r.Detections {
		d := &r.Detections[i]
		head := fmt.Sprintf("- **%s** %s\n", code(d.ID, 120), scoreText(d.Score()))
		for j := range d.Mutants {
			if m := &d.Mutants[j]; m.Status == unittest.Survived {
				items = append(items, head+fmt.Sprintf("  - %s\n    %s\n    missing test: %s\n", code(fmt.Sprintf("%s:%d", below(o.WorkRoot, d.Path), m.Line), 200), code(mutantText(m), 400), code(catchText(m.Catch, mainOf(d.Kind)), 400)))
				head = ""
			}
		}
	}
	for _, n := range r.NotMutated {
		items = append(items, fmt.Sprintf("- **not changed** %s: %s\n", code(n.ID, 120), code(n.Reason, 300)))
	}
	for _, u := range r.Unused {
		items = append(items, fmt.Sprintf("- **unused comment** %s: %s\n", code(fmt.Sprintf("%s:%d", below(o.WorkRoot, u.Path), u.Line), 200), code(u.Message, 300)))
	}
	return fitItems("**Mutation: "+mutantsSummary(r, o)+"**\n", items, maxSize(o.MaxSize))
}

// fitItems writes a list of limited size below a heading.
func fitItems(head string, items []string, most int) string {
	const room = 400 // for the line about omitted entries
	var b strings.Builder
	b.WriteString(head)
	for i, item := range items {
		if i == 0 {
			b.WriteString("\n")
		}
		if b.Len()+len(item)+room > most {
			fmt.Fprintf(&b, "\n%s omitted to limit the size.\n", Count(len(items)-i, "entry is", "entries are"))
			break
		}
		b.WriteString(item)
	}
	return b.String()
}
