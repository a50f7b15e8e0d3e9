package house

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	usesAction  = regexp.MustCompile(`(?m)^\s*(?:- )?uses: *(\S+)`)
	commitOfTag = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
)

// TestActionsArePinned checks the actions of our own workflows and of those that the
// docs show: a tag can be moved to other code, a commit can't.
func TestActionsArePinned(t *testing.T) {
	found := 0
	for _, pattern := range []string{".github/workflows/*.yml", "docs/*.md", "*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range usesAction.FindAllSubmatch(text, -1) {
				found++
				if !commitOfTag.Match(m[1]) {
					t.Errorf("%s: %s is not pinned to a commit", file, m[1])
				}
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d actions were found", found)
	}
}
