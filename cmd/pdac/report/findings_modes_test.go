package report_test

import (
	"io"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint"
)

// crowded has several findings at one place, of a rule of its own too.
func crowded() *lint.Result {
	at := lint.Range{Line: 7, Column: 11, EndLine: 7, EndColumn: 15}
	f := func(rule, message string, s lint.Severity) lint.Finding {
		return lint.Finding{Rule: rule, Severity: s, Message: message, Path: "rules/a b.yml", Range: at, Snippet: "Severity: high", Fingerprint: rule}
	}
	fixed := f("PD107", "one", lint.Error)
	fixed.Fix = &lint.Fix{Title: "write High"}
	other := f("PD505", "elsewhere", lint.Warning)
	other.Range = lint.Range{Line: 8, Column: 1, EndLine: 8, EndColumn: 2}
	return &lint.Result{Files: 2, Running: []lint.Rule{{ID: "ACME01", Name: "house-acme01"}}, Findings: []lint.Finding{
		fixed, f("PD505", "two", lint.Warning), f("ACME01", "three", lint.Info), other,
	}}
}

func TestFindingsAtOnePlaceShareTheirLine(t *testing.T) {
	want := `rules/a b.yml:7:11: error PD107 bad-enum: one
  7 | Severity: high
    |           ^~~~
  fix: write High (apply it with --fix)
rules/a b.yml:7:11: warning PD505 no-runbook: two
rules/a b.yml:7:11: info ACME01: three

rules/a b.yml:8:1: warning PD505 no-runbook: elsewhere
  8 | Severity: high
    | ^

1 error, 2 warnings, 1 info in 2 files (1 fixable with --fix).
`
	if got := findings(t, crowded(), report.FindingsOptions{}); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestConcise(t *testing.T) {
	want := `rules/a b.yml:7:11: error PD107 bad-enum: one [fixable]
rules/a b.yml:7:11: warning PD505 no-runbook: two
rules/a b.yml:7:11: info ACME01: three
rules/a b.yml:8:1: warning PD505 no-runbook: elsewhere
`
	if got := findings(t, crowded(), report.FindingsOptions{Format: report.Concise, Quiet: true}); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := findings(t, crowded(), report.FindingsOptions{Format: report.Concise}); got != want+"1 error, 2 warnings, 1 info in 2 files (1 fixable with --fix).\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestStatistics(t *testing.T) {
	want := `findings  fixable  files  severity  rule    name
       2        0      1  warning   PD505   no-runbook
       1        0      1  info      ACME01  house-acme01
       1        1      1  error     PD107   bad-enum

1 error, 2 warnings, 1 info in 2 files (1 fixable with --fix).
`
	o := report.FindingsOptions{Statistics: true}
	if got := findings(t, crowded(), o); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := findings(t, &lint.Result{Files: 1}, o); got != "No findings in 1 file.\n" {
		t.Errorf("got %q", got)
	}
	o.Format = report.JSON
	if got := findings(t, &lint.Result{Files: 1}, o); !strings.Contains(got, `"statistics": []`) {
		t.Errorf("got %s", got)
	}
	o.Format = report.SARIF
	if err := report.Findings(io.Discard, crowded(), o); err == nil || err.Error() != `statistics can't be shown as "sarif"; use one of text, json` {
		t.Error(err)
	}
}

// TestJUnitCountsWhatFails: a warning is a skipped case, unless --fail-on makes it fail.
func TestJUnitCountsWhatFails(t *testing.T) {
	for on, want := range map[lint.Severity]string{
		"": `failures="1" errors="0" skipped="3"`, lint.Error: `failures="1" errors="0" skipped="3"`, lint.Warning: `failures="3" errors="0" skipped="1"`,
		lint.Info: `failures="4" errors="0"`, report.FailNever: `failures="0" errors="0" skipped="4"`,
	} {
		got := findings(t, crowded(), report.FindingsOptions{Format: report.JUnit, FailOn: on})
		if !strings.Contains(got, `<testsuites name="pdac lint" tests="4" `+want) {
			t.Errorf("--fail-on %s: %s", on, got)
		}
		if on == "" && (!strings.Contains(got, `<skipped message="warning: two">`) || !strings.Contains(got, `<property name="severity" value="warning">`)) {
			t.Errorf("a warning is not visible:\n%s", got)
		}
	}
}

// TestLinksEndWhereTheyBegin: nothing of a path can leave the link, and nothing is linked
// without being asked for.
func TestLinksEndWhereTheyBegin(t *testing.T) {
	r := crowded()
	r.Findings = r.Findings[:1]
	r.Findings[0].Path = "rules/\x1b\\ü?#%.yml"
	o := report.FindingsOptions{Format: report.Concise, Quiet: true, Links: report.Hyperlinks{On: true, Root: "/home/ada/a repo", Host: "box"}}
	want := "\x1b]8;;file://box/home/ada/a%20repo/rules/%1B%5C%C3%BC%3F%23%25.yml\x1b\\rules/\\x1b\\ü?#%.yml:7:11\x1b]8;;\x1b\\: error " +
		"\x1b]8;;https://github.com/pdac-dev/pdac/blob/main/docs/rules.md#pd107\x1b\\PD107\x1b]8;;\x1b\\ bad-enum: one [fixable]\n"
	if got := findings(t, r, o); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	o.Links.Root = "C:/repo"
	if got := findings(t, r, o); !strings.Contains(got, "file://box/C:/repo/rules/") {
		t.Errorf("%q", got)
	}
	o.Links = report.Hyperlinks{}
	if got := findings(t, r, o); strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}
