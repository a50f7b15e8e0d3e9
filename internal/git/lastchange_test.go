package git_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"pgregory.net/rapid"
)

var libraryAndProgram = []git.Engine{git.EngineLibrary, git.EngineProgram}

// commits returns the result as git writes it, hash by path.
func commits(found map[string]git.Change) map[string]string {
	out := map[string]string{}
	for p, c := range found {
		out[p] = c.Commit + string(c.Cut)
	}
	return out
}

// gitLog asks the git program for one path after the other.
func gitLog(t testing.TB, dir, revision string, paths []string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range paths {
		if hash := gittest.Run(t, dir, "log", "-1", "--format=%H", revision, "--", p); hash != "" {
			out[p] = hash
		}
	}
	return out
}

// LastChanges is "git log -1", for every path and revision of any history.
func TestLastChangesIsGitLog(t *testing.T) {
	gittest.Need(t)
	gittest.SetChecks(t, 5, 1)
	rapid.Check(t, func(rt *rapid.T) {
		base, err := os.MkdirTemp(gittest.Dir(t), "")
		check(t, err)
		dir := filepath.Join(base, "repo")
		s := drawStory(rt)
		s.tell(t, dir)
		check(t, os.MkdirAll(filepath.Join(dir, "rules", "x"), 0o755))
		if rapid.Bool().Draw(rt, "packed") {
			gittest.Run(t, dir, "gc", "--quiet")
		}
		commit := rapid.Map(rapid.IntRange(0, len(s)-1), func(i int) string { return fmt.Sprintf("c%d", i) })
		revision := commit.Draw(rt, "revision")
		linked := filepath.Join(base, "linked")
		gittest.Run(t, dir, "worktree", "add", "--quiet", "--no-checkout", "--detach", linked, revision)
		check(t, os.MkdirAll(filepath.Join(linked, "rules"), 0o755))
		sub := rapid.SampledFrom([]string{"", "rules", "rules/x"}).Draw(rt, "sub")
		paths := slices.Clone(askedFor)
		if sub != "" {
			paths = nil
			for _, p := range askedFor {
				if below, ok := strings.CutPrefix(p, sub+"/"); ok {
					paths = append(paths, below)
				}
			}
		}
		want := gitLog(t, filepath.Join(dir, sub), revision, paths)
		for _, e := range libraryAndProgram {
			got, err := git.LastChanges(t.Context(), filepath.Join(dir, sub), paths, git.LastChangesOptions{Revision: revision}, options(e))
			check(t, err)
			if d := cmp.Diff(want, commits(got)); d != "" {
				rt.Errorf("engine %d at %s, git (-) and ours (+):\n%s", e, revision, d)
			}
			for p, c := range got {
				checkKind(rt, s, dir, filepath.ToSlash(filepath.Join(sub, p)), c)
			}
			if sub != "rules/x" {
				got, err = git.LastChanges(t.Context(), filepath.Join(linked, sub), paths, git.LastChangesOptions{}, options(e))
				check(t, err)
				if d := cmp.Diff(want, commits(got)); d != "" {
					rt.Errorf("engine %d in a linked worktree, git (-) and ours (+):\n%s", e, d)
				}
			}
		}
	})
}

// checkKind compares what is said about a change with the story.
func checkKind(t *rapid.T, s story, dir, path string, c git.Change) {
	t.Helper()
	var i int
	if _, err := fmt.Sscanf(c.Subject, "commit %d", &i); err != nil {
		t.Fatalf("subject %q: %v", c.Subject, err)
	}
	there := func(f state) bool {
		for p := range f {
			if p == path || strings.HasPrefix(p, path+"/") {
				return true
			}
		}
		return false
	}
	want := git.Modified
	switch {
	case !there(s[i].files):
		want = git.Deleted
	case len(s[i].parents) == 0 || !there(s[s[i].parents[0]].files):
		want = git.Added
	}
	if c.Kind != want {
		t.Errorf("%s in commit %d is %q, want %q", path, i, c.Kind, want)
	}
	if c.Author != fmt.Sprint("Writer ", i) || c.Mail != fmt.Sprintf("w%d@example.com", i) || c.Time.Unix() != s[i].when+7 || c.Time.Format("-0700") != "+0130" {
		t.Errorf("commit %d is said to be by %q <%s> at %s", i, c.Author, c.Mail, c.Time)
	}
}

