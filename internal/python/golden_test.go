package python_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/internal/python"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compares dumps with those on file, which CPython 3.11 agrees with:
// python3 -c 'import ast,sys; print(ast.dump(ast.parse(open(sys.argv[1]).read()), include_attributes=True))'
// gives the same on one line.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.py")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden sources: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			m, err := python.Parse(src, python.Options{Strict311: true})
			if err != nil {
				t.Fatal(err)
			}
			// Short lines keep changes readable.
			got := strings.ReplaceAll(python.Dump(m)+"\n", "), ", "),\n")
			golden := strings.TrimSuffix(name, ".py") + ".dump"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; run the test with -update", err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("the dump changed (-want +got):\n%s", d)
			}
		})
	}
}
