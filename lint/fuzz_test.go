package lint

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/repo"
)

// FuzzIgnore reads comments of any form: what it says of them must be inside
// them, name rules that there are, and be the same for the same words in another
// place.
func FuzzIgnore(f *testing.F) {
	for _, s := range []string{
		"# pdac:ignore PD203 -- reason", "# pdac:ignore PD107,PD110 until=2026-12-31 -- a -- b", "#pdac:ignore", "# pdac: ignore PD1", "# pdac:ignroe PD107",
		"# pdac:ignore PD107 until=2026-02-30", "# pdac:ignore bad-enum, bad-enum", "# pdac:ignore PD001", "# pdac:", "#  pdac:ignore\tPD107\t--", "# pdac:ignore é -- 日本", "# pdac:ignore PD107 until=2026-01-01 until=2026-01-02", "# pdac:ignore --", "# pdac:ignore PD107--x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := parseIgnore(text, builtIn())
		inside := func(s span) {
			if s.start < 0 || s.end < s.start || s.end > len(text) {
				t.Fatalf("%q: a place %d-%d outside of it", text, s.start, s.end)
			}
		}
		for _, r := range p.rules {
			inside(r)
			found, ok := builtIn().find(r.text)
			if written := text[r.start:r.end]; !ok || !strings.EqualFold(written, found.ID) && !strings.EqualFold(written, found.Name) {
				t.Fatalf("%q: %q stands for %s", text, written, r.text)
			}
		}
		for _, g := range p.faults {
			inside(g.span)
			if g.message == "" || g.hint == "" {
				t.Fatalf("%q: a fault without words: %+v", text, g)
			}
		}
		inside(p.untilAt)
		if !p.isDirected && (len(p.rules) > 0 || len(p.faults) > 0) {
			t.Fatalf("%q says nothing to pdac, and is read: %+v", text, p)
		}
		if p.isDirected && len(p.rules) == 0 && len(p.faults) == 0 && !p.mutants {
			t.Fatalf("%q turns nothing off, and nothing is said of it", text)
		}
	})
}

// checkRun lints one file and compares what it says with the file.
func checkRun(t *testing.T, path, text string) {
	o := Options{Select: []string{"all"}, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Workers: 1, Content: repo.Options{Include: []string{"**"}}}
	in := Input{Tree: repo.Overlay{Files: map[string][]byte{path: []byte(text)}}}
	res, err := Run(context.Background(), in, o)
	if err != nil {
		t.Fatal(err)
	}
	src := newSource(path, []byte(text))
	for _, f := range res.Findings {
		r := f.Range
		if f.Path != path || f.Message == "" || r.Line < 0 || r.Line > src.Lines() || r.EndLine < r.Line || r.EndLine == r.Line && r.EndColumn < r.Column {
			t.Fatalf("%+v is outside %q", f, text)
		}
		if r.Line > 0 && (r.Column < 1 || r.Column > utf8.RuneCountInString(src.Line(r.Line))+2) {
			t.Fatalf("column %d of line %q: %+v", r.Column, src.Line(r.Line), f)
		}
	}
	fixed, err := FixAll(context.Background(), in, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(fixed.Refused) > 0 {
		t.Fatalf("refused: %v", fixed.Refused)
	}
}

// FuzzLintYAML looks at any YAML file with all rules: nothing breaks down, every
// finding is in the file, and no fix has to be refused.
func FuzzLintYAML(f *testing.F) {
	for _, r := range Rules() {
		for _, x := range append(Example(r.Doc.Bad), Example(r.Doc.Good)...) {
			if strings.HasSuffix(x.Path, ".yml") {
				f.Add(x.Text)
			}
		}
	}
	f.Add("AnalysisType: rule # pdac:ignore PD107 -- x\nSeverity: 'it''s # no' # pdac:ignore PD107\nDescription: |2\n   # pdac:ignore PD1\n\r\r\n\u2028x: high\n")
	f.Fuzz(func(t *testing.T, text string) { checkRun(t, "rules/a.yml", text) })
}

// FuzzLintPython is the same for Python files.
func FuzzLintPython(f *testing.F) {
	for _, r := range Rules() {
		for _, x := range append(Example(r.Doc.Bad), Example(r.Doc.Good)...) {
			if strings.HasSuffix(x.Path, ".py") {
				f.Add(x.Text)
			}
		}
	}
	f.Add("# pdac:ignore PD301 -- x\nx = '''# pdac:ignore PD1'''  # pdac:ignore PD603\rf'{x!r:{y}}'\n")
	f.Fuzz(func(t *testing.T, text string) { checkRun(t, "rules/a.py", text) })
}
