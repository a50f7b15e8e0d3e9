package git_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// mktree stores a folder.
func mktree(t *testing.T, dir, list string) string {
	t.Helper()
	cmd := exec.Command("git", "mktree")
	cmd.Dir, cmd.Env, cmd.Stdin = dir, gittest.Env(), strings.NewReader(list)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// A few folders that each hold the same folder twice name more files than any memory
// holds.
func TestCommitsOfEndlessFolders(t *testing.T) {
	gittest.Need(t)
	dir := gittest.New(t, nil, map[string]string{"rules/a.yml": "a: 1\n"})
	blob := gittest.Run(t, dir, "rev-parse", "HEAD:rules/a.yml")
	for name, inside := range map[string]string{"files": "100644 blob " + strings.TrimSpace(blob) + "\ta.yml\n", "empty folders": ""} {
		tree := mktree(t, dir, inside)
		for range 40 {
			tree = mktree(t, dir, fmt.Sprintf("040000 tree %s\ta\n040000 tree %s\tb\n", tree, tree))
		}
		top := mktree(t, dir, "040000 tree "+tree+"\tx\n")
		commit := strings.TrimSpace(gittest.Run(t, dir, "commit-tree", "-m", "endless", "-p", "HEAD", top))
		for _, e := range []git.Engine{git.EngineLibrary, git.EngineProgram} {
			_, err := git.Commit(t.Context(), dir, commit, git.Options{Engine: e, MaxEntries: 1000})
			var many *git.TooManyError
			if !errors.As(err, &many) || many.Error() != fmt.Sprintf("the commit %.12s has more than 1000 files and folders; check that this is the right repository", commit) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if name == "files" {
			// One of its parents' commits is endless: its changes aren't compared.
			_, err := git.LastChanges(t.Context(), dir, []string{"rules/a.yml"}, git.LastChangesOptions{Revision: commit}, git.Options{MaxEntries: 1000, MaxSilence: time.Second / 2})
			if err == nil || !strings.Contains(err.Error(), "git diff-tree wrote nothing for 500ms and was ended; a commit may have more files") {
				t.Errorf("the history: %v", err)
			}
		}
	}
}

func TestFoldersOfManyFiles(t *testing.T) {
	dir := t.TempDir()
	for i := range 60 {
		check(t, os.MkdirAll(filepath.Join(dir, fmt.Sprint(i)), 0o755))
	}
	w, err := git.Worktree(t.Context(), dir, git.Options{MaxEntries: 50})
	check(t, err)
	defer w.Close()
	if _, err := w.Entries(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "has more than 50 files and folders; check that this is the right repository") {
		t.Errorf("got %v", err)
	}
}
