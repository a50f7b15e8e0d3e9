package repo_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/repo"
)

func entriesOf(t *testing.T, tree repo.Tree) string {
	t.Helper()
	entries, err := tree.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Path)
	}
	return strings.Join(names, " ")
}

func TestOverlay(t *testing.T) {
	base := repo.Overlay{Files: map[string][]byte{"a": []byte("1"), "b": []byte("2"), "c": []byte("3")}}
	over := repo.Overlay{Base: base, Files: map[string][]byte{"b": []byte("new"), "c": nil, "d": {}}}
	if got := entriesOf(t, over); got != "a b d" {
		t.Errorf("the files are %q", got)
	}
	for path, want := range map[string]string{"a": "1", "b": "new", "d": ""} {
		if got, err := over.Read(t.Context(), path, 3); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", path, got, err)
		}
	}
	for _, path := range []string{"c", "e"} {
		if _, err := over.Read(t.Context(), path, 3); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got the error %v", path, err)
		}
	}
	if _, err := over.Read(t.Context(), "b", 2); err == nil {
		t.Error("a file over the limit was read")
	}
}

func TestOpenWithoutGit(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.yml"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tree, err := repo.OpenWorktree(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if got := entriesOf(t, tree); got != "a.yml" {
		t.Errorf("the files are %q", got)
	}
	if tree, err := repo.OpenCommit(t.Context(), dir, "HEAD"); err == nil || tree != nil {
		t.Errorf("got %v, %v", tree, err)
	}
	if tree, err := repo.OpenIndex(t.Context(), dir); err == nil || tree != nil {
		t.Errorf("got %v, %v", tree, err)
	}
}

func TestFormatTree(t *testing.T) {
	const unordered = "Severity: High\nRuleID: A\nAnalysisType: rule\n"
	dir := t.TempDir()
	files := map[string][]byte{
		"rules/a.yml": []byte(unordered), "rules/b.yml": []byte(unordered), "rules/ok.yml": []byte("AnalysisType: rule\nRuleID: B\n"),
	}
	if err := os.Mkdir(filepath.Join(dir, "rules"), 0o755); err != nil {
		t.Fatal(err)
	}
	for p, text := range files {
		if err := os.WriteFile(filepath.Join(dir, p), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := repo.FormatTree(t.Context(), repo.Overlay{Files: files}, repo.FormatOptions{Paths: []string{"rules/a.yml", "rules/ok.yml"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []repo.FileChange{{Path: "rules/a.yml", Before: []byte(unordered), After: []byte("AnalysisType: rule\nSeverity: High\nRuleID: A\n")}}
	if diff := cmp.Diff(want, got.Changes); diff != "" || len(got.Failed) > 0 {
		t.Errorf("(-want +got)\n%s%v", diff, got.Failed)
	}
	if err := repo.WriteChanges(dir, got.Changes); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "rules", "a.yml")); err != nil || string(text) != string(want[0].After) {
		t.Errorf("the file holds %q (%v)", text, err)
	}
	// What was saved meanwhile isn't overwritten.
	err = repo.WriteChanges(dir, got.Changes)
	if err == nil || err.Error() != `write "rules/a.yml": the file has changed since it was read; run the command again` {
		t.Errorf("got the error %v", err)
	}
}
