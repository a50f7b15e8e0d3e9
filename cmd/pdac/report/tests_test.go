package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/schemas"
	"pgregory.net/rapid"
)

func pointer(v bool) *bool { return &v }

// sampleTests are of every status.
func sampleTests() *unittest.Result {
	login := unittest.Test{ID: "Acme.Login", Kind: "rule", Path: "rules/login.yml", Main: "rule"}
	of := func(line int, name string, s unittest.Status, change func(*unittest.Test)) unittest.Test {
		t := login
		t.Line, t.Name, t.Status = line, name, s
		change(&t)
		return t
	}
	return &unittest.Result{
		Python: &pyrun.Python{Path: "/usr/bin/python3", Version: pyrun.Version{3, 11, 7}}, Specs: 9, Detections: 5, Untested: 1, Took: 1234 * time.Millisecond,
		Tests: []unittest.Test{
			of(12, "an admin's login", unittest.Passed, func(t *unittest.Test) {
				t.Expected, t.Returned, t.Cached, t.Time = true, pointer(true), true, 3*time.Millisecond
				t.Outputs = map[string]json.RawMessage{"title": json.RawMessage(`"Login of ada"`), "destinations": json.RawMessage(`["SKIP"]`)}
			}),
			of(20, "from abroad", unittest.Failed, func(t *unittest.Test) {
				t.Expected, t.Returned, t.Printed, t.Time = true, pointer(false), "country is DE\n", 25*time.Millisecond
				t.Reads = []pyrun.Read{{Path: "client.country", Value: `"DE"`}, {Path: "client.city", Missing: true}}
			}),
			of(31, "no user", unittest.Errored, func(t *unittest.Test) {
				t.Errors = []unittest.Error{
					{Function: "rule", Type: "KeyError", Message: "'user'", Omitted: 2, Trace: []unittest.Frame{
						{Path: "rules/login.py", Line: 4, Function: "rule", Source: "return acme.who(event) == 'ada'"},
						{Path: "global_helpers/acme.py", Line: 9, Function: "who", Source: "return event['user']"},
					}},
					{Function: "title", Type: "WrongReturn", Message: "title() returned None, and must return a string"},
				}
			}),
			of(40, "a loop", unittest.TimedOut, func(t *unittest.Test) {
				t.Errors = []unittest.Error{{Function: "rule", Type: "TookTooLong", Message: "the test took more than 15 s"}}
			}),
			of(50, "an exit", unittest.Crashed, func(t *unittest.Test) {
				t.Errors = []unittest.Error{{Type: "Crashed", Message: "its process ended: exit code 3"}}
			}),
			of(60, "a package", unittest.NotRun, func(t *unittest.Test) { t.Reason = "needs the Python package pycountry" }),
			{ID: "Acme.Simple", Kind: "simple_rule", Path: "rules/simple.yml", Line: 8, Name: "an open question", Status: unittest.NotRun, Unsure: true, Reason: "Panther's documentation does not say how 1 and \"1\" compare"},
			{ID: "Acme.Bucket", Kind: "policy", Path: "policies/bucket.yml", Line: 9, Name: "open bucket", Main: "policy", Status: unittest.Failed, Returned: pointer(true), Cached: true},
			{ID: "Acme.Simple", Kind: "simple_rule", Path: "rules/simple.yml", Line: 20, Name: "no match", Status: unittest.Failed, Expected: true, Returned: pointer(false)},
		},
		Few:    []unittest.Few{{ID: "Acme.Few", Path: "rules/few.yml", Line: 1, Reason: "no test expects false; add one"}},
		Faults: []repo.Diagnostic{{Severity: repo.SeverityError, Path: "rules/broken.yml", Line: 3, Column: 1, Message: "a tab can't indent"}},
	}
}

func tests(t testing.TB, r *unittest.Result, o report.TestsOptions) string {
	return written(t, func(b *bytes.Buffer) error { return report.Tests(b, r, o) })
}

func TestTestsGoldens(t *testing.T) {
	for _, f := range report.Formats(report.TestsView) {
		golden(t, "tests."+string(f), tests(t, sampleTests(), report.TestsOptions{Format: f, TextRoot: "../repo", WorkRoot: "detections"}))
	}
	golden(t, "tests.verbose", tests(t, sampleTests(), report.TestsOptions{Color: true, Verbose: true, Timed: true, Slowest: 1, TextFolder: "rules"}))
	for _, f := range []report.Format{report.Text, report.Markdown} {
		golden(t, "tests.outputs."+string(f), tests(t, unexpectedTests(), report.TestsOptions{Format: f, Outputs: true}))
	}
	validate(t, schemas.Test(), tests(t, unexpectedTests(), report.TestsOptions{Format: report.JSON}))
	golden(t, "tests.slow", tests(t, &unittest.Result{Detections: 1, Tests: sampleTests().Tests[:1]}, report.TestsOptions{Slow: time.Millisecond}))
	validate(t, schemas.Test(), tests(t, sampleTests(), report.TestsOptions{Format: report.JSON}))
	fine := &unittest.Result{Detections: 1, Tests: sampleTests().Tests[:1]}
	if out := tests(t, fine, report.TestsOptions{Quiet: true}); out != "" {
		t.Errorf("all pass, quietly: %q", out)
	}
	err := report.Tests(io.Discard, fine, report.TestsOptions{Format: "sarif"})
	if err == nil || err.Error() != `results of tests can't be shown as "sarif"; use one of text, json, junit, github, markdown` {
		t.Errorf("got %v", err)
	}
}

