package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/xeipuuv/gojsonschema"
	"pgregory.net/rapid"
)

// sampleFindings are of every sort: each severity, with and without a place, a
// hint, a fix and related places, tabs and wide characters in the line.
func sampleFindings() *lint.Result {
	rule, _ := lint.FindRule("PD107")
	return &lint.Result{
		Files: 1234, Ignored: 1, Known: 2, Elsewhere: 3, Running: []lint.Rule{rule}, Outside: []string{"README.md"},
		Stale: []lint.BaselineEntry{{Rule: "PD107", Path: "rules/old.yml", Message: "gone", Fingerprint: "ff"}},
		Findings: []lint.Finding{
			{
				Rule: "PD107", Severity: lint.Error, Message: `"Severity" can't be "high"`, Hint: "write High", Path: "rules/a b.yml", Entity: "Acme.A",
				Range: lint.Range{Line: 7, Column: 11, EndLine: 7, EndColumn: 15}, Snippet: "Severity: high # so", Fingerprint: "01",
				Fix: &lint.Fix{Title: "write High", Edits: []lint.Edit{{Path: "rules/a b.yml", Start: 60, End: 64, New: "High"}}},
			},
			{
				Rule: "PD201", Severity: lint.Error, Message: "the same id", Path: "rules/b.yml", Fingerprint: "02",
				Range: lint.Range{Line: 2, Column: 3, EndLine: 3, EndColumn: 4}, Snippet: "\t\tRuleID: 日本語",
				Related: []lint.Location{{Path: "rules/c.yml", Range: lint.Range{Line: 1, Column: 2, EndLine: 1, EndColumn: 3}, Message: "here"}, {Path: "rules/d.yml", Message: "there"}},
			},
			{
				Rule: "PD603", Severity: lint.Warning, Message: "a {strange} [sign]", Path: "rules/e.py", Fingerprint: "03",
				Range: lint.Range{Line: 12, Column: 5, EndLine: 12, EndColumn: 7}, Snippet: "\tx =\u202e 日本 # e",
			},
			{Rule: "PD004", Severity: lint.Info, Message: "of the file as a whole", Path: "rules/f.yml", Fingerprint: "04"},
		},
	}
}

func findings(t testing.TB, r *lint.Result, o report.FindingsOptions) string {
	return written(t, func(b *bytes.Buffer) error { return report.Findings(b, r, o) })
}

func TestFindingsGoldens(t *testing.T) {
	for _, f := range report.Formats(report.FindingsView) {
		golden(t, "findings."+string(f), findings(t, sampleFindings(), report.FindingsOptions{Format: f, TextRoot: "../repo", WorkRoot: "detections", Version: "v1"}))
	}
	golden(t, "findings.colour", findings(t, sampleFindings(), report.FindingsOptions{Color: true, Width: 40}))
	clean := &lint.Result{Files: 1}
	for _, f := range []report.Format{report.Text, report.GitHub, report.JUnit, report.Markdown} {
		golden(t, "nofindings."+string(f), findings(t, clean, report.FindingsOptions{Format: f}))
	}
	if out := findings(t, clean, report.FindingsOptions{Quiet: true}); out != "" {
		t.Errorf("nothing found, quietly: %q", out)
	}
	err := report.Findings(io.Discard, clean, report.FindingsOptions{Format: "xml"})
	if err == nil || err.Error() != `findings can't be shown as "xml"; use one of text, concise, json, sarif, github, gitlab, junit, markdown` {
		t.Errorf("got %v", err)
	}
}

func validate(t interface{ Fatalf(string, ...any) }, schema, text string) {
	got, err := gojsonschema.Validate(gojsonschema.NewStringLoader(schema), gojsonschema.NewStringLoader(text))
	if err != nil || !got.Valid() {
		t.Fatalf("%v %v\n%s", err, got.Errors(), text)
	}
}

// TestRealFindingsFollowTheirSchemas lints the bad examples of all rules.
func TestRealFindingsFollowTheirSchemas(t *testing.T) {
	sarif, err := os.ReadFile("testdata/sarif.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range lint.Rules() {
		files := map[string][]byte{}
		for _, f := range lint.Example(r.Doc.Bad) {
			files[f.Path] = []byte(f.Text)
		}
		res, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{Files: files}}, lint.Options{Select: []string{"all"}, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil || len(res.Findings) == 0 {
			t.Fatal(r.ID, err)
		}
		validate(t, string(sarif), findings(t, res, report.FindingsOptions{Format: report.SARIF, Version: "v1"}))
		validate(t, schemas.Lint(), findings(t, res, report.FindingsOptions{Format: report.JSON}))
	}
	// The schemas refuse what is wrong.
	for schema, bad := range map[string]string{
		string(sarif):  strings.Replace(findings(t, sampleFindings(), report.FindingsOptions{Format: report.SARIF}), `"startLine"`, `"startline"`, 1),
		schemas.Lint(): strings.Replace(findings(t, sampleFindings(), report.FindingsOptions{Format: report.JSON}), `"severity": "error"`, `"severity": "bad"`, 1),
	} {
		if got, err := gojsonschema.Validate(gojsonschema.NewStringLoader(schema), gojsonschema.NewStringLoader(bad)); err != nil || got.Valid() {
			t.Errorf("a wrong report passes (%v)", err)
		}
	}
}

