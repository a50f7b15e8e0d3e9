package repo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/repo"
)

// readOwners reads the owners of a working tree with some files.
func readOwners(t *testing.T, files map[string]string, link ...string) *repo.Owners {
	t.Helper()
	dir := t.TempDir()
	for p, text := range files {
		p = filepath.Join(dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if len(link) == 2 {
		if err := os.Symlink(filepath.FromSlash(link[1]), filepath.Join(dir, filepath.FromSlash(link[0]))); err != nil {
			t.Skip(err)
		}
	}
	tree, err := repo.OpenWorktree(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	o, err := repo.ReadOwners(t.Context(), dir, tree, repo.OpenWorktree)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// The first place counts.
func TestOwnersPlaces(t *testing.T) {
	files := map[string]string{}
	for _, c := range []struct{ place, owner string }{{".gitlab", "@d"}, {"docs", "@c"}, {"", "@b"}, {".github", "@a"}} {
		files[strings.TrimPrefix(c.place+"/CODEOWNERS", "/")] = "* " + c.owner
		if got := readOwners(t, files).Of("x.yml", "", "y.py"); len(got) != 1 || got[0] != c.owner {
			t.Errorf("with the file in %q: got %v, want %s", c.place, got, c.owner)
		}
	}
	if o := readOwners(t, nil); o.Known() || o.Of("x") != nil || o.Diagnostics() != nil {
		t.Errorf("without a file: got %+v", o)
	}
	var none *repo.Owners
	if none.Known() || none.Of("x") != nil || none.OfTop("x") != nil || none.Diagnostics() != nil {
		t.Error("nil knows something")
	}
}

// What can't be read is reported, and nothing outside the folder is.
func TestOwnersThatCantBeRead(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "CODEOWNERS"), []byte("* @outside"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		owners *repo.Owners
		want   string
	}{
		"large":       {readOwners(t, map[string]string{".github/CODEOWNERS": strings.Repeat("#", 3<<20+1)}), ".github/CODEOWNERS: warning: the owners are unknown: it has 3145729 bytes, more than the 3145728 that GitHub accepts"},
		"a folder":    {readOwners(t, map[string]string{"CODEOWNERS/x": ""}), `CODEOWNERS: warning: the owners are unknown: "CODEOWNERS" is a folder; name a file`},
		"link":        {readOwners(t, nil, "CODEOWNERS", filepath.Join(outside, "CODEOWNERS")), "which is an absolute path"},
		"folder link": {readOwners(t, nil, ".github", outside), ""},
		"bad lines":   {readOwners(t, map[string]string{"CODEOWNERS": strings.Repeat("x y\n", 7) + "* @a"}), "CODEOWNERS:1: info: skipped, because it can't be read, so the owners of what it is about may be wrong: line 1 (invalid owner format 'y' at position 3), line 2"},
	} {
		got := ""
		for _, d := range c.owners.Diagnostics() {
			got += d.String()
		}
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if of := c.owners.Of("x"); name != "bad lines" && of != nil {
			t.Errorf("%s: got the owners %v", name, of)
		}
	}
	if got := readOwners(t, map[string]string{"CODEOWNERS": strings.Repeat("x y\n", 7)}).Diagnostics(); !strings.HasSuffix(got[0].Message, ", 2 more") {
		t.Errorf("many bad lines: got %q", got[0].Message)
	}
}