// unexpectedTests are tests with outputs, of which some are not as expected.
func unexpectedTests() *unittest.Result {
	r := sampleTests()
	failed := r.Tests[0]
	failed.Name, failed.Line, failed.Status, failed.Cached = "another's login", 15, unittest.Failed, false
	failed.Outputs = map[string]json.RawMessage{"title": json.RawMessage(`"Login of eve"`), "severity": json.RawMessage(`null`), "alert_context": json.RawMessage(`"{\"a\": 1}"`)}
	failed.Unexpected = []unittest.Unexpected{
		{Output: "title", Expected: "Login of ada", Actual: "Login of eve", Path: "rules/login.expect", Line: 2}, {Output: "runbook", Expected: "x", Path: "rules/login.expect", Line: 3},
		{Output: "alert_context", Expected: `{"a":2}`, Actual: `{"a": 1}`, Path: "rules/login.expect", Line: 4}, {Output: "dedup", Expected: "d", Actual: "no alert", Path: "rules/login.expect", Line: 5},
	}
	r.Tests = []unittest.Test{r.Tests[0], failed}
	return r
}

var testAnnotation = regexp.MustCompile(`^::error file=[^:,]*,line=\d+,title=[^:,]*::[^\r\n]+$`)

// TestHostileTests: whatever names, values and outputs of tests are, every format stays
// what it is.
func TestHostileTests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile()
		r := &unittest.Result{Detections: 1}
		for range rapid.IntRange(0, 4).Draw(t, "tests") {
			x := unittest.Test{
				ID: "x" + s.Draw(t, "id"), Kind: "rule", Path: "d/" + s.Draw(t, "path"), Line: rapid.IntRange(1, 9).Draw(t, "line"), Name: s.Draw(t, "name"), Main: "rule",
				Status:  rapid.SampledFrom([]unittest.Status{unittest.Passed, unittest.Failed, unittest.Errored, unittest.TimedOut, unittest.Crashed}).Draw(t, "status"),
				Printed: s.Draw(t, "printed"), Reads: []pyrun.Read{{Path: s.Draw(t, "key"), Value: s.Draw(t, "value")}},
			}
			if x.Status != unittest.Passed && x.Status != unittest.Failed {
				x.Errors = []unittest.Error{{Function: "rule", Type: "x" + s.Draw(t, "type"), Message: s.Draw(t, "message"), Trace: []unittest.Frame{{Path: "e/" + s.Draw(t, "file"), Line: 1, Function: s.Draw(t, "function"), Source: s.Draw(t, "source")}}}}
			}
			if x.Status == unittest.Failed {
				x.Unexpected = []unittest.Unexpected{{Output: "title", Expected: s.Draw(t, "expected"), Actual: s.Draw(t, "actual"), Path: "f/" + s.Draw(t, "expect"), Line: 1}}
			}
			text, _ := json.Marshal(s.Draw(t, "title"))
			x.Returned, x.Outputs = pointer(true), map[string]json.RawMessage{"title": text}
			r.Tests = append(r.Tests, x)
		}
		show := func(f report.Format) string {
			return drawn(t, func(b *bytes.Buffer) error {
				return report.Tests(b, r, report.TestsOptions{Format: f, Verbose: rapid.Bool().Draw(t, "verbose"), Outputs: rapid.Bool().Draw(t, "outputs")})
			})
		}
		for _, f := range []report.Format{report.Text, report.JSON, report.JUnit, report.Markdown} {
			for line := range strings.Lines(show(f)) {
				if why := unsafe(strings.TrimSuffix(line, "\n")); why != "" {
					t.Fatalf("%s: %q: %s", f, line, why)
				}
			}
		}
		validate(t, schemas.Test(), show(report.JSON))
		readXML(t, show(report.JUnit))
		checkMarkdown(t, show(report.Markdown))
		lines := strings.Split(strings.TrimSuffix(show(report.GitHub), "\n"), "\n")
		for _, l := range lines[:len(lines)-1] {
			if !testAnnotation.MatchString(l) {
				t.Fatalf("no workflow command: %q", l)
			}
		}
	})
}

// TestInvalidTest: what is wrong with a test says nothing about what it expects.
func TestInvalidTest(t *testing.T) {
	x := &unittest.Test{Status: unittest.Errored, Main: "rule", Errors: []unittest.Error{{Type: "InvalidTest", Message: `test "a" has no "Log"`}}}
	if got := report.TestOutcome(x); got != `test "a" has no "Log"` {
		t.Errorf("got %q", got)
	}
}
