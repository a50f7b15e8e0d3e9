package git_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

func TestNoRepository(t *testing.T) {
	t.Parallel()
	dir := gittest.Dir(t)
	gittest.Write(t, dir, files{"a.yml": "a\n", "sub/b.yml": "b\n", ".git/nothing": "an empty .git folder is none"})
	for name, e := range engines {
		w := worktree(t, dir, options(e))
		same(t, name, dump(t, w), files{"a.yml": "a\n", "sub/b.yml": "b\n"})
		hashes, commit, err := w.HeadHashes(t.Context())
		if len(hashes) != 0 || commit != "" || err != nil {
			t.Errorf("%s: %v, %q and %v, want nothing", name, hashes, commit, err)
		}
		_, err = git.Commit(t.Context(), dir, "v1", options(e))
		wantError(t, name, err, `"`+dir+`" is not in a git repository, which is needed to read revision "v1"; read the working tree instead, or run "git init" and commit the files`)
		_, err2 := git.Index(t.Context(), dir, options(e))
		wantError(t, name, err2, `is not in a git repository, which is needed to read the index`)
		var typed *git.NotRepositoryError
		if !errors.As(err, &typed) || typed.Root != dir || !errors.As(err2, &typed) {
			t.Errorf("%s: %#v and %#v, want *NotRepositoryErrors", name, err, err2)
		}
	}
}

func TestNoCommits(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	gittest.Need(t)
	for _, format := range []string{"sha1", "sha256"} {
		dir := gittest.Dir(t)
		gittest.Run(t, dir, "init", "--quiet", "--initial-branch=main", "--object-format="+format)
		for name, e := range engines {
			if format == "sha256" && e == git.EngineLibrary {
				continue
			}
			w := worktree(t, dir, options(e))
			hashes, commit, err := w.HeadHashes(t.Context())
			if len(hashes) != 0 || commit != "" || err != nil {
				t.Errorf("%s: %v, %q and %v, want nothing", name, hashes, commit, err)
			}
			i := indexTree(t, dir, options(e))
			same(t, name, dump(t, i), files{})
			if d := cmp.Diff(git.Revision{Kind: git.KindIndex}, i.Describe()); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			_, err = git.Commit(t.Context(), dir, "HEAD", options(e))
			wantError(t, name, err, `revision "HEAD" is not a branch, tag or commit of this repository`)
		}
		gittest.Write(t, dir, files{"a.yml": "a\n"})
		gittest.Run(t, dir, "add", "a.yml")
		i := indexTree(t, dir, options(git.EngineAuto))
		same(t, "staged", dump(t, i), files{"a.yml": "a\n"})
		if r := i.Describe(); r.Dirty || r.Commit != "" {
			t.Errorf("before the first commit the index is %+v", r)
		}
	}
}

