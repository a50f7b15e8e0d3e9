package atomicfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pdac-dev/pdac/internal/atomicfile"
)

// Whatever a checkout has as a journal, nothing outside the folder changes.
func FuzzUndoInterrupted(f *testing.F) {
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, s := range []string{
		`{"state":"s","files":{"a.yml":{"existed":true,"before":"YQ==","after":"` + empty + `"}}}`,
		`{"state":"s","files":{"../outside":{"existed":true,"before":"YQ==","after":"` + empty + `"}}}`,
		`{"State":"s","Files":{"link/x":{"Existed":false,"After":"` + empty + `"}},"Folders":["..","link","d"]}`,
		`null`, "\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, journal []byte) {
		top := t.TempDir()
		dir, outside := filepath.Join(top, "repo"), filepath.Join(top, "outside")
		for _, d := range []string{filepath.Join(dir, ".pdac"), filepath.Join(dir, "d"), filepath.Join(top, "far")} {
			if err := os.MkdirAll(d, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for file, text := range map[string]string{outside: "", filepath.Join(top, "far", "x"): "", filepath.Join(dir, "a.yml"): "", filepath.Join(dir, ".pdac", "journal"): string(journal)} {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(filepath.Join(top, "far"), filepath.Join(dir, "link")); err != nil {
			t.Skip(err)
		}
		fo, err := atomicfile.OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer fo.Close()
		if _, err := fo.UndoInterrupted(".pdac/journal", "s"); err != nil && err.Error() == "" {
			t.Error("an error that says nothing")
		}
		for _, file := range []string{outside, filepath.Join(top, "far", "x")} {
			if text, err := os.ReadFile(file); err != nil || len(text) > 0 {
				t.Errorf("%s changed: %q %v", file, text, err)
			}
		}
		if left, err := os.ReadDir(top); err != nil || len(left) != 3 {
			t.Errorf("outside the folder are %v (%v)", left, err)
		}
	})
}
