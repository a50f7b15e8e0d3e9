package report_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/pymutate"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/schemas"
	"pgregory.net/rapid"
)

// sampleMutants has every kind of change and every status.
func sampleMutants() *unittest.MutationResult {
	of := func(k pymutate.Kind, line int, code string, s unittest.MutantStatus, change func(*unittest.Mutant)) unittest.Mutant {
		m := unittest.Mutant{Mutant: pymutate.Mutant{Kind: k, Line: line, Column: 5, EndLine: line, Code: code}, Status: s}
		if s == unittest.Survived {
			m.Catch = &unittest.CatchingTest{Base: "an admin", Line: 9, Set: []pyrun.Set{{Path: []any{"user", "names", float64(0)}, Value: `"other"`}, {Path: []any{"ip"}, Missing: true}}}
		}
		if change != nil {
			change(&m)
		}
		return m
	}
	operators := func(from, to string) func(*unittest.Mutant) {
		return func(m *unittest.Mutant) { m.SetOperators(from, to) }
	}
	return &unittest.MutationResult{
		Tests: &unittest.Result{Python: sampleTests().Python, Specs: 9, Detections: 4}, Took: 1234 * time.Millisecond,
		Detections: []unittest.MutatedDetection{
			{ID: "Acme.Bucket", Kind: "policy", Spec: "policies/bucket.yml", Path: "policies/bucket.py", Mutants: []unittest.Mutant{
				of(pymutate.AlwaysTrue, 3, "not resource['open']", unittest.Survived, func(m *unittest.Mutant) { m.Catch.Expected = false }),
			}},
			{ID: "Acme.Login", Kind: "rule", Spec: "rules/login.yml", Path: "rules/login.py", Cached: true, Mutants: []unittest.Mutant{
				of(pymutate.Value, 1, `"a"`, unittest.Survived, func(m *unittest.Mutant) {
					m.Values, m.Catch.Expected = []string{`"a"`, `"b"`, `"c"`, `"d"`, `"e"`, `"f"`}, true
				}),
				of(pymutate.Value, 2, `"a"`, unittest.Survived, func(m *unittest.Mutant) { m.Values = []string{`"a"`} }),
				of(pymutate.AlwaysFalse, 3, `event.get("type") != "login"`, unittest.Survived, nil),
				of(pymutate.AlwaysTrue, 4, "is_admin(event)", unittest.Survived, func(m *unittest.Mutant) { m.Both = true }),
				of(pymutate.Operator, 5, "a and b", unittest.Survived, operators("and", "or")),
				of(pymutate.Boundary, 6, "n > 5", unittest.Survived, operators(">", ">=")),
				of(pymutate.Constant, 7, "False", unittest.Survived, func(m *unittest.Mutant) { m.Text = "True" }),
				of(pymutate.AlwaysTrue, 8, "x is None", unittest.Undecided, nil),
				of(pymutate.AlwaysTrue, 9, "y is None", unittest.Accepted, func(m *unittest.Mutant) { m.Reason = "the order does not matter" }),
				of(pymutate.AlwaysTrue, 10, "z", unittest.Noticed, func(m *unittest.Mutant) { m.By, m.Test = pyrun.ByValue, "an admin" }),
				of(pymutate.AlwaysFalse, 10, "z", unittest.Noticed, func(m *unittest.Mutant) { m.By = pyrun.ByTimeout }),
			}},
			{ID: "Acme.Full", Kind: "simple_rule", Spec: "rules/full.yml", Path: "rules/full.yml", Mutants: []unittest.Mutant{
				of(pymutate.AlwaysTrue, 7, "a Equals x", unittest.Noticed, func(m *unittest.Mutant) { m.By, m.Test = pyrun.ByValue, "no match" }),
			}},
			{ID: "Acme.Constant", Kind: "rule", Spec: "rules/constant.yml", Path: "rules/constant.py"},
		},
		NotMutated: []unittest.NotMutated{{ID: "Acme.Failed", Spec: "rules/failed.yml", Reason: `its test "x" does not pass`},
			{ID: "Acme.A", Spec: "rules/a.yml", Reason: "a test was not run: needs Python"}, {ID: "Acme.B", Spec: "rules/b.yml", Reason: "a test was not run: needs Python"},
			{ID: "Acme.C", Spec: "rules/c.yml", Reason: "a test was not run: needs Python"}, {ID: "Acme.D", Spec: "rules/d.yml", Reason: "a test was not run: needs Python"},
			{ID: "Acme.E", Spec: "rules/e.yml", Reason: "a test was not run: needs Python"}, {ID: "Acme.F", Spec: "rules/f.yml", Reason: "a test was not run: needs Python"}},
		Unused: []unittest.UnusedAccept{{Path: "rules/login.py", Line: 12, Message: "the comment accepts no change: tests notice all changes of that line; remove it"}},
	}
}