// A shallow clone never names a wrong commit: it is the whole repository's
// answer, or it is said to be cut off.
func TestLastChangesInShallowClones(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git very often; run it without -short")
	}
	gittest.Need(t)
	gittest.SetChecks(t, 6, 1)
	cut := 0
	rapid.Check(t, func(rt *rapid.T) {
		base, err := os.MkdirTemp(gittest.Dir(t), "")
		check(t, err)
		dir, shallow := filepath.Join(base, "repo"), filepath.Join(base, "shallow")
		s := drawStory(rt)
		s.tell(t, dir)
		depth := rapid.IntRange(1, 4).Draw(rt, "depth")
		gittest.Run(t, base, "clone", "--quiet", "--no-checkout", "--branch=main", fmt.Sprint("--depth=", depth), gittest.URL(dir), shallow)
		want := gitLog(t, dir, "main", askedFor)
		edge := map[string]bool{}
		if raw, err := os.ReadFile(filepath.Join(shallow, ".git", "shallow")); err == nil {
			for _, h := range strings.Fields(string(raw)) {
				edge[h] = true
			}
		}
		// Git takes the commits at the edge for the first ones.
		alone := gitLog(t, shallow, "HEAD", askedFor)
		for _, e := range libraryAndProgram {
			got, err := git.LastChanges(t.Context(), shallow, askedFor, git.LastChangesOptions{}, options(e))
			check(t, err)
			for _, p := range askedFor {
				c, found := got[p]
				switch {
				case c.Cut == git.CutShallow:
					cut++
					if alone[p] != "" && !edge[alone[p]] {
						rt.Errorf("engine %d: %s is said to be cut off, but %s changed it", e, p, alone[p])
					}
				case c.Commit != want[p] || found != (want[p] != ""):
					rt.Errorf("engine %d: %s is said to be changed by %q, want %q", e, p, c.Commit, want[p])
				}
			}
		}
	})
	if cut == 0 {
		t.Error("no history was cut off, so nothing was tested")
	}
}

