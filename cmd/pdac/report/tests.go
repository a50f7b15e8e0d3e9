package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint/unittest"
)

// TestsOptions are the options of Tests.
type TestsOptions struct {
	Format Format
	// Color enables colors in text.
	Color bool
	// Quiet omits the summary from text if everything passes, and Verbose lists every
	// test.
	Quiet, Verbose bool
	// Outputs shows what title(), severity() and the others return.
	Outputs bool
	// Timed shows how long the run took.
	Timed bool
	// Slowest is how many of the slowest tests text lists, and Slow the time from which
	// a test is listed; 0 for none.
	Slowest int
	Slow    time.Duration
	// Paths are as in FindingsOptions.
	TextRoot, TextFolder, WorkRoot string
	// MaxSize limits Markdown, as in PlanOptions.
	MaxSize int
}

func (o TestsOptions) textPath(p string) string {
	return FindingsOptions{TextRoot: o.TextRoot, TextFolder: o.TextFolder}.textPath(p)
}

// Tests shows the results of unit tests. All formats except text and Markdown are for
// programs; the same result always produces the same bytes.
func Tests(w io.Writer, r *unittest.Result, o TestsOptions) error {
	switch o.Format {
	case Text, "":
		return testsText(w, r, o)
	case JSON:
		return writeJSON(w, testsJSON(r))
	case JUnit:
		return writeJUnit(w, testsJUnit(r, o))
	case GitHub:
		return testsGitHub(w, r, o)
	case Markdown:
		_, err := io.WriteString(w, testsMarkdown(r, o))
		return err
	}
	return badFormat(o.Format, TestsView)
}

// testWords are the words for a status, in the order of the summary.
var testWords = []struct {
	status unittest.Status
	word   string
}{
	{unittest.Failed, "failed"}, {unittest.Errored, "errored"}, {unittest.TimedOut, "timed out"},
	{unittest.Crashed, "crashed"}, {unittest.NotRun, "not run"}, {unittest.Passed, "passed"},
}

func testWord(s unittest.Status) string {
	for _, w := range testWords {
		if w.status == s {
			return w.word
		}
	}
	return string(s)
}

// testsSummary is the last line: "2 failed, 3,500 passed in 1,073 detections (…).".
func testsSummary(r *unittest.Result, o TestsOptions) string {
	var words []string
	for _, w := range testWords {
		if n := r.Count(w.status); n > 0 || w.status == unittest.Passed && len(words) == 0 {
			words = append(words, number(n)+" "+w.word)
		}
	}
	out := strings.Join(words, ", ") + " in " + Count(r.Detections, "detection", "detections")
	var more []string
	if n := r.Cached(); n > 0 {
		more = append(more, number(n)+" cached")
	}
	if r.Untested > 0 {
		more = append(more, Count(r.Untested, "detection", "detections")+" without tests")
	}
	if n := len(r.Faults); n > 0 {
		more = append(more, Count(n, "file", "files")+" not read")
	}
	if r.Stopped {
		more = append(more, "stopped at the first failure")
	}
	return out + runDetails(more, r.Python, r.Took, o) + "."
}

// runDetails is what the last line of a run of tests has in parentheses: what is to be said of
// the run, the Python and how long it took; "" if there is nothing.
func runDetails(more []string, python *pyrun.Python, took time.Duration, o TestsOptions) string {
	if python != nil {
		more = append(more, "Python "+python.Version.String())
	}
	if o.Timed {
		more = append(more, fmt.Sprintf("%.1f s", took.Seconds()))
	}
	if len(more) == 0 {
		return ""
	}
	return " (" + strings.Join(more, ", ") + ")"
}

// expectation says what a test expects, in the words of its kind.
func expectation(t *unittest.Test) string {
	switch {
	case t.Main == "policy" && t.Expected:
		return "expected the resource to comply"
	case t.Main == "policy":
		return "expected the resource to fail the policy"
	case t.Expected:
		return "expected an alert"
	}
	return "expected no alert"
}

// TestOutcome says what happened in a test, in one line: "expected an alert; rule() returned
// False". Its text may hold anything that the test raised; Clean it.
func TestOutcome(t *unittest.Test) string {
	first := unittest.Error{}
	if len(t.Errors) > 0 {
		first = t.Errors[0]
	}
	switch t.Status {
	case unittest.NotRun:
		return t.Reason
	case unittest.Failed:
		if len(t.Unexpected) > 0 {
			return unexpectedText(t.Unexpected[0])
		}
		return expectation(t) + "; " + decision(t)
	case unittest.TimedOut:
		return first.Message
	case unittest.Crashed:
		return "ended the process that ran it: " + strings.TrimPrefix(first.Message, "its process ended: ")
	case unittest.Errored:
		if first.Type == "InvalidTest" {
			return raised(first) // what it expects may be what is wrong
		}
		return expectation(t) + "; " + raised(first)
	}
	return expectation(t)
}

