package lint_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// TestCorpus shows what some rules find in a checkout named by PDAC_CORPUS, such
// as one of panther-analysis, and counts it. PDAC_RULES chooses them:
//
//	PDAC_CORPUS=~/panther-analysis PDAC_RULES=PD2,PD3 go test ./lint -run 'TestCorpus$' -v
func TestCorpus(t *testing.T) {
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		t.Skip("PDAC_CORPUS names no checkout")
	}
	var chosen []string
	for _, r := range lint.Rules() {
		for _, prefix := range strings.Split(os.Getenv("PDAC_RULES"), ",") {
			if strings.HasPrefix(r.ID, prefix) {
				chosen = append(chosen, r.ID)
				break
			}
		}
	}
	files := filesBelow(t, dir, ".yml", ".yaml", ".py", ".csv", ".jsonl", ".json", ".gz")
	res, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{Files: files}}, lint.Options{Select: chosen})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, f := range res.Findings {
		count[f.Rule]++
		t.Logf("%s: %s %s: %s (%s)", f.Where(), f.Severity, f.Rule, f.Message, f.Hint)
	}
	t.Logf("%d files, found: %v", res.Files, count)
}

// filesBelow reads the files below a folder that have one of the endings, by path;
// hidden folders aside.
func filesBelow(t *testing.T, dir string, endings ...string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && p != dir {
				return filepath.SkipDir
			}
			return nil
		}
		for _, e := range endings {
			if filepath.Ext(p) == e {
				rel, err := filepath.Rel(dir, p)
				if err != nil {
					return err
				}
				if out[filepath.ToSlash(rel)], err = os.ReadFile(p); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
