package git_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"pgregory.net/rapid"
)

// seen is what a reader makes of one file.
type seen struct {
	Path, Hash, Content, Error string
	Link                       bool
}

func look(t *rapid.T, r reader) []seen {
	entries, err := r.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := []seen{}
	for _, e := range entries {
		s := seen{Path: e.Path, Hash: e.Hash, Link: e.Link}
		c, err := r.Read(t.Context(), e.Path, limit)
		s.Content = string(c)
		if err != nil {
			s.Error = err.Error()
		}
		out = append(out, s)
	}
	return out
}

// Whatever a repository holds, go-git and the git program see the same, and so
// do the working tree, the commit and the index when nothing was changed.
func TestEnginesAgree(t *testing.T) {
	gittest.Need(t)
	gittest.SetChecks(t, 5, 1)
	segment := rapid.SampledFrom([]string{"a", "b", "rules", "c.yml", "d.py", ".h", "é", "x y", "[z]*", "-n", "q'\"", "zz.yml"})
	target := rapid.Map(rapid.SliceOfN(rapid.OneOf(segment, rapid.SampledFrom([]string{"..", ".", ""})), 1, 4), func(s []string) string {
		return strings.Join(s, "/")
	})
	rapid.Check(t, func(rt *rapid.T) {
		base, err := os.MkdirTemp(t.TempDir(), "")
		check(t, err)
		base, err = filepath.EvalSymlinks(base)
		check(t, err)
		dir := filepath.Join(base, "repo")
		gittest.Run(t, base, "init", "--quiet", "--initial-branch=main", dir)
		folders := map[string]bool{"": true}
		for range rapid.IntRange(1, 25).Draw(rt, "files") {
			p := path.Join(rapid.SliceOfN(segment, 1, 4).Draw(rt, "path")...)
			full := filepath.Join(dir, filepath.FromSlash(p))
			if os.MkdirAll(filepath.Dir(full), 0o755) != nil {
				continue // a file is in the way
			}
			if _, err := os.Lstat(full); err == nil {
				continue
			}
			if rapid.IntRange(0, 2).Draw(rt, "link") == 0 {
				if to := target.Draw(rt, "target"); to != "" {
					check(t, os.Symlink(to, full))
				}
			} else {
				content := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "content")
				times := rapid.SampledFrom([]int{1, 1, 1, 1000}).Draw(rt, "times")
				check(t, os.WriteFile(full, []byte(strings.Repeat(string(content), times)), 0o644))
			}
			for d := path.Dir(p); d != "."; d = path.Dir(d) {
				folders[d] = true
			}
		}
		// A folder with nothing but hidden files in it is one on disk alone.
		for d := range folders {
			visible := filepath.Join(dir, filepath.FromSlash(d), "visible.yml")
			check(t, os.WriteFile(visible, []byte("visible\n"), 0o644))
		}
		gittest.Commit(t, dir, "all")
		if rapid.Bool().Draw(rt, "packed") {
			gittest.Run(t, dir, "gc", "--quiet")
		}
		root := dir
		if sub := segment.Draw(rt, "root"); folders[sub] && gittest.Run(t, dir, "--literal-pathspecs", "ls-files", "--", sub+"/") != "" {
			root = filepath.Join(dir, sub)
		}
		w := worktree(t, root, options(git.EngineAuto))
		want := look(rt, w)
		hashes, _, err := w.HeadHashes(t.Context())
		check(t, err)
		for _, s := range want {
			if s.Error == "" && !git.SameBlob([]byte(s.Content), hashes[s.Path]) {
				rt.Errorf("%q is not what HEAD holds", s.Path)
			}
		}
		var stored []seen
		for _, e := range []git.Engine{git.EngineLibrary, git.EngineProgram} {
			for what, r := range map[string]reader{"commit": commitTree(t, root, "HEAD", options(e)), "index": indexTree(t, root, options(e))} {
				got := look(rt, r)
				if r.Describe().Dirty {
					rt.Errorf("%s by engine %d is dirty", what, e)
				}
				if stored == nil {
					stored = got
				}
				if d := cmp.Diff(stored, got); d != "" {
					rt.Errorf("%s by engine %d:\n%s", what, e, d)
				}
			}
		}
		for i := range stored {
			stored[i].Hash = ""
		}
		if d := cmp.Diff(want, stored); d != "" {
			rt.Errorf("working tree (-) and what git stores (+):\n%s", d)
		}
	})
}

