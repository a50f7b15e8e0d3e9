package repo_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamlgen"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

func TestFormat(t *testing.T) {
	src := `# a rule of ours
Tests:
    # the usual case
    - Log:
          a: 1
      Name: one
      ExpectedResult: true
Severity: High # for now
RuleID: A.B
# where it runs
LogTypes: [X.Y]
Mine: kept
Enabled: true
Filename: a.py
AnalysisType: rule
`
	want := `# a rule of ours
AnalysisType: rule
RuleID: A.B
Enabled: true
Filename: a.py
Severity: High # for now
Tests:
  # the usual case
  - Name: one
    ExpectedResult: true
    Log:
      a: 1
# where it runs
LogTypes: [X.Y]
Mine: kept
`
	got, err := repo.Format("rules/a.yml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFormatKeepsEverything: whatever a spec of the demo says, and all of its
// comments, are there afterwards, and a second time changes nothing.
func TestFormatKeepsEverything(t *testing.T) {
	specs := 0
	for _, dir := range []string{"../testdata/acme", "../testdata/acme-next"} {
		err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(p, ".yml") {
				return err
			}
			src, err := os.ReadFile(dir + "/" + p)
			if err != nil {
				return err
			}
			if repo.ReadSpec(p, src).Item == nil {
				return nil
			}
			got, err := repo.Format(p, src)
			if err != nil {
				t.Errorf("%s: %v", p, err)
				return nil
			}
			specs++
			was, _ := yamlcore.DecodeText(string(src))
			is, err := yamlcore.DecodeText(string(got))
			if err != nil || !yamlcore.Equal(was, is) {
				t.Errorf("%s means something else now (%v)", p, err)
			}
			if diff := cmp.Diff(lines(src), lines(got)); diff != "" {
				t.Errorf("%s has other lines now, indentation aside (-was +is):\n%s", p, diff)
			}
			if again, err := repo.Format(p, got); err != nil || string(again) != string(got) {
				t.Errorf("%s: a second time changes more (%v)", p, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if specs < 70 {
		t.Errorf("only %d specs were looked at", specs)
	}
}

// TestFormatAnySpec: whatever a spec has, and however it is written, it means the same
// afterwards, has all its comments, and formatting it again changes nothing.
func TestFormatAnySpec(t *testing.T) {
	keys := rapid.SampledFrom([]string{"Filename", "Enabled", "DisplayName", "LogTypes", "Tags", "Severity", "Description", "Runbook", "Reference", "Threshold", "DedupPeriodMinutes", "Detection", "Mine", "ours", "é"})
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.MapOfN(keys, yamlgen.Value(2), 0, 8).Draw(t, "spec")
		v["AnalysisType"], v["RuleID"] = "rule", "A"
		test := rapid.MapOfN(rapid.SampledFrom([]string{"Name", "ExpectedResult", "Log", "Mocks", "more"}), yamlgen.Value(2), 0, 5)
		if tests := rapid.SliceOfN(test, 0, 3).Draw(t, "tests"); len(tests) > 0 {
			list := make([]any, len(tests))
			for i := range tests {
				list[i] = tests[i]
			}
			v["Tests"] = list
		}
		src, comments := yamlgen.Document(t, v)
		nl := "\n"
		if strings.Contains(src, "\r\n") {
			nl = "\r\n"
		}
		if rapid.IntRange(0, 3).Draw(t, "anchors") == 0 && strings.HasSuffix(src, nl) {
			src += "Anchor: &x [1, 2]" + nl + "Alias: *x" + nl + "AlertTitle:" + nl + "  ? long" + nl + "  : *x" + nl
		}
		if rapid.IntRange(0, 5).Draw(t, "breaks") == 0 {
			src = strings.ReplaceAll(src, nl, rapid.SampledFrom([]string{"\r", "\n\r"}).Draw(t, "break"))
		}
		was, err := yamlcore.DecodeText(src)
		if err != nil || repo.ReadSpec("rules/a.yml", []byte(src)).Item == nil {
			t.Skip("no spec: ", err)
		}
		got, err := repo.Format("rules/a.yml", []byte(src))
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		is, err := yamlcore.DecodeText(string(got))
		if err != nil || !yamlcore.Equal(was, is) {
			t.Fatalf("%q became %q (%v)", src, got, err)
		}
		for _, c := range comments {
			if strings.Count(src, c) != strings.Count(string(got), c) {
				t.Fatalf("%q became %q without %q", src, got, c)
			}
		}
		if again, err := repo.Format("rules/a.yml", got); err != nil || string(again) != string(got) {
			t.Fatalf("%q became %q, and then %q (%v)", src, got, again, err)
		}
	})
}

// TestFormatLeavesWhatItCannotArrange: such a mapping keeps its order, and the rest
// of the spec is formatted.
func TestFormatLeavesWhatItCannotArrange(t *testing.T) {
	for _, tc := range []struct{ name, src, want string }{
		{"an alias before its anchor",
			"RuleID: A\nSeverity: &x High\nTags:\n- *x\nDisplayName: *x\nAnalysisType: rule\nFilename: a.py\n",
			"RuleID: A\nSeverity: &x High\nTags:\n  - *x\nDisplayName: *x\nAnalysisType: rule\nFilename: a.py\n"},
		{"a merge",
			"Tests:\n- &t\n  Name: a\n  ExpectedResult: true\n- Log: {a: 1}\n  <<: *t\nAnalysisType: rule\nRuleID: A\n",
			"AnalysisType: rule\nTests:\n  - &t\n    Name: a\n    ExpectedResult: true\n  - Log: {a: 1}\n    <<: *t\nRuleID: A\n"},
		{"a key after a question mark",
			"? RuleID\n: A\nDisplayName: a\nAnalysisType: rule\nTests:\n- Log: {}\n  ExpectedResult: true\n",
			"? RuleID\n: A\nDisplayName: a\nAnalysisType: rule\nTests:\n- ExpectedResult: true\n  Log: {}\n"},
		{"breaks that YAML 1.2 does not have",
			"RuleID: A\nDescription: \"a\u2028b\"\nAnalysisType: rule\n",
			"AnalysisType: rule\nRuleID: A\nDescription: \"a\u2028b\"\n"},
		{"line ends of old Macs",
			"Tags:\r- a\rRuleID: A\rAnalysisType: rule\r",
			"AnalysisType: rule\rRuleID: A\rTags:\r  - a\r"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := repo.Format("rules/a.yml", []byte(tc.src))
			if err != nil || string(got) != tc.want {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

// lines returns the lines of a text in alphabetical order, without spaces and
// without the dashes that keys change places with.
func lines(text []byte) []string {
	var out []string
	for _, l := range strings.Split(string(text), "\n") {
		out = append(out, strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), "- ")))
	}
	slices.Sort(out)
	return out
}
