package git_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// newHistory makes a repository with every kind of name for a commit.
func newHistory(t testing.TB) string {
	t.Helper()
	dir := newRepo(t, files{"a.yml": "a\n"})
	first := gittest.Run(t, dir, "rev-parse", "HEAD~1")
	gittest.Run(t, dir, "tag", "light")
	gittest.Run(t, dir, "tag", "-a", "-m", "annotated", "v1.0.0", "HEAD~1")
	gittest.Run(t, dir, "tag", "-a", "-m", "tag of a tag", "nested", "v1.0.0")
	gittest.Run(t, dir, "tag", "a-tree", "HEAD^{tree}")
	gittest.Run(t, dir, "tag", "a-blob", "HEAD:a.yml")
	gittest.Run(t, dir, "branch", "feature/one", first)
	gittest.Run(t, dir, "branch", "feature/two", first)
	for i, name := range []string{"left", "middle", "right"} {
		gittest.Run(t, dir, "checkout", "--quiet", "-b", name, first)
		gittest.Write(t, dir, files{name + ".yml": fmt.Sprint(i)})
		gittest.Commit(t, dir, "work on "+name)
	}
	gittest.Run(t, dir, "checkout", "--quiet", "main")
	gittest.Run(t, dir, "merge", "--quiet", "-m", "octopus", "left", "middle", "right")
	// Names that look like hashes: one is the start of another commit's.
	head := gittest.Run(t, dir, "rev-parse", "HEAD")
	gittest.Run(t, dir, "tag", head[:7], first)
	gittest.Run(t, dir, "tag", head[:1], first)
	gittest.Run(t, dir, "update-ref", "refs/heads/"+first, head)
	gittest.Run(t, dir, "branch", "beef", first)
	gittest.Run(t, dir, "update-ref", "refs/heads/both", first)
	gittest.Run(t, dir, "update-ref", "refs/tags/both", head)
	gittest.Run(t, dir, "update-ref", "refs/remotes/origin/main", first)
	gittest.Run(t, dir, "update-ref", "refs/remotes/origin/only-there", first)
	gittest.Run(t, dir, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	gittest.Run(t, dir, "update-ref", "refs/pdac/deployments/prod", first)
	gittest.Run(t, dir, "update-ref", "ORIG_HEAD", first)
	gittest.Run(t, dir, "fetch", "--quiet", ".", "left")
	gittest.Run(t, dir, "pack-refs", "--all")
	gittest.Run(t, dir, "branch", "loose", first)
	return dir
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newHistory(t)
	head := gittest.Run(t, dir, "rev-parse", "HEAD")
	revs := []string{
		gittest.Run(t, dir, "rev-parse", "v1.0.0^{commit}"), head[:3], head[:2] + "~0",
		"HEAD", "@", "main", "heads/main", "refs/heads/main", "loose", "feature/one",
		"light", "v1.0.0", "nested", "tags/v1.0.0", "refs/tags/v1.0.0", "v1.0.0^{}", "v1.0.0^{commit}", "v1.0.0^0", "v1.0.0~0",
		"origin", "origin/main", "remotes/origin/main", "refs/pdac/deployments/prod", "pdac/deployments/prod",
		"HEAD~1", "HEAD~", "HEAD^", "HEAD^1", "HEAD^2", "HEAD^3", "HEAD^4", "HEAD~2", "HEAD^^", "HEAD^2~1", "HEAD~1^1~0", "@~1", "@^2", "HEAD^0^2",
		head, strings.ToUpper(head), head + "~1", head[:12], head[:8] + "^2", strings.ToUpper(head[:9]), head[:4],
		head[:7], head[:1], "v1.0.0-3-g" + head[:8], "v1.0.0-0-g" + head[:10] + "~1", "beef", "both", "heads/both", "ORIG_HEAD", "FETCH_HEAD",
	}
	// Only git itself knows these.
	gitOnly := []string{"main@{0}", "HEAD@{1}", "@{1}", ":/first", "HEAD^{/second}", "main^{tree}~0", "HEAD^-0"}
	for _, rev := range append(revs, gitOnly...) {
		out, err := gittest.Try(dir, "rev-parse", "--verify", "--quiet", rev+"^{commit}")
		want := strings.TrimSpace(out)
		if strings.HasPrefix(rev, ":/") {
			want = gittest.Run(t, dir, "rev-parse", "v1.0.0^{commit}")
		} else if err != nil {
			want = ""
		}
		for name, e := range engines {
			c, err := git.Commit(t.Context(), dir, rev, options(e))
			got := ""
			if err == nil {
				got = c.Describe().Commit
				if r := c.Describe(); r.Ref != rev || r.Kind != git.KindCommit || r.Dirty {
					t.Errorf("%s by %s is described as %+v", rev, name, r)
				}
				check(t, c.Close())
			}
			alone := e == git.EngineLibrary && strings.Contains(strings.Join(gitOnly, " "), rev)
			switch {
			case alone && got == "":
				wantError(t, rev, err, " needs git, which was not found on PATH; install git, or name a branch, a tag or a commit", rev)
			case got != want:
				t.Errorf("%s by %s is %q (%v), want %q", rev, name, got, err, want)
			case want == "" && err == nil:
				t.Errorf("%s by %s is a commit, but git knows none", rev, name)
			}
		}
	}
}

func TestBadRevisions(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newHistory(t)
	first := gittest.Run(t, dir, "rev-parse", "v1.0.0^{commit}")
	cases := []struct {
		rev, text string
		// only is the engine that says so, where they use different words.
		only git.Engine
	}{
		{"", `revision "" is empty; name a branch, a tag or a commit`, 0},
		{"  ", `is empty`, 0},
		{"--upload-pack=x", `revision "--upload-pack=x" starts with "-", which is not allowed for branches, tags and commits`, 0},
		{"-", `starts with "-"`, 0},
		{"main..left", `revision "main..left" is a range of commits; name a single one`, 0},
		{"^main", `is a range of commits`, 0},
		{"main\nleft", `contains a control character`, 0},
		{"main\x00", `contains a control character`, 0},
		{"nosuch", `revision "nosuch" is not a branch, tag or commit of this repository; run "git fetch --tags" if it is on the server`, 0},
		{"only-there", `revision "only-there" is not a branch, tag or commit of this repository; did you mean "origin/only-there"?`, git.EngineLibrary},
		{"only-there~1", `did you mean "origin/only-there~1"?`, git.EngineLibrary},
		{"feature", `revision "feature" is not a branch, tag or commit`, 0},
		{"config", `revision "config" is not a branch, tag or commit`, 0},
		{"../config", `revision "../config" is a range of commits`, 0},
		{strings.Repeat("0123", 10), `is not a branch, tag or commit of this repository`, 0},
		{"012", `is not a branch, tag or commit of this repository`, 0},
		{"HEAD~9", `revision "HEAD~9" goes past commit ` + first[:12] + `, which has no parent; go back fewer steps`, git.EngineLibrary},
		{"HEAD~9", `revision "HEAD~9" is not a branch, tag or commit`, git.EngineProgram},
		{"HEAD^5", `, which has 4 parents; go back fewer steps`, git.EngineLibrary},
		{"HEAD~1^2", `, which has 1 parent; go back fewer steps`, git.EngineLibrary},
		{"HEAD~99999999999999999999", `revision "HEAD~99999999999999999999"`, 0},
		{"v1.0.0^{}x", `revision "v1.0.0^{}x"`, 0},
		{"main~1x", `revision "main~1x"`, 0},
		{"a-tree", `revision "a-tree" is a tree, not a commit; name a branch, a tag or a commit`, git.EngineLibrary},
		{"a-tree", `revision "a-tree" is not a commit; name a branch, a tag or a commit`, git.EngineProgram},
		{"a-blob", `is a blob, not a commit`, git.EngineLibrary},
	}
	for _, c := range cases {
		for name, e := range engines {
			if c.only != 0 && e != c.only && (c.only != git.EngineLibrary || e != git.EngineAuto) {
				continue
			}
			_, err := git.Commit(t.Context(), dir, c.rev, options(e))
			if c.only == git.EngineLibrary && e == git.EngineAuto && strings.HasPrefix(c.rev, "a-") {
				wantError(t, name, err, "not a commit") // both are asked
				continue
			}
			wantError(t, fmt.Sprintf("%q by %s", c.rev, name), err, c.text)
			var typed *git.RevisionError
			if !strings.HasSuffix(c.rev, "x") && !strings.Contains(c.rev, "9999") && (!errors.As(err, &typed) || typed.Rev != c.rev || typed.Shallow) {
				t.Errorf("%q by %s: %#v, want a *RevisionError for it", c.rev, name, err)
			}
		}
	}
}

// A start that several commits share is no name for any of them.
func TestAmbiguousRevision(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, files{"a.yml": "a\n"})
	var stream strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&stream, "commit refs/heads/many\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n\n", 1e9+i)
	}
	gittest.Import(t, dir, stream.String())
	seen := map[string]string{}
	for h := range strings.FieldsSeq(gittest.Run(t, dir, "rev-list", "many")) {
		other, ok := seen[h[:4]]
		seen[h[:4]] = h
		if !ok {
			continue
		}
		_, err := git.Commit(t.Context(), dir, h[:4], options(git.EngineLibrary))
		wantError(t, "library", err, `revision "`+h[:4]+`" matches more than one commit (`, h[:12], other[:12], "); use more characters of its hash")
		_, err = git.Commit(t.Context(), dir, h[:4], options(git.EngineProgram))
		wantError(t, "program", err, `revision "`+h[:4]+`" matches more than one commit; use more characters of its hash`)
		return
	}
	t.Fatal("no two of the commits begin alike")
}