func hostileFindings() *rapid.Generator[*lint.Result] {
	s := hostile()
	place := rapid.Custom(func(t *rapid.T) lint.Range {
		if rapid.Bool().Draw(t, "whole") {
			return lint.Range{}
		}
		n := rapid.IntRange(1, 30)
		return lint.Range{Line: n.Draw(t, "line"), Column: n.Draw(t, "column"), EndLine: n.Draw(t, "end line"), EndColumn: n.Draw(t, "end column")}
	})
	return rapid.Custom(func(t *rapid.T) *lint.Result {
		r := &lint.Result{Files: 3, Outside: []string{s.Draw(t, "outside")}}
		for range rapid.IntRange(0, 2).Draw(t, "stale") {
			r.Stale = append(r.Stale, lint.BaselineEntry{Rule: s.Draw(t, "rule"), Path: s.Draw(t, "path"), Message: s.Draw(t, "message"), Fingerprint: "f"})
		}
		for range rapid.IntRange(0, 8).Draw(t, "findings") {
			f := lint.Finding{
				Rule:     rapid.SampledFrom([]string{"PD101", "PD107", "PD201"}).Draw(t, "rule"),
				Severity: rapid.SampledFrom([]lint.Severity{lint.Error, lint.Warning, lint.Info}).Draw(t, "severity"),
				Message:  "x" + s.Draw(t, "message"), Hint: s.Draw(t, "hint"), Path: "d/" + s.Draw(t, "path"), Entity: s.Draw(t, "entity"),
				Range: place.Draw(t, "range"), Snippet: s.Draw(t, "line"), Fingerprint: "f",
			}
			if rapid.Bool().Draw(t, "fixable") {
				f.Fix = &lint.Fix{Title: s.Draw(t, "title"), Edits: []lint.Edit{{Path: "p", New: s.Draw(t, "new")}}}
			}
			if rapid.Bool().Draw(t, "related") {
				f.Related = []lint.Location{{Path: "e" + s.Draw(t, "other"), Range: place.Draw(t, "there"), Message: s.Draw(t, "what")}}
			}
			r.Findings = append(r.Findings, f)
		}
		return r
	})
}

var workflowCommand = regexp.MustCompile(`^::(error|warning|notice) file=[^:,]*(,line=\d+(,col=\d+,endColumn=\d+|,endLine=\d+))?,title=[^:,]*::[^\r\n]+$`)