func mutants(t testing.TB, r *unittest.MutationResult, o report.MutantsOptions) string {
	return written(t, func(b *bytes.Buffer) error { return report.Mutants(b, r, o) })
}

func TestMutantsGoldens(t *testing.T) {
	for _, f := range report.Formats(report.MutantsView) {
		golden(t, "mutants."+string(f), mutants(t, sampleMutants(), report.MutantsOptions{TestsOptions: report.TestsOptions{Format: f, TextRoot: "../repo", WorkRoot: "detections"}}))
	}
	golden(t, "mutants.verbose", mutants(t, sampleMutants(), report.MutantsOptions{TestsOptions: report.TestsOptions{Color: true, Verbose: true, Timed: true}, MinScore: 80}))
	validate(t, schemas.Mutants(), mutants(t, sampleMutants(), report.MutantsOptions{TestsOptions: report.TestsOptions{Format: report.JSON}}))
	none := &unittest.MutationResult{Tests: &unittest.Result{}}
	if got := mutants(t, none, report.MutantsOptions{}); got != "Tests notice 100% (0 of 0 changes) in 0 detections.\n" {
		t.Errorf("got %q", got)
	}
	if got := mutants(t, none, report.MutantsOptions{TestsOptions: report.TestsOptions{Quiet: true}}); got != "" {
		t.Errorf("nothing to say, quietly: %q", got)
	}
	large := sampleMutants()
	for range 9 {
		large.Detections = append(large.Detections, sampleMutants().Detections...)
	}
	small := mutants(t, large, report.MutantsOptions{TestsOptions: report.TestsOptions{Format: report.Markdown, MaxSize: 1}})
	if !strings.HasSuffix(small, " entries are omitted to limit the size.\n") || len(small) > 8000 || len(small) < 7000 {
		t.Errorf("got %d bytes:\n%s", len(small), small)
	}
	err := report.Mutants(io.Discard, none, report.MutantsOptions{TestsOptions: report.TestsOptions{Format: "html"}})
	if err == nil || err.Error() != `mutation results can't be shown as "html"; use one of text, json, github, markdown` {
		t.Errorf("got %v", err)
	}
}

func coveredLines(list ...[3]int) (out []unittest.CoveredLine) {
	for _, l := range list {
		out = append(out, unittest.CoveredLine{Line: l[0], EndLine: l[1], Hits: l[2]})
	}
	return out
}

