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

func TestBelow(t *testing.T) {
	for _, c := range []struct {
		path  string
		paths []string
		want  bool
	}{
		{"rules/a.yml", nil, true},
		{"rules/a.yml", []string{"."}, true},
		{"rules/a.yml", []string{"rules"}, true},
		{"rules/a.yml", []string{"packs", "rules/a.yml"}, true},
		{"rules/a.yml", []string{"rule"}, false},
		{"rules/a.yml", []string{"rules/a"}, false},
	} {
		if got := repo.Below(c.path, c.paths); got != c.want {
			t.Errorf("Below(%q, %q) is %v", c.path, c.paths, got)
		}
	}
}
