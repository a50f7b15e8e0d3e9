package git_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

const limit = 8 << 20

// files is what a tree holds: paths and contents. A content of "-> x" is a link.
type files map[string]string

// content is what the repositories of these tests hold, hidden files and all.
func content() files {
	return files{
		"top.yml":                "top\n",
		"rules/a.yml":            "a\n",
		"rules/a.py":             "def rule(event):\n    return True\n",
		"rules/deep/er/b.yml":    "b\r\nwith CRLF\r\n",
		"rules/empty.yml":        "",
		"rules/with space é.yml": "space\n",
		"rules/[x].yml":          "like a pattern\n",
		"rules/link.py":          "-> a.py",
		"links/one.py":           "-> ../rules/link.py",
		"links/up.py":            "-> ./../links/../rules/deep/../a.py",
		"links/folder":           "-> ../rules",
		"links/through.py":       "-> folder/a.py",
		"big/middle.yml":         text(40 << 10),
		"big/large.yml":          text(1200 << 10),
		"rules/.hidden.yml":      "hidden\n",
		".hidden/x.yml":          "hidden\n",
		"rules/.more/x.yml":      "hidden\n",
	}
}

// text is a long text that packs neither to nothing nor into few deltas.
func text(size int) string {
	var b strings.Builder
	for i := uint32(1); b.Len() < size; i++ {
		fmt.Fprintf(&b, "line %d %x\n", i, i*2654435761)
	}
	return b.String()[:size]
}

// visible is what a tree shows of files: no hidden ones, and links replaced by
// what they lead to. Links to folders are left out.
func (f files) visible() files {
	out := files{}
	for p, c := range f {
		if strings.HasPrefix(p, ".") || strings.Contains(p, "/.") || c == "-> ../rules" {
			continue
		}
		if strings.HasPrefix(c, "-> ") {
			c = f["rules/a.py"]
		}
		out[p] = c
	}
	return out
}

func (f files) with(more files) files {
	out := maps.Clone(f)
	maps.Copy(out, more)
	return out
}

// under is what is to be seen from a folder.
func (f files) under(dir string) files {
	out := files{}
	for p, c := range f {
		if below, ok := strings.CutPrefix(p, dir+"/"); ok {
			out[below] = c
		}
	}
	return out
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// needGitThat skips where the git program is too old to make a repository.
func needGitThat(t testing.TB, can string, dir string, args ...string) {
	t.Helper()
	if out, err := gittest.Try(dir, args...); err != nil {
		t.Skipf("this git program can't %s: %s", can, strings.TrimSpace(out))
	}
}

// newRepo makes a repository with two commits; the second holds f.
func newRepo(t testing.TB, f files, initOptions ...string) string {
	t.Helper()
	return gittest.New(t, initOptions, files{"rules/old.yml": "old\n"}, f)
}

// newLargeRepo makes one whose big/large.yml has two versions.
func newLargeRepo(t testing.TB, f files) string {
	t.Helper()
	first := files{"big/large.yml": "short\n" + text(1100<<10)}
	return gittest.New(t, nil, first, first.with(f))
}

// reader is what the three kinds of tree have in common.
type reader interface {
	Entries(ctx context.Context) ([]git.Entry, error)
	Read(ctx context.Context, path string, limit int64) ([]byte, error)
	Describe() git.Revision
	Close() error
}

func options(e git.Engine) git.Options { return git.Options{Engine: e, Env: gittest.Env()} }

// noGit are the options without a git program.
func noGit() git.Options {
	return git.Options{Git: "pdac-test-no-such-git", Env: gittest.Env()}
}

func worktree(t testing.TB, root string, o git.Options) *git.WorktreeTree {
	t.Helper()
	w, err := git.Worktree(t.Context(), root, o)
	check(t, err)
	t.Cleanup(func() { check(t, w.Close()) })
	return w
}

func commitTree(t testing.TB, root, rev string, o git.Options) *git.GitTree {
	t.Helper()
	c, err := git.Commit(t.Context(), root, rev, o)
	check(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	return c
}

func indexTree(t testing.TB, root string, o git.Options) *git.GitTree {
	t.Helper()
	i, err := git.Index(t.Context(), root, o)
	check(t, err)
	t.Cleanup(func() { check(t, i.Close()) })
	return i
}

// dump reads everything that a tree lists. What can't be read is left out.
func dump(t testing.TB, r reader) files {
	t.Helper()
	entries, err := r.Entries(t.Context())
	check(t, err)
	if !slices.IsSortedFunc(entries, func(a, b git.Entry) int { return strings.Compare(a.Path, b.Path) }) {
		t.Errorf("entries are not sorted: %v", entries)
	}
	out := files{}
	for _, e := range entries {
		if _, twice := out[e.Path]; twice {
			t.Errorf("%q is listed twice", e.Path)
		}
		c, err := r.Read(t.Context(), e.Path, limit)
		if err != nil && strings.Contains(err.Error(), "which is a folder") {
			continue
		}
		check(t, err)
		out[e.Path] = string(c)
	}
	return out
}

// same compares trees without printing megabytes.
func same(t testing.TB, what string, got, want files) {
	t.Helper()
	short := func(f files) files {
		out := files{}
		for p, c := range f {
			if len(c) > 200 {
				c = fmt.Sprintf("%d bytes, %s", len(c), git.BlobHash([]byte(c), false))
			}
			out[p] = c
		}
		return out
	}
	if d := cmp.Diff(short(want), short(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func wantError(t testing.TB, what string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want one with %q", what, parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%s: error %q lacks %q", what, err, p)
		}
	}
}