// The three kinds of tree show three different things.
func TestStagedAndNot(t *testing.T) {
	t.Parallel()
	base := files{"a.yml": "a\n", "b.yml": "b\n", "gone.yml": "gone\n", "sub/c.yml": "c\n", "quiet/q.yml": "q\n"}
	dir := newRepo(t, base)
	head := gittest.Run(t, dir, "rev-parse", "HEAD")
	gittest.Write(t, dir, files{"a.yml": "staged\n", "new.yml": "new\n", "sub/link.yml": "-> c.yml"})
	gittest.Run(t, dir, "add", "--all")
	gittest.Run(t, dir, "rm", "--quiet", "--cached", "gone.yml")
	gittest.Write(t, dir, files{"a.yml": "not staged\n", "later.yml": "later\n"})
	gittest.Run(t, dir, "add", "--intent-to-add", "later.yml")
	check(t, os.Remove(filepath.Join(dir, "b.yml")))
	for name, e := range engines {
		same(t, "worktree by "+name, dump(t, worktree(t, dir, options(e))), files{
			"a.yml": "not staged\n", "gone.yml": "gone\n", "sub/c.yml": "c\n", "sub/link.yml": "c\n", "new.yml": "new\n", "later.yml": "later\n", "quiet/q.yml": "q\n",
		})
		i := indexTree(t, dir, options(e))
		same(t, "index by "+name, dump(t, i), files{
			"a.yml": "staged\n", "b.yml": "b\n", "sub/c.yml": "c\n", "sub/link.yml": "c\n", "new.yml": "new\n", "quiet/q.yml": "q\n",
		})
		if d := cmp.Diff(git.Revision{Kind: git.KindIndex, Commit: head, Dirty: true}, i.Describe()); d != "" {
			t.Errorf("index by %s (-want +got):\n%s", name, d)
		}
		same(t, "commit by "+name, dump(t, commitTree(t, dir, "HEAD", options(e))), base)
		same(t, "index of a subfolder by "+name, dump(t, indexTree(t, filepath.Join(dir, "sub"), options(e))), files{"c.yml": "c\n", "link.yml": "c\n"})
		if r := indexTree(t, filepath.Join(dir, "quiet"), options(e)).Describe(); r.Dirty {
			t.Errorf("the index by %s is dirty where nothing was staged", name)
		}
		hashes, _, err := worktree(t, dir, options(e)).HeadHashes(t.Context())
		check(t, err)
		if !git.SameBlob([]byte("a\n"), hashes["a.yml"]) || hashes["gone.yml"] == "" || hashes["new.yml"] != "" {
			t.Errorf("HEAD by %s is taken from elsewhere: %v", name, hashes)
		}
	}
}

func TestConflict(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, files{"rules/a.yml": "base\n", "rules/b.yml": "base\n", "other/c.yml": "c\n", ".hidden/d.yml": "base\n"})
	gittest.Run(t, dir, "checkout", "--quiet", "-b", "side")
	gittest.Write(t, dir, files{"rules/a.yml": "side\n", "rules/b.yml": "side\n", ".hidden/d.yml": "side\n"})
	gittest.Commit(t, dir, "side")
	gittest.Run(t, dir, "checkout", "--quiet", "main")
	gittest.Write(t, dir, files{"rules/a.yml": "main\n", "rules/b.yml": "main\n", ".hidden/d.yml": "main\n"})
	gittest.Commit(t, dir, "main")
	if out, err := gittest.Try(dir, "merge", "side"); err == nil {
		t.Fatalf("no conflict: %s", out)
	}
	for name, e := range engines {
		_, err := git.Index(t.Context(), dir, options(e))
		wantError(t, name, err, `the git index has an unresolved conflict in "rules/a.yml" (and 1 more file); resolve it and run "git add", then try again`)
		_, err = git.Index(t.Context(), filepath.Join(dir, "rules"), options(e))
		var typed *git.ConflictError
		if !errors.As(err, &typed) || !cmp.Equal(typed.Paths, []string{"a.yml", "b.yml"}) {
			t.Errorf("%s: %#v, want a *ConflictError for a.yml and b.yml", name, err)
		}
		// Elsewhere nothing is in conflict, and a working tree has markers in it.
		same(t, name, dump(t, indexTree(t, filepath.Join(dir, "other"), options(e))), files{"c.yml": "c\n"})
		if c := dump(t, worktree(t, dir, options(e)))["rules/a.yml"]; !strings.Contains(c, "<<<<<<<") {
			t.Errorf("%s: the file in conflict is %q", name, c)
		}
	}
	gittest.Run(t, dir, "checkout", "--quiet", "--theirs", "rules/b.yml")
	gittest.Run(t, dir, "add", "rules/b.yml")
	_, err := git.Index(t.Context(), dir, options(git.EngineAuto))
	wantError(t, "half resolved", err, `conflict in "rules/a.yml"; resolve it`)
}

