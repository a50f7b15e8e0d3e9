package git_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"pgregory.net/rapid"
)

// keyed splits a file of lines "key: value".
func keyed(_ string, content []byte) map[string]string {
	out := map[string]string{"file": string(content)}
	for line := range strings.Lines(string(content)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			return nil
		}
		out[key] = value
	}
	if id, ok := out["id"]; ok {
		out[git.Identity] = id
	}
	return out
}

func originsOf(t testing.TB, e git.Engine, dir string, parts []git.Part, o git.OriginsOptions) []string {
	t.Helper()
	o.Split, o.MaxFileBytes = keyed, 1<<20
	found, err := git.Origins(t.Context(), dir, parts, o, options(e))
	check(t, err)
	var out []string
	for _, f := range found {
		var subjects []string
		for _, c := range f.Commits {
			subjects = append(subjects, c.Subject)
		}
		s := strings.Join(subjects, ", ")
		if f.Reached {
			s += "reached"
		}
		out = append(out, s+string(f.Cut))
	}
	return out
}

// Each part has the commits that changed it, and no others.
func TestOrigins(t *testing.T) {
	gittest.Need(t)
	dir := gittest.New(t, nil, map[string]string{"a.yml": "id: a\nx: 1\ny: 1\n", "gone.yml": "id: g\n"})
	since := gittest.Run(t, dir, "rev-parse", "HEAD")
	step := func(message string, files map[string]string) {
		gittest.Write(t, dir, files)
		gittest.Run(t, dir, "add", "-A")
		gittest.Commit(t, dir, message)
	}
	step("x", map[string]string{"a.yml": "id: a\nx: 2\ny: 1\n"})
	step("broken", map[string]string{"a.yml": "id: a\nx: 2\nnothing\n"})
	step("y", map[string]string{"a.yml": "id: a\nx: 2\ny: 2\n"})
	check(t, os.Remove(filepath.Join(dir, "a.yml")))
	step("move", map[string]string{"b.yml": "id: a\nx: 2\ny: 2\nz: 1\n"})
	step("back", map[string]string{"b.yml": "id: a\nx: 2\ny: 2\nz: 1\nw: 1\n"})
	step("forth", map[string]string{"b.yml": "id: a\nx: 2\ny: 2\nz: 1\n"})
	check(t, os.Remove(filepath.Join(dir, "gone.yml")))
	step("remove", nil)
	parts := []git.Part{
		{Path: "b.yml", Name: "x", Identity: "a", Now: "2", Was: "1", Renamed: true},
		{Path: "b.yml", Name: "y", Identity: "a", Now: "2", Was: "1", Renamed: true},
		{Path: "b.yml", Name: "z", Identity: "a", Now: "1", Renamed: true},
		{Path: "b.yml", Name: "id", Identity: "a", Now: "a", Renamed: true},
		{Path: "b.yml", Name: "x", Identity: "a", Now: "2"},
		{Path: "gone.yml", Name: git.Identity, Identity: "g", Was: "g", Whole: true},
		{Path: "never.yml", Name: git.Identity, Identity: "n", Was: "n", Whole: true},
	}
	for _, e := range libraryAndProgram {
		want := []string{"x", "y", "move", "reached", "move", "remove", "reached"}
		if d := cmp.Diff(want, originsOf(t, e, dir, parts, git.OriginsOptions{Since: since})); d != "" {
			t.Errorf("engine %d (-want +got):\n%s", e, d)
		}
		want[3], want[6] = "commit 0", ""
		if got := originsOf(t, e, dir, parts, git.OriginsOptions{}); got[0] != "x" || got[6] != "" {
			t.Errorf("engine %d, whole history: %v", e, got)
		}
		if got := originsOf(t, e, dir, parts[:1], git.OriginsOptions{MaxCommits: 2}); got[0] != string(git.CutLimit) {
			t.Errorf("engine %d, two commits: %v", e, got)
		}
	}
	shallow := gittest.Clone(t, gittest.URL(dir), "--depth=1")
	for _, e := range libraryAndProgram {
		if got := originsOf(t, e, shallow, parts[:1], git.OriginsOptions{}); got[0] != string(git.CutShallow) {
			t.Errorf("engine %d, shallow: %v", e, got)
		}
	}
}

// Of a part that is the whole file, Origins is LastChanges, in any history, and both
// engines agree on everything.
func TestOriginsIsLastChanges(t *testing.T) {
	gittest.Need(t)
	gittest.SetChecks(t, 5, 1)
	rapid.Check(t, func(rt *rapid.T) {
		base, err := os.MkdirTemp(gittest.Dir(t), "")
		check(t, err)
		dir := filepath.Join(base, "repo")
		s := drawStory(rt)
		right := rapid.Bool().Draw(rt, "right clocks")
		for i := range s { // modes and folders are no content
			for p, f := range s[i].files {
				if s[i].files[p] = [2]string{"100644", f[1]}; strings.Count(p, "/") != 1 {
					delete(s[i].files, p)
				}
			}
		}
		for i := range s {
			if right {
				s[i].when = 1_700_000_000 + int64(i)
			}
		}
		s.tell(t, dir)
		raw := func(_ string, content []byte) map[string]string { return map[string]string{"": string(content) + "."} }
		var parts []git.Part
		var paths []string
		last := s[len(s)-1].files
		for _, p := range askedFor {
			if f, ok := last[p]; ok && strings.Count(p, "/") == 1 {
				parts, paths = append(parts, git.Part{Path: p, Now: f[1] + ".", Was: "none"}), append(paths, p)
			}
		}
		// git's own answer also has changes that a merge made without a line of its own.
		want, err := git.LastChanges(t.Context(), dir, paths, git.LastChangesOptions{Revision: "main"}, options(git.EngineProgram))
		check(t, err)
		for _, e := range libraryAndProgram {
			got, err := git.Origins(t.Context(), dir, parts, git.OriginsOptions{Revision: "main", Split: raw, MaxFileBytes: 1 << 20}, options(e))
			check(t, err)
			for i, p := range paths {
				if len(got[i].Commits) != 1 || got[i].Commits[0].Commit != want[p].Commit {
					rt.Errorf("engine %d, %s: got %v, want %s", e, p, got[i], want[p].Commit)
				}
			}
		}
		if !right {
			return
		}
		// With an end, which is not found exactly with wrong clocks, the engines agree.
		o := git.OriginsOptions{Revision: "main", Split: raw, MaxFileBytes: 1 << 20}
		o.Since = gittest.Run(t, dir, "rev-parse", fmt.Sprintf("c%d", rapid.IntRange(0, len(s)-1).Draw(rt, "since")))
		for i := range parts {
			parts[i].Whole = rapid.Bool().Draw(rt, "whole")
		}
		var both [][]git.Origin
		for _, e := range libraryAndProgram {
			got, err := git.Origins(t.Context(), dir, parts, o, options(e))
			check(t, err)
			both = append(both, got)
		}
		if d := cmp.Diff(both[1], both[0]); d != "" {
			rt.Errorf("since %s, program (-) and library (+):\n%s", o.Since, d)
		}
	})
}
