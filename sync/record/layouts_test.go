package record_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
)

// layouts are the ways in which a repository can be stored. make returns the
// content's root, and the folder of the repository that holds the refs; alone
// is the error without the git program, where go-git can't do it.
var layouts = []struct {
	name, alone string
	make        func(t *testing.T) (root, repo string)
}{
	{name: "plain", make: func(t *testing.T) (string, string) {
		dir := newRepo(t, content())
		return dir, dir
	}},
	{name: "dirty", make: func(t *testing.T) (string, string) {
		dir := newRepo(t, content())
		gittest.Write(t, dir, files{"rules/a.yml": "dirty\n", "rules/staged.yml": "staged\n", "rules/new.yml": "new\n"})
		gittest.Run(t, dir, "add", "rules/staged.yml")
		gittest.Run(t, dir, "update-index", "-q", "--refresh", "--unmerged", "--ignore-missing", "--again")
		return dir, dir
	}},
	{name: "subfolder", make: func(t *testing.T) (string, string) {
		dir := newRepo(t, content())
		return filepath.Join(dir, "rules"), dir
	}},
	{name: "no commits", make: func(t *testing.T) (string, string) {
		gittest.Need(t)
		dir := gittest.Dir(t)
		gittest.Run(t, dir, "init", "--quiet")
		gittest.Write(t, dir, content())
		return dir, dir
	}},
	{name: "packed", make: func(t *testing.T) (string, string) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "gc", "--quiet")
		return dir, dir
	}},
	{name: "linked worktree", make: func(t *testing.T) (string, string) {
		dir := newRepo(t, content())
		linked := filepath.Join(gittest.Dir(t), "linked")
		gittest.Run(t, dir, "worktree", "add", "--quiet", "--detach", linked)
		return linked, dir
	}},
	{name: "subfolder of a linked worktree of a bare repository", make: func(t *testing.T) (string, string) {
		bare := gittest.Clone(t, newRepo(t, content()), "--bare")
		linked := filepath.Join(gittest.Dir(t), "linked")
		gittest.Run(t, bare, "worktree", "add", "--quiet", linked, "main")
		return filepath.Join(linked, "rules"), bare
	}},
	{name: "sparse checkout", make: func(t *testing.T) (string, string) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "sparse-checkout", "set", "--cone", "--sparse-index", "policies")
		return dir, dir
	}},
	{name: "shallow clone", make: func(t *testing.T) (string, string) {
		dir := gittest.Clone(t, gittest.URL(newRepo(t, content())), "--depth=1")
		return dir, dir
	}},
	{name: "partial clone", make: func(t *testing.T) (string, string) {
		server := newRepo(t, content())
		gittest.Run(t, server, "config", "uploadpack.allowFilter", "true")
		gittest.Run(t, server, "config", "uploadpack.allowAnySHA1InWant", "true")
		dir := gittest.Clone(t, gittest.URL(server), "--filter=blob:none", "--no-checkout")
		check(t, os.Rename(server, server+"-gone")) // nothing is to be fetched
		return dir, dir
	}},
	{name: "submodule", make: func(t *testing.T) (string, string) {
		dir, other := newRepo(t, files{"x.yml": "x\n"}), newRepo(t, content())
		gittest.Run(t, dir, "submodule", "--quiet", "add", gittest.URL(other), "module")
		sub := filepath.Join(dir, "module")
		return sub, sub
	}},
	{name: "split index", make: func(t *testing.T) (string, string) {
		dir := newRepo(t, content())
		gittest.Run(t, dir, "update-index", "--split-index")
		return dir, dir
	}},
	{name: "SHA-256", alone: "the repository uses SHA256 object names, which needs git, and git was not found on PATH; install git",
		make: func(t *testing.T) (string, string) {
			dir := newRepo(t, content(), "--object-format=sha256")
			return dir, dir
		}},
	{name: "reftable", alone: `the repository stores its refs in the format "reftable", which needs git, and git was not found on PATH; install git`,
		make: func(t *testing.T) (string, string) {
			gittest.Need(t)
			if out, err := gittest.Try(t.TempDir(), "init", "--quiet", "--ref-format=reftable", "probe"); err != nil {
				t.Skipf("this git program knows no reftable: %s", out)
			}
			dir := newRepo(t, content(), "--ref-format=reftable")
			return dir, dir
		}},
	{name: "borrowed objects", alone: "the repository borrows objects from another one, which needs git, and git was not found on PATH; install git",
		make: func(t *testing.T) (string, string) {
			dir := gittest.Clone(t, newRepo(t, content()), "--shared")
			return dir, dir
		}},
}

