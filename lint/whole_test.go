package lint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// TestWholeRunsAreKept: the rules over the whole repository run again if anything that they see has changed: a spec,
// a text that one of them reads, or which files exist. Otherwise they don't.
func TestWholeRunsAreKept(t *testing.T) {
	ran := 0
	counting := lint.Rule{ID: "OWN1", Name: "counting", Severity: lint.Warning, Doc: lint.Doc{What: "It counts."},
		Repo: func(p *lint.RepoPass) {
			ran++
			if src, err := p.Read("deprecated.txt"); err == nil {
				for f := range p.Specs() {
					if f.Spec.ID.Value == src.Line(1) {
						p.Report(f, f.Spec.ID.Range, "it is retired")
					}
				}
			}
			if !p.Exists("README.md") {
				p.ReportPath("deprecated.txt", lint.Range{}, "there is no README.md")
			}
		}}
	files := map[string][]byte{
		"rules/a.yml":    []byte("AnalysisType: rule\nRuleID: A\nFilename: a.py\nSeverity: High\nEnabled: true\nLogTypes: [AWS.CloudTrail]\n"),
		"rules/a.py":     []byte("def rule(event):\n    return True\n"),
		"deprecated.txt": []byte("B\n"),
	}
	var on disk
	o := lint.Options{Rules: []lint.Rule{counting}, Cache: lint.Cache{Root: t.TempDir(), Build: "test", Key: []byte("test")}}
	for _, step := range []struct {
		what   string
		change func()
		runs   bool
		found  string
	}{
		{"first", func() {}, true, "there is no README.md"},
		{"nothing changed", func() {}, false, "there is no README.md"},
		{"the text changed", func() { files["deprecated.txt"] = []byte("A\n") }, true, "there is no README.md, it is retired"},
		{"nothing changed again", func() {}, false, "there is no README.md, it is retired"},
		{"a file was added", func() { files["README.md"] = []byte("# Rules\n") }, true, "it is retired"},
		{"a file without facts changed", func() { files["README.md"] = []byte("# Our rules\n") }, false, "it is retired"},
		{"the spec changed", func() {
			files["rules/a.yml"] = []byte(strings.Replace(string(files["rules/a.yml"]), "ID: A", "ID: C", 1))
		}, true, ""},
		{"the spec is as before", func() {
			files["rules/a.yml"] = []byte(strings.Replace(string(files["rules/a.yml"]), "ID: C", "ID: A", 1))
		}, false, "it is retired"},
	} {
		step.change()
		on.write(files)
		ran = 0
		res, err := lint.Run(t.Context(), lint.Input{Tree: stampedTree{repo.Overlay{Files: files}, on.stamps}}, o)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, f := range res.Findings {
			found = append(found, f.Message)
			if f.Path == "rules/a.yml" && f.Snippet != "RuleID: A" {
				t.Errorf("%s: snippet %q", step.what, f.Snippet)
			}
		}
		if (ran > 0) != step.runs {
			t.Errorf("%s: the rule ran %d times", step.what, ran)
		}
		if diff := cmp.Diff(step.found, strings.Join(found, ", ")); diff != "" {
			t.Errorf("%s: findings (-want +got)\n%s", step.what, diff)
		}
	}
}
