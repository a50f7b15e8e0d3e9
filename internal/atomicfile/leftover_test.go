package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// names lists what is in a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

// foreign are names that temporary files don't have.
var foreign = []string{".pdac-tmp-", ".pdac-tmp-0123456789abcde", ".pdac-tmp-0123456789abcdef0", ".pdac-tmp-0123456789ABCDEF", ".pdac-tmp-0123456789abcdeg", ".pdac-token-123456", "x.pdac-tmp-0123456789abcdef"}

// TestLeftovers are removed by the next run unless their process still runs, and
// so is nothing else.
func TestLeftovers(t *testing.T) {
	if !locks {
		t.Skip("only the age of a file counts here")
	}
	dir := t.TempDir()
	state := filepath.Join(dir, StateDir)
	if err := os.Mkdir(state, 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	used, at, err := replacement{root: root, dir: StateDir, mode: 0o644}.create()
	if err != nil {
		t.Fatal(err)
	}
	put := func(names ...string) {
		for _, n := range names {
			if err := os.WriteFile(filepath.Join(state, n), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(foreign...)
	put(".pdac-tmp-0123456789abcdef", "pull.json")
	if err := os.Mkdir(filepath.Join(state, ".pdac-tmp-1111111111111111"), 0o755); err != nil {
		t.Fatal(err)
	}
	all := names(t, state)
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got, want := names(t, state), strings.Replace(all, ".pdac-tmp-0123456789abcdef ", "", 1); got != want {
		t.Errorf("what is left is %s, want %s", got, want)
	}
	// Its process ends.
	if used.Close() != nil {
		t.Fatal(err)
	}
	if f, err = OpenFolder(dir); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if strings.Contains(names(t, state), filepath.Base(at)) {
		t.Error("the file of a process that has ended is left")
	}
}

// TestAnotherFileSystem replaces files that can't be renamed from .pdac, and
// removes what a killed run left beside them.
func TestAnotherFileSystem(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.rename = func(string, string) error { return errors.New("invalid cross-device link") }
	sub := filepath.Join(dir, "sub")
	if err := os.Mkdir(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(sub, ".pdac-tmp-0123456789abcdef")
	if err := os.WriteFile(left, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Replace("sub/x", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	want := "x"
	if !locks {
		want = filepath.Base(left) + " x" // it is too young
	}
	if got := names(t, sub); got != want {
		t.Errorf("the folder holds %s, want %s", got, want)
	}
	if got := names(t, filepath.Join(dir, StateDir)); got != ".gitignore" {
		t.Errorf(".pdac holds %s", got)
	}
}

// TestWriteRemovesLeftovers covers files that a person names.
func TestWriteRemovesLeftovers(t *testing.T) {
	if !locks {
		t.Skip("only the age of a file counts here")
	}
	dir := t.TempDir()
	for _, n := range append([]string{".pdac-tmp-0123456789abcdef"}, foreign...) {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(filepath.Join(dir, "plan.json"), 0o600, func(w io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); strings.Contains(got, "-0123456789abcdef ") || len(strings.Fields(got)) != len(foreign)+1 {
		t.Errorf("the folder holds %s", got)
	}
}
