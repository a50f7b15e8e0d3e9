package record_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
)

const (
	tenant = "acme.runpanther.net"
	ref    = "refs/pdac/deployments/acme.runpanther.net"
	ada    = "Ada <ada@example.com>"
	bob    = "Bob <bob@example.com>"
)

// at is a time for the nth deployment.
func at(n int) time.Time {
	return time.Date(2026, 11, 2, 10, n, 0, 0, time.FixedZone("", 3600))
}

func check(t gittest.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type files map[string]string

func (f files) bytes() map[string][]byte {
	out := map[string][]byte{}
	for p, c := range f {
		out[p] = []byte(c)
	}
	return out
}

func (f files) with(more files) files {
	out := maps.Clone(f)
	maps.Copy(out, more)
	return out
}

func content() files {
	return files{
		"rules/a.yml":         "a\n",
		"rules/a.py":          "def rule(event):\n    return True\n",
		"rules/deep/er/b.yml": "b\r\nCRLF\r\n",
		"policies/empty.yml":  "",
		"top.yml":             "top\n",
	}
}

// newRepo makes a repository with two commits, the last of which holds f.
func newRepo(t testing.TB, f files, initOptions ...string) string {
	t.Helper()
	return gittest.New(t, initOptions, files{"old.yml": "old\n"}, f)
}

func options(e git.Engine) git.Options { return git.Options{Engine: e, Env: gittest.Env()} }

// noGit are the options without a git program.
func noGit() git.Options { return git.Options{Git: "pdac-test-no-such-git", Env: gittest.Env()} }

func open(t testing.TB, root string, o git.Options) *record.Store {
	t.Helper()
	s, err := record.Open(t.Context(), root, o)
	check(t, err)
	return s
}

// next is a deployment by Ada after another one.
func next(n int, parent string, f files) record.New {
	return record.New{Tenant: tenant, Revision: strings.Repeat("3f2a9c1b", 5), Actor: ada, Time: at(n), Parent: parent, Files: f.bytes(),
		Counts: record.Counts{Created: 3, Updated: 2, Deleted: 1, Unchanged: 40}}
}

func mustWrite(t testing.TB, s *record.Store, n record.New) record.Deployment {
	t.Helper()
	d, err := s.Write(t.Context(), n)
	check(t, err)
	return d
}

func latest(t testing.TB, s *record.Store) *record.Deployment {
	t.Helper()
	d, err := s.Latest(t.Context(), tenant)
	check(t, err)
	return d
}

func history(t testing.TB, s *record.Store) []string {
	t.Helper()
	ds, err := s.History(t.Context(), tenant, 0)
	check(t, err)
	var out []string
	for _, d := range ds {
		out = append(out, d.Hash)
	}
	return out
}

func dump(t testing.TB, s *record.Store, d record.Deployment) files {
	t.Helper()
	got, err := s.Files(t.Context(), d)
	check(t, err)
	out := files{}
	for p, c := range got {
		out[p] = string(c)
	}
	return out
}

func same(t interface {
	Helper()
	Errorf(string, ...any)
}, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// wantError compares the whole text, in which each %h of want matches what
// the test can't know.
func wantError(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want: %s", want)
		return
	}
	rest := err.Error()
	for i, part := range strings.Split(want, "%h") {
		at := strings.Index(rest, part)
		if at < 0 || i == 0 && at != 0 {
			t.Errorf("error\n  %s\nis not\n  %s", err, want)
			return
		}
		rest = rest[at+len(part):]
	}
	if rest != "" && !strings.HasSuffix(want, "%h") {
		t.Errorf("error\n  %s\nis more than\n  %s", err, want)
	}
}

// snapshot is all of a repository but its objects and our refs.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	check(t, filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil:
			return err
		case e.IsDir() && (rel == ".git/objects" || rel == ".git/refs/pdac" || rel == "objects" || rel == "refs/pdac"):
			return filepath.SkipDir
		case e.IsDir():
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(p)
		out[rel] = fmt.Sprintf("%v %v %s", info.Mode(), info.ModTime(), raw)
		return err
	}))
	return out
}