func TestLastChangesSaysWhoAndWhy(t *testing.T) {
	t.Parallel()
	gittest.Need(t)
	dir := filepath.Join(gittest.Dir(t), "repo")
	story{
		{when: 1_700_000_000, files: state{"a.yml": {"100644", "1"}, "b.yml": {"100644", "1"}}, message: "Add\x1b[31m\tthe \u202e rules\nfor a start\n\nA body"},
		{parents: []int{0}, when: 1_700_000_100, files: state{"a.yml": {"100644", "2"}, "b.yml": {"100644", "1"}}, message: strings.Repeat("long ", 100)},
		{parents: []int{1}, when: 1_700_000_200, files: state{"a.yml": {"100644", "2"}}, message: "\n\n\nGone"},
	}.tell(t, dir)
	for _, e := range libraryAndProgram {
		at := func(rev string, lo git.LastChangesOptions) map[string]git.Change {
			lo.Revision = rev
			got, err := git.LastChanges(t.Context(), dir, []string{"b.yml", "a.yml", "b.yml", "c/d.yml"}, lo, options(e))
			check(t, err)
			return got
		}
		zone := time.FixedZone("", 90*60)
		first := git.Change{Commit: gittest.Run(t, dir, "rev-parse", "c0"), Kind: git.Added, About: git.About{Author: "Writer 0", Mail: "w0@example.com", Time: time.Unix(1_700_000_007, 0).In(zone), Subject: "Add [31m the rules for a start"}}
		long := git.Change{Commit: gittest.Run(t, dir, "rev-parse", "c1"), Kind: git.Modified, About: git.About{Author: "Writer 1", Mail: "w1@example.com", Time: time.Unix(1_700_000_107, 0).In(zone), Subject: strings.Repeat("long ", 59) + "long…"}}
		gone := git.Change{Commit: gittest.Run(t, dir, "rev-parse", "c2"), Kind: git.Deleted, About: git.About{Author: "Writer 2", Mail: "w2@example.com", Time: time.Unix(1_700_000_207, 0).In(zone), Subject: "Gone"}}
		for _, c := range []struct {
			rev  string
			o    git.LastChangesOptions
			want map[string]git.Change
		}{
			{"main", git.LastChangesOptions{}, map[string]git.Change{"a.yml": long, "b.yml": gone}},
			{"", git.LastChangesOptions{}, map[string]git.Change{"a.yml": long, "b.yml": gone}},
			{"main~1", git.LastChangesOptions{}, map[string]git.Change{"a.yml": long, "b.yml": first}},
			{"c0", git.LastChangesOptions{}, map[string]git.Change{"a.yml": first, "b.yml": first}},
			{"main", git.LastChangesOptions{MaxCommits: 1}, map[string]git.Change{"a.yml": {Cut: git.CutLimit}, "b.yml": gone, "c/d.yml": {Cut: git.CutLimit}}},
			{"main", git.LastChangesOptions{MaxCommits: 3}, map[string]git.Change{"a.yml": long, "b.yml": gone}},
		} {
			if d := cmp.Diff(c.want, at(c.rev, c.o), cmp.Comparer(func(a, b time.Time) bool { return a.Format(time.RFC3339) == b.Format(time.RFC3339) })); d != "" {
				t.Errorf("engine %d at %q, %+v (-want +got):\n%s", e, c.rev, c.o, d)
			}
		}
	}
}