func TestFolderThatARevisionLacks(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, files{"new/folder/x.yml": "x\n", "big/large.yml": "large\n"})
	for name, e := range engines {
		_, err := git.Commit(t.Context(), filepath.Join(dir, "new", "folder"), "HEAD~1", options(e))
		wantError(t, name, err, `revision "HEAD~1" (commit `+gittest.Run(t, dir, "rev-parse", "HEAD~1")[:12]+`) has no folder "new/folder"; name another revision or another folder`)
		_, err = git.Commit(t.Context(), filepath.Join(dir, "big", "large.yml"), "HEAD", options(e))
		wantError(t, name, err, `has no folder "big/large.yml"`)
	}
	// A folder that is gone from the working tree is still in older revisions.
	gittest.Run(t, dir, "rm", "-r", "--quiet", "new")
	gittest.Commit(t, dir, "third")
	for name, e := range engines {
		same(t, name, dump(t, commitTree(t, filepath.Join(dir, "new", "folder"), "HEAD~1", options(e))), files{"x.yml": "x\n"})
	}
}

func TestShallowClone(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := clone(t, newRepo(t, content()), "--depth=1")
	advice := `is not in this shallow clone, which holds only the newest commits; run "git fetch --unshallow --tags" first (in GitHub Actions: actions/checkout with "fetch-depth: 0")`
	for name, e := range engines {
		for _, rev := range []string{"HEAD~1", "HEAD^", "v3.94.0", "other", strings.Repeat("0123", 10)} {
			_, err := git.Commit(t.Context(), dir, rev, options(e))
			wantError(t, name, err, `revision "`+rev+`" `+advice)
			var typed *git.RevisionError
			if !errors.As(err, &typed) || !typed.Shallow || typed.Rev != rev {
				t.Errorf("%s by %s: %#v, want a shallow *RevisionError", rev, name, err)
			}
		}
	}
	gittest.Run(t, dir, "fetch", "--quiet", "--unshallow")
	for name, e := range engines {
		if got, want := commitTree(t, dir, "HEAD~1", options(e)).Describe().Commit, gittest.Run(t, dir, "rev-parse", "HEAD~1"); got != want {
			t.Errorf("%s: after fetching, HEAD~1 is %q, want %q", name, got, want)
		}
	}
}

