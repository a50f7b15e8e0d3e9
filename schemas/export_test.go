package schemas_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/schemas"
)

func TestExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "schemas")
	var all []string
	for _, f := range schemas.Files() {
		all = append(all, f.Name)
	}
	step := func(force bool, want schemas.Exported) {
		t.Helper()
		got, err := schemas.Export(dir, force)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	step(false, schemas.Exported{Written: all})
	step(false, schemas.Exported{Unchanged: all})
	text, err := os.ReadFile(filepath.Join(dir, "spec.schema.json"))
	if err != nil || string(text) != schemas.AnySpec() {
		t.Error("what was written is not the schema", err)
	}
	// A schema of another version of pdac is pdac's own.
	rule := filepath.Join(dir, "rule.schema.json")
	write(t, rule, `{"$comment": "`+schemas.Comment+`", "title": "older"}`)
	i := 0
	for all[i] != "rule.schema.json" {
		i++
	}
	rest := append(append([]string{}, all[:i]...), all[i+1:]...)
	step(false, schemas.Exported{Written: []string{"rule.schema.json"}, Unchanged: rest})

	// Somebody else's file stays, and nothing is written next to it.
	write(t, rule, `{"title": "mine"}`)
	if err := os.Remove(filepath.Join(dir, "plan.schema.json")); err != nil {
		t.Fatal(err)
	}
	got, err := schemas.Export(dir, false)
	var foreign *schemas.ForeignError
	if !errors.As(err, &foreign) || len(got.Written) > 0 {
		t.Fatal(got, err)
	}
	if want := dir + " contains rule.schema.json, which pdac did not write; choose another folder, or use --force to overwrite"; err.Error() != want {
		t.Errorf("%s\nwant %s", err, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "plan.schema.json")); err == nil {
		t.Error("something was written")
	}
	if _, err := schemas.Export(dir, true); err != nil {
		t.Fatal(err)
	}
	step(false, schemas.Exported{Unchanged: all})
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != len(all) {
		t.Errorf("%d files, want %d (%v)", len(left), len(all), err)
	}
}

func TestExportWhereItCannot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "x")
	if _, err := schemas.Export(file, false); err == nil {
		t.Error("a file is no folder")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "rule.schema.json"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := schemas.Export(dir, true); err == nil {
		t.Error("a folder is in the way")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
