package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// TestHistory has one fix that lint finds, one that it does not, one that only
// deletes the file with the finding, and one that adds what is missing.
func TestHistory(t *testing.T) {
	gittest.Need(t)
	spec := func(id string) string {
		return "AnalysisType: rule\nRuleID: " + id + "\nEnabled: true\nFilename: " + strings.ToLower(id) + ".py\nLogTypes: [Okta.SystemLog]\nSeverity: Low\n"
	}
	good := "def rule(event):\n    return event.get(\"user\", \"\").lower() == \"root\"\n"
	bad := strings.Replace(good, ", \"\"", "", 1)
	first := map[string]string{"rules/a.yml": spec("A"), "rules/a.py": bad, "rules/b.yml": spec("B"), "rules/b.py": bad}
	dir := gittest.New(t, nil, first)
	gittest.Write(t, dir, map[string]string{"rules/a.py": good})
	found := gittest.Commit(t, dir, "found")
	gittest.Write(t, dir, map[string]string{"rules/a.py": strings.Replace(good, "root", "admin", 1)})
	other := gittest.Commit(t, dir, "not found")
	gittest.Run(t, dir, "rm", "-q", "rules/b.yml", "rules/b.py")
	gone := gittest.Commit(t, dir, "deleted")
	pack := "AnalysisType: pack\nPackID: P\nPackDefinition:\n  IDs:\n    - C\n"
	gittest.Write(t, dir, map[string]string{"packs/p.yml": pack, "rules/c.yml": spec("C"), "rules/c.py": "import g\n" + good,
		"global_helpers/g.yml": "AnalysisType: global\nGlobalID: g\nFilename: g.py\n", "global_helpers/g.py": ""})
	gittest.Commit(t, dir, "a pack that lacks a global")
	gittest.Write(t, dir, map[string]string{"packs/p.yml": pack + "    # what the rule imports\n    - g\n"})
	added := gittest.Commit(t, dir, "add it")

	list := filepath.Join(t.TempDir(), "fixes.txt")
	if err := os.WriteFile(list, []byte(found+" 2026-01-01\n\n"+other+"\n"+gone+"\n"+added+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-corpus", dir, "-commits", list, "-select", "PD207,PD317"}, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if want := "2 of 4 fixes were found, 2 of them where the fix changes something"; lines[len(lines)-1] != want {
		t.Errorf("got %q, want %q", lines[len(lines)-1], want)
	}
	if row := strings.Fields(lines[1]); row[0] != found[:8] || row[1] != "PD317" || row[2] != "changed" || row[3] != "rules/a.py:2:12" {
		t.Errorf("got the row %q", lines[1])
	}

	if row := strings.Fields(lines[2]); row[0] != added[:8] || row[1] != "PD207" || row[2] != "changed" || row[3] != "packs/p.yml:5:7" {
		t.Errorf("got the row %q", lines[2])
	}

	for what, args := range map[string][]string{
		"name the repository with -corpus, and the list of commits with -commits": {"-corpus", dir},
		"read the list of commits": {"-corpus", dir, "-commits", list + "x"},
		"lint commit nothing":      {"-corpus", dir, "-commits", listOf(t, "nothing")},
	} {
		if err := run(t.Context(), args, &out); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%q: got the error %v", args, err)
		}
	}
}

func listOf(t *testing.T, commit string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(file, []byte(commit+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
