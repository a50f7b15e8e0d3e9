package readfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/readfile"
)

func TestBounded(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"fits": strings.Repeat("x", 1024), "over": strings.Repeat("x", 1025), "empty": ""} {
		if err := os.WriteFile(at(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("fits", at("link")); err != nil {
		t.Skip("this system has no links")
	}
	huge, err := os.Create(at("huge"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(huge.Truncate(1<<40), huge.Close()); err != nil {
		t.Log("no sparse file:", err)
	}
	for name, want := range map[string]int{"fits": 1024, "link": 1024, "empty": 0} {
		text, err := readfile.Bounded(at(name), 1024)
		if err != nil || len(text) != want {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
	for name, want := range map[string]string{"over": "more than 1 KiB", "huge": "more than 1 KiB", ".": "is a folder, not a file"} {
		if _, err := readfile.Bounded(at(name), 1024); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if _, err := readfile.Bounded(at("none"), 1024); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}