// sampleLines is the coverage of three files.
func sampleLines() *unittest.CoverageResult {
	return &unittest.CoverageResult{
		Tests: &unittest.Result{Python: sampleTests().Python, Specs: 9, Detections: 4}, Took: 1234 * time.Millisecond, Partial: 2,
		Files: []unittest.CoveredFile{
			{Path: "global_helpers/acme.py", Role: "global", Source: "LIMIT = 1\ndef who(event):\n    if (\n        event['<n>']\n    ):\n        return 1\n\n    return 2\ndef who(): pass\n",
				Lines:     coveredLines([3]int{1, 1, 1200}, [3]int{3, 4, 2}, [3]int{6, 6, 0}, [3]int{8, 8, 2}, [3]int{9, 9, 0}),
				Functions: []unittest.CoveredFunction{{Name: "who", Line: 2, EndLine: 8, Hits: 2}, {Name: "who", Line: 9, EndLine: 9, Hits: 0}, {Name: "other", Line: 9, EndLine: 9, Hits: 0}}},
			{Path: "rules/broken.py", Role: "detection", Source: "def rule(:\n", Fault: "line 1: invalid syntax"},
			{Path: "rules/full.py", Role: "detection", Source: "def rule(event):\n    return True\n", Lines: coveredLines([3]int{2, 2, 1}), Functions: []unittest.CoveredFunction{{Name: "rule", Line: 1, EndLine: 2, Hits: 1}}},
			{Path: "rules/none.py", Role: "detection", Source: "import x\ndef rule(event):\n    return True", Lines: coveredLines([3]int{1, 1, 0}, [3]int{3, 3, 0}), Functions: []unittest.CoveredFunction{{Name: "rule", Line: 2, EndLine: 3, Hits: 0}}},
		},
	}
}

func lines(t testing.TB, r *unittest.CoverageResult, o report.LinesOptions) string {
	return written(t, func(b *bytes.Buffer) error { return report.Lines(b, r, o) })
}

func TestLinesGoldens(t *testing.T) {
	for _, f := range report.Formats(report.LinesView) {
		golden(t, "lines."+string(f), lines(t, sampleLines(), report.LinesOptions{TestsOptions: report.TestsOptions{Format: f, TextRoot: "../repo", WorkRoot: "detections"}, MinCoverage: 50}))
	}
	if got := lines(t, &unittest.CoverageResult{Tests: &unittest.Result{}}, report.LinesOptions{TestsOptions: report.TestsOptions{Quiet: true}}); got != "" {
		t.Errorf("nothing to say, quietly: %q", got)
	}
	failing := sampleLines()
	failing.Tests = sampleTests()
	golden(t, "lines.verbose", lines(t, failing, report.LinesOptions{TestsOptions: report.TestsOptions{Color: true, Verbose: true, Timed: true}, MinCoverage: 80}))
	validate(t, schemas.Lines(), lines(t, failing, report.LinesOptions{TestsOptions: report.TestsOptions{Format: report.JSON}}))
	err := report.Lines(io.Discard, failing, report.LinesOptions{TestsOptions: report.TestsOptions{Format: "sarif"}})
	if err == nil || err.Error() != `line coverage can't be shown as "sarif"; use one of text, json, markdown, html, lcov` {
		t.Errorf("got %v", err)
	}
}

