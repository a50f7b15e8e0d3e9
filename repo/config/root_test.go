package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pdac-dev/pdac/repo/config"
)

// TestRootAroundTheTopOfGit: a pdac.yaml at the top of the git repository counts
// for every folder in it, and one above the git repository for none.
func TestRootAroundTheTopOfGit(t *testing.T) {
	base := t.TempDir()
	for _, d := range []string{"configured/docs", "configured/part/rules", "configured/file", "configured/deep/docs", "configured/nested/a/aws_rules", "configured/installed/node_modules/rules", "configured/hidden/.x/rules", "outer/git/docs", "outer/git/part/rules", "outer/beside"} {
		if err := os.MkdirAll(filepath.Join(base, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(base, "configured/pdac.yaml"), "version: 1\n")
	// A file of that name is no folder with content.
	write(t, filepath.Join(base, "configured/file/rules"), "none\n")
	write(t, filepath.Join(base, "outer/pdac.yaml"), "version: 1\n")
	for _, tc := range []struct {
		// git is the top of the git repository; empty for none.
		git, dir string
		named    bool
		want     string
	}{
		{"configured", "configured", false, "configured"},
		{"configured", "configured/docs", false, "configured"},
		{"configured", "configured/docs", true, "configured"},
		{"configured", "configured/file", true, "configured"},
		{"configured", "configured/deep", true, "configured"}, // it has a folder, and that is none of content
		{"configured", "configured/part", true, "configured/part"},
		{"configured", "configured/nested", true, "configured/nested"},
		{"configured", "configured/installed", true, "configured"},
		{"configured", "configured/hidden", true, "configured"},
		{"configured", "configured/part", false, "configured"},
		{"outer/git", "outer/git", false, "outer/git"},
		{"outer/git", "outer/git", true, "outer/git"},
		{"outer/git", "outer/git/docs", false, "outer/git"},
		{"outer/git", "outer/git/docs", true, "outer/git/docs"},
		{"outer/git", "outer/git/part", true, "outer/git/part"},
		{"", "outer/beside", false, "outer"},
		{"", "outer/beside", true, "outer"},
	} {
		got, err := config.FindRoot(filepath.Join(base, tc.dir), tc.named, func(string) (string, bool) {
			return filepath.Join(base, tc.git), tc.git != ""
		})
		if err != nil || got != filepath.Join(base, tc.want) {
			t.Errorf("%s (named %v, git at %q): got %s (%v), want %s", tc.dir, tc.named, tc.git, got, err, tc.want)
		}
	}
}

// TestRootWhereGitSpellsItsTopOtherwise: git may give the path without its
// symbolic links. A folder with a pdac.yaml is the root all the same.
func TestRootWhereGitSpellsItsTopOtherwise(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "pdac.yaml"), "version: 1\n")
	elsewhere := func(string) (string, bool) { return filepath.Join(dir, "a", "longer", "spelling"), true }
	for _, named := range []bool{false, true} {
		if got, err := config.FindRoot(dir, named, elsewhere); err != nil || got != dir {
			t.Errorf("named %v: got %s (%v), want %s", named, got, err, dir)
		}
	}
}