// A path or link read from a working tree never shows what is outside, in
// git's folder or in a hidden one.
func FuzzRead(f *testing.F) {
	base, err := filepath.EvalSymlinks(f.TempDir())
	check(f, err)
	const secret = "a secret"
	gittest.Write(f, base, files{"outside": secret, "root/.git/HEAD": secret, "root/.hidden/x": secret, "root/a/b/c": "c", "root/x": "x", "root/a/.s": secret})
	for _, seed := range [][2]string{{"x", "y"}, {"link", "../outside"}, {"a/../../outside", "x"}, {"l/outside", ".."}, {"l/HEAD", ".git"}, {"l", "a/b/../../.git/HEAD"}, {"l", "/etc/passwd"}, {"x", "\x00"}, {"a\\..\\x", "c:/x"}} {
		f.Add(seed[0], seed[1])
	}
	dir := filepath.Join(base, "root")
	f.Fuzz(func(t *testing.T, p, target string) {
		link := filepath.Join(dir, "l")
		_ = os.Remove(link)
		_ = os.Symlink(target, link)
		w, err := git.Worktree(t.Context(), dir, noGit())
		check(t, err)
		defer w.Close()
		for _, p := range []string{p, "l", "l/" + p} {
			c, err := w.Read(t.Context(), p, limit)
			if err == nil && string(c) != "c" && string(c) != "x" {
				t.Errorf("%q with a link to %q shows %q", p, target, c)
			}
			if err != nil && (c != nil || err.Error() == "") {
				t.Errorf("%q with a link to %q: %q and %v", p, target, c, err)
			}
		}
	})
}

// What go-git resolves is what git resolves.
func FuzzRevision(f *testing.F) {
	gittest.Slow(f)
	dir := newHistory(f)
	head := gittest.Run(f, dir, "rev-parse", "HEAD")
	for _, rev := range []string{"HEAD", "main~1", "v1.0.0^{}", "HEAD^2~1^0", head[:6], "a-tree", "@~", "left^{commit}^", "~1", "^", "heads/main^^^^", "x-g" + head[:5], "HEAD~~^", "v1.0.0^{tag}", "main@{1}"} {
		f.Add(rev)
	}
	f.Fuzz(func(t *testing.T, rev string) {
		c, err := git.Commit(t.Context(), dir, rev, options(git.EngineLibrary))
		if err != nil {
			return
		}
		defer c.Close()
		p, err := git.Commit(t.Context(), dir, rev, options(git.EngineProgram))
		if err != nil {
			t.Fatalf("%q is %s, but git says: %v", rev, c.Describe().Commit, err)
		}
		defer p.Close()
		if c.Describe() != p.Describe() {
			t.Errorf("%q is %s, but git says %s", rev, c.Describe().Commit, p.Describe().Commit)
		}
	})
}

// Damaged files of git's own give errors and nothing worse.
func FuzzDamagedFiles(f *testing.F) {
	dir := newRepo(f, files{"a.yml": "a\n", "l.yml": "-> a.yml"})
	head := gittest.Run(f, dir, "rev-parse", "HEAD^{tree}")
	names := []string{"index", "config", "HEAD", "packed-refs", "objects/info/alternates", "commondir", "shallow", "objects/" + head[:2] + "/" + head[2:]}
	sound := map[string][]byte{}
	for i, n := range names {
		raw, err := os.ReadFile(filepath.Join(dir, ".git", filepath.FromSlash(n)))
		if err == nil {
			sound[n] = raw
		}
		f.Add(i, raw)
		f.Add(i, []byte("../../x\n"))
	}
	f.Fuzz(func(t *testing.T, which int, content []byte) {
		name := names[((which%len(names))+len(names))%len(names)]
		file := filepath.Join(dir, ".git", filepath.FromSlash(name))
		_ = os.Remove(file)
		check(t, os.WriteFile(file, content, 0o644))
		defer func() {
			check(t, os.Remove(file))
			if raw, ok := sound[name]; ok {
				check(t, os.WriteFile(file, raw, 0o644))
			}
		}()
		for what, open := range map[string]func() (*git.GitTree, error){
			"commit": func() (*git.GitTree, error) { return git.Commit(t.Context(), dir, "HEAD", noGit()) },
			"index":  func() (*git.GitTree, error) { return git.Index(t.Context(), dir, noGit()) },
		} {
			r, err := open()
			if err != nil {
				if err.Error() == "" {
					t.Errorf("%s: an error that says nothing", what)
				}
				continue
			}
			entries, err := r.Entries(t.Context())
			check(t, err)
			for _, e := range entries {
				if strings.HasPrefix(e.Path, ".") || strings.Contains(e.Path, "..") {
					t.Errorf("%s lists %q", what, e.Path)
				}
				if c, err := r.Read(t.Context(), e.Path, limit); err == nil && string(c) != "a\n" && e.Path != "big/large.yml" && e.Hash != git.BlobHash(c, false) && !e.Link {
					t.Errorf("%s: %q has hash %s, but is %q", what, e.Path, e.Hash, c)
				}
			}
			check(t, r.Close())
		}
		_, _ = git.TopLevel(dir)
		_ = fmt.Sprint(worktree(t, dir, noGit()).Describe())
	})
}
