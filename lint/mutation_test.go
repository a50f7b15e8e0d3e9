package lint_test

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// schemaFaults are the mutants that the tests of schemas make, of one spec in a
// few.
func schemaFaults(files map[string][]byte, paths []string, most int) (out []fault, at []string) {
	for _, p := range paths {
		doc, err := yamlcore.Parse(files[p], yamlcore.Limits{})
		if len(out) >= most {
			break
		}
		if err != nil || doc.Root == nil || !isSpec(files, p, aSpec) {
			continue
		}
		for i, m := range mutants(files[p], doc.Root) {
			if i%7 == 0 && len(m.rules) == 1 {
				out = append(out, fault{m.rules[0], m.what, func(_ map[string][]byte, p string) (broken, bool) {
					return broken{map[string][]byte{p: m.text}, p, m.line}, true
				}})
				at = append(at, p)
			}
		}
	}
	return out, at
}

// TestEveryFaultIsFound breaks the demo repository, one fault at a time, in every
// way that a rule is for. Each must be found by its rule, in its file and on its
// line, by a run over the whole repository with every rule on; a run without the
// cache finds the same, and one that shows only what a change brings shows it, too.
// With PDAC_CORPUS
// it breaks a checkout, such as one of panther-analysis, instead:
//
//	PDAC_CORPUS=~/panther-analysis go test ./lint -run TestEveryFaultIsFound -v
//
// With PDAC_RULES it makes only the faults of a rule, such as PD317.
func TestEveryFaultIsFound(t *testing.T) {
	dir, each := "../testdata/acme", 4
	if testing.Short() {
		each = 1
	}
	corpus := os.Getenv("PDAC_CORPUS")
	if corpus != "" {
		dir, each = corpus, 2
	}
	files := filesBelow(t, dir, ".yml", ".yaml", ".py", ".csv")
	cache := t.TempDir()
	whole := repo.Overlay{Files: files}
	run := func(change map[string][]byte, before repo.Tree, cache string) []lint.Finding {
		state := maps.Clone(files)
		maps.Copy(state, change)
		maps.DeleteFunc(state, func(_ string, text []byte) bool { return text == nil })
		res, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{Files: state}, Before: before},
			lint.Options{Select: []string{"all"}, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Cache: lint.Cache{Root: cache, Build: "test", Key: []byte("test")}})
		if err != nil {
			t.Fatal(err)
		}
		return res.Findings
	}
	before := map[string]bool{}
	for _, f := range run(nil, nil, cache) {
		before[fmt.Sprint(f.Rule, f.Path, f.Message)] = true
	}
	paths := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(p string) bool { return strings.HasPrefix(p, "templates/") })
	// Each fault has its own dice, so that a new one does not change what the others break.
	diceOf := func(what string) *rand.Rand {
		h := fnv.New64a()
		h.Write([]byte(what))
		return rand.New(rand.NewPCG(4, h.Sum64()))
	}
	made, total := map[string]int{}, 0
	check := func(f fault, p string) bool {
		b, ok := f.make(files, p)
		if !ok {
			return false
		}
		var found []string
		all := run(b.files, nil, cache)
		if corpus == "" && !testing.Short() {
			// What a cache keeps changes nothing, and neither does it matter for the
			// fault whether the rest of the repository is to be shown.
			if total%4 == 0 { // reading everything again takes its time
				if diff := cmp.Diff(render(run(b.files, nil, "")), render(all)); diff != "" {
					t.Errorf("%s: %s: the cache finds otherwise (-without +with):\n%s", p, f.what, diff)
				}
			}
			part := map[string]bool{}
			for _, got := range run(b.files, whole, cache) {
				part[fmt.Sprint(got.Rule, got.Where(), got.Message)] = true
			}
			for _, got := range all {
				if !before[fmt.Sprint(got.Rule, got.Path, got.Message)] && !part[fmt.Sprint(got.Rule, got.Where(), got.Message)] {
					t.Errorf("%s: %s: not shown as caused by the change: %s: %s: %s", p, f.what, got.Where(), got.Rule, got.Message)
				}
			}
		}
		for _, got := range all {
			if before[fmt.Sprint(got.Rule, got.Path, got.Message)] {
				continue
			}
			if got.Rule == f.rule && (b.path == "" || got.Path == b.path || b.line == 0) && (b.line == 0 || got.Range.Line == b.line) {
				made[f.rule]++
				total++
				return true
			}
			found = append(found, fmt.Sprintf("%s: %s: %s", got.Where(), got.Rule, got.Message))
		}
		t.Errorf("%s: %s: not found by %s at %s:%d; found:\n%s", p, f.what, f.rule, b.path, b.line, strings.Join(found, "\n"))
		return true
	}
	only := os.Getenv("PDAC_RULES")
	for _, f := range faults() {
		if !strings.HasPrefix(f.rule, only) {
			continue
		}
		n := 0
		for _, i := range diceOf(f.rule + f.what).Perm(len(paths)) {
			if check(f, paths[i]) {
				if n++; n == each {
					break
				}
			}
		}
		if n == 0 {
			t.Logf("nothing to break here: %s: %s", f.rule, f.what)
		}
	}
	if only != "" {
		if made[only] == 0 {
			t.Errorf("no fault of %s was made", only)
		}
		return
	}
	shuffled := make([]string, len(paths))
	for i, j := range diceOf("schemas").Perm(len(paths)) {
		shuffled[i] = paths[j]
	}
	more, at := schemaFaults(files, shuffled, 80)
	for i, f := range more {
		check(f, at[i])
	}
	t.Logf("%d faults found: %v", total, made)
	for _, r := range lint.Rules() {
		if made[r.ID] == 0 && corpus == "" {
			t.Errorf("there is no fault for %s; add one", r.ID)
		}
	}
	if total < 200 && !testing.Short() {
		t.Errorf("%d faults are too few", total)
	}
}
