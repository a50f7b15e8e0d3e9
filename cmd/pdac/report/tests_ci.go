package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/pdac-dev/pdac/lint/unittest"
)

// testDetails is what a report shows of a failed test below its first line.
func testDetails(t *unittest.Test, root string) string {
	var lines []string
	for i, e := range t.Errors {
		if i > 0 {
			lines = append(lines, "and "+Clean(raised(e)))
		}
		for _, f := range e.Trace {
			lines = append(lines, Clean(fmt.Sprintf("  %s:%d in %s", below(root, f.Path), f.Line, f.Function)))
			if f.Source != "" {
				lines = append(lines, "    "+Clean(clip(f.Source, 200)))
			}
		}
	}
	if len(t.Reads) > 0 {
		lines = append(lines, "read from the event:")
	}
	for _, r := range t.Reads {
		lines = append(lines, "  "+readText(r))
	}
	if t.Printed != "" {
		lines = append(lines, "printed:")
		for line := range strings.Lines(t.Printed) {
			lines = append(lines, "  "+cleanLine(strings.TrimRight(line, "\r\n")))
		}
	}
	return strings.Join(lines, "\n")
}

// testsJUnit creates a suite for each detection, and a case for each test.
func testsJUnit(r *unittest.Result, o TestsOptions) junitSuites {
	out := junitSuites{Name: "pdac test"}
	suite := func(name string) *junitSuite {
		if n := len(out.Suites); n == 0 || out.Suites[n-1].Name != name {
			out.Suites = append(out.Suites, junitSuite{Name: name})
		}
		return &out.Suites[len(out.Suites)-1]
	}
	for i := range r.Tests {
		t := &r.Tests[i]
		s := suite(Clean(t.ID))
		c := junitCase{Class: Clean(t.ID), Name: Clean(t.Name), File: Clean(below(o.WorkRoot, t.Path)), Line: t.Line}
		f := &junitFailure{Type: string(t.Status), Message: Clean(TestOutcome(t)), Text: testDetails(t, o.WorkRoot)}
		switch {
		case t.Status == unittest.Passed:
		case !r.Fails(t):
			c.Skipped = &junitSkipped{Message: Clean(t.Reason)}
		case t.Status == unittest.Failed:
			c.Failure = f
		default:
			c.Error = f
		}
		s.Cases = append(s.Cases, c)
	}
	for _, f := range r.Few {
		s := suite("pdac test")
		s.Cases = append(s.Cases, junitCase{Class: "pdac test", Name: Clean(f.ID), File: Clean(below(o.WorkRoot, f.Path)), Line: f.Line, Failure: &junitFailure{Type: "too_few", Message: Clean(f.Reason)}})
	}
	for _, d := range r.Faults {
		s := suite("pdac test")
		s.Cases = append(s.Cases, junitCase{Class: "pdac test", Name: Clean(d.Path), File: Clean(below(o.WorkRoot, d.Path)), Line: d.Line, Error: &junitFailure{Type: "not_read", Message: Clean(d.Message)}})
	}
	if len(out.Suites) == 0 {
		out.Suites = []junitSuite{{Name: "pdac test", Cases: []junitCase{{Class: "pdac test", Name: "no tests in " + Count(r.Detections, "detection", "detections")}}}}
	}
	return out
}

// testsGitHub writes annotations: at the test, and where an exception was raised.
func testsGitHub(w io.Writer, r *unittest.Result, o TestsOptions) error {
	p := newPrinter(w, false)
	annotate := func(path string, line int, title, text string) {
		props := []string{"file=" + commandProperty(below(o.WorkRoot, path))}
		if line > 0 {
			props = append(props, fmt.Sprintf("line=%d", line))
		}
		props = append(props, "title="+commandProperty(title))
		p.line("::error ", strings.Join(props, ","), "::", commandData(text))
	}
	for i := range r.Tests {
		t := &r.Tests[i]
		if !r.Fails(t) {
			continue
		}
		title := t.ID + ": " + t.Name
		text := Clean(TestOutcome(t))
		if more := testDetails(t, o.WorkRoot); more != "" {
			text += "\n" + more
		}
		annotate(t.Path, t.Line, title, text)
		if len(t.Errors) > 0 && len(t.Errors[0].Trace) > 0 {
			e := t.Errors[0]
			at := e.Trace[len(e.Trace)-1]
			annotate(at.Path, at.Line, title, Clean(raised(e)))
		}
	}
	for _, f := range r.Few {
		annotate(f.Path, f.Line, f.ID, Clean(f.Reason))
	}
	for _, d := range r.Faults {
		annotate(d.Path, d.Line, "not read", Clean(d.Message))
	}
	p.line(testsSummary(r, o))
	return p.end("results of the tests")
}

// maxDetails is how many lines Markdown shows of each failed test.
const maxDetails = 20

// testsMarkdown writes the failed tests for a pull request or a job summary, with a
// limited size.
func testsMarkdown(r *unittest.Result, o TestsOptions) string {
	const room = 400 // for the line about omitted tests
	most := maxSize(o.MaxSize)
	var b strings.Builder
	fmt.Fprintf(&b, "**Tests: %s**\n", testsSummary(r, o))
	var items []string
	for i := range r.Tests {
		t := &r.Tests[i]
		if !r.Fails(t) || t.Status == unittest.NotRun {
			continue
		}
		item := fmt.Sprintf("- **%s** %s: %s (%s)\n  %s\n", testWord(t.Status), code(t.ID, 120), code(t.Name, 120), code(fmt.Sprintf("%s:%d", below(o.WorkRoot, t.Path), t.Line), 200), code(TestOutcome(t), 400))
		for i, line := range strings.Split(testDetails(t, o.WorkRoot), "\n") {
			if i == maxDetails {
				item += "  - " + code("…", 1) + "\n"
				break
			}
			if line = strings.TrimSpace(line); line != "" {
				item += "  - " + code(line, 200) + "\n"
			}
		}
		items = append(items, item)
	}
	for _, g := range notRunGroups(r) {
		items = append(items, fmt.Sprintf("- **not run** %s: %s\n", Count(len(g.tests), "test", "tests"), code(g.reason, 400)))
	}
	for _, f := range r.Few {
		items = append(items, fmt.Sprintf("- **too few tests** %s: %s\n", code(f.ID, 120), code(f.Reason, 300)))
	}
	for _, d := range r.Faults {
		items = append(items, fmt.Sprintf("- **not read** %s: %s\n", code(d.Where(), 200), code(d.Message, 300)))
	}
	if o.Outputs {
		items = append(items, outputItems(r)...)
	}
	writeEntries(&b, items, most-room)
	return b.String()
}

// writeEntries writes the entries of a list, as many as fit, and counts the others.
func writeEntries(b *strings.Builder, items []string, most int) {
	for i, item := range items {
		if i == 0 {
			b.WriteString("\n")
		}
		if b.Len()+len(item) > most {
			fmt.Fprintf(b, "\n%s omitted to limit the size.\n", Count(len(items)-i, "entry is", "entries are"))
			break
		}
		b.WriteString(item)
	}
}
