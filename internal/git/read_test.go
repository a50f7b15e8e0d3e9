package git_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// everyTree opens one repository in all ways, with nothing that differs between
// them.
func everyTree(t *testing.T, root string) map[string]reader {
	t.Helper()
	out := map[string]reader{"worktree": worktree(t, root, options(git.EngineAuto))}
	for name, e := range engines {
		out["commit by "+name] = commitTree(t, root, "HEAD", options(e))
		out["index by "+name] = indexTree(t, root, options(e))
	}
	// What the walk found is read another way than what it didn't.
	walked := worktree(t, root, options(git.EngineAuto))
	_, err := walked.Entries(t.Context())
	check(t, err)
	out["walked worktree"] = walked
	return out
}

func TestBadPaths(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, content())
	cases := map[string]string{
		"":                     `"" names no file; use a path below the repository's folder`,
		"..":                   `".." contains ".."`,
		"../repo/top.yml":      `contains ".."; use a path below the repository's folder`,
		"rules/../top.yml":     `contains ".."`,
		"/etc/passwd":          `"/etc/passwd" is an absolute path; use a path relative to the repository's folder`,
		`C:\Windows\win.ini`:   `is an absolute path`,
		"c:/windows/win.ini":   `is an absolute path`,
		`\\server\share\x.yml`: `is an absolute path`,
		"rules/a\x00.yml":      `contains a NUL character`,
		"rules//a.yml":         `has the part "", which names nothing; remove it`,
		"./top.yml":            `has the part ".", which names nothing; remove it`,
		"rules/":               `has the part ""`,
		"rules":                `"rules" is a folder; name a file`,
		".hidden/x.yml":        `is hidden; hidden files are ignored`,
		".git/config":          `is hidden`,
		"rules/.hidden.yml":    `is hidden`,
		"rules/none.yml":       `"rules/none.yml" does not exist`,
		"none/at/all.yml":      `does not exist`,
		"top.yml/below.yml":    `does not exist`,
	}
	for what, r := range everyTree(t, dir) {
		for path, text := range cases {
			_, err := r.Read(t.Context(), path, limit)
			wantError(t, what, err, text)
			var typed *git.PathError
			if !errors.As(err, &typed) || typed.Path != path {
				t.Errorf("%s: %q gives %#v, want a *PathError for it", what, path, err)
			}
			if missing := strings.Contains(text, "does not exist"); missing != errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %q: is fs.ErrNotExist: %v", what, path, !missing)
			}
		}
		// A backslash is an ordinary character in git, and parts folders on Windows.
		if _, err := r.Read(t.Context(), `rules\a.yml`, limit); err == nil {
			t.Errorf(`%s: rules\a.yml can be read`, what)
		}
	}
}

func TestBadLinks(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(gittest.Dir(t), "secret")
	check(t, os.WriteFile(outside, []byte("secret"), 0o600))
	long := strings.Repeat("a/../", 100) + "top.yml"
	dir := newRepo(t, files{
		"top.yml": "top\n", "a/x.yml": "x\n", ".env": "TOKEN=1\n", ".hidden/x.yml": "hidden\n",
		"l/out":      "-> ../../secret",
		"l/outin":    "-> ../../repo/top.yml",
		"l/absolute": "-> " + outside,
		"l/itself":   "-> itself",
		"l/ping":     "-> pong",
		"l/pong":     "-> ping",
		"l/broken":   "-> none.yml",
		"l/under":    "-> ../top.yml/x",
		"l/folder":   "-> ../a",
		"l/here":     "-> .",
		"l/git":      "-> ../.git/config",
		"l/env":      "-> ../.env",
		"l/hidden":   "-> ../.hidden/x.yml",
		"l/chain":    "-> out",
		"l/gitdir":   "-> ../.git",
		"l/viadir":   "-> gitdir/config",
		"l/good":     "-> ../" + long,
	})
	cases := map[string]string{
		"l/out":      `"l/out" is a link to "../../secret", which leads out of the folder that is read; replace the link with the file itself`,
		"l/outin":    `"l/outin" is a link to "../../repo/top.yml", which leads out of the folder`,
		"l/absolute": `"l/absolute" is a link to "` + outside + `", which is an absolute path`,
		"l/itself":   `"l/itself" is a link to "itself", which leads back to itself`,
		"l/ping":     `"l/ping" is a link to "p`,
		"l/broken":   `"l/broken" is a link to "none.yml", which does not exist`,
		"l/under":    `"l/under" is a link to "../top.yml/x", which does not exist`,
		"l/folder":   `"l/folder" is a link to "../a", which is a folder`,
		"l/here":     `"l/here" is a link to ".", which is a folder`,
		"l/git":      `"l/git" is a link to "../.git/config", which is hidden; replace`,
		"l/env":      `"l/env" is a link to "../.env", which is hidden`,
		"l/hidden":   `"l/hidden" is a link to "../.hidden/x.yml", which is hidden`,
		"l/chain":    `"l/chain" is a link to "../../secret", which leads out of the folder`,
		"l/viadir":   `"l/viadir" is a link to "../.git", which is hidden`,
	}
	for what, r := range everyTree(t, dir) {
		for path, text := range cases {
			c, err := r.Read(t.Context(), path, limit)
			wantError(t, what, err, text)
			var typed *git.LinkError
			if !errors.As(err, &typed) || typed.Path != path || typed.Target == "" {
				t.Errorf("%s: %q gives %q and %#v, want a *LinkError for it", what, path, c, err)
			}
		}
		if c, err := r.Read(t.Context(), "l/good", limit); string(c) != "top\n" || err != nil {
			t.Errorf("%s: a good link gives %q and %v", what, c, err)
		}
		entries, err := r.Entries(t.Context())
		check(t, err)
		for _, e := range entries {
			if link := strings.HasPrefix(e.Path, "l/"); e.Link != link {
				t.Errorf("%s: %q is a link: %v", what, e.Path, e.Link)
			}
		}
	}
}

