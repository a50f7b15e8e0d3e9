package git_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// TestParent: the commit that an index follows is the same as when it is opened by its
// name, and outlives its own Close, but not that of the index.
func TestParent(t *testing.T) {
	gittest.Need(t)
	dir := gittest.New(t, nil, map[string]string{"a.yml": "one\n", "b.yml": "two\n"})
	gittest.Write(t, dir, map[string]string{"a.yml": "staged\n", "new/c.yml": "three\n"})
	gittest.Run(t, dir, "add", ".")
	for _, root := range []string{dir, dir + "/new"} {
		index, err := git.Index(t.Context(), root, git.Options{})
		if err != nil {
			t.Fatal(err)
		}
		parent, err := index.Parent()
		if err != nil {
			t.Fatal(err)
		}
		got, err := parent.Entries(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var want []git.Entry // the folder "new" is not in the commit
		if root == dir {
			head, err := git.Commit(t.Context(), root, "HEAD", git.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if want, err = head.Entries(t.Context()); err != nil {
				t.Fatal(err)
			}
			if text, err := parent.Read(t.Context(), "a.yml", 100); err != nil || string(text) != "one\n" {
				t.Errorf("the commit has %q (%v)", text, err)
			}
			if err := head.Close(); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
			t.Errorf("the commit differs (-by name +as parent):\n%s", diff)
		}
		if grand, err := parent.Parent(); grand != nil || err != nil {
			t.Errorf("a commit has the parent %v (%v)", grand, err)
		}
		if err := parent.Close(); err != nil {
			t.Error(err)
		}
		if root == dir {
			if text, err := index.Read(t.Context(), "a.yml", 100); err != nil || string(text) != "staged\n" {
				t.Errorf("the index has %q (%v)", text, err)
			}
		}
		if err := index.Close(); err != nil {
			t.Error(err)
		}
	}
}
