package git_test

import (
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

func TestHostOf(t *testing.T) {
	for remote, want := range map[string]string{
		"https://GitHub.com/acme/rules.git": "github.com", "https://user:pass@gitlab.acme.example:8443/x": "gitlab.acme.example", "ssh://git@gitlab.com:22/x/y": "gitlab.com",
		"git@github.com:acme/rules.git": "github.com", "github.com:acme/rules": "github.com", "/srv/git/rules.git": "", "../rules": "", "C:/rules": "", `C:\rules`: "", "file:///srv/x": "", "": "", "./a:b": "",
	} {
		if got := git.HostOf(remote); got != want {
			t.Errorf("%q: %q, want %q", remote, got, want)
		}
	}
}

func TestRemoteURLAndDefaultBranch(t *testing.T) {
	gittest.Need(t)
	look := func(dir string) (url, branch string) {
		t.Helper()
		r, err := git.Open(t.Context(), dir, git.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		return r.RemoteURL("origin"), r.DefaultBranch(t.Context())
	}
	dir := t.TempDir()
	gittest.Run(t, dir, "init", "-q", "-b", "trunk")
	if url, branch := look(dir); url != "" || branch != "trunk" {
		t.Errorf("a new one: %q, %q", url, branch)
	}
	gittest.Run(t, dir, "commit", "-q", "--allow-empty", "-m", "x")
	gittest.Run(t, dir, "branch", "master")
	if _, branch := look(dir); branch != "master" {
		t.Errorf("master beside another: %q", branch)
	}
	gittest.Run(t, dir, "branch", "main")
	if _, branch := look(dir); branch != "main" {
		t.Errorf("main beside others: %q", branch)
	}
	clone := t.TempDir()
	gittest.Run(t, clone, "clone", "-q", dir, "here")
	if url, branch := look(clone + "/here"); url != dir || branch != "trunk" {
		t.Errorf("a clone: %q, %q", url, branch)
	}
	gittest.Run(t, dir, "checkout", "-q", "--detach")
	gittest.Run(t, dir, "branch", "-D", "main", "master", "trunk")
	if _, branch := look(dir); branch != "" {
		t.Errorf("no branch: %q", branch)
	}
}
