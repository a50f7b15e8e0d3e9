package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// newPartial makes a clone with no file's content in it, and a file that gets a
// line whenever the server is asked for something.
func newPartial(t *testing.T) (dir, asked, server string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for the server is a shell script")
	}
	server = newServer(t)
	dir = clone(t, server, "--filter=blob:none", "--no-checkout")
	asked = filepath.Join(gittest.Dir(t), "asked")
	script := filepath.Join(gittest.Dir(t), "upload-pack")
	check(t, os.WriteFile(script, []byte("#!/bin/sh\necho asked >>'"+asked+"'\nexec git-upload-pack \"$@\"\n"), 0o755))
	gittest.Run(t, dir, "config", "remote.origin.uploadpack", script)
	return dir, asked, server
}

func times(t *testing.T, asked string) int {
	t.Helper()
	raw, err := os.ReadFile(asked)
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	check(t, err)
	return strings.Count(string(raw), "asked")
}

func TestPartialClone(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	for name, open := range map[string]func(t *testing.T, dir string) reader{
		"commit": func(t *testing.T, dir string) reader {
			return commitTree(t, dir, "origin/main", options(git.EngineAuto))
		},
		"index": func(t *testing.T, dir string) reader {
			gittest.Run(t, dir, "read-tree", "HEAD")
			return indexTree(t, dir, options(git.EngineAuto))
		},
		"sparse worktree": func(t *testing.T, dir string) reader {
			gittest.Run(t, dir, "read-tree", "HEAD")
			gittest.Run(t, dir, "sparse-checkout", "set", "--no-cone", "/none")
			mustBeGone(t, dir, "top.yml")
			return worktree(t, dir, options(git.EngineAuto))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, asked, _ := newPartial(t)
			r := open(t, dir)
			before := times(t, asked)
			_, err := r.Entries(t.Context())
			check(t, err)
			if n := times(t, asked) - before; n != 0 {
				t.Errorf("listing asks the server %d times", n)
			}
			same(t, name, dump(t, r), content().visible())
			if n := times(t, asked) - before; n != 1 {
				t.Errorf("the server was asked %d times, want once for everything", n)
			}
		})
	}
}

// The git program alone fetches file by file, but it does fetch.
func TestPartialCloneByProgram(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir, _, _ := newPartial(t)
	same(t, "program", dump(t, commitTree(t, dir, "HEAD", options(git.EngineProgram))), content().visible())
}

func TestPartialCloneOffline(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir, asked, server := newPartial(t)
	_, err := commitTree(t, dir, "HEAD", noGit()).Read(t.Context(), "rules/a.yml", limit)
	wantError(t, "no git", err, `read "rules/a.yml" from git: this is a partial clone; fetching the missing objects needs git, which was not found on PATH; install git, or clone without --filter`)
	check(t, os.Rename(server, server+"-gone"))
	c := commitTree(t, dir, "HEAD", options(git.EngineAuto))
	for _, path := range []string{"rules/a.yml", "top.yml"} {
		_, err = c.Read(t.Context(), path, limit)
		wantError(t, "offline", err, `read "`+path+`" from git: this is a partial clone that lacks `, ` files, and fetching from "origin" failed (git fetch: `, `; check the connection and try again, or clone without --filter`)
		var typed *git.UnsupportedError
		if !errors.As(err, &typed) {
			t.Errorf("%#v, want an *UnsupportedError", err)
		}
	}
	if n := times(t, asked); n != 1 {
		t.Errorf("a server that isn't there was asked %d times", n)
	}
	hashes, commit, err := worktree(t, dir, options(git.EngineAuto)).HeadHashes(t.Context())
	if err == nil || hashes != nil || commit != "" {
		t.Errorf("links can't be followed offline, but HeadHashes gives %d hashes and %v", len(hashes), err)
	}
}
