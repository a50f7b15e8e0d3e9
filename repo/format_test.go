package repo_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

func TestFormat(t *testing.T) {
	src := `# a rule of ours
Severity: High # for now
Tests:
    # the usual case
    - Log:
          a: 1
      Name: one
      ExpectedResult: true
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
Filename: a.py
RuleID: A.B
Enabled: true
# where it runs
LogTypes: [X.Y]
Mine: kept
Severity: High # for now
Tests:
  # the usual case
  - Name: one
    ExpectedResult: true
    Log:
      a: 1
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
