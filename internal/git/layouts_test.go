package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// layout is one way in which a repository can be stored. Whatever it is, the
// same files are to be seen.
type layout struct {
	name string
	// make returns the root to read from, and what is to be seen there.
	make func(t *testing.T) (root string, want files)
	// alone is what the error says when there is no git program, where go-git
	// can't do it; by kind of tree.
	alone map[git.Kind]string
}

var layouts = []layout{
	{name: "plain", make: func(t *testing.T) (string, files) {
		return newRepo(t, content()), content().visible()
	}},
	{name: "subfolder", make: func(t *testing.T) (string, files) {
		// Links that lead out of the subfolder are another test's matter.
		return filepath.Join(newRepo(t, content()), "rules"), content().visible().under("rules")
	}},
	{name: "packed with deltas, refs packed", make: func(t *testing.T) (string, files) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "gc", "--quiet", "--aggressive")
		gittest.Run(t, dir, "pack-refs", "--all")
		return dir, content().visible()
	}},
	{name: "root by a link", make: func(t *testing.T) (string, files) {
		link := filepath.Join(t.TempDir(), "link")
		gittest.Write(t, filepath.Dir(link), files{"link": "-> " + newRepo(t, content())})
		return link, content().visible()
	}},
	{name: "linked worktree", make: func(t *testing.T) (string, files) {
		linked := filepath.Join(gittest.Dir(t), "linked")
		gittest.Run(t, newRepo(t, content()), "worktree", "add", "--quiet", "-b", "other", linked)
		return linked, content().visible()
	}},
	{name: "subfolder of a linked worktree, packed", make: func(t *testing.T) (string, files) {
		linked := filepath.Join(gittest.Dir(t), "linked")
		dir := newRepo(t, content())
		gittest.Run(t, dir, "gc", "--quiet")
		gittest.Run(t, dir, "worktree", "add", "--quiet", "--detach", linked)
		return filepath.Join(linked, "rules"), content().visible().under("rules")
	}},
	{name: "sparse checkout of folders", make: func(t *testing.T) (string, files) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "sparse-checkout", "set", "--cone", "big")
		mustBeGone(t, dir, "rules/a.py")
		return dir, content().visible()
	}},
	{name: "sparse checkout by patterns", make: func(t *testing.T) (string, files) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "sparse-checkout", "set", "--no-cone", "*.py")
		mustBeGone(t, dir, "rules/a.yml")
		return dir, content().visible()
	}},
	{name: "sparse checkout in a linked worktree", make: func(t *testing.T) (string, files) {
		linked := filepath.Join(gittest.Dir(t), "linked")
		gittest.Run(t, newRepo(t, content()), "worktree", "add", "--quiet", "--detach", linked)
		gittest.Run(t, linked, "sparse-checkout", "set", "--cone", "big")
		mustBeGone(t, linked, "rules/a.py")
		return linked, content().visible()
	}},
	{name: "sparse index", make: func(t *testing.T) (string, files) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "sparse-checkout", "set", "--cone", "--sparse-index", "big")
		mustBeGone(t, dir, "rules/a.py")
		return dir, content().visible()
	}, alone: map[git.Kind]string{
		git.KindIndex:    `the git index is sparse; reading it needs git, which was not found on PATH; install git, or run "git sparse-checkout reapply --no-sparse-index"`,
		git.KindWorktree: `find the files that the sparse checkout omits: the git index is sparse`,
	}},
	{name: "split index", make: func(t *testing.T) (string, files) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "update-index", "--split-index")
		return dir, content().visible()
	}, alone: map[git.Kind]string{
		git.KindIndex: `the git index is split; reading it needs git, which was not found on PATH; install git, or run "git update-index --no-split-index"`,
	}},
	{name: "index of version 4", make: func(t *testing.T) (string, files) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "update-index", "--index-version=4")
		return dir, content().visible()
	}},
	{name: "index with no checksum", make: func(t *testing.T) (string, files) {
		dir := newRepo(t, content())
		index := filepath.Join(dir, ".git", "index")
		raw, err := os.ReadFile(index)
		check(t, err)
		copy(raw[len(raw)-20:], make([]byte, 20))
		check(t, os.WriteFile(index, raw, 0o644))
		if _, err := gittest.Try(dir, "ls-files"); err != nil {
			t.Skip("this git program is too old for an index with no checksum")
		}
		return dir, content().visible()
	}},
	{name: "shallow clone", make: func(t *testing.T) (string, files) {
		return clone(t, newRepo(t, content()), "--depth=1"), content().visible()
	}},
	{name: "partial clone", make: func(t *testing.T) (string, files) {
		return clone(t, newServer(t), "--filter=blob:none"), content().visible()
	}},
	{name: "SHA-256", make: func(t *testing.T) (string, files) {
		return newRepo(t, content(), "--object-format=sha256"), content().visible()
	}, alone: map[git.Kind]string{
		git.KindCommit: "the repository uses SHA256 object names, which needs git, and git was not found on PATH; install git",
		git.KindIndex:  "the repository uses SHA256 object names, which needs git, and git was not found on PATH; install git",
	}},
	{name: "reftable", make: func(t *testing.T) (string, files) {
		gittest.Need(t)
		needGitThat(t, "keep refs in a reftable", t.TempDir(), "init", "--quiet", "--ref-format=reftable", "probe")
		return newRepo(t, content(), "--ref-format=reftable"), content().visible()
	}, alone: map[git.Kind]string{
		git.KindCommit: `the repository stores its refs in the format "reftable", which needs git, and git was not found on PATH; install git`,
		git.KindIndex:  `the repository stores its refs in the format "reftable", which needs git, and git was not found on PATH; install git`,
	}},
	{name: "objects borrowed from another repository", make: func(t *testing.T) (string, files) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "gc", "--quiet")
		return clone(t, dir, "--shared"), content().visible()
	}, alone: map[git.Kind]string{
		git.KindCommit: "the repository borrows objects from another one, which needs git, and git was not found on PATH; install git",
		git.KindIndex:  "the repository borrows objects from another one, which needs git, and git was not found on PATH; install git",
	}},
	{name: "objects borrowed by way of another repository", make: func(t *testing.T) (string, files) {
		first := newRepo(t, content())
		gittest.Run(t, first, "gc", "--quiet")
		second := clone(t, first, "--shared")
		gittest.Write(t, second, files{"rules/new.yml": "new\n"})
		gittest.Commit(t, second, "third")
		gittest.Run(t, second, "repack", "-a", "-d", "-l", "--quiet")
		return clone(t, second, "--shared"), content().visible().with(files{"rules/new.yml": "new\n"})
	}, alone: map[git.Kind]string{
		git.KindCommit: "the repository borrows objects from another one, which needs git, and git was not found on PATH; install git",
		git.KindIndex:  "the repository borrows objects from another one, which needs git, and git was not found on PATH; install git",
	}},
	{name: "submodule and nested repository", make: func(t *testing.T) (string, files) {
		dir, other := newRepo(t, content()), newRepo(t, files{"x.yml": "other\n"})
		gittest.Run(t, dir, "submodule", "--quiet", "add", gittest.URL(other), "rules/module")
		gittest.Run(t, dir, "commit", "--quiet", "-m", "add a submodule")
		gittest.Run(t, dir, "clone", "--quiet", other, filepath.Join(dir, "rules", "nested"))
		return dir, content().visible()
	}},
	{name: "submodule as root", make: func(t *testing.T) (string, files) {
		dir, other := newRepo(t, files{"x.yml": "x\n"}), newRepo(t, content())
		gittest.Run(t, dir, "submodule", "--quiet", "add", gittest.URL(other), "module")
		gittest.Run(t, dir, "commit", "--quiet", "-m", "add a submodule")
		return filepath.Join(dir, "module"), content().visible()
	}},
}