// Git runs hooks with an index of its own when only a part is committed.
func TestIndexOfAHook(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, files{"a.yml": "a\n", "b.yml": "b\n"})
	linked := filepath.Join(gittest.Dir(t), "linked")
	gittest.Run(t, dir, "worktree", "add", "--quiet", "--detach", linked)
	for _, root := range []string{dir, linked} {
		gitDir := gittest.Run(t, root, "rev-parse", "--absolute-git-dir")
		other := filepath.Join(gitDir, "next-index-1.lock")
		raw, err := os.ReadFile(filepath.Join(gitDir, "index"))
		check(t, err)
		check(t, os.WriteFile(other, raw, 0o644))
		gittest.Write(t, root, files{"b.yml": "staged\n"})
		gittest.Run(t, root, "add", "b.yml")
		for name, e := range engines {
			for value, want := range map[string]string{other: "b\n", filepath.Join(gittest.Dir(t), "index"): "staged\n", "": "staged\n"} {
				o := options(e)
				o.Env = append(o.Env, "GIT_INDEX_FILE="+value)
				if got := dump(t, indexTree(t, root, o))["b.yml"]; got != want {
					t.Errorf("%s with GIT_INDEX_FILE=%s gives %q, want %q", name, value, got, want)
				}
			}
		}
	}
	o := options(git.EngineProgram)
	o.Env = append(o.Env, "GIT_INDEX_FILE="+filepath.Join(".git", "next-index-1.lock"))
	if got := dump(t, indexTree(t, dir, o))["b.yml"]; got != "b\n" {
		t.Errorf("a relative GIT_INDEX_FILE gives %q", got)
	}
}

// What git sets for its hooks must not lead to another repository.
func TestEnvironmentOfAnotherRepository(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir, other := newRepo(t, files{"a.yml": "a\n"}), newRepo(t, files{"a.yml": "other\n"})
	for name, e := range engines {
		o := options(e)
		o.Env = append(o.Env, "GIT_DIR="+filepath.Join(other, ".git"), "GIT_WORK_TREE="+other, "GIT_INDEX_FILE="+filepath.Join(other, ".git", "index"),
			"GIT_OBJECT_DIRECTORY="+filepath.Join(other, ".git", "objects"), "GIT_COMMON_DIR="+other, "GIT_NAMESPACE=x", "GIT_PREFIX=x/", "GIT_TRACE=1")
		for what, r := range map[string]reader{"commit": commitTree(t, dir, "HEAD", o), "index": indexTree(t, dir, o)} {
			if got := dump(t, r)["a.yml"]; got != "a\n" {
				t.Errorf("%s by %s gives %q", what, name, got)
			}
		}
	}
}

// Replacements differ from clone to clone, and a revision must not.
func TestReplacedObjects(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, files{"a.yml": "a\n"})
	gittest.Write(t, dir, files{"a.yml": "replaced\n"})
	gittest.Commit(t, dir, "third")
	gittest.Run(t, dir, "replace", "HEAD~1", "HEAD")
	for name, e := range engines {
		if got := dump(t, commitTree(t, dir, "HEAD~1", options(e)))["a.yml"]; got != "a\n" {
			t.Errorf("%s gives %q", name, got)
		}
	}
}

// Somebody else's repository could make git run programs, so git refuses.
func TestDubiousOwnership(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, files{"a.yml": "a\n"})
	o := options(git.EngineProgram)
	o.Env = append(o.Env, "GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
	_, err := git.Commit(t.Context(), dir, "HEAD", o)
	wantError(t, "commit", err, `git refuses to use `+dir+`, because the folder belongs to another user; run "git config --global --add safe.directory `+dir+`" if you trust it`)
	o.Engine = git.EngineAuto
	same(t, "go-git needs no trust", dump(t, commitTree(t, dir, "HEAD", o)), files{"a.yml": "a\n"})
	_, err = git.Commit(t.Context(), dir, "nosuch", o)
	wantError(t, "the question itself was wrong", err, `revision "nosuch" is not a branch, tag or commit`)
}

