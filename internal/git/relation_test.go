package git_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// relate asks both engines, and compares their answers.
func relate(t *testing.T, dir, ours, theirs string) git.Relation {
	t.Helper()
	var first git.Relation
	for i, e := range []git.Engine{git.EngineProgram, git.EngineLibrary} {
		r, err := git.Open(t.Context(), dir, git.Options{Engine: e, Env: gittest.Env()})
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Relate(t.Context(), ours, theirs)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		for _, list := range [][]string{got.Ours, got.Theirs, got.Bases, got.Cut} {
			slices.Sort(list)
		}
		if i == 0 {
			first = got
			continue
		}
		for what, pair := range map[string][2][]string{"ours": {first.Ours, got.Ours}, "theirs": {first.Theirs, got.Theirs}, "bases": {first.Bases, got.Bases}, "cut": {first.Cut, got.Cut}, "missing": {first.Missing, got.Missing}} {
			if !slices.Equal(pair[0], pair[1]) {
				t.Errorf("%s: git says %v, the library %v", what, pair[0], pair[1])
			}
		}
		if first.Has != got.Has {
			t.Errorf("git says %v, the library %v", first.Has, got.Has)
		}
	}
	return first
}

func TestRelate(t *testing.T) {
	t.Parallel()
	gittest.Need(t)
	gittest.Slow(t)
	dir := gittest.New(t, []string{"-b", "main"}, map[string]string{"a": "1"}, map[string]string{"a": "2"})
	commit := func(branch, file string) string {
		gittest.Run(t, dir, "checkout", "-q", branch)
		gittest.Run(t, dir, "commit", "-q", "--allow-empty", "-m", file)
		return gittest.Run(t, dir, "rev-parse", "HEAD")
	}
	base := gittest.Run(t, dir, "rev-parse", "main")
	gittest.Run(t, dir, "branch", "side")
	main1, side1, side2 := commit("main", "m1"), commit("side", "s1"), commit("side", "s2")
	check := func(name, ours, theirs string, want git.Relation) {
		t.Helper()
		got := relate(t, dir, ours, theirs)
		slices.Sort(want.Theirs)
		if got.Has != want.Has || !slices.Equal(got.Bases, want.Bases) || !slices.Equal(got.Ours, want.Ours) || !slices.Equal(got.Theirs, want.Theirs) || !got.Known() {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	check("the same", base, base, git.Relation{Has: true, Bases: []string{base}})
	check("an ancestor", main1, base, git.Relation{Has: true, Bases: []string{base}, Ours: []string{main1}})
	check("a descendant", base, main1, git.Relation{Bases: []string{base}, Theirs: []string{main1}})
	check("two branches", main1, side2, git.Relation{Bases: []string{base}, Ours: []string{main1}, Theirs: []string{side1, side2}})
	// A criss-cross has two bases.
	gittest.Run(t, dir, "checkout", "-q", "main")
	gittest.Run(t, dir, "merge", "-q", "--no-edit", side1)
	gittest.Run(t, dir, "checkout", "-q", "side")
	gittest.Run(t, dir, "merge", "-q", "--no-edit", main1)
	if got := relate(t, dir, gittest.Run(t, dir, "rev-parse", "main"), gittest.Run(t, dir, "rev-parse", "side")); len(got.Bases) != 2 {
		t.Errorf("a criss-cross: %+v", got)
	}
	gittest.Run(t, dir, "checkout", "-q", "--orphan", "other")
	gittest.Run(t, dir, "commit", "-q", "--allow-empty", "-m", "other")
	if got := relate(t, dir, main1, gittest.Run(t, dir, "rev-parse", "other")); got.Has || len(got.Bases) != 0 || len(got.Ours) != 3 {
		t.Errorf("unrelated histories: %+v", got)
	}
	none := strings.Repeat("0123456789", 4)
	if got := relate(t, dir, main1, none); got.Known() || !slices.Equal(got.Missing, []string{none}) {
		t.Errorf("a missing commit: %+v", got)
	}
	// A shallow clone knows what is in it, and that it doesn't know the rest.
	gittest.Run(t, dir, "checkout", "-q", "side")
	shallow := gittest.Clone(t, gittest.URL(dir), "--depth=2")
	tip := gittest.Run(t, dir, "rev-parse", "side")
	if got := relate(t, shallow, tip, side2); !got.Has {
		t.Errorf("an ancestor in a shallow clone: %+v", got)
	}
	if got := relate(t, shallow, side2, main1); got.Known() || len(got.Cut) == 0 {
		t.Errorf("two branches in a shallow clone: %+v", got)
	}
}

func TestTouching(t *testing.T) {
	t.Parallel()
	gittest.Need(t)
	gittest.Slow(t)
	dir := gittest.New(t, []string{"-b", "main"}, map[string]string{"d/a": "1", "b": "1"}, map[string]string{"d/a": "2", "b": "1"}, map[string]string{"d/a": "2", "b": "2"}, map[string]string{"b": "2"})
	list := strings.Fields(gittest.Run(t, dir, "rev-list", "main"))
	for _, e := range []git.Engine{git.EngineProgram, git.EngineLibrary} {
		for path, want := range map[string][]string{"a": nil, "d/a": {list[0], list[2]}} {
			r, err := git.Open(t.Context(), dir, git.Options{Engine: e, Env: gittest.Env()})
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.Touching(t.Context(), list[:3], []string{path})
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v (%v), want %v", path, got, err, want)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