func mustBeGone(t *testing.T, dir, path string) {
	t.Helper()
	if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(path))); err == nil {
		t.Fatalf("%s is still there, so this tests nothing", path)
	}
}

// clone clones over git's own protocol, as from a server, unless the options say
// otherwise.
func clone(t testing.TB, from string, options ...string) string {
	t.Helper()
	if len(options) == 0 || options[0] != "--shared" {
		from = gittest.URL(from)
	}
	return gittest.Clone(t, from, options...)
}

// newServer makes a repository that hands out single objects.
func newServer(t testing.TB) string {
	t.Helper()
	dir := newRepo(t, content())
	gittest.Run(t, dir, "config", "uploadpack.allowFilter", "true")
	gittest.Run(t, dir, "config", "uploadpack.allowAnySHA1InWant", "true")
	return dir
}

var engines = map[string]git.Engine{"auto": git.EngineAuto, "library": git.EngineLibrary, "program": git.EngineProgram}

func TestLayouts(t *testing.T) {
	t.Parallel()
	for _, l := range layouts {
		if testing.Short() && l.name != "plain" && l.name != "linked worktree" && l.name != "SHA-256" {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			root, want := l.make(t)
			for name, e := range engines {
				o := options(e)
				if e == git.EngineLibrary {
					o = noGit()
				}
				for kind, open := range map[git.Kind]func() (reader, error){
					git.KindWorktree: func() (reader, error) { return orNil(git.Worktree(t.Context(), root, o)) },
					git.KindCommit:   func() (reader, error) { return orNil(git.Commit(t.Context(), root, "HEAD", o)) },
					git.KindIndex:    func() (reader, error) { return orNil(git.Index(t.Context(), root, o)) },
				} {
					what := string(kind) + " by " + name
					r, err := open()
					if text := l.alone[kind]; text != "" && e == git.EngineLibrary {
						wantError(t, what, err, text)
						continue
					}
					check(t, err)
					same(t, what, dump(t, r), want)
					describes(t, what, root, kind, r.Describe())
					if w, ok := r.(*git.WorktreeTree); ok && (e != git.EngineLibrary || l.alone == nil) {
						headIs(t, what, root, w, want)
					}
					check(t, r.Close())
				}
			}
		})
	}
}

