package lint_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected findings of testdata")

// caseOf is one file of testdata. The text before the first file may hold
// lines "select: PD203,PD204" (default: the rule alone) and "now: 2026-12-31".
// The file "pdac.yaml" is the configuration, "want" what is found, and
// "fixed/PATH" what a file is after all fixes.
type caseOf struct {
	archive *txtar.Archive
	files   map[string][]byte
	want    string
	fixed   map[string]string
	sel     string
	now     time.Time
	cfg     *config.Config
}

func readCase(t *testing.T, rule, path string) caseOf {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := caseOf{archive: a, files: map[string][]byte{}, fixed: map[string]string{}, sel: rule, now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), cfg: config.Default()}
	for line := range strings.Lines(string(a.Comment)) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "select:"); ok {
			c.sel = strings.TrimSpace(v)
		}
		if v, ok := strings.CutPrefix(line, "now:"); ok {
			if c.now, err = time.Parse(time.DateOnly, strings.TrimSpace(v)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, f := range a.Files {
		switch p, isFixed := strings.CutPrefix(f.Name, "fixed/"); {
		case isFixed:
			c.fixed[p] = string(f.Data)
		case f.Name == "want":
			c.want = string(f.Data)
		case f.Name == "pdac.yaml":
			if c.cfg, err = config.Parse(f.Data); err != nil {
				t.Fatal(err)
			}
		default:
			c.files[f.Name] = f.Data
		}
	}
	return c
}

func (c caseOf) options(t *testing.T) lint.Options {
	t.Helper()
	return lint.Options{Config: c.cfg.Lint, SQL: string(c.cfg.Deploy.SQL), Select: []string{c.sel}, Now: c.now}
}

// render writes findings the way that testdata has them.
func render(fs []lint.Finding) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "%s:%d:%d-%d:%d: %s %s: %s\n", f.Path, f.Range.Line, f.Range.Column, f.Range.EndLine, f.Range.EndColumn, f.Severity, f.Rule, f.Message)
		if f.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", f.Hint)
		}
		for _, r := range f.Related {
			fmt.Fprintf(&b, "  related: %s:%s: %s\n", r.Path, r.Range, r.Message)
		}
		if f.Fix != nil {
			fmt.Fprintf(&b, "  fix: %s\n", f.Fix.Title)
		}
	}
	return b.String()
}

// TestRules runs every rule over its testdata: at least one file bad*.txtar, in
// which the rule must find something, and one good*.txtar, in which it must not.
func TestRules(t *testing.T) {
	for _, r := range lint.Rules() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			for _, kind := range []string{"bad", "good"} {
				paths, err := filepath.Glob(filepath.Join("testdata", r.ID, kind+"*.txtar"))
				if err != nil || len(paths) == 0 {
					t.Errorf("rule %s has no testdata/%s/%s*.txtar; add one (%v)", r.ID, r.ID, kind, err)
				}
				for _, p := range paths {
					t.Run(strings.TrimSuffix(filepath.Base(p), ".txtar"), func(t *testing.T) { testCase(t, r, kind == "bad", p) })
				}
			}
		})
	}
}

func testCase(t *testing.T, r lint.Rule, bad bool, path string) {
	c := readCase(t, r.ID, path)
	o := c.options(t)
	in := lint.Input{Tree: repo.Overlay{Files: c.files}}
	res, err := lint.Run(t.Context(), in, o)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range res.Findings {
		if f.Rule == r.ID {
			found++
		}
		if f.Fix != nil && !r.Fixable {
			t.Errorf("%s comes with a fix, and the rule isn't Fixable", f.Where())
		}
		if strings.HasSuffix(f.Message, ".") || f.Message == "" {
			t.Errorf("the message %q is empty, or ends with a full stop", f.Message)
		}
	}
	if bad != (found > 0) {
		t.Errorf("%s: the rule finds %d times", path, found)
	}
	got := render(res.Findings)
	fixed, err := lint.FixAll(t.Context(), in, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fixed.Refused {
		t.Errorf("a fix is refused: %s", f)
	}
	if *update {
		c.write(t, path, got, fixed)
		return
	}
	if diff := cmp.Diff(c.want, got); diff != "" {
		t.Errorf("%s: what is found differs from \"want\"; look at it, and run the test with -update if it is right (-want +got):\n%s", path, diff)
	}
	after := map[string]string{}
	for p, text := range fixed.Files {
		after[p] = string(text)
	}
	if diff := cmp.Diff(c.fixed, after); diff != "" {
		t.Errorf("%s: what the fixes make of it differs (-want +got):\n%s", path, diff)
	}
	if len(fixed.Files) > 0 {
		again, err := lint.FixAll(t.Context(), lint.Input{Tree: repo.Overlay{Base: in.Tree, Files: fixed.Files}}, o)
		if err != nil || len(again.Files) > 0 {
			t.Errorf("%s: fixing twice changes more: %v %v", path, again, err)
		}
	}
}

// write puts what is found into the file.
func (c caseOf) write(t *testing.T, path, got string, fixed *lint.Fixed) {
	t.Helper()
	var files []txtar.File
	for _, f := range c.archive.Files {
		if f.Name != "want" && !strings.HasPrefix(f.Name, "fixed/") {
			files = append(files, f)
		}
	}
	if got != "" {
		files = append(files, txtar.File{Name: "want", Data: []byte(got)})
	}
	for _, p := range fixed.Paths() {
		files = append(files, txtar.File{Name: "fixed/" + p, Data: fixed.Files[p]})
	}
	c.archive.Files = files
	if err := os.WriteFile(path, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRulesAreDocumented checks the texts of pdac's own rules. Their form is
// checked for every rule, when a run begins.
func TestRulesAreDocumented(t *testing.T) {
	for _, r := range lint.Rules() {
		if r.Family() == "Custom rules" {
			t.Errorf("%s: there is no such family", r.ID)
		}
		if !strings.HasSuffix(r.Doc.What, ".") || !strings.HasSuffix(r.Doc.Why, ".") {
			t.Errorf("%s: What and Why must be sentences", r.ID)
		}
		for _, o := range r.Options {
			if !strings.HasSuffix(o.Doc, ".") {
				t.Errorf("%s: option %q has no sentence that explains it", r.ID, o.Name)
			}
		}
		for _, ex := range []struct {
			name, text string
			bad        bool
		}{{"Bad", r.Doc.Bad, true}, {"Good", r.Doc.Good, false}} {
			if len(lint.Example(ex.text)) == 0 {
				t.Errorf("%s: Doc.%s holds no file; begin each with a line -- path --", r.ID, ex.name)
				continue
			}
			res, err := lint.LintExample(t.Context(), r, ex.text)
			if err != nil {
				t.Fatal(err)
			}
			if (len(res.Findings) > 0) != ex.bad {
				t.Errorf("%s: in Doc.%s the rule finds:\n%s", r.ID, ex.name, render(res.Findings))
			}
		}
	}
}

// TestNoTestdataWithoutRule finds folders that outlived their rule.
func TestNoTestdataWithoutRule(t *testing.T) {
	folders, err := filepath.Glob("testdata/PD*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if _, err := lint.FindRule(filepath.Base(f)); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}
