package git_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// Settings for people's eyes don't change what LastChanges finds, whatever the
// names of the files and of the folder that it looks at.
func TestLastChangesWithOddNamesAndSettings(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	config := filepath.Join(gittest.Dir(t), "config")
	check(t, os.WriteFile(config, []byte(`[core]
	quotePath = true
	abbrev = 4
[log]
	showSignature = true
	follow = true
	date = relative
	decorate = full
	diffMerges = first-parent
[color]
	ui = always
[diff]
	noprefix = true
	renames = copies
	external = false
	orderFile = /nowhere
	ignoreSubmodules = all
	relative = true
	submodule = log
[format]
	pretty = "%h"
[diff "x"]
	command = false
`), 0o644))
	names := []string{"a\tb", "a\nb", `q"x`, "ü", "-x", ":(top)x", "x*", "a b ", "\xff", ":000000 100644 0 1 A", "d/e/f"}
	for _, sub := range []string{"", "ü\n:x", "*", "-s"} {
		first, second, third := files{"top": "1"}, files{"top": "1"}, files{"top": "2"}
		var paths []string
		for i, name := range names {
			p := filepath.ToSlash(filepath.Join(sub, name))
			paths = append(paths, name)
			first[p] = "one"
			if i%3 != 0 {
				second[p] = "one"
			}
			if i%3 == 1 {
				second[p] = "two"
			}
			if i%3 != 2 {
				third[p] = "one"
			}
		}
		dir := gittest.New(t, nil, first, second, third)
		gittest.Run(t, dir, "commit", "--quiet", "--allow-empty", "-m", "nothing")
		root := filepath.Join(dir, sub)
		want := map[string]string{}
		for _, p := range paths {
			want[p] = gittest.Run(t, root, "--literal-pathspecs", "log", "-1", "--format=%H", "--", p)
		}
		for _, e := range libraryAndProgram {
			o := options(e)
			o.Env = append(o.Env, "GIT_CONFIG_GLOBAL="+config, "LC_ALL=de_DE.UTF-8", "GIT_EXTERNAL_DIFF=false", "GIT_DIFF_OPTS=-u9", "GIT_PREFIX=x/")
			got, err := git.LastChanges(t.Context(), root, paths, git.LastChangesOptions{}, o)
			check(t, err)
			if d := cmp.Diff(want, commits(got)); d != "" {
				t.Errorf("engine %d in %q, git (-) and ours (+):\n%s", e, sub, d)
			}
		}
	}
}

// A branch that can't be read is not the same as a repository without commits.
func TestDamagedHead(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	for _, text := range []string{"", "0123456789012345678901234567890123456789\n", "x\n"} {
		for name, o := range map[string]git.Options{"auto": options(git.EngineAuto), "program": options(git.EngineProgram), "library": noGit()} {
			dir := newRepo(t, files{"a.yml": "a\n"})
			check(t, os.WriteFile(filepath.Join(dir, ".git", "refs", "heads", "main"), []byte(text), 0o644))
			w := worktree(t, dir, o)
			_, commit, err := w.HeadHashes(t.Context())
			if err == nil {
				t.Errorf("%s, %q: no error, HEAD is %q", name, text, commit)
			}
		}
	}
}