func TestLayouts(t *testing.T) {
	t.Parallel()
	for _, l := range layouts {
		for name, o := range map[string]git.Options{"auto": options(git.EngineAuto), "alone": noGit(), "program": options(git.EngineProgram)} {
			// With all options the program writes; without -short and PDAC_TEST_LONG a
			// few layouts show that it reads too.
			usual := name != "program" || l.name == "plain" || l.name == "shallow clone"
			short := l.name == "plain" && name != "program" || l.name == "SHA-256"
			if !gittest.Long() && !usual || testing.Short() && !short {
				continue
			}
			t.Run(l.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				root, repo := l.make(t)
				before := snapshot(t, repo)
				s, err := record.Open(t.Context(), root, o)
				if l.alone != "" && name == "alone" {
					wantError(t, err, l.alone)
					var typed *record.UnsupportedError
					if !errors.As(err, &typed) {
						t.Errorf("%#v", err)
					}
					return
				}
				check(t, err)
				if d := latest(t, s); d != nil {
					t.Fatalf("there is a record already: %+v", d)
				}
				first := content()
				second := first.with(files{"rules/a.yml": "changed\n", "new/x.yml": "x\n"})
				delete(second, "top.yml")
				d1 := mustWrite(t, s, next(1, "", first))
				d2 := mustWrite(t, s, next(2, d1.Hash, second))
				d3 := mustWrite(t, s, next(3, d2.Hash, second))
				same(t, "all but objects and our ref", snapshot(t, repo), before)
				verify := func(when string) {
					s := open(t, root, o)
					same(t, when+": history", history(t, s), []string{d3.Hash, d2.Hash, d1.Hash})
					same(t, when+": latest", *latest(t, s), d3)
					same(t, when+": files", dump(t, s, d1), first)
					same(t, when+": files", dump(t, s, d3), second)
					same(t, when+": git log", strings.Fields(gittest.Run(t, repo, "log", "--format=%H", ref)), []string{d3.Hash, d2.Hash, d1.Hash})
				}
				verify("as written")
				if l.name != "partial clone" { // whose server is gone, so that fsck has nothing to ask
					gittest.Fsck(t, repo)
				}
				gittest.Run(t, repo, "reflog", "expire", "--expire=now", "--all")
				if l.name != "partial clone" {
					gittest.Run(t, repo, "gc", "--quiet", "--prune=now")
				}
				gittest.Run(t, repo, "pack-refs", "--all", "--prune")
				verify("after cleaning")
				d4 := mustWrite(t, s, next(4, d3.Hash, first))
				same(t, "after cleaning, next", history(t, s), []string{d4.Hash, d3.Hash, d2.Hash, d1.Hash})
			})
		}
	}
}

// All working trees of a repository share its records.
func TestLinkedWorktreesShare(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, content())
	linked := filepath.Join(gittest.Dir(t), "linked")
	gittest.Run(t, dir, "worktree", "add", "--quiet", "--detach", linked)
	d1 := mustWrite(t, open(t, linked, options(git.EngineAuto)), next(1, "", content()))
	d2 := mustWrite(t, open(t, dir, options(git.EngineProgram)), next(2, d1.Hash, content()))
	for _, root := range []string{dir, linked} {
		same(t, root, history(t, open(t, root, noGit())), []string{d2.Hash, d1.Hash})
		same(t, root, gittest.Run(t, root, "rev-parse", ref), d2.Hash)
	}
}

func TestBare(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	bare := gittest.Clone(t, newRepo(t, content()), "--bare")
	for i, o := range []git.Options{noGit(), options(git.EngineProgram)} {
		s := open(t, filepath.Join(bare, "objects"), o)
		parent := ""
		if d := latest(t, s); d != nil {
			parent = d.Hash
		}
		d := mustWrite(t, s, next(i, parent, content()))
		same(t, "latest", *latest(t, s), d)
		_, err := s.Files(t.Context(), d)
		wantError(t, err, bare+" is a bare repository, which has no files of deployments to read; use a clone of it")
	}
	gittest.Fsck(t, bare)
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	gittest.Need(t)
	dir := gittest.Dir(t)
	_, err := record.Open(t.Context(), dir, options(git.EngineAuto))
	wantError(t, err, `"`+dir+`" is not in a git repository, which is needed to record deployments; run "git init" there`)
	var none *record.NotRepositoryError
	if !errors.As(err, &none) || none.Root != dir {
		t.Errorf("%#v", err)
	}
	o := noGit()
	o.Engine = git.EngineProgram
	_, err = record.Open(t.Context(), newRepo(t, content()), o)
	wantError(t, err, `the options require the git program, but "pdac-test-no-such-git" was not found on PATH; install git`)

	repo := newRepo(t, content())
	linked := filepath.Join(gittest.Dir(t), "linked")
	gittest.Run(t, repo, "worktree", "add", "--quiet", "--detach", linked)
	check(t, os.Rename(repo, repo+"-moved"))
	_, err = record.Open(t.Context(), linked, options(git.EngineAuto))
	wantError(t, err, "%h points to the git repository %h, which can't be opened; run \"git worktree repair\" in the main repository, or make a new clone")

	odd := newRepo(t, content())
	gittest.Run(t, odd, "config", "core.repositoryFormatVersion", "1")
	gittest.Run(t, odd, "config", "extensions.unheardOf", "true")
	_, err = record.Open(t.Context(), odd, noGit())
	wantError(t, err, `the repository uses the git extension "unheardof", which needs git, and git was not found on PATH; install git`)
}