func decision(t *unittest.Test) string {
	switch {
	case t.Returned == nil:
		return "nothing was returned"
	case t.Kind == "correlation_rule" && *t.Returned:
		return "the rule matches"
	case t.Reason != "":
		return t.Reason
	case t.Main == "" && *t.Returned:
		return "the event matches"
	case t.Main == "":
		return "the event does not match"
	case *t.Returned:
		return t.Main + "() returned True"
	}
	return t.Main + "() returned False"
}

// raised says what a function raised.
func raised(e unittest.Error) string {
	what := e.Type + ": " + e.Message
	switch {
	case e.Type == "WrongReturn", e.Type == "InvalidTest", e.Type == "NeedsPanther", e.Type == "Refused":
		what = e.Message
	case e.Type == "BdbQuit":
		return "breakpoint() has nobody to ask; remove it, or run this test with pdac debug"
	case e.Message == "":
		what = e.Type
	}
	switch {
	case e.Type == "InvalidTest":
		return what
	case e.Type == "WrongReturn":
		return what // it names the function
	case e.Function == "" && (e.Type == "SyntaxError" || len(e.Trace) > 0):
		return "the file can't be loaded: " + what
	case e.Function == "":
		return what
	}
	return e.Function + "() raised " + what
}

func testsText(w io.Writer, r *unittest.Result, o TestsOptions) error {
	p := newPrinter(w, o.Color)
	for i := range r.Tests {
		t := &r.Tests[i]
		switch {
		case t.Status == unittest.NotRun && !o.Verbose:
		case r.Fails(t) || t.Status == unittest.NotRun:
			p.gap()
			p.failedTest(t, r.Fails(t), o)
		case o.Verbose || o.Outputs && raisesAlert(t):
			p.line(p.green.Sprint("ok"), "  ", Clean(t.ID), ": ", Clean(t.Name), p.faint.Sprint(testTime(t)))
		}
		if o.Outputs {
			p.outputs(t, o)
		}
	}
	if !o.Verbose {
		p.notRun(r, o)
	}
	for _, f := range r.Few {
		p.gap()
		p.line(p.red.Sprint("too few tests"), "  ", p.bold.Sprint(Clean(f.ID)))
		p.line("  ", Clean(fmt.Sprintf("%s:%d", o.textPath(f.Path), f.Line)), ": ", Clean(f.Reason))
	}
	for _, d := range r.Faults {
		p.gap()
		where := o.textPath(d.Path)
		if d.Line > 0 {
			where += fmt.Sprintf(":%d", d.Line)
		}
		p.line(p.red.Sprint("not read"), "  ", Clean(where), ": ", Clean(d.Message))
	}
	p.slowest(r, o)
	if !o.Quiet || !r.OK() {
		p.gap()
		p.line(p.bold.Sprint(testsSummary(r, o)))
	}
	return p.end("results of the tests")
}

func testTime(t *unittest.Test) string {
	if t.Cached {
		return " (cached)"
	}
	if t.Time == 0 {
		return ""
	}
	return " (" + t.Time.Round(10*time.Microsecond).String() + ")"
}

func (p *printer) failedTest(t *unittest.Test, fails bool, o TestsOptions) {
	head := p.red
	if !fails {
		head = p.yellow
	}
	cached := ""
	if t.Cached {
		cached = p.faint.Sprint(" (cached)")
	}
	p.line(head.Sprint(testWord(t.Status)), "  ", p.bold.Sprint(Clean(t.ID), ": ", Clean(t.Name)), cached)
	p.paragraphs("  "+Clean(fmt.Sprintf("%s:%d", o.textPath(t.Path), t.Line))+": ", TestOutcome(t), "    ")
	for _, u := range t.Unexpected[min(1, len(t.Unexpected)):] {
		p.paragraphs("  and ", unexpectedText(u), "    ")
	}
	for i, e := range t.Errors {
		if i > 0 {
			p.paragraphs("  and ", raised(e), "    ")
		}
		p.trace(e, o)
	}
	if len(t.Reads) > 0 {
		p.line("  ", p.faint.Sprint("read from the event:"))
		for _, r := range t.Reads {
			p.line("    ", readText(r))
		}
	}
	if t.Printed != "" {
		p.line("  ", p.faint.Sprint("printed:"))
		for line := range strings.Lines(t.Printed) {
			p.line("    ", p.faint.Sprint("│ "), cleanLine(strings.TrimRight(line, "\r\n")))
		}
	}
	p.line("  ", p.faint.Sprint("run it alone: "), p.cyan.Sprint(Clean(rerun(t, o))))
}