// A link that leads out of a folder leads out of it even when the repository
// goes on there.
func TestLinkOutOfSubfolder(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, files{"top.yml": "top\n", "sub/up.yml": "-> ../top.yml", "sub/x.yml": "x\n"})
	for what, r := range everyTree(t, filepath.Join(dir, "sub")) {
		_, err := r.Read(t.Context(), "up.yml", limit)
		wantError(t, what, err, `"up.yml" is a link to "../top.yml", which leads out of the folder that is read`)
	}
}

func TestLinksIntoOtherRepositories(t *testing.T) {
	t.Parallel()
	other := newRepo(t, files{"x.yml": "other\n"})
	dir := newRepo(t, files{"top.yml": "top\n", "link.yml": "-> nested/x.yml"})
	gittest.Run(t, dir, "clone", "--quiet", other, "nested")
	w := worktree(t, dir, options(git.EngineAuto))
	_, err := w.Read(t.Context(), "link.yml", limit)
	wantError(t, "worktree", err, `"link.yml" is a link to "nested/x.yml", which is in another git repository`)
	_, err = w.Read(t.Context(), "nested/x.yml", limit)
	wantError(t, "worktree", err, `"nested/x.yml" is in another git repository`)
}

// Git's own folder stays closed by whatever name the file system knows it.
func TestGitFolderByAnotherName(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, files{"top.yml": "top\n"})
	if _, err := os.Stat(filepath.Join(dir, "GIT~1", "config")); err != nil {
		t.Skip("this file system has no other name for .git")
	}
	_, err := worktree(t, dir, options(git.EngineAuto)).Read(t.Context(), "GIT~1/config", limit)
	wantError(t, "worktree", err, "is git's own folder")
}

