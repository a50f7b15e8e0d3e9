package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"

	"github.com/pdac-dev/pdac/internal/git"
)

// TestInit compares a new repository with one that the library's own function makes.
func TestInit(t *testing.T) {
	got, want := t.TempDir(), t.TempDir()
	if err := git.Init(got); err != nil {
		t.Fatal(err)
	}
	o := gogit.PlainInitOptions{InitOptions: gogit.InitOptions{DefaultBranch: plumbing.NewBranchReferenceName("main")}}
	if _, err := gogit.PlainInitWithOptions(want, &o); err != nil {
		t.Fatal(err)
	}
	if got, want := contents(t, got), contents(t, want); got != want {
		t.Errorf("files\n%s\nwant\n%s", got, want)
	}
}

// contents returns the names and contents of all files in a folder.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		b.WriteString(name + "\n")
		if err == nil && !d.IsDir() {
			var data []byte
			data, err = os.ReadFile(path)
			b.Write(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
