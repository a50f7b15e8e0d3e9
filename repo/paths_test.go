package repo_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pdac-dev/pdac/repo"
)

func TestResolvePaths(t *testing.T) {
	base := t.TempDir()
	root := filepath.Join(base, "repo")
	if err := os.MkdirAll(filepath.Join(root, "rules"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{filepath.Join(root, "rules", "a.yml"), filepath.Join(base, "outside.yml")} {
		if err := os.WriteFile(p, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		dir, path, want, err string
		missing              bool
	}{
		{dir: root, path: "rules/a.yml", want: "rules/a.yml"},
		{dir: root, path: "rules/", want: "rules"},
		{dir: root, path: ".", want: "."},
		{dir: filepath.Join(root, "rules"), path: "..", want: "."},
		{dir: filepath.Join(root, "rules"), path: "a.yml", want: "rules/a.yml"},
		{dir: base, path: "repo/rules", want: "rules"},
		{dir: base, path: filepath.Join(root, "rules", "a.yml"), want: "rules/a.yml"},
		{dir: root, path: "rules/gone.yml", err: `"rules/gone.yml" does not exist`},
		{dir: root, path: "rules/gone.yml", missing: true, want: "rules/gone.yml"},
		{dir: root, path: "../outside.yml", err: `"../outside.yml" is outside the repository "` + root + `"`},
		{dir: root, path: "..", err: `".." is outside the repository "` + root + `"`},
		{dir: root, path: "", err: "a path is empty; name a file or a folder, or omit it to include everything"},
	} {
		got, err := repo.ResolvePaths([]string{c.path}, repo.PathOptions{Root: root, Dir: c.dir, Missing: c.missing})
		switch {
		case c.err != "":
			if err == nil || err.Error() != c.err {
				t.Errorf("%q in %s: got %v, %v, want the error %s", c.path, c.dir, got, err, c.err)
			}
		case err != nil || !slices.Equal(got, []string{c.want}):
			t.Errorf("%q in %s: got %q, %v, want %q", c.path, c.dir, got, err, c.want)
		}
	}
}

// TestRelativePathOverLinks: a repository may be reached over a link, and a file of
// it may be a link itself.
func TestRelativePathOverLinks(t *testing.T) {
	base := t.TempDir()
	root := filepath.Join(base, "repo")
	if err := os.MkdirAll(filepath.Join(root, "rules"), 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(base, "link")
	if err := os.Symlink(root, link); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(filepath.Join(base, "elsewhere.yml"), filepath.Join(root, "rules", "l.yml")); err != nil {
		t.Fatal(err)
	}
	if got, ok := repo.RelativePath(root, filepath.Join(link, "rules", "a.yml")); !ok || got != "rules/a.yml" {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := repo.RelativePath(link, filepath.Join(root, "rules", "l.yml")); !ok || got != "rules/l.yml" {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := repo.RelativePath(root, filepath.Join(base, "repo-other", "a.yml")); ok {
		t.Errorf("a folder with a similar name is inside, as %q", got)
	}
}

func TestFormatSomePaths(t *testing.T) {
	tree := repo.Overlay{Files: map[string][]byte{"rules/a.yml": []byte("Severity: High\nAnalysisType: rule\nRuleID: A\n")}}
	for _, c := range []struct {
		paths []string
		want  int
	}{
		{nil, 1},
		{[]string{"."}, 1},
		{[]string{"rules"}, 1},
		{[]string{"packs", "rules/a.yml"}, 1},
		{[]string{"rule"}, 0},
		{[]string{"rules/a"}, 0},
	} {
		got, err := repo.FormatTree(t.Context(), tree, repo.FormatOptions{Paths: c.paths})
		if err != nil || len(got.Changes) != c.want {
			t.Errorf("%q: %v (%v), want %d", c.paths, got, err, c.want)
		}
	}
}
