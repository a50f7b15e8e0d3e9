package filewatch_test

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/filewatch"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWait(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "rules/a.py"), "1")
	write(t, filepath.Join(root, ".git/index"), "1")
	w, err := filewatch.New(root, func(p string) bool { return p == ".git" || strings.HasSuffix(p, "~") })
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	next := func(what, want string) {
		t.Helper()
		got, err := w.Wait(ctx)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if !slices.Contains(got, filewatch.Change{Path: want, Dir: path.Ext(want) == ""}) {
			t.Errorf("%s: changed are %v", what, got)
		}
		for _, c := range got {
			if strings.HasPrefix(c.Path, ".git") || strings.HasSuffix(c.Path, "~") {
				t.Errorf("%s: %s is skipped", what, c.Path)
			}
		}
	}
	write(t, filepath.Join(root, ".git/index"), "2")
	write(t, filepath.Join(root, "rules/a.py~"), "2")
	write(t, filepath.Join(root, "rules/a.py"), "2")
	next("a write", "rules/a.py")
	// Editors replace files.
	write(t, filepath.Join(root, "rules/a.py~"), "3")
	if err := os.Rename(filepath.Join(root, "rules/a.py~"), filepath.Join(root, "rules/a.py")); err != nil {
		t.Fatal(err)
	}
	next("a replaced file", "rules/a.py")
	write(t, filepath.Join(root, "new/deep/b.py"), "1")
	next("a new folder", "new")
	write(t, filepath.Join(root, "new/deep/b.py"), "2")
	next("a file in it", "new/deep/b.py")
	if err := os.RemoveAll(filepath.Join(root, "new")); err != nil {
		t.Fatal(err)
	}
	next("a removed folder", "new")
	cancel()
	if _, err := w.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestNoFolder(t *testing.T) {
	if _, err := filewatch.New(filepath.Join(t.TempDir(), "none"), func(string) bool { return false }); err == nil {
		t.Error("a folder that is not there is watched")
	}
}