func TestUnknownFormats(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	for setting, text := range map[string]string{
		"extensions.refStorage=reftable":     `the repository stores its refs in the format "reftable", which needs git, and git was not found on PATH; install git`,
		"extensions.someday=true":            `the repository uses the git extension "someday", which needs git, and git was not found on PATH; install git`,
		"extensions.objectFormat=sha256":     `the repository uses SHA256 object names, which needs git, and git was not found on PATH; install git`,
		"core.repositoryFormatVersion=2":     `the repository has the git format version "2", which needs git, and git was not found on PATH; install git`,
		"extensions.preciousObjects=true":    "",
		"extensions.worktreeConfig=true":     "",
		"extensions.objectFormat=sha1":       "",
		"extensions.relativeWorktrees=false": "",
	} {
		dir := newRepo(t, files{"a.yml": "a\n"})
		key, value, _ := strings.Cut(setting, "=")
		gittest.Run(t, dir, "config", key, value)
		_, err := git.Commit(t.Context(), dir, "HEAD", noGit())
		if text == "" {
			check(t, err)
			continue
		}
		wantError(t, setting, err, text)
		var typed *git.UnsupportedError
		if !errors.As(err, &typed) {
			t.Errorf("%s: %#v, want an *UnsupportedError", setting, err)
		}
	}
	dir := newRepo(t, files{"a.yml": "a\n"})
	check(t, os.WriteFile(filepath.Join(dir, ".git", "config"), []byte("[core\n"), 0o644))
	_, err := git.Commit(t.Context(), dir, "HEAD", noGit())
	wantError(t, "broken configuration", err, "using this git repository needs git, which was not found on PATH (read the repository's git configuration: ", "; install git")
}