// orNil keeps a nil pointer from becoming a reader that isn't nil.
func orNil[T reader](r T, err error) (reader, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

func describes(t *testing.T, what, root string, kind git.Kind, got git.Revision) {
	t.Helper()
	want := git.Revision{Kind: kind}
	if kind != git.KindWorktree {
		want.Commit = gittest.Run(t, root, "rev-parse", "HEAD")
	}
	if kind == git.KindCommit {
		want.Ref = "HEAD"
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: revision (-want +got):\n%s", what, d)
	}
}

// headIs checks that an unchanged tree is HEAD's.
func headIs(t *testing.T, what, root string, w *git.WorktreeTree, want files) {
	t.Helper()
	hashes, commit, err := w.HeadHashes(t.Context())
	check(t, err)
	if head := gittest.Run(t, root, "rev-parse", "HEAD"); commit != head {
		t.Errorf("%s: commit %q, want %q", what, commit, head)
	}
	for p, c := range want {
		if !git.SameBlob([]byte(c), hashes[p]) {
			t.Errorf("%s: %q has hash %q, which is not its content's", what, p, hashes[p])
		}
		if git.SameBlob([]byte(c+"changed"), hashes[p]) {
			t.Errorf("%s: %q has the hash of something else", what, p)
		}
	}
	for p := range hashes {
		if _, ok := want[p]; !ok && p != "links/folder" {
			t.Errorf("%s: %q is in HEAD, but is not to be seen", what, p)
		}
	}
}

func TestHeadHashesWithLineEndsRewritten(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, files{"a.yml": "one\ntwo\n", "b.yml": "one\ntwo\n", ".gitattributes": "a.yml text eol=crlf\n"})
	check(t, os.Remove(filepath.Join(dir, "a.yml")))
	gittest.Run(t, dir, "checkout", "--quiet", "--", "a.yml")
	w := worktree(t, dir, options(git.EngineAuto))
	got := dump(t, w)
	if got["a.yml"] != "one\r\ntwo\r\n" {
		t.Fatalf("git wrote %q, so this tests nothing", got["a.yml"])
	}
	hashes, _, err := w.HeadHashes(t.Context())
	check(t, err)
	for p, c := range got {
		if strings.HasSuffix(p, ".yml") && p != "big/large.yml" && !git.SameBlob([]byte(c), hashes[p]) {
			t.Errorf("%s counts as changed, but only its line ends differ", p)
		}
	}
	if git.SameBlob([]byte("one\r\nthree\r\n"), hashes["a.yml"]) {
		t.Error("a changed file counts as the same")
	}
}

func TestBlobHash(t *testing.T) {
	t.Parallel()
	// The hashes are those that "git hash-object" prints.
	for _, c := range []struct {
		content, want string
		sha256        bool
	}{
		{"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", false},
		{"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a", false},
		{"", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813", true},
		{"hello\n", "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4", true},
	} {
		if got := git.BlobHash([]byte(c.content), c.sha256); got != c.want {
			t.Errorf("BlobHash(%q, %v) = %s, want %s", c.content, c.sha256, got, c.want)
		}
		if !git.SameBlob([]byte(c.content), c.want) {
			t.Errorf("SameBlob(%q, %s) is false", c.content, c.want)
		}
	}
}
