package atomicfile

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// world is the state of a folder: its files with their content, and its folders,
// without pdac's own.
func world(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		switch {
		case err != nil || p == dir:
			return err
		case d.Name() == StateDir:
			return filepath.SkipDir
		case d.IsDir():
			out = append(out, d.Name()+"/")
			return nil
		}
		text, err := os.ReadFile(p)
		out = append(out, fmt.Sprintf("%s=%s", d.Name(), text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

const worldBefore = "changed=old empty= gone=old kept=old"

func newWorld(t *testing.T) (string, *Folder) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"changed": "old", "gone": "old", "kept": "old", "empty": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return dir, f
}

var newFiles = map[string][]byte{"a/b/c": []byte("new"), "a/d": []byte("new"), "changed": []byte("new"), "empty": []byte("new"), "gone": nil, "never": nil}

func TestChangeAll(t *testing.T) {
	dir, f := newWorld(t)
	if err := f.ChangeAll("pull.json", "s", newFiles, true); err != nil {
		t.Fatal(err)
	}
	if got, want := world(t, dir), "a/ b/ c=new d=new changed=new empty=new kept=old"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := names(t, filepath.Join(dir, StateDir)); got != ".gitignore" {
		t.Errorf(".pdac holds %s", got)
	}
	if n, err := f.UndoInterrupted("pull.json", "s"); n != 0 || err != nil {
		t.Errorf("%d restored, %v", n, err)
	}
}

// TestChangeAllFails at each file.
func TestChangeAllFails(t *testing.T) {
	dir, f := newWorld(t)
	files := map[string][]byte{"kept/x": []byte("x")} // kept is a file
	for p, c := range newFiles {
		files[p] = c
	}
	if err := f.ChangeAll("pull.json", "s", files, true); err == nil || !strings.Contains(err.Error(), "kept") {
		t.Errorf("got %v", err)
	}
	if got := world(t, dir); got != worldBefore {
		t.Errorf("got %s, want %s", got, worldBefore)
	}
}

// TestChangeAllUndoes what it has done when a file can't be written.
func TestChangeAllUndoes(t *testing.T) {
	for at := range len(newFiles) {
		dir, f := newWorld(t)
		n := 0
		f.step = func() {
			if n++; n == at+1 {
				// Nothing can be renamed over a folder, and a full one can't be removed.
				name := slices.Sorted(maps.Keys(newFiles))[at]
				_ = os.Remove(filepath.Join(dir, filepath.FromSlash(name)))
				if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(name), "full"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
		}
		err := f.ChangeAll("pull.json", "s", newFiles, true)
		if err == nil {
			t.Errorf("%d: no error", at)
		}
		if got := world(t, dir); strings.Contains(got, "new") {
			t.Errorf("%d: %s", at, got)
		}
	}
}

// killed lets a ChangeAll end after some files, as if its process was killed.
func killed(t *testing.T, f *Folder, files map[string][]byte, after int) {
	t.Helper()
	n := 0
	type stop struct{}
	defer func() {
		if r := recover(); r != nil && r != (any)(stop{}) {
			panic(r)
		}
	}()
	f.step = func() {
		if n++; n > after {
			panic(stop{})
		}
	}
	_ = f.ChangeAll("pull.json", "s", files, true)
	t.Fatal("it was not killed")
}

func TestUndoInterrupted(t *testing.T) {
	for after := range len(newFiles) {
		for _, state := range []string{"s", "other"} {
			dir, f := newWorld(t)
			killed(t, f, newFiles, after)
			half := world(t, dir)
			g, err := OpenFolder(dir)
			if err != nil {
				t.Fatal(err)
			}
			if locks {
				// The dead one's lock is still held: this process lives.
				if n, err := g.UndoInterrupted("pull.json", state); !errors.Is(err, ErrBusy) || n != 0 {
					t.Errorf("%d restored, %v", n, err)
				}
				if err := g.ChangeAll("pull.json", "s", newFiles, true); !errors.Is(err, ErrBusy) {
					t.Errorf("got %v", err)
				}
				f.journal.Close()
			}
			n, err := g.UndoInterrupted("pull.json", state)
			if err != nil {
				t.Error(err)
			}
			want := worldBefore
			if state == "other" {
				want = half
			}
			if got := world(t, dir); got != want {
				t.Errorf("killed after %d: %s, want %s", after, got, want)
			}
			if got := names(t, filepath.Join(dir, StateDir)); got != ".gitignore" {
				t.Errorf(".pdac holds %s", got)
			}
			if state == "s" && n > after {
				t.Errorf("killed after %d, and %d restored", after, n)
			}
			g.Close()
		}
	}
}

// TestUndoLeavesEdits checks that what somebody changed afterwards stays.
func TestUndoLeavesEdits(t *testing.T) {
	dir, f := newWorld(t)
	killed(t, f, newFiles, len(newFiles)-1)
	f.journal.Close()
	for name, text := range map[string]string{"changed": "edited", "a/x": "mine"} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.UndoInterrupted("pull.json", "s"); err != nil {
		t.Fatal(err)
	}
	if got, want := world(t, dir), "a/ x=mine changed=edited empty= gone=old kept=old"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestJournalOfSomebodyElse is ignored and removed.
func TestJournalOfSomebodyElse(t *testing.T) {
	dir, f := newWorld(t)
	if err := f.WriteState("pull.json", []byte("{not ours"), false); err != nil {
		t.Fatal(err)
	}
	if n, err := f.UndoInterrupted("pull.json", ""); n != 0 || err != nil {
		t.Errorf("%d restored, %v", n, err)
	}
	if got := world(t, dir); got != worldBefore {
		t.Errorf("got %s", got)
	}
}