func TestDamage(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	for name, e := range map[string]git.Options{"auto": options(git.EngineAuto), "no git": noGit(), "program": options(git.EngineProgram)} {
		dir := newRepo(t, files{"a.yml": "a\n", "b.yml": "b\n"})
		blob := gittest.Run(t, dir, "rev-parse", "HEAD:a.yml")
		object := filepath.Join(dir, ".git", "objects", blob[:2], blob[2:])
		check(t, os.Remove(object))
		c := commitTree(t, dir, "HEAD", e)
		_, err := c.Read(t.Context(), "a.yml", limit)
		wantError(t, name, err, `read "a.yml" from git: the git repository is damaged (`, blob, `); run "git fsck" to see what is missing, or make a new clone`)
		check(t, os.WriteFile(object, []byte("not zlib"), 0o644))
		_, err = c.Read(t.Context(), "a.yml", limit)
		wantError(t, name, err, `read "a.yml" from git: `)
		if got, err := c.Read(t.Context(), "b.yml", limit); string(got) != "b\n" || err != nil {
			t.Errorf("%s: after the damaged file: %q and %v", name, got, err)
		}
		if name == "no git" { // git itself leaves checksums to fsck
			index := filepath.Join(dir, ".git", "index")
			raw, err := os.ReadFile(index)
			check(t, err)
			raw[20]++
			check(t, os.WriteFile(index, raw, 0o644))
			_, err = git.Index(t.Context(), dir, e)
			wantError(t, name, err, "using this git repository needs git, which was not found on PATH (read the git index: invalid checksum)")
		}
		check(t, os.WriteFile(filepath.Join(dir, ".git", "index"), []byte("DIRC\x00\x00\x00\x02\x00\x00\xff\xffnonsense"), 0o644))
		_, err = git.Index(t.Context(), dir, e)
		if err == nil {
			t.Errorf("%s: a damaged index can be read", name)
		}
	}
}

func TestMovedLinkedWorktree(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, files{"a.yml": "a\n"})
	linked := filepath.Join(gittest.Dir(t), "linked")
	gittest.Run(t, dir, "worktree", "add", "--quiet", "--detach", linked)
	check(t, os.Rename(dir, dir+"-moved"))
	_, err := git.Commit(t.Context(), linked, "HEAD", options(git.EngineAuto))
	wantError(t, "commit", err, `.git points to the git repository `, `, which can't be opened; run "git worktree repair" in the main repository, or make a new clone`)
	w := worktree(t, linked, options(git.EngineAuto))
	if got := dump(t, w)["a.yml"]; got != "a\n" {
		t.Errorf("the files as they are: %q", got)
	}
	_, _, err = w.HeadHashes(t.Context())
	wantError(t, "HeadHashes", err, "git worktree repair")
}

// A file that a sparse checkout omits counts as it is on disk if it was put there
// by hand.
func TestFileInASparseFolder(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, content())
	gittest.Run(t, dir, "sparse-checkout", "set", "--cone", "big")
	gittest.Write(t, dir, files{"rules/a.yml": "by hand\n"})
	check(t, os.Remove(filepath.Join(dir, "big", "middle.yml")))
	want := content().visible().with(files{"rules/a.yml": "by hand\n"})
	delete(want, "big/middle.yml") // deleted, and not left out
	for name, e := range engines {
		same(t, name, dump(t, worktree(t, dir, options(e))), want)
	}
}

// Repositories inside this one are skipped, but not silently.
func TestNested(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, files{"rules/a.yml": "a\n"})
	for _, p := range []string{"z/inner", "rules/inner", ".hidden/inner"} {
		gittest.Run(t, dir, "init", "--quiet", filepath.Join(dir, filepath.FromSlash(p)))
	}
	w := worktree(t, dir, options(git.EngineAuto))
	if got := w.Nested(); got != nil {
		t.Errorf("before the walk: %q", got)
	}
	for _, want := range [][]string{{"rules/inner", "z/inner"}, {"z/inner"}} {
		_, err := w.Entries(t.Context())
		check(t, err)
		if d := cmp.Diff(want, w.Nested()); d != "" {
			t.Errorf("nested repositories (-want +got):\n%s", d)
		}
		check(t, os.RemoveAll(filepath.Join(dir, "rules", "inner")))
	}
}

