package repo_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// TestOutlines of a repository are what a load reads.
func TestOutlines(t *testing.T) {
	tree, err := git.Worktree(t.Context(), "../testdata/acme", git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	loaded, err := repo.Load(t.Context(), tree, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	outlines, err := repo.Outlines(t.Context(), tree, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, it := range loaded.Items {
		want = append(want, it.Path+" "+string(it.Kind)+" "+it.ID)
	}
	for _, o := range outlines {
		got = append(got, o.Path+" "+string(o.Kind)+" "+o.ID)
	}
	if d := cmp.Diff(want, got); d != "" || len(got) < 30 {
		t.Errorf("the outlines (+) of %d specs differ from what is loaded (-):\n%s", len(got), d)
	}
}

// TestOutlineOf reads values in the usual styles.
func TestOutlineOf(t *testing.T) {
	for src, want := range map[string]repo.Outline{
		"AnalysisType: rule\nRuleID: 'A B' # x\nFilename: a.py\nLogTypes:\n  - X.Y # why\n- Z\nTags: [a, \"b c\"]\nStatus: Beta\n": {
			Type: "rule", Kind: panther.Rule, ID: "A B", LogTypes: []string{"X.Y", "Z"}, Tags: []string{"a", "b c"}, Statuses: []string{"Beta"}},
		"# c\r\nAnalysisType: \"rule\"\r\nDetection:\r\n  - Key: x\r\nRuleID: A#B\r\n": {Type: "rule", Kind: panther.SimpleRule, ID: "A#B"},
		"AnalysisType: lookup_table\nLookupName: L\n":                                  {Type: "lookup_table", ID: "L"},
		"AnalysisType: nosuch\nRuleID: A\n":                                            {},
		"RuleID: A\n":                                                                  {},
		"\x00- [":                                                                      {},
	} {
		want.Path = "a.yml"
		if d := cmp.Diff(want, repo.OutlineOf("a.yml", []byte(src))); d != "" {
			t.Errorf("%q: %s", src, d)
		}
	}
}

func FuzzOutlineOf(f *testing.F) {
	f.Add("AnalysisType: rule\nRuleID: 'A'\nLogTypes: [a, 'b]\nTags:\n - x\n")
	f.Fuzz(func(_ *testing.T, src string) { repo.OutlineOf("a.yml", []byte(src)) })
}