// A commit that is older than its parent comes after it in the list of commits.
func TestLastChangesWithWrongClocks(t *testing.T) {
	t.Parallel()
	gittest.Need(t)
	dir := filepath.Join(gittest.Dir(t), "repo")
	story{
		{when: 1_700_000_500, files: state{"a.yml": {"100644", "1"}}},
		{parents: []int{0}, when: 1_700_000_600, files: state{"a.yml": {"100644", "2"}}},
		{parents: []int{0}, when: 1_700_000_000, files: state{"a.yml": {"100644", "1"}, "b.yml": {"100644", "1"}}},
		{parents: []int{1, 2}, when: 1_700_000_700, files: state{"a.yml": {"100644", "1"}, "b.yml": {"100644", "1"}}},
	}.tell(t, dir)
	paths := []string{"a.yml", "b.yml"}
	for _, e := range libraryAndProgram {
		got, err := git.LastChanges(t.Context(), dir, paths, git.LastChangesOptions{}, options(e))
		check(t, err)
		if d := cmp.Diff(gitLog(t, dir, "main", paths), commits(got)); d != "" {
			t.Errorf("engine %d, git (-) and ours (+):\n%s", e, d)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	gittest.Need(t)
	for _, format := range []string{"sha1", "sha256"} {
		dir := newRepo(t, files{"a.yml": "a\n"}, "--object-format="+format)
		check(t, os.WriteFile(filepath.Join(dir, "message"), []byte("Gr\xfc\xdfe\n"), 0o644))
		gittest.Run(t, dir, "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "--quiet", "--allow-empty", "-F", "message")
		head, first := gittest.Run(t, dir, "rev-parse", "HEAD"), gittest.Run(t, dir, "rev-parse", "HEAD~1")
		blob := gittest.Run(t, dir, "rev-parse", "HEAD:a.yml")
		ask := []string{head, first, blob, strings.Repeat("1", len(head)), "", "main", strings.ToUpper(head), "--help", head + "\n"}
		got, err := git.Describe(t.Context(), dir, ask, options(git.EngineAuto))
		check(t, err)
		if len(got) != 2 || got[head].Subject != "Grüße" || got[first].Subject != "second" || got[head].Author != "Ada" || got[head].Mail != "ada@example.com" || got[head].Time.Unix() != 1767323045 {
			t.Errorf("%s: %+v", format, got)
		}
	}
	_, err := git.Describe(t.Context(), gittest.Dir(t), []string{strings.Repeat("1", 40)}, options(git.EngineAuto))
	wantError(t, "no repository", err, "is not in a git repository, which is needed to read commits")
}

func TestLastChangesErrors(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, files{"a.yml": "a\n"})
	last := func(root string, o git.LastChangesOptions, paths ...string) error {
		_, err := git.LastChanges(t.Context(), root, paths, o, options(git.EngineAuto))
		return err
	}
	wantError(t, "no path", last(dir, git.LastChangesOptions{}, ""), "names no file")
	wantError(t, "upwards", last(dir, git.LastChangesOptions{}, "../a.yml"), `"../a.yml" contains ".."`)
	wantError(t, "revision", last(dir, git.LastChangesOptions{Revision: "nope"}, "a.yml"), `revision "nope" is not a branch, tag or commit of this repository`)
	outside := gittest.Dir(t)
	wantError(t, "no repository", last(outside, git.LastChangesOptions{}, "a.yml"), `is not in a git repository, which is needed to read the history of files`)
	var none *git.NotRepositoryError
	if err := last(outside, git.LastChangesOptions{}, "a.yml"); !errors.As(err, &none) {
		t.Errorf("%#v, want a *NotRepositoryError", err)
	}
	unborn := filepath.Join(gittest.Dir(t), "unborn")
	gittest.Run(t, filepath.Dir(unborn), "init", "--quiet", unborn)
	for _, e := range libraryAndProgram {
		got, err := git.LastChanges(t.Context(), unborn, []string{"a.yml"}, git.LastChangesOptions{}, options(e))
		if err != nil || len(got) != 0 {
			t.Errorf("before the first commit: %v and %v", got, err)
		}
	}
}

// Repositories that go-git can't read are read by the git program.
func TestLastChangesInOddRepositories(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	t.Run("SHA-256", func(t *testing.T) {
		t.Parallel()
		dir := newRepo(t, content(), "--object-format=sha256")
		got, err := git.LastChanges(t.Context(), dir, []string{"rules/a.yml", "rules/old.yml"}, git.LastChangesOptions{}, options(git.EngineAuto))
		check(t, err)
		want := gitLog(t, dir, "HEAD", []string{"rules/a.yml", "rules/old.yml"})
		if d := cmp.Diff(want, commits(got)); d != "" {
			t.Error(d)
		}
		_, err = git.LastChanges(t.Context(), dir, []string{"rules/a.yml"}, git.LastChangesOptions{}, noGit())
		wantError(t, "no git", err, "the repository uses SHA256 object names, which needs git, and git was not found on PATH; install git")
	})
	for _, filter := range []string{"blob:none", "tree:0"} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			server := newServer(t)
			dir := clone(t, server, "--filter="+filter, "--no-checkout")
			got, err := git.LastChanges(t.Context(), dir, []string{"rules/a.yml", "rules/old.yml"}, git.LastChangesOptions{}, options(git.EngineAuto))
			check(t, err)
			want := gitLog(t, server, "main", []string{"rules/a.yml", "rules/old.yml"})
			if d := cmp.Diff(want, commits(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

// On a real repository with many merges: set PDAC_CORPUS to a clone of
// panther-analysis, and PDAC_CORPUS_ALL=1 to compare every path.
func TestLastChangesOnCorpus(t *testing.T) {
	gittest.Need(t)
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		t.Skip("set PDAC_CORPUS to a git clone of panther-analysis")
	}
	paths := everPaths(t, dir)
	step := 60
	if os.Getenv("PDAC_CORPUS_ALL") != "" {
		step = 1
	}
	var some []string
	for i := 0; i < len(paths); i += step {
		some = append(some, paths[i])
	}
	want := gitLog(t, dir, "HEAD", some)
	for _, e := range libraryAndProgram {
		got, err := git.LastChanges(t.Context(), dir, paths, git.LastChangesOptions{}, options(e))
		check(t, err)
		all := commits(got)
		for _, p := range some {
			if all[p] != want[p] {
				t.Errorf("engine %d: %s was changed by %q, want %q", e, p, all[p], want[p])
			}
		}
	}
	t.Logf("compared %d of %d paths", len(some), len(paths))
}

// everPaths lists all paths that the history of HEAD ever held, but hidden ones.
func everPaths(t testing.TB, dir string) []string {
	t.Helper()
	seen := map[string]bool{}
	for line := range strings.SplitSeq(gittest.Run(t, dir, "log", "--format=", "--name-only", "-z", "--no-renames", "HEAD"), "\x00") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, ".") && !strings.Contains(line, "/.") {
			seen[line] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// loose stores an object as git does, whatever is in it, and returns its hash.
func loose(t testing.TB, dir, kind string, body []byte) string {
	t.Helper()
	raw := append(fmt.Appendf(nil, "%s %d\x00", kind, len(body)), body...)
	hash := fmt.Sprintf("%x", sha1.Sum(raw))
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, err := z.Write(raw)
	check(t, errors.Join(err, z.Close()))
	file := filepath.Join(dir, ".git", "objects", hash[:2], hash[2:])
	check(t, os.MkdirAll(filepath.Dir(file), 0o755))
	check(t, os.WriteFile(file, packed.Bytes(), 0o644))
	return hash
}

// Commits and trees that git would never write give an error, or an answer that
// is safe to print.
func FuzzLastChangesOfDamagedObjects(f *testing.F) {
	dir := gittest.Dir(f)
	gittest.Write(f, dir, files{".git/HEAD": "ref: refs/heads/main\n", ".git/config": "[core]\nrepositoryformatversion = 0\n", ".git/refs/heads/x": ""})
	check(f, os.MkdirAll(filepath.Join(dir, ".git", "objects"), 0o755))
	blob := string(bytes.Repeat([]byte{7}, 20))
	entry := func(mode, name string) string { return mode + " " + name + "\x00" + blob }
	who := "author A <a@example.com> 1700000000 +0100\ncommitter A <a@example.com> 1700000000 +0100\n"
	for _, seed := range [][2]string{
		{who + "\nsubject\n", entry("100644", "a.yml")},
		{who + "\nsubject\n", entry("40000", "rules") + entry("100644", "a.yml")},
		{"parent x\n" + who + "\n", "100644 a.yml\x00short"},
		{"author <\ncommitter > 99999999999999999999 +9999\nencoding latin1\n\n\xff\x1b[31m", entry("7777777", "a.yml")},
		{"tree y\n", "no tree"},
		{"", ""},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), true)
		f.Add([]byte(seed[0]), []byte(seed[1]), false)
	}
	f.Fuzz(func(t *testing.T, rest, body []byte, second bool) {
		tip := loose(t, dir, "commit", append([]byte("tree "+loose(t, dir, "tree", body)+"\n"), rest...))
		if second {
			tip = loose(t, dir, "commit", fmt.Appendf(nil, "tree %s\nparent %s\n\nx", loose(t, dir, "tree", nil), tip))
		}
		check(t, os.WriteFile(filepath.Join(dir, ".git", "refs", "heads", "main"), []byte(tip+"\n"), 0o644))
		got, err := git.LastChanges(t.Context(), dir, []string{"a.yml", "rules/b.yml", "x"}, git.LastChangesOptions{}, noGit())
		if err != nil && (got != nil || err.Error() == "") {
			t.Errorf("%v and %v", got, err)
		}
		for p, c := range got {
			if c.Commit == "" || c.Kind == "" || c.Cut != "" {
				t.Errorf("%s: %+v", p, c)
			}
			for _, s := range []string{c.Author, c.Mail, c.Subject} {
				if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) || utf8.RuneCountInString(s) > 300 {
					t.Errorf("%s: %q", p, s)
				}
			}
		}
	})
}
