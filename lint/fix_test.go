package lint_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

// fixableFaults make findings that come with fixes, each among things that a careless
// edit would lose: comments, quotes, blanks, line ends.
var fixableFaults = []func(string) string{
	func(s string) string { return strings.Replace(s, "Severity: High", "Severity: high", 1) },
	func(s string) string { return strings.Replace(s, "Severity: Medium", "Severity:   'MEDIUM'  # why", 1) },
	func(s string) string { return strings.Replace(s, "Severity: Low", `Severity: "low"`, 1) },
	func(s string) string { return strings.Replace(s, "Severity: Critical", "Severity: !!str critical", 1) },
	func(s string) string { return strings.Replace(s, "\nSeverity:", "\nseverity:", 1) },
	func(s string) string { return strings.Replace(s, "\nDisplayName:", "\n'DisplayNam':", 1) },
	func(s string) string { return strings.Replace(s, "\nDescription:", "\n? Descripton\n:", 1) },
	func(s string) string { return strings.Replace(s, "Enabled: true", "Enabled: yes # on", 1) },
	func(s string) string { return strings.Replace(s, "Enabled: true", `Enabled: "true"`, 1) },
	func(s string) string { return s + "OutputIds: [a, b, a , \"a\", c]\n" },
	func(s string) string {
		return s + "SummaryAttributes:\n  - p_any\n  # about it\n  - p_any\n  - x # so\n  - x\n"
	},
	func(s string) string { return s + "Threshold: \"5\"\n" },
	func(s string) string { return s + "DedupPeriodMinutes: '60' # an hour\n" },
	func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	func(s string) string { return "\ufeff" + s },
	func(s string) string { return strings.TrimSuffix(s, "\n") },
	func(s string) string { return "# \u2028 and \u0085\n" + s },
	func(s string) string { return strings.Replace(s, "Description: >\n  ", "Description: >\n  a\u2028", 1) },
	func(s string) string { return "# é 日本\n" + s },
	func(s string) string { return strings.Replace(s, "Tags:", "Tags: &t", 1) },
	func(s string) string { return s + "Tags: [One, one, ONE]\n" },
}

var lineEnd = regexp.MustCompile(`\r\n|\r|\n`)

// TestFixesChangeNothingElse: whatever is wrong with a file, all fixes together are
// idempotent, bring no new fault of a file's reading, keep every line that no
// edit reaches byte by byte, and change only values that a fix names.
func TestFixesChangeNothingElse(t *testing.T) {
	base := byteFiles(synth.Repo(40, 3))
	o := lint.Options{Select: []string{"all"}, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	applied := 0
	rapid.Check(t, func(t *rapid.T) {
		files := map[string][]byte{}
		for range rapid.IntRange(1, 3).Draw(t, "files") {
			p := rapid.SampledFrom(sorted(base)).Draw(t, "path")
			text := string(base[p])
			for _, f := range rapid.SliceOfN(rapid.SampledFrom(fixableFaults), 1, 5).Draw(t, "faults") {
				text = f(text)
			}
			files[p] = []byte(text)
		}
		in := lint.Input{Tree: repo.Overlay{Files: files}}
		found, err := lint.Run(t.Context(), in, o)
		if err != nil {
			t.Fatal(err)
		}
		fixed, err := lint.FixAll(t.Context(), in, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(fixed.Refused) > 0 {
			t.Fatalf("fixes are refused: %v\n%s", fixed.Refused, files)
		}
		applied += fixed.Applied
		for p, after := range fixed.Files {
			before := files[p]
			touches := map[string]bool{}
			for _, f := range found.Findings {
				if f.Fix != nil && f.Path == p {
					for _, x := range f.Fix.Touches {
						touches[strings.Split(x, "/")[1]] = true
					}
				}
			}
			if strings.HasSuffix(p, ".py") {
				if _, err := python.Parse(after, python.Options{}); err != nil {
					t.Fatalf("%s is no Python any more: %v", p, err)
				}
				continue
			}
			sameBut(t, before, after, touches)
			// Lines come out as they went in, but for those that findings with fixes are on.
			on := map[string]bool{}
			lines := lineEnd.Split(string(before), -1)
			for _, f := range found.Findings {
				if f.Fix != nil && f.Path == p {
					for _, l := range lines[f.Range.Line-1 : max(f.Range.EndLine, f.Range.Line)] {
						on[l] = true
					}
				}
			}
			kept := lineEnd.Split(string(after), -1)
			for _, l := range lines {
				if !on[l] && !slices.Contains(kept, l) {
					t.Fatalf("%s lost the line %q:\n%s\n---\n%s", p, l, before, after)
				}
			}
		}
		again := maps.Clone(files)
		maps.Copy(again, fixed.Files)
		twice, err := lint.FixAll(t.Context(), lint.Input{Tree: repo.Overlay{Files: again}}, o)
		if err != nil || len(twice.Files) > 0 {
			t.Fatalf("fixing twice changes %v (%v)", twice.Paths(), err)
		}
		for _, f := range twice.Result.Findings {
			if f.Fix != nil {
				t.Fatalf("%s is still fixable: %s", f.Where(), f.Message)
			}
		}
	})
	if applied == 0 {
		t.Error("no fix was ever made")
	}
}

// sameBut compares what two specs mean, apart from some keys at the top.
func sameBut(t *rapid.T, before, after []byte, touches map[string]bool) {
	a, err := yamlcore.DecodeText(string(before))
	if err != nil {
		t.Fatal(err)
	}
	b, err := yamlcore.DecodeText(string(after))
	if err != nil {
		t.Fatalf("the file is no YAML any more: %v\n%s", err, after)
	}
	x, ok := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if !ok || !ok2 {
		t.Fatalf("no mappings: %T %T", a, b)
	}
	for k := range touches {
		delete(x, k)
		delete(y, k)
	}
	// A key that a later round fixes is named by that round's fix only.
	for k := range x {
		if _, there := y[k]; !there {
			t.Fatalf("the key %q is gone\n%s\n---\n%s", k, before, after)
		}
	}
	for k, v := range x {
		if !yamlcore.Equal(v, y[k]) && fmt.Sprint(v) != fmt.Sprint(y[k]) {
			t.Fatalf("the value of %q is another\n%s\n---\n%s", k, before, after)
		}
	}
}
