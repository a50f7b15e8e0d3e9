package lint_test

import (
	"context"
	"testing"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// FuzzAddIgnores: whatever is in a file, comments change neither its meaning nor its other
// bytes.
func FuzzAddIgnores(f *testing.F) {
	for _, r := range lint.Rules() {
		for _, file := range lint.Example(r.Doc.Bad) {
			f.Add(file.Text, file.Path[len(file.Path)-3:] == ".py")
		}
	}
	f.Add("AnalysisType: rule\nRuleID: A\nSeverity: hihg\nDescription: >-\n  a\n\n   b # c\nTags:\n- x\n- 'y\n\n  z'\n", false)
	f.Add("x = f'''{\n1}''' \\\n  + y\n", true)
	f.Fuzz(func(t *testing.T, text string, isPython bool) {
		path := "rules/a.yml"
		if isPython {
			path = "rules/a.py"
		}
		files := map[string][]byte{"rules/a.yml": []byte("AnalysisType: rule\nRuleID: A\nEnabled: true\nFilename: a.py\nLogTypes: [Okta.SystemLog]\nSeverity: Low\n"), path: []byte(text)}
		added, err := lint.AddIgnores(context.Background(), lint.Input{Tree: repo.Overlay{Files: files}}, lint.Options{Select: []string{"all"}, Now: someDay}, "so")
		if err != nil {
			t.Fatal(err)
		}
		for p, after := range added.Files {
			same(t, p, files[p], after)
		}
		if added.Ignored+len(added.Left) != len(added.Before.Findings) {
			t.Errorf("%d ignored and %d left of %d", added.Ignored, len(added.Left), len(added.Before.Findings))
		}
	})
}
