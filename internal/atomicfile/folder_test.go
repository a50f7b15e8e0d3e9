package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/atomicfile"
)

func open(t *testing.T, dir string) *atomicfile.Folder {
	t.Helper()
	f, err := atomicfile.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func link(t *testing.T, to, from string) {
	t.Helper()
	if err := os.Symlink(to, from); err != nil {
		t.Skip("this system has no links")
	}
}

// tree lists everything below a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && p != dir {
			rel, _ := filepath.Rel(dir, p)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	if err := f.Replace("new/folders/a", []byte("one")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "new", "folders", "a")
	wantFile(t, path, "one", 0o644)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Replace("new/folders/a", []byte("two")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "two", 0o600)
	if got, want := tree(t, dir), ".pdac .pdac/.gitignore new new/folders new/folders/a"; got != want {
		t.Errorf("the folder holds %s, want %s", got, want)
	}
	wantFile(t, filepath.Join(dir, ".pdac", ".gitignore"), "*\n", 0o644)
}

func TestReplaceUnchanged(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	path := filepath.Join(dir, "a")
	put(t, path, "read", 0o640)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := f.ReplaceUnchanged("a", []byte("read"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "new", 0o640)
	for _, old := range []string{"read", "neW", "ne", "newer", ""} {
		if err := f.ReplaceUnchanged("a", []byte(old), []byte("newest")); !errors.Is(err, atomicfile.ErrChanged) {
			t.Errorf("old is %q: got the error %v, want ErrChanged", old, err)
		}
	}
	wantFile(t, path, "new", 0o640)
	if err := f.ReplaceUnchanged("none", nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got the error %v for a missing file", err)
	}
}

// TestNothingOutside writes and removes through every link and path that leads out
// of the folder.
func TestNothingOutside(t *testing.T) {
	base := t.TempDir()
	dir, outside := filepath.Join(base, "repo"), filepath.Join(base, "outside")
	for _, d := range []string{dir, outside, filepath.Join(dir, ".git", "hooks"), filepath.Join(dir, "deep"), filepath.Join(dir, "sub", ".git")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(outside, "file"), "theirs", 0o644)
	for from, to := range map[string]string{
		"up": "../outside", "absolute": outside, "file": "../outside/file", "new": "../outside/new", "deep/up": "../../outside",
		"hooks": ".git/hooks", "config": "deep/../.git/config", "nested": "sub", "circle": "circle", "back": "deep/up",
		"home": filepath.Join(dir, "deep"),
	} {
		link(t, filepath.FromSlash(to), filepath.Join(dir, filepath.FromSlash(from)))
	}
	before := tree(t, base)
	f := open(t, dir)
	for path, want := range map[string]string{
		"up/x": `"up" is a link to "../outside", which is outside the repository`, "absolute/x": "absolute path", "file": "outside",
		"new": "outside", "deep/up/x": "outside", "back/x": `"deep/up" is a link`, "hooks/x": "git's own folder", "config": "git's own folder",
		"nested/x": "another git repository", "circle": "a circle of links", "circle/x": "a circle of links", "home/x": "absolute path",
		"../outside/file": `"../outside/file" is outside`, "/etc/x": "outside", "": "outside", ".git/x": "git's own folder", "deep/../../x": "outside",
		".GIT/x": "git's own folder", "deep": "not a regular file",
	} {
		for what, err := range map[string]error{
			"check": f.Check(path), "replace": f.Replace(path, []byte("x")), "create": f.Create(path, []byte("x")),
			"replace unchanged": f.ReplaceUnchanged(path, []byte("theirs"), []byte("x")),
			"change":            f.ChangeAll("test.json", "", map[string][]byte{"fine": []byte("x"), path: []byte("x")}, false),
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %q: %v, want %s", what, path, err, want)
			}
		}
		if strings.HasSuffix(path, "/x") {
			if err := f.Remove(path); err == nil {
				t.Errorf("%q was removed", path)
			}
		}
	}
	if after := tree(t, base); after != before {
		t.Errorf("there is now\n%s\nand there was\n%s", after, before)
	}
	wantFile(t, filepath.Join(outside, "file"), "theirs", 0o644)
	// A link itself can be removed.
	if err := f.Remove("file"); err != nil {
		t.Error(err)
	}
	wantFile(t, filepath.Join(outside, "file"), "theirs", 0o644)
}