// Whatever content and paths hold, every format stays what it is.
func TestHostileFindings(t *testing.T) {
	sarif, err := os.ReadFile("testdata/sarif.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		r := hostileFindings().Draw(t, "result")
		o := report.FindingsOptions{Width: rapid.IntRange(0, 100).Draw(t, "width")}
		show := func(f report.Format) string {
			o.Format = f
			return drawn(t, func(b *bytes.Buffer) error { return report.Findings(b, r, o) })
		}
		for _, f := range []report.Format{report.Text, report.JSON, report.SARIF, report.GitLab, report.JUnit, report.Markdown} {
			for line := range strings.Lines(show(f)) {
				if why := unsafe(strings.TrimSuffix(line, "\n")); why != "" {
					t.Fatalf("%s: %q: %s", f, line, why)
				}
			}
		}
		validate(t, schemas.Lint(), show(report.JSON))
		validate(t, string(sarif), show(report.SARIF))

		lines := strings.Split(strings.TrimSuffix(show(report.GitHub), "\n"), "\n")
		if len(lines) != len(r.Findings)+1 {
			t.Fatalf("%d lines for %d findings", len(lines), len(r.Findings))
		}
		for _, l := range lines[:len(r.Findings)] {
			if !workflowCommand.MatchString(l) {
				t.Fatalf("no workflow command: %q", l)
			}
		}

		var quality []struct {
			Description, Fingerprint, Severity string
			CheckName                          string `json:"check_name"`
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		if err := json.Unmarshal([]byte(show(report.GitLab)), &quality); err != nil || len(quality) != len(r.Findings) {
			t.Fatalf("%d entries for %d findings: %v", len(quality), len(r.Findings), err)
		}
		prints := map[string]bool{}
		for _, q := range quality {
			if prints[q.Fingerprint] || q.Location.Lines.Begin < 1 || !slices.Contains([]string{"info", "minor", "critical"}, q.Severity) {
				t.Fatalf("GitLab does not show %+v", q)
			}
			prints[q.Fingerprint] = true
		}

		var suites struct {
			Tests  int `xml:"tests,attr"`
			Suites []struct {
				Cases []struct {
					Name string `xml:"name,attr"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal([]byte(show(report.JUnit)), &suites); err != nil {
			t.Fatalf("%v in\n%s", err, show(report.JUnit))
		}
		if suites.Tests != max(len(r.Findings), 1) {
			t.Fatalf("%d cases for %d findings", suites.Tests, len(r.Findings))
		}

		var back struct {
			Findings []struct {
				Message, Path string
			}
		}
		if err := json.Unmarshal([]byte(show(report.JSON)), &back); err != nil {
			t.Fatal(err)
		}
		for i, f := range back.Findings {
			if want := strings.ToValidUTF8(r.Findings[i].Message, "\ufffd"); strings.ToValidUTF8(f.Message, "\ufffd") != want && !strings.Contains(r.Findings[i].Message, "\xff") {
				t.Fatalf("the message %q reads back as %q", r.Findings[i].Message, f.Message)
			}
		}

		for line := range strings.Lines(show(report.Markdown)) {
			line = strings.TrimSuffix(line, "\n")
			cells := []string{line}
			if strings.HasPrefix(line, "|") {
				if cells = strings.Split(line, "|"); len(cells) != 6 {
					t.Fatalf("the row %q has %d cells", line, len(cells)-2)
				}
			}
			for _, c := range cells {
				c = regexp.MustCompile(`\[PD\d+\]\(https://[a-z./-]*#pd\d+\)|<br>`).ReplaceAllString(c, " ")
				if rest := unquoted(c); !ours.MatchString(rest) || strings.Contains(rest, "EVIL") {
					t.Fatalf("the line %q has %q outside quotes", line, rest)
				}
			}
		}
	})
}

// The marks are under what they mark, whatever comes before.
func TestCarets(t *testing.T) {
	for _, c := range []struct {
		line        string
		column, end int
		width       int
		want        string
	}{
		{"Severity: high", 11, 15, 0, "Severity: high\n          ^~~~"},
		{"\tx: y", 5, 6, 0, "    x: y\n       ^"},
		{"a: \ty", 5, 6, 0, "a:     y\n       ^"},
		{"日本: 語語 x", 5, 7, 0, "日本: 語語 x\n      ^~~~"},
		{"e\u0301x: y", 6, 7, 0, "e\u0301x: y\n    ^"},
		{"👩 = 1", 1, 2, 0, "👩 = 1\n^~"},
		{"a\x1bb: c", 6, 7, 0, "a\\x1bb: c\n        ^"},
		{"short", 6, 7, 0, "short\n     ^"},
		{"short", 99, 100, 0, "short\n     ^"},
		{"whole", 3, 0, 0, "whole\n  ^~~"},
		{"", 1, 1, 0, "\n^"},
		{strings.Repeat("a", 60) + "TARGET" + strings.Repeat("b", 60), 61, 67, 46, "…aaaaaaaaaaaaaaaaaTARGETbbbbbbbbbbbbbbbbb…\n                  ^~~~~~"},
		{"TARGET" + strings.Repeat("b", 60), 1, 7, 46, ""},
		{strings.Repeat("a", 60) + "TARGET", 61, 67, 46, ""},
	} {
		endLine := 1
		if c.end == 0 {
			endLine = 2
		}
		r := &lint.Result{Findings: []lint.Finding{{Rule: "PD101", Severity: lint.Error, Path: "a", Message: "m", Snippet: c.line, Range: lint.Range{Line: 1, Column: c.column, EndLine: endLine, EndColumn: c.end}}}}
		lines := strings.Split(findings(t, r, report.FindingsOptions{Width: c.width}), "\n")
		if c.line == "" {
			continue // nothing to show
		}
		got := strings.TrimPrefix(lines[1], "  1 | ") + "\n" + strings.TrimPrefix(lines[2], "    | ")
		if c.want == "" {
			mark := strings.IndexByte(lines[2], '^')
			if text := []rune(lines[1]); string(text[mark:mark+6]) != "TARGET" || strings.Count(lines[2], "~") != 5 {
				t.Errorf("the marks miss their target:\n%s\n%s", lines[1], lines[2])
			}
			continue
		}
		if got != c.want {
			t.Errorf("%q at %d:\n%s\nwant\n%s", c.line, c.column, got, c.want)
		}
	}
}

// A report for a pull request is never longer than asked for.
func TestFindingsMarkdownIsBounded(t *testing.T) {
	r := sampleFindings()
	for range 400 {
		r.Findings = append(r.Findings, r.Findings[0])
	}
	md := findings(t, r, report.FindingsOptions{Format: report.Markdown, MaxSize: 8_000})
	if len(md) > 8_000 || !strings.Contains(md, " findings are omitted to limit the size.\n") {
		t.Errorf("%d bytes:\n%s", len(md), md)
	}
	if rows := strings.Count(md, "\n| warning |"); rows != 0 {
		t.Errorf("%d warnings stand where errors had no room", rows)
	}
}