// testLinesPage: the page of line coverage filters its files, and runs no other script.
func testLinesPage(t *testing.T, b *browser) {
	const shown = `Array.from(document.querySelectorAll(".file")).filter((f) => !f.hidden).map((f) => f.dataset.path).join(" ") + ", " + document.getElementById("shown").textContent`
	check := func(what, want string) {
		t.Helper()
		if got := ask[string](b, shown); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	b.open("/lines")
	check("files with gaps", "global_helpers/acme.py rules/broken.py rules/none.py, 3 of 4 files")
	ask[bool](b, `document.getElementById("gaps").click() === undefined`)
	check("all", "global_helpers/acme.py rules/broken.py rules/full.py rules/none.py, 4 of 4 files")
	ask[bool](b, `(() => { const f = document.getElementById("find"); f.value = "RULES/F"; return f.dispatchEvent(new Event("input")); })()`)
	check("by path", "rules/full.py, 1 of 4 files")
	if got := ask[string](b, `Array.from(document.querySelectorAll(".miss th")).map((x) => x.textContent).join(" ")`); got != "6 9 1 3" {
		t.Errorf("the lines %s are marked", got)
	}
	b.check("lines")
	b.picture("page-lines")
}

var (
	mutantAnnotation = regexp.MustCompile(`^::warning file=[^:,]*,line=\d+,title=[^:,]*::[^\r\n]+$`)
	lcovLine         = regexp.MustCompile(`^(TN:|SF:.+|FN:\d+,.+|FNDA:\d+,.+|FN[FH]:\d+|DA:\d+,\d+|L[FH]:\d+|end_of_record)$`)
)

// TestHostileMutants: whatever code, names and values are, every format stays what it is.
func TestHostileMutants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile()
		r := &unittest.MutationResult{Tests: &unittest.Result{}}
		c := &unittest.CoverageResult{Tests: &unittest.Result{}}
		for range rapid.IntRange(0, 3).Draw(t, "detections") {
			d := unittest.MutatedDetection{ID: "x" + s.Draw(t, "id"), Kind: "rule", Spec: "d/" + s.Draw(t, "spec"), Path: "d/" + s.Draw(t, "path")}
			for range rapid.IntRange(0, 3).Draw(t, "mutants") {
				m := unittest.Mutant{
					Mutant: pymutate.Mutant{Kind: rapid.SampledFrom([]pymutate.Kind{"always_true", "value", "constant", "operator"}).Draw(t, "kind"), Line: 1, Column: 1, EndLine: 1, Code: s.Draw(t, "code"), Text: s.Draw(t, "text")},
					Status: rapid.SampledFrom([]unittest.MutantStatus{"survived", "undecided", "accepted"}).Draw(t, "status"), Values: []string{s.Draw(t, "value")}, Reason: s.Draw(t, "reason"),
				}
				m.SetOperators(s.Draw(t, "from"), s.Draw(t, "to"))
				if m.Status == "survived" {
					m.Catch = &unittest.CatchingTest{Base: s.Draw(t, "base"), Set: []pyrun.Set{{Path: []any{s.Draw(t, "key"), float64(1)}, Value: `"x"`}}}
				}
				d.Mutants = append(d.Mutants, m)
			}
			r.Detections = append(r.Detections, d)
			r.NotMutated = append(r.NotMutated, unittest.NotMutated{ID: "y" + s.Draw(t, "other"), Spec: "e/" + s.Draw(t, "spec"), Reason: "z" + s.Draw(t, "why")})
			c.Files = append(c.Files, unittest.CoveredFile{Path: d.Path, Role: "global", Source: s.Draw(t, "source"), Lines: coveredLines([3]int{1, 1, 0}, [3]int{2, 3, 1}), Functions: []unittest.CoveredFunction{}, Fault: rapid.SampledFrom([]string{"", "EVIL"}).Draw(t, "fault")})
		}
		o := report.TestsOptions{Verbose: rapid.Bool().Draw(t, "verbose")}
		show := func(f report.Format) string {
			o.Format = f
			return drawn(t, func(b *bytes.Buffer) error { return report.Mutants(b, r, report.MutantsOptions{TestsOptions: o}) })
		}
		cover := func(f report.Format) string {
			o.Format = f
			return drawn(t, func(b *bytes.Buffer) error { return report.Lines(b, c, report.LinesOptions{TestsOptions: o}) })
		}
		for _, text := range []string{show(report.Text), show(report.JSON), show(report.Markdown), cover(report.Text), cover(report.JSON), cover(report.LCOV), cover(report.HTML)} {
			for line := range strings.Lines(text) {
				if why := unsafe(strings.TrimSuffix(line, "\n")); why != "" {
					t.Fatalf("%q: %s", line, why)
				}
			}
		}
		validate(t, schemas.Mutants(), show(report.JSON))
		validate(t, schemas.Lines(), cover(report.JSON))
		checkMarkdown(t, show(report.Markdown))
		annotations := strings.Split(strings.TrimSuffix(show(report.GitHub), "\n"), "\n")
		for _, l := range annotations[:len(annotations)-1] {
			if !mutantAnnotation.MatchString(l) {
				t.Fatalf("no workflow command: %q", l)
			}
		}
		for l := range strings.Lines(cover(report.LCOV)) {
			if !lcovLine.MatchString(strings.TrimSuffix(l, "\n")) {
				t.Fatalf("not of a tracefile: %q", l)
			}
		}
		if page := cover(report.HTML); strings.Contains(page, "<script>alert") || strings.Count(page, "<script>") != 1 {
			t.Fatalf("a page with other scripts:\n%s", page)
		}
	})
}
