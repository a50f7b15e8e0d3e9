package record_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// Neither the user's configuration nor what git sets for its hooks changes a
// record, whatever the names and contents of its files.
func TestSettingsDoNotMatter(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir, config, hooks := newRepo(t, content()), filepath.Join(gittest.Dir(t), "config"), gittest.Dir(t)
	for _, hook := range []string{"reference-transaction", "post-index-change", "post-commit"} {
		check(t, os.WriteFile(filepath.Join(hooks, hook), []byte("#!/bin/sh\ntouch \"$0.ran\"\nexit 1\n"), 0o755))
	}
	check(t, os.WriteFile(config, []byte(`[core]
	hooksPath = `+filepath.ToSlash(hooks)+`
	autocrlf = true
	safecrlf = true
	eol = crlf
	logAllRefUpdates = always
	bigFileThreshold = 10
	fsync = all
[commit]
	gpgsign = true
	template = /nowhere
[gpg]
	program = false
[i18n]
	commitEncoding = latin1
	logOutputEncoding = utf-16
[log]
	showSignature = true
[color]
	ui = always
[fastimport]
	unpackLimit = 1
[transfer]
	fsckObjects = true
[user]
	useConfigOnly = true
`), 0o644))
	env := gittest.Env("GIT_CONFIG_GLOBAL="+config, "LC_ALL=de_DE.UTF-8", "GIT_DIR=/nowhere", "GIT_INDEX_FILE=/nowhere/index", "GIT_WORK_TREE=/nowhere",
		"GIT_OBJECT_DIRECTORY=/nowhere/objects", "GIT_QUARANTINE_PATH=/nowhere/quarantine", "GIT_INTERNAL_SUPER_PREFIX=x/",
		"GIT_AUTHOR_DATE=never", "GIT_COMMITTER_DATE=never", "GIT_FLUSH=0", "GIT_TRACE=1")
	f := files{
		"crlf": "a\r\nb\r\n", "nul": "a\x00b\x00", "empty": "", "data 3": "blob\ndata 5\n", "big": strings.Repeat("x\r\n", 1<<16),
		"-x": "1", "--": "2", "a\tb": "3", "a\nb": "4", `q"x`: "5", `b\s`: "6", "ü/ü": "7", "a b/ c ": "8", "\xff": "9", "x*?[a]": "10", ":(top)x": "11",
		strings.Repeat("l", 250): "12", strings.Repeat("d/", 100) + "x": "13", "a.b": "14", "a/x": "15", "a0": "16",
	}
	for i := range 120 { // enough for a pack
		f[fmt.Sprintf("rules/r%d.yml", i)] = fmt.Sprintf("r%d\r\n", i)
	}
	parent, n := "", 0
	for _, o := range []git.Options{{Env: env}, {Env: env, Engine: git.EngineProgram}, {Env: env, Git: noGit().Git}} {
		s := open(t, dir, o)
		for _, want := range []files{f, {}, f.with(files{"by": fmt.Sprint(n)})} {
			n++
			d := mustWrite(t, s, next(n, parent, want))
			same(t, "files", dump(t, s, d), want)
			same(t, "parent", d.Parent, parent)
			parent = d.Hash
		}
	}
	gittest.Fsck(t, dir)
	ran, _ := filepath.Glob(filepath.Join(hooks, "*.ran"))
	same(t, "hooks that ran", len(ran), 0)
	if _, err := os.Stat(filepath.Join(dir, ".git", "logs", "refs", "pdac")); err == nil {
		t.Error("the record has a reflog")
	}
}