func TestFolderSwappedForLink(t *testing.T) {
	t.Parallel()
	dir := gittest.Dir(t)
	gittest.Write(t, dir, files{"root/rules/a.yml": "a\n", "outside/a.yml": "secret\n"})
	w := worktree(t, filepath.Join(dir, "root"), options(git.EngineAuto))
	_, err := w.Entries(t.Context())
	check(t, err)
	check(t, os.RemoveAll(filepath.Join(dir, "root", "rules")))
	gittest.Write(t, dir, files{"root/rules": "-> ../outside"})
	c, err := w.Read(t.Context(), "rules/a.yml", limit)
	wantError(t, "swapped", err, `"rules/a.yml" can't be opened`)
	if c != nil {
		t.Errorf("read %q from outside", c)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newLargeRepo(t, files{"ten.yml": "123456789\n", "link.yml": "-> ten.yml"})
	gittest.Run(t, dir, "gc", "--quiet", "--aggressive")
	for what, r := range everyTree(t, dir) {
		for _, path := range []string{"ten.yml", "link.yml"} {
			if c, err := r.Read(t.Context(), path, 10); string(c) != "123456789\n" || err != nil {
				t.Errorf("%s: %s of just the limit gives %q and %v", what, path, c, err)
			}
			c, err := r.Read(t.Context(), path, 9)
			wantError(t, what, err, `"`+path+`" has 10 bytes, more than the limit of 9; make it smaller, or raise the limit`)
			var typed *git.SizeError
			if !errors.As(err, &typed) || *typed != (git.SizeError{Path: path, Size: 10, Limit: 9}) || c != nil {
				t.Errorf("%s: %q and %#v, want a *SizeError", what, c, err)
			}
		}
		// The next read must not find the rest of the last one.
		_, err := r.Read(t.Context(), "big/large.yml", 1<<20)
		wantError(t, what, err, `"big/large.yml" has 1126406 bytes, more than the limit of 1048576`)
		if c, err := r.Read(t.Context(), "ten.yml", 10); string(c) != "123456789\n" || err != nil {
			t.Errorf("%s: after a large file: %q and %v", what, c, err)
		}
		entries, err := r.Entries(t.Context())
		check(t, err)
		for _, e := range entries {
			known := strings.Contains(what, "worktree")
			switch {
			case known && e.Path == "ten.yml" && e.Size != 10, !known && e.Size != -1, e.Link && e.Size != -1:
				t.Errorf("%s: %s has size %d", what, e.Path, e.Size)
			case known != (e.Hash == ""):
				t.Errorf("%s: %s has hash %q", what, e.Path, e.Hash)
			}
		}
	}
}

// Large files that git stores as differences from others.
func TestLargeDeltas(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newLargeRepo(t, content())
	gittest.Run(t, dir, "gc", "--quiet", "--aggressive")
	stored := gittest.Run(t, dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(deltabase)")
	deltas := 0
	for rev, want := range map[string]string{"HEAD": text(1200 << 10), "HEAD~1": "short\n" + text(1100<<10)} {
		whole := gittest.Run(t, dir, "rev-parse", rev+":big/large.yml") + " " + strings.Repeat("0", 40)
		if !strings.Contains(stored, whole) {
			deltas++
		}
		for name, e := range engines {
			c, err := commitTree(t, dir, rev, options(e)).Read(t.Context(), "big/large.yml", limit)
			if err != nil || string(c) != want {
				t.Errorf("%s by %s: %d bytes and %v, want %d bytes", rev, name, len(c), err, len(want))
			}
		}
	}
	if deltas == 0 {
		t.Error("git stored both whole, so this tests nothing")
	}
}

func TestNamedPipe(t *testing.T) {
	t.Parallel()
	dir := gittest.Dir(t)
	gittest.Write(t, dir, files{"a.yml": "a\n", "link.yml": "-> pipe.yml"})
	makePipe(t, filepath.Join(dir, "pipe.yml"))
	w := worktree(t, dir, options(git.EngineAuto))
	entries, err := w.Entries(t.Context())
	check(t, err)
	if len(entries) != 2 || entries[0].Path != "a.yml" || entries[1].Path != "link.yml" {
		t.Errorf("entries: %v, want a.yml and link.yml", entries)
	}
	_, err = w.Read(t.Context(), "link.yml", limit)
	wantError(t, "link", err, `"link.yml" is a link to "pipe.yml", which is not a regular file`)
	// The file turns into a pipe after it was listed: opening must not wait.
	check(t, os.Remove(filepath.Join(dir, "a.yml")))
	makePipe(t, filepath.Join(dir, "a.yml"))
	_, err = w.Read(t.Context(), "a.yml", limit)
	wantError(t, "pipe", err, `"a.yml" is not a regular file`)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	want := content().visible()
	dir := newRepo(t, content())
	gittest.Run(t, dir, "gc", "--quiet")
	gittest.Write(t, dir, files{"rules/loose.yml": "loose\n"})
	gittest.Commit(t, dir, "third")
	want["rules/loose.yml"] = "loose\n"
	for what, r := range everyTree(t, dir) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for p, c := range want {
					got, err := r.Read(t.Context(), p, limit)
					if err != nil || string(got) != c {
						t.Errorf("%s: %q: %d bytes and %v, want %d bytes", what, p, len(got), err, len(c))
					}
					// Who reads may do as they like with what they get.
					clear(got)
				}
			})
		}
		wg.Wait()
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, content())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, r := range everyTree(t, dir) {
		_, err := r.Entries(ctx)
		_, err2 := r.Read(ctx, "top.yml", limit)
		if !errors.Is(err, context.Canceled) || !errors.Is(err2, context.Canceled) {
			t.Errorf("%s: %v and %v, want both cancelled", what, err, err2)
		}
		// Later questions are answered again.
		if c, err := r.Read(t.Context(), "top.yml", limit); string(c) != "top\n" || err != nil {
			t.Errorf("%s: %q and %v", what, c, err)
		}
	}
	for name, e := range engines {
		_, err := git.Commit(ctx, dir, "HEAD", options(e))
		_, err2 := git.Index(ctx, dir, options(e))
		if !errors.Is(err, context.Canceled) || !errors.Is(err2, context.Canceled) {
			t.Errorf("%s: %v and %v, want both cancelled", name, err, err2)
		}
	}
}

func TestWorktreeOfNothing(t *testing.T) {
	t.Parallel()
	dir := gittest.Dir(t)
	_, err := git.Worktree(t.Context(), filepath.Join(dir, "none"), options(git.EngineAuto))
	wantError(t, "missing", err, `none" can't be opened as a folder`)
	gittest.Write(t, dir, files{"file": "x"})
	_, err = git.Worktree(t.Context(), filepath.Join(dir, "file"), options(git.EngineAuto))
	wantError(t, "file", err, `file" can't be opened as a folder`)
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		return
	}
	gittest.Write(t, dir, files{"sub/closed/x.yml": "x"})
	check(t, os.Chmod(filepath.Join(dir, "sub", "closed"), 0))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "sub", "closed"), 0o700) })
	_, err = worktree(t, dir, options(git.EngineAuto)).Entries(t.Context())
	wantError(t, "closed", err, `list the folder "sub/closed"`)
}
