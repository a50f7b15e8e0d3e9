package schemacheck_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/schemacheck"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// specsIn reads every spec below a folder, by path. Files that can't be read are
// no matter of this package.
func specsIn(t testing.TB, dir string) map[string]*yaml.Node {
	t.Helper()
	out := map[string]*yaml.Node{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && p != dir {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(p); d.IsDir() || ext != ".yml" && ext != ".yaml" {
			return nil
		}
		src, err := os.ReadFile(p)
		if err != nil || !bytes.Contains(src, []byte("AnalysisType")) {
			return err
		}
		doc, err := yamlcore.Parse(src, yamlcore.Limits{})
		if err != nil || doc.Root == nil {
			return nil
		}
		if _, ok := schemacheck.SpecKind(doc.Root); ok {
			rel, _ := filepath.Rel(dir, p)
			out[rel] = doc.Root
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCorpus shows what is found in a checkout named by PDAC_CORPUS, such as
// one of panther-analysis; it fails for what is no true fault there.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		t.Skip("PDAC_CORPUS names no checkout")
	}
	specs := specsIn(t, dir)
	t.Logf("%d specs", len(specs))
	for p, root := range specs {
		kind, _ := schemacheck.SpecKind(root)
		for _, q := range schemacheck.Check(kind, root) {
			t.Errorf("%s:%d:%d: %s: %s; %s", p, q.Line(), q.Column(), q.Kind, q.Message, q.Hint)
		}
	}
}
