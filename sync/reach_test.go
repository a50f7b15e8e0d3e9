package sync_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// globals are helper modules that import each other: imports[i] lists what g<i> imports.
func globals(imports [][]int) synth.Files {
	out := synth.Files{}
	for i, list := range imports {
		var body strings.Builder
		for _, j := range list {
			fmt.Fprintf(&body, "import g%03d\n", j)
		}
		out[fmt.Sprintf("g/%d.yml", i)] = fmt.Sprintf("AnalysisType: global\nGlobalID: g%03d\nFilename: %d.py\n", i, i)
		out[fmt.Sprintf("g/%d.py", i)] = body.String() + "\n\ndef f(e):\n    return e\n"
	}
	return out
}

// TestPropertyDependenciesReachAllThatIsUsed: following the dependencies of the changes
// finds all changes that an entity uses, whatever of it stays as it is.
func TestPropertyDependenciesReachAllThatIsUsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 9).Draw(t, "globals")
		circles := rapid.Bool().Draw(t, "with cycles")
		imports := make([][]int, n)
		for i := range imports {
			for j := range n {
				if (j < i || circles && j != i) && rapid.IntRange(0, 3).Draw(t, "import") == 0 {
					imports[i] = append(imports[i], j)
				}
			}
		}
		files := globals(imports)
		was := maps.Clone(files)
		changed := make([]bool, n)
		for i := range n {
			if changed[i] = rapid.Bool().Draw(t, "changed"); changed[i] {
				was[fmt.Sprintf("g/%d.yml", i)] += "Description: old\n"
			}
		}
		p := planned(t, files, liveOf(t, was), sync.PlanOptions{})
		uses := func(i int) map[string]bool {
			seen := map[int]bool{i: true}
			out := map[string]bool{}
			for todo := []int{i}; len(todo) > 0; {
				k := todo[0]
				todo = todo[1:]
				for _, j := range imports[k] {
					if !seen[j] {
						seen[j] = true
						todo = append(todo, j)
						if changed[j] {
							out[fmt.Sprintf("global/g%03d", j)] = true
						}
					}
				}
			}
			return out
		}
		deps := map[string][]string{}
		for _, c := range p.Changes {
			deps[c.Key().String()] = c.DependsOn
		}
		for i := range n {
			key := fmt.Sprintf("global/g%03d", i)
			if changed[i] != (deps[key] != nil || hasKey(deps, key)) {
				t.Fatalf("%s: planned %v, changed %v", key, hasKey(deps, key), changed[i])
			}
			if !changed[i] {
				continue
			}
			got := map[string]bool{}
			for todo := []string{key}; len(todo) > 0; {
				k := todo[0]
				todo = todo[1:]
				for _, d := range deps[k] {
					if !got[d] && d != key {
						got[d] = true
						todo = append(todo, d)
					}
				}
			}
			want := uses(i)
			if circles {
				for d := range got {
					if !want[d] {
						t.Fatalf("%s depends on %s, which it doesn't use", key, d)
					}
				}
			} else if !maps.Equal(got, want) {
				t.Fatalf("%s depends on %v, want %v", key, got, want)
			}
		}
	})
}

func hasKey(m map[string][]string, k string) bool { _, ok := m[k]; return ok }

// Globals that import each other in a ring or a chain have as many dependencies as
// imports, and one cycle is reported, of which the first are named.
func TestRingsOfGlobals(t *testing.T) {
	const n = 300
	ring, chain, mesh := make([][]int, n), make([][]int, n), make([][]int, n)
	for i := range n {
		ring[i] = []int{(i + 1) % n}
		mesh[i] = []int{(i + 1) % n, (i + 2) % n, (i + n - 1) % n}
		if i+1 < n {
			chain[i] = []int{i + 1}
		}
	}
	for name, tc := range map[string]struct {
		imports       [][]int
		least, most   int
		circles, want string
	}{
		"ring":  {ring, n - 1, n - 1, "1", "these depend on each other in a cycle: global/g000 → global/g001 → global/g002 → global/g003 → global/g004 → global/g005 → global/g006 → global/g007 → global/g008 → global/g009 → global/g010 → global/g011 → 288 more → global/g000; they are deployed in order of name"},
		"chain": {chain, n - 1, n - 1, "0", ""},
		"mesh":  {mesh, n - 1, 3 * n, "", "these depend on each other in a cycle"},
	} {
		t.Run(name, func(t *testing.T) {
			files := globals(tc.imports)
			for _, live := range []sync.Live{{}, liveOf(t, files)} {
				// The second time only a rule is new, which uses them all.
				files["r.yml"] = "AnalysisType: rule\nRuleID: R\nEnabled: true\nSeverity: Low\nFilename: r.py\n"
				files["r.py"] = "import g000\n\n\ndef rule(e):\n    return True\n"
				p := planned(t, files, live, sync.PlanOptions{})
				deps, circles := 0, 0
				for _, c := range p.Changes {
					deps += len(c.DependsOn)
				}
				for _, d := range p.Diagnostics {
					if strings.Contains(d.Message, "these depend on each other") {
						circles++
						if !strings.Contains(d.Message, tc.want) {
							t.Errorf("reported %s", d.Message)
						}
					}
				}
				if len(live) > 0 {
					if len(p.Changes) != 1 || deps != 0 || circles != 0 {
						t.Errorf("of unchanged globals: %d changes, %d dependencies, %d cycles", len(p.Changes), deps, circles)
					}
					continue
				}
				if deps < tc.least || deps > tc.most+1 || tc.circles != "" && fmt.Sprint(circles) != tc.circles || circles > 20 {
					t.Errorf("%d dependencies and %d cycles", deps, circles)
				}
			}
		})
	}
}
