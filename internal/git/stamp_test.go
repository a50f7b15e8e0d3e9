package git

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestStamp: any change of a file changes its stamp, even one of the same size with the
// old time put back; and a file that changed just now has none.
func TestStamp(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.yml")
	stamp := func(now time.Time) string {
		info, err := os.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		return stampOf(info, now)
	}
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	later := time.Now().Add(time.Hour)
	first := stamp(later)
	if first == "" {
		if _, _, ok := inode(must(os.Lstat(name))); !ok {
			t.Skip("this system does not say when a file last changed")
		}
		t.Fatal("a file that did not change for an hour has no stamp")
	}
	if again := stamp(later.Add(time.Minute)); again != first {
		t.Errorf("the stamp of an unchanged file changes from %q to %q", first, again)
	}
	if now := stamp(time.Now()); now != "" {
		t.Errorf("a file that changed just now has the stamp %q", now)
	}
	if now := stamp(time.Now().Add(-time.Hour)); now != "" {
		t.Errorf("a file that changed in the future has the stamp %q", now)
	}
	info := must(os.Lstat(name))
	_, changed, _ := inode(info)
	for { // until the file system's clock moves
		write("two")
		if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
		if _, again, _ := inode(must(os.Lstat(name))); !again.Equal(changed) {
			break
		}
	}
	if second := stamp(later); second == first {
		t.Errorf("another content of the same size and time has the same stamp %q", first)
	}
	// A file with the same description in its place is another file.
	second := stamp(later)
	if err := os.WriteFile(name+".new", []byte("six"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
	if third := stamp(later); third == second {
		t.Errorf("another file in its place has the same stamp %q", third)
	}
}

func must(info os.FileInfo, err error) os.FileInfo {
	if err != nil {
		panic(err)
	}
	return info
}