func (p *printer) trace(e unittest.Error, o TestsOptions) {
	const first = 5
	for i, f := range e.Trace {
		if e.Omitted > 0 && i == first {
			p.line("    ", p.faint.Sprintf("… %s", Count(e.Omitted, "more call", "more calls")))
		}
		p.line("    ", Clean(fmt.Sprintf("%s:%d", o.textPath(f.Path), f.Line)), p.faint.Sprint(" in ", Clean(f.Function)))
		if f.Source != "" {
			p.line("      ", Clean(clip(f.Source, 200)))
		}
	}
}

func readText(r pyrun.Read) string {
	if r.Missing {
		return Clean(r.Path) + "  (missing)"
	}
	return Clean(r.Path) + " = " + Clean(r.Value)
}

// rerun is the command that runs one test.
func rerun(t *unittest.Test, o TestsOptions) string {
	return "pdac test " + shellQuote(o.textPath(t.Path)) + " --run " + shellQuote(globQuote(t.Name))
}

// globQuote writes a name as a glob that matches only it, as far as that needs no escapes.
func globQuote(name string) string {
	return strings.NewReplacer("*", "?", "[", "?", "]", "?", "{", "?", "}", "?", "\\", "?").Replace(name)
}

// shellQuote quotes a word for a shell where it needs quotes.
func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/+:@%,=") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// notRun lists tests that were not run by their reason.
func (p *printer) notRun(r *unittest.Result, o TestsOptions) {
	for _, g := range notRunGroups(r) {
		p.gap()
		head := p.yellow
		if g.fails {
			head = p.red
		}
		p.line(head.Sprint("not run"), "  ", p.bold.Sprint(Count(len(g.tests), "test", "tests")), ": ", Clean(g.reason))
		const most = 5
		for i, t := range g.tests {
			if i == most {
				p.line("    … ", Count(len(g.tests)-most, "more", "more"), p.faint.Sprint(" (-v lists them)"))
				break
			}
			p.line("    ", Clean(fmt.Sprintf("%s:%d", o.textPath(t.Path), t.Line)), p.faint.Sprint(" ", Clean(t.ID), ": ", Clean(t.Name)))
		}
	}
}

type notRunGroup struct {
	reason string
	fails  bool
	tests  []*unittest.Test
}

// notRunGroups puts tests of one reason together, those that fail the run first.
func notRunGroups(r *unittest.Result) (out []*notRunGroup) {
	by := map[string]*notRunGroup{}
	for i := range r.Tests {
		t := &r.Tests[i]
		if t.Status != unittest.NotRun {
			continue
		}
		key := fmt.Sprint(r.Fails(t), t.Reason)
		if by[key] == nil {
			by[key] = &notRunGroup{reason: t.Reason, fails: r.Fails(t)}
			out = append(out, by[key])
		}
		by[key].tests = append(by[key].tests, t)
	}
	slices.SortStableFunc(out, func(a, b *notRunGroup) int {
		if a.fails != b.fails {
			return map[bool]int{true: -1, false: 1}[a.fails]
		}
		return cmp.Or(len(b.tests)-len(a.tests), strings.Compare(a.reason, b.reason))
	})
	return out
}

// slowest lists the slowest tests.
func (p *printer) slowest(r *unittest.Result, o TestsOptions) {
	if o.Slowest == 0 && o.Slow == 0 {
		return
	}
	var list []*unittest.Test
	for i := range r.Tests {
		if r.Tests[i].Time > 0 {
			list = append(list, &r.Tests[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *unittest.Test) int { return cmp.Compare(b.Time, a.Time) })
	list = slices.DeleteFunc(list, func(t *unittest.Test) bool { return t.Time < o.Slow })
	if o.Slowest > 0 {
		list = list[:min(len(list), o.Slowest)]
	}
	if len(list) == 0 {
		return
	}
	p.gap()
	p.line(p.bold.Sprint("slowest tests:"))
	for _, t := range list {
		p.line("  ", fmt.Sprintf("%10s", t.Time.Round(10*time.Microsecond)), "  ", Clean(fmt.Sprintf("%s:%d", o.textPath(t.Path), t.Line)), p.faint.Sprint(" ", Clean(t.ID), ": ", Clean(t.Name)))
	}
}
