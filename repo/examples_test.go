package repo_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamplesAreForOthers: a program outside the module can do what the examples
// do, so they import no internal package.
func TestExamplesAreForOthers(t *testing.T) {
	paths, err := filepath.Glob("../*/example_test.go")
	if err != nil || len(paths) < 4 {
		t.Fatalf("found the examples %v (%v)", paths, err)
	}
	for _, p := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f.Name.Name, "_test") {
			t.Errorf("%s is in package %s, not in an external test package", p, f.Name.Name)
		}
		for _, i := range f.Imports {
			if strings.Contains(i.Path.Value, "/internal/") {
				t.Errorf("%s imports %s", p, i.Path.Value)
			}
		}
	}
}
