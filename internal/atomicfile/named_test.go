package atomicfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/atomicfile"
)

// TestWriteStaysInARepository: a link that a commit may have made leads nowhere else.
func TestWriteStaysInARepository(t *testing.T) {
	top := t.TempDir()
	t.Setenv("HOME", t.TempDir())
	repo, out := filepath.Join(top, "repo"), filepath.Join(top, "out")
	for _, d := range []string{filepath.Join(repo, ".git"), filepath.Join(repo, "in"), filepath.Join(out, ".git")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(out, "mine"), "mine", 0o644)
	link(t, "../out/mine", filepath.Join(repo, "plan.json"))
	link(t, "../out/new", filepath.Join(repo, "dangling"))
	link(t, filepath.Join(out, "mine"), filepath.Join(repo, "absolute"))
	link(t, "../out", filepath.Join(repo, "folder"))
	link(t, "folder", filepath.Join(repo, "chain"))
	link(t, "in/x", filepath.Join(repo, "inside"))
	link(t, "repo", filepath.Join(top, "alias"))
	link(t, "../repo/in/y", filepath.Join(out, "own")) // a person's, in another repository
	for name, good := range map[string]bool{
		"repo/plan.json": false, "repo/dangling": false, "repo/absolute": false, "repo/folder/new": false, "repo/chain/x/new": false,
		"repo/inside": true, "repo/fresh": true, "alias/fresh": true, "alias/inside": true, "alias/plan.json": false, "out/fresh": true, "free": true, "out/own": false,
	} {
		err := atomicfile.Write(filepath.Join(top, filepath.FromSlash(name)), 0o644, text("written"))
		if (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
		if !good && (err == nil || !strings.Contains(err.Error(), "leads over a link out of the git repository") || !strings.Contains(err.Error(), "name the file itself, or delete the link")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := tree(t, out); got != ".git fresh mine own" {
		t.Errorf("outside is %s", got)
	}
	wantFile(t, filepath.Join(out, "mine"), "mine", 0o644)
	wantFile(t, filepath.Join(repo, "in", "x"), "written", 0o644)
}

// TestWriteInAHomeThatIsARepository follows links, which are the person's own there.
func TestWriteInAHomeThatIsARepository(t *testing.T) {
	home, out := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	if err := os.Mkdir(filepath.Join(home, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	link(t, out, filepath.Join(home, "work"))
	if err := atomicfile.Write(filepath.Join(home, "work", "x"), 0o644, text("x")); err != nil {
		t.Error(err)
	}
}
