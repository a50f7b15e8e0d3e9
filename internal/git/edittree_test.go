package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// TestEditTree compares edited trees with those that git makes of the same files, by both
// engines: modes, links and submodules stay, and folders come and go.
func TestEditTree(t *testing.T) {
	gittest.Need(t)
	dir := gittest.New(t, nil, map[string]string{"a.txt": "a", "d/b.txt": "b", "d/e/c.txt": "c", "x/run.sh": "#!/bin/sh\n"})
	check(t, os.Chmod(filepath.Join(dir, "x", "run.sh"), 0o755))
	check(t, os.Symlink("a.txt", filepath.Join(dir, "d", "link")))
	gittest.Run(t, dir, "add", "-A")
	gittest.Run(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("12", 20)+",sub")
	gittest.Run(t, dir, "commit", "-q", "-m", "modes")
	commit := strings.TrimSpace(gittest.Run(t, dir, "rev-parse", "HEAD"))
	gittest.Run(t, dir, "reset", "-q", "--hard")
	repositories := map[string]*git.Repository{}
	for name, o := range map[string]git.Options{"program": options(git.EngineProgram), "library": noGit()} {
		r, err := git.Open(t.Context(), dir, o)
		check(t, err)
		defer r.Close()
		repositories[name] = r
	}
	gittest.SetChecks(t, 12, 4)
	rapid.Check(t, func(rt *rapid.T) {
		paths := []string{"a.txt", "d/b.txt", "d/e/c.txt", "x/run.sh", "d/new.txt", "n/e/w.txt", "d-b", "d.b", "z"}
		edits := map[string][]byte{}
		for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(paths), 1, len(paths), rapid.ID).Draw(rt, "paths") {
			if rapid.Bool().Draw(rt, "removed") {
				edits[p] = nil
			} else {
				edits[p] = []byte(rapid.StringMatching(`[a-c\n]{0,4}`).Draw(rt, "text"))
			}
		}
		want := wantTree(rt, dir, commit, edits)
		for name, r := range repositories {
			got, err := r.EditTree(t.Context(), commit, edits)
			if err != nil || got != want {
				rt.Fatalf("%s: %s, %v; want %s", name, got, err, want)
			}
		}
	})
	for path, reason := range map[string]string{"d": "is not a plain file in git", "d/link": "is not a plain file in git", "sub": "is not a plain file in git", "a.txt/b": `is in "a.txt", which is not a folder`, "../x": `contains ".."; use a path below the repository's folder`} {
		for name, r := range repositories {
			_, err := r.EditTree(t.Context(), commit, map[string][]byte{path: []byte("x")})
			var bad *git.PathError
			if !errors.As(err, &bad) || bad.Reason != reason {
				t.Errorf("%s: %s: %v, want %s", name, path, err, reason)
			}
		}
	}
}

// wantTree changes the files in the working tree, and returns the tree that git writes.
func wantTree(t gittest.T, dir, commit string, edits map[string][]byte) string {
	for p, c := range edits {
		file := filepath.Join(dir, filepath.FromSlash(p))
		if c == nil {
			_ = os.Remove(file)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, c, 0o644); err != nil {
			t.Fatal(err)
		}
		gittest.Run(t, dir, "add", "-f", "--", p)
	}
	gittest.Run(t, dir, "add", "-u")
	gittest.Run(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("12", 20)+",sub") // its folder is missing
	tree := strings.TrimSpace(gittest.Run(t, dir, "write-tree"))
	gittest.Run(t, dir, "reset", "-q", "--hard", commit)
	gittest.Run(t, dir, "clean", "-fdq")
	return tree
}

// TestBranches: what can't be a branch is refused, and what is checked out is found.
func TestBranches(t *testing.T) {
	gittest.Need(t)
	for _, name := range []string{"", "-x", "a..b", "a b", "HEAD", "refs/heads/x", "x.lock", "a~1", "/a", "a/", "@"} {
		if ref, err := git.CheckBranch(name); err == nil {
			t.Errorf("%q is accepted as %s", name, ref)
		}
	}
	ref, err := git.CheckBranch("pdac/drift")
	if err != nil || ref != "refs/heads/pdac/drift" {
		t.Errorf("%s, %v", ref, err)
	}
	dir := gittest.New(t, nil, map[string]string{"a.txt": "a"})
	gittest.Run(t, dir, "branch", "free")
	gittest.Run(t, dir, "worktree", "add", "-q", "-b", "other", filepath.Join(t.TempDir(), "w"))
	main := strings.TrimSpace(gittest.Run(t, dir, "symbolic-ref", "HEAD"))
	for name, o := range map[string]git.Options{"program": options(git.EngineProgram), "library": noGit()} {
		r, err := git.Open(t.Context(), dir, o)
		check(t, err)
		for ref, want := range map[string]bool{main: true, "refs/heads/other": true, "refs/heads/free": false} {
			if at, err := r.CheckedOut(t.Context(), ref); err != nil || (at != "") != want {
				t.Errorf("%s: %s is checked out in %q, %v", name, ref, at, err)
			}
		}
		check(t, r.Close())
	}
}