// The start of a hash is enough wherever the object is.
func TestShortHashOfABorrowedCommit(t *testing.T) {
	t.Parallel()
	first := newRepo(t, files{"a.yml": "a\n"})
	dir := clone(t, first, "--shared")
	gittest.Write(t, dir, files{"a.yml": "changed\n"})
	own := gittest.Commit(t, dir, "own")
	for rev, want := range map[string]string{own[:10]: own, own[:10] + "~1": gittest.Run(t, first, "rev-parse", "HEAD"), gittest.Run(t, first, "rev-parse", "HEAD~1")[:10]: gittest.Run(t, first, "rev-parse", "HEAD~1")} {
		if got := commitTree(t, dir, rev, options(git.EngineAuto)).Describe().Commit; got != want {
			t.Errorf("%s is %s, want %s", rev, got, want)
		}
	}
}

func TestTopLevel(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, content())
	linked := filepath.Join(gittest.Dir(t), "linked")
	gittest.Run(t, dir, "worktree", "add", "--quiet", "--detach", linked)
	away := gittest.Dir(t)
	gittest.Write(t, away, files{"in": "-> " + filepath.Join(dir, "rules", "deep"), "whole": "-> " + dir, "empty/.git/x": "", "text/.git": "not a pointer", "text/sub/x": ""})
	for path, want := range map[string]string{
		dir:                                 dir,
		filepath.Join(dir, "rules", "deep"): dir,
		filepath.Join(dir, "top.yml"):       dir,
		filepath.Join(dir, "none", "such"):  dir,
		filepath.Join(dir, ".git"):          dir,
		filepath.Join(linked, "rules"):      linked,
		filepath.Join(away, "in"):           dir,
		filepath.Join(away, "whole"):        filepath.Join(away, "whole"),
		filepath.Join(away, "whole", "big"): filepath.Join(away, "whole"),
		away:                                "",
		filepath.Join(away, "empty"):        "",
		filepath.Join(away, "text", "sub"):  "",
	} {
		got, ok := git.TopLevel(path)
		if got != want || ok != (want != "") {
			t.Errorf("TopLevel(%s) = %q and %v, want %q", path, got, ok, want)
		}
	}
}

// With no git program on the machine, and none to make the repository.
func TestWithoutGit(t *testing.T) {
	t.Parallel()
	dir := gittest.Dir(t)
	r, err := gogit.PlainInit(dir, false)
	check(t, err)
	all := content()
	gittest.Write(t, dir, all)
	w, err := r.Worktree()
	check(t, err)
	check(t, w.AddWithOptions(&gogit.AddOptions{All: true}))
	hash, err := w.Commit("first", &gogit.CommitOptions{Author: &object.Signature{Name: "Ada", Email: "ada@example.com"}})
	check(t, err)
	for what, r := range map[string]reader{
		"worktree": worktree(t, dir, noGit()), "index": indexTree(t, dir, noGit()),
		"commit": commitTree(t, dir, "HEAD", noGit()), "commit by hash": commitTree(t, dir, hash.String()[:7], noGit()),
	} {
		same(t, what, dump(t, r), all.visible())
	}
	_, err = git.Commit(t.Context(), dir, "HEAD@{1}", noGit())
	wantError(t, "git's own words", err, `resolving the revision "HEAD@{1}" needs git, which was not found on PATH; install git`)
	o := noGit()
	o.Engine = git.EngineProgram
	_, err = git.Commit(t.Context(), dir, "HEAD", o)
	wantError(t, "program wanted", err, `the options require the git program, but "pdac-test-no-such-git" was not found on PATH; install git`)
}

