package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/pdac-dev/pdac/lint"
)

// The format of JUnit reports, as far as common viewers agree on it. It contains no
// times, so that the same input always produces the same bytes.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr,omitempty"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr,omitempty"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class string `xml:"classname,attr"`
		Name  string `xml:"name,attr"`
		File  string `xml:"file,attr,omitempty"`
		Line  int    `xml:"line,attr,omitempty"`
		// Properties say what a viewer may filter by.
		Properties *junitProperties `xml:"properties,omitempty"`
		Failure    *junitFailure    `xml:"failure,omitempty"`
		Error      *junitFailure    `xml:"error,omitempty"`
		Skipped    *junitSkipped    `xml:"skipped,omitempty"`
		// Output is the message of a case that passes.
		Output *junitText `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",cdata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitProperties struct {
		List []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitText struct {
		Text string `xml:",cdata"`
	}
)

// writeJUnit counts the cases and writes the report. All its texts must already be
// clean.
func writeJUnit(w io.Writer, s junitSuites) error {
	for i := range s.Suites {
		u := &s.Suites[i]
		u.Tests = len(u.Cases)
		for _, c := range u.Cases {
			if c.Failure != nil {
				u.Failures++
			}
			if c.Error != nil {
				u.Errors++
			}
			if c.Skipped != nil {
				u.Skipped++
			}
		}
		s.Tests, s.Failures, s.Errors, s.Skipped = s.Tests+u.Tests, s.Failures+u.Failures, s.Errors+u.Errors, s.Skipped+u.Skipped
	}
	text, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

// findingsJUnit creates a suite for each file and a case for each finding. A finding
// that doesn't fail the run is a skipped case: viewers count those apart from failures,
// and show their message, while GitLab drops the output of cases that pass. Without
// findings, a single case passes.
func findingsJUnit(r *lint.Result, o FindingsOptions) junitSuites {
	out := junitSuites{Name: "pdac lint"}
	for _, f := range r.Findings {
		name := Clean(below(o.WorkRoot, f.Path))
		if n := len(out.Suites); n == 0 || out.Suites[n-1].Name != name {
			out.Suites = append(out.Suites, junitSuite{Name: name})
		}
		s := &out.Suites[len(out.Suites)-1]
		rule := r.RuleOf(f)
		c := junitCase{Class: name, Name: f.Rule + " " + rule.Name, File: name, Line: f.Range.Line, Properties: &junitProperties{[]junitProperty{
			{"severity", string(f.Severity)}, {"rule", f.Rule}, {"fixable", fmt.Sprint(f.Fix != nil)},
		}}}
		if at := f.Range.String(); at != "" {
			c.Name += " (" + at + ")"
		}
		var text strings.Builder
		fmt.Fprintf(&text, "%s: %s %s %s: %s", Clean(below(o.WorkRoot, f.Where())), f.Severity, f.Rule, rule.Name, Clean(f.Message))
		if f.Hint != "" {
			text.WriteString("\nhint: " + Clean(f.Hint))
		}
		if len(r.OwnersOf(f)) > 0 {
			text.WriteString("\nowned by " + ownersText(r.OwnersOf(f), plain))
		}
		for _, l := range f.Related {
			text.WriteString("\n" + Clean(strings.TrimSuffix(below(o.WorkRoot, l.Path)+":"+l.Range.String(), ":")+": "+l.Message))
		}
		if o.Fails(f) {
			c.Failure = &junitFailure{Type: string(f.Severity), Message: Clean(f.Message), Text: text.String()}
		} else {
			c.Skipped, c.Output = &junitSkipped{string(f.Severity) + ": " + Clean(f.Message)}, &junitText{text.String()}
		}
		s.Cases = append(s.Cases, c)
	}
	if len(out.Suites) == 0 {
		out.Suites = []junitSuite{{Name: "pdac lint", Cases: []junitCase{{Class: "pdac lint", Name: "no findings in " + Count(r.Files, "file", "files")}}}}
	}
	return out
}