// TestLinksInside are followed and stay links.
func TestLinksInside(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "real", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "real", "file"), "old", 0o600)
	link(t, "real/file", filepath.Join(dir, "file"))
	link(t, "real/deep", filepath.Join(dir, "folder"))
	link(t, "../file", filepath.Join(dir, "real", "deep", "up")) // from real/deep, whatever name that has
	link(t, "real/none", filepath.Join(dir, "dangling"))
	f := open(t, dir)
	for path, real := range map[string]string{"file": "real/file", "folder/up": "real/file", "folder/new/x": "real/deep/new/x", "dangling": "real/none"} {
		if err := f.Replace(path, []byte(path)); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(real)))
		if err != nil || string(got) != path {
			t.Errorf("%s: %s holds %q (%v)", path, real, got, err)
		}
	}
	for _, name := range []string{"file", "folder", "real/deep/up", "dangling"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("the link %s was replaced", name)
		}
	}
}

// TestStateIsNeverALink covers pdac's own files, for which links inside the
// repository don't count either.
func TestStateIsNeverALink(t *testing.T) {
	for _, name := range []string{".pdac", ".pdac/cache", ".pdac/.gitignore", ".pdac/cache/file"} {
		for _, to := range []string{"outside", "inside"} {
			t.Run(name+" to "+to, func(t *testing.T) {
				base := t.TempDir()
				dir := filepath.Join(base, "repo")
				target := map[string]string{"outside": filepath.Join(base, "outside"), "inside": filepath.Join(dir, "rules")}[to]
				full := filepath.Join(dir, filepath.FromSlash(name))
				for _, d := range []string{target, filepath.Dir(full)} {
					if err := os.MkdirAll(d, 0o755); err != nil {
						t.Fatal(err)
					}
				}
				put(t, filepath.Join(target, "file"), "theirs", 0o644)
				put(t, filepath.Join(target, ".pdac-tmp-0123456789abcdef"), "theirs", 0o644)
				rel, err := filepath.Rel(filepath.Dir(full), target)
				if err != nil {
					t.Fatal(err)
				}
				if filepath.Base(full) == "file" {
					rel = filepath.Join(rel, "file")
				}
				link(t, rel, full)
				before := tree(t, base)
				f := open(t, dir)
				_, opened := f.OpenState("cache/file")
				_, prepared := f.PrepareState("cache/file")
				_, listed := f.ListState("cache")
				for what, err := range map[string]error{
					"write": f.WriteState("cache/file", []byte("x"), false), "remove": f.RemoveState("cache/file"),
					"remove all": f.RemoveStateTree("cache/file"), "open": opened, "prepare": prepared, "list": listed,
				} {
					var linked *atomicfile.LinkError
					switch {
					case err == nil && (what == "write" || what == "prepare"), err == nil && name != ".pdac/.gitignore" && what != "list":
						t.Errorf("%s: no error", what)
					case err != nil && !errors.As(err, &linked) && !errors.Is(err, fs.ErrNotExist):
						t.Errorf("%s: %v", what, err)
					}
				}
				if after := strings.ReplaceAll(tree(t, base), "repo/.pdac/.gitignore ", ""); after != strings.ReplaceAll(before, "repo/.pdac/.gitignore ", "") {
					t.Errorf("there is now\n%s\nand there was\n%s", after, before)
				}
				wantFile(t, filepath.Join(target, "file"), "theirs", 0o644)
				// Files are still replaced, over temporary files beside them.
				if err := f.Replace("other/x", []byte("x")); err != nil {
					t.Error(err)
				}
				wantFile(t, filepath.Join(dir, "other", "x"), "x", 0o644)
				wantNames(t, filepath.Join(dir, "other"), "x")
			})
		}
	}
}

func TestFullFolder(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("folders without permission to write need a user")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "locked"), 0o555); err != nil {
		t.Fatal(err)
	}
	err := open(t, dir).Replace("locked/x", []byte("x"))
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got the error %v", err)
	}
	wantNames(t, filepath.Join(dir, ".pdac"), ".gitignore")
}

// TestKilledBeforeGitIgnores: what a killed run leaves of the first file is completed, and what a person wrote there stays.
func TestKilledBeforeGitIgnores(t *testing.T) {
	for was, want := range map[string]string{"": "*\n", "cache\n": "cache\n"} {
		dir := t.TempDir()
		ignore := filepath.Join(dir, ".pdac", ".gitignore")
		if err := os.Mkdir(filepath.Dir(ignore), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ignore, []byte(was), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, dir).PrepareState("sandbox.db"); err != nil {
			t.Fatal(err)
		}
		wantFile(t, ignore, want, 0o644)
	}
}