// The program is asked without a shell, a terminal or locks.
func TestHowGitIsAsked(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for git is a shell script")
	}
	dir := newRepo(t, files{"sub folder/a.yml": "a\n"})
	stand := filepath.Join(gittest.Dir(t), "git")
	log := stand + ".log"
	script := `#!/bin/sh
{ printf '<%s>' "$@"; printf ' locks=%s prompt=%s lc=%s replace=%s dir=%s\n' "$GIT_OPTIONAL_LOCKS" "$GIT_TERMINAL_PROMPT" "$LC_ALL" "$GIT_NO_REPLACE_OBJECTS" "$GIT_DIR"; } >>'` + log + `'
exec git "$@"
`
	check(t, os.WriteFile(stand, []byte(script), 0o755))
	o := git.Options{Engine: git.EngineProgram, Git: stand, Env: append(gittest.Env(), "GIT_DIR=/nowhere", "LC_ALL=de_DE.UTF-8")}
	root := filepath.Join(dir, "sub folder")
	evil := "main; touch /tmp/x $(id) `id`"
	if _, err := git.Commit(t.Context(), root, evil, o); err == nil {
		t.Error("no error for nonsense")
	}
	for _, r := range []reader{commitTree(t, root, "main", o), indexTree(t, root, o)} {
		same(t, "stand-in", dump(t, r), files{"a.yml": "a\n"})
		check(t, r.Close())
	}
	raw, err := os.ReadFile(log)
	check(t, err)
	asked := string(raw)
	if !strings.Contains(asked, "<rev-parse><--verify><"+evil+">") {
		t.Errorf("the revision is not passed as one word:\n%s", asked)
	}
	if n := strings.Count(asked, "<cat-file><--batch>"); n != 2 {
		t.Errorf("%d runs of cat-file for two trees:\n%s", n, asked)
	}
	for line := range strings.Lines(asked) {
		if !strings.HasSuffix(line, " locks=0 prompt=0 lc=C replace=1 dir=\n") {
			t.Errorf("asked in the wrong surroundings: %s", line)
		}
		if strings.Contains(line, "sub folder") && !strings.Contains(line, "<--><sub folder/>") {
			t.Errorf("the folder could be taken for an option: %s", line)
		}
	}
}

// A git that hangs is given up with the context, and restarted for the next
// question.
func TestGitThatHangs(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for git is a shell script")
	}
	dir := newRepo(t, files{"a.yml": "a\n"})
	stand := filepath.Join(gittest.Dir(t), "git")
	script := `#!/bin/sh
case "$*" in *cat-file*)
  if [ ! -e '` + stand + `.hung' ]; then
    touch '` + stand + `.hung'
    exec sleep 600
  fi
esac
exec git "$@"
`
	check(t, os.WriteFile(stand, []byte(script), 0o755))
	c := commitTree(t, dir, "main", git.Options{Engine: git.EngineProgram, Git: stand, Env: gittest.Env()})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if _, err := os.Stat(stand + ".hung"); err == nil {
				cancel()
				return
			}
		}
	}()
	_, err := c.Read(ctx, "a.yml", limit)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
	if got, err := c.Read(t.Context(), "a.yml", limit); string(got) != "a\n" || err != nil {
		t.Errorf("the next question gives %q and %v", got, err)
	}
}

// A git that fails in the middle is reported in its own words.
func TestGitThatFails(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for git is a shell script")
	}
	dir := newRepo(t, files{"a.yml": "a\n"})
	stand := filepath.Join(gittest.Dir(t), "git")
	script := `#!/bin/sh
case "$*" in
*cat-file*) echo 'fatal: out of luck' >&2; exit 128 ;;
*diff-index*) echo 'warning: watch out' >&2; echo 'fatal: index is odd' >&2; exit 128 ;;
esac
exec git "$@"
`
	check(t, os.WriteFile(stand, []byte(script), 0o755))
	o := git.Options{Engine: git.EngineProgram, Git: stand, Env: gittest.Env()}
	_, err := commitTree(t, dir, "main", o).Read(t.Context(), "a.yml", limit)
	wantError(t, "cat-file", err, `read "a.yml" from git: `, "git cat-file", "fatal: out of luck")
	_, err = git.Index(t.Context(), dir, o)
	wantError(t, "diff-index", err, "git diff-index: index is odd")
}