// Both engines write the same objects, so that it doesn't matter who runs which.
func TestEnginesWriteTheSame(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	many := files{}
	for i := range 150 {
		many["rules/r"+strings.Repeat("x", i)+".yml"] = strings.Repeat("line\n", i)
	}
	for what, f := range map[string]files{"few": content(), "many": many, "none": {}} {
		var hashes []string
		for _, o := range []git.Options{noGit(), options(git.EngineProgram)} {
			dir := newRepo(t, content())
			s := open(t, dir, o)
			d := mustWrite(t, s, next(1, "", f))
			same(t, what, dump(t, s, d), f)
			gittest.Fsck(t, dir)
			hashes = append(hashes, d.Hash)
		}
		if hashes[0] != hashes[1] {
			t.Errorf("%s: go-git writes %s and git %s", what, hashes[0], hashes[1])
		}
	}
}

// What git stores isn't written again.
func TestKnownObjectsAreNotRewritten(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	for _, packed := range []bool{false, true} {
		for _, o := range []git.Options{noGit(), options(git.EngineProgram)} {
			dir := newRepo(t, content())
			if packed {
				gittest.Run(t, dir, "gc", "--quiet")
			}
			s := open(t, dir, o)
			before := objects(t, dir)
			d := mustWrite(t, s, next(1, "", content()))
			fresh := slices.DeleteFunc(objects(t, dir), func(f string) bool { return slices.Contains(before, f) })
			// HEAD's tree is the record's too, so the commit alone is new.
			same(t, "new objects", fresh, []string{d.Hash[:2] + "/" + d.Hash[2:]})
		}
	}
}

func objects(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	base := filepath.Join(dir, ".git", "objects")
	check(t, filepath.WalkDir(base, func(p string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(base, p)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	}))
	return out
}

func TestPaths(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	odd := files{
		"with space.yml": "1", `quo"te'.yml`: "2", "new\nline.yml": "3", "tab\t.yml": "4", "é/ü.yml": "5", "e\u0301.yml": "6",
		"-n": "7", "a.b/c": "8", "a/c": "9", "a-b": "10", "a0": "11", "back\\slash": "12", "\xff\xfe.yml": "13", "%41": "14", "x:y": "15", "~": "16", "HEAD": "17",
		strings.Repeat("long", 60) + "/" + strings.Repeat("d/", 60) + "f": "18", "same/1": "1", "same/2": "1",
	}
	for _, o := range []git.Options{noGit(), options(git.EngineProgram)} {
		dir := newRepo(t, content())
		s := open(t, dir, o)
		d := mustWrite(t, s, next(1, "", odd))
		same(t, "files", dump(t, s, d), odd)
		gittest.Fsck(t, dir)
		names := strings.Split(strings.TrimSuffix(gittest.Run(t, dir, "ls-tree", "-r", "-z", "--name-only", ref), "\x00"), "\x00")
		same(t, "git's names", slices.Sorted(slices.Values(names)), slices.Sorted(maps.Keys(odd)))
		for path, reason := range map[string]string{
			"": "names no file; use a path below the repository's folder", "a\x00b": "contains a NUL character, which is not allowed in file names",
			"/a": "is an absolute path; use a path relative to the repository's folder", `C:\a`: "is an absolute path; use a path relative to the repository's folder",
			`\\a`: "is an absolute path; use a path relative to the repository's folder", "a/../b": `contains ".."; use a path below the repository's folder`,
			"a//b": `has the part "", which names nothing; remove it`, "a/": `has the part "", which names nothing; remove it`, "./a": `has the part ".", which names nothing; remove it`,
			".git/config": "is hidden; hidden files are ignored", "a/.b": "is hidden; hidden files are ignored",
			"GIT~1/config": "has a name that means git's own folder on Windows",
			"top.yml/x":    `is in "top.yml", which is also a file`,
		} {
			n := next(2, d.Hash, content().with(files{path: "x"}))
			_, err := s.Write(t.Context(), n)
			var typed *record.PathError
			if !errors.As(err, &typed) || typed.Path != path || typed.Reason != reason {
				t.Errorf("%q: %v, want that it %s", path, err, reason)
			}
		}
		n := next(2, d.Hash, files{"a.yml": strings.Repeat("x", 64<<20+1)})
		_, err := s.Write(t.Context(), n)
		wantError(t, err, `"a.yml" can't be recorded: it has 67108865 bytes, more than the 67108864 that git servers accept`)
		same(t, "history", history(t, s), []string{d.Hash})
	}
}
