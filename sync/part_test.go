package sync_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// TestPropertyPartialPlansKeepDependencies: whatever imports what, and whatever of it
// is live in which version, a limited plan that takes dependencies along, or has no
// error, leaves nothing live that it wrote and that uses another version than the
// repository has, and deletes nothing that something live still imports.
func TestPropertyPartialPlansKeepDependencies(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const globals, rules = 4, 3
		name := func(i int) string {
			if i < globals {
				return fmt.Sprintf("g%d", i)
			}
			return fmt.Sprintf("r%d", i-globals)
		}
		// A version of the repository: each file imports some of the globals before it.
		version := func(label string) synth.Files {
			files := synth.Files{"packs/p.yml": "AnalysisType: pack\nPackID: P\nPackDefinition: {IDs: []}\n"}
			var there []int
			for i := range globals + rules {
				if rapid.IntRange(0, 4).Draw(rt, label+" has "+name(i)) == 0 {
					continue
				}
				body := fmt.Sprintf("# version %d\n", rapid.IntRange(0, 1).Draw(rt, label+" version of "+name(i)))
				for _, g := range there {
					if rapid.IntRange(0, 2).Draw(rt, label+" imports "+name(g)+" in "+name(i)) == 0 {
						body += "import " + name(g) + "\n"
					}
				}
				if i < globals {
					there = append(there, i)
					files["global_helpers/"+name(i)+".yml"] = "AnalysisType: global\nGlobalID: " + name(i) + "\nFilename: " + name(i) + ".py\n"
					files["global_helpers/"+name(i)+".py"] = body
					continue
				}
				files["rules/"+name(i)+".yml"] = "AnalysisType: rule\nRuleID: " + name(i) + "\nEnabled: true\nSeverity: " +
					rapid.SampledFrom([]string{"Low", "High"}).Draw(rt, label+" severity of "+name(i)) + "\nLogTypes: [A]\nFilename: " + name(i) + ".py\n"
				files["rules/"+name(i)+".py"] = body + "def rule(event):\n    return True\n"
			}
			return files
		}
		was, is := version("old"), version("new")
		m := newMemory(t, was)
		before := maps.Clone(m.entities)
		only, err := sync.ParseFilter([]string{rapid.SampledFrom([]string{"rule/r0", "rule/*", "global/g0", "global/g3", "*/*1", "global/*"}).Draw(rt, "only")})
		if err != nil {
			rt.Fatal(err)
		}
		mode := rapid.SampledFrom([]sync.Dependencies{sync.DependenciesStop, sync.DependenciesTake}).Draw(rt, "mode")
		p := planned(t, is, m.entities, sync.PlanOptions{Only: only, Base: baseOf(t, was), Dependencies: mode})
		if len(p.Errors()) > 0 {
			if mode == sync.DependenciesTake {
				rt.Fatalf("taking along is not enough: %v", p.Errors())
			}
			return
		}
		if r := sync.Apply(t.Context(), m, p, quick); !r.OK() {
			rt.Fatalf("%+v", r.Changes)
		}
		wanted := newMemory(t, is).entities
		uses := func(e panther.Entity) (out []panther.Key) {
			body, _ := e.Fields[panther.FieldBody].(string)
			for line := range strings.Lines(body) {
				if g, ok := strings.CutPrefix(strings.TrimSpace(line), "import "); ok {
					out = append(out, panther.Key{Kind: panther.Global, ID: g})
				}
			}
			return out
		}
		same := func(a, b panther.Entity) bool {
			return a.Fields[panther.FieldBody] == b.Fields[panther.FieldBody]
		}
		for _, c := range p.Changes {
			if c.Action == sync.Delete {
				for k, e := range m.entities {
					if slices.Contains(uses(e), c.Key()) {
						rt.Errorf("%s still imports %s, which was deleted", k, c.Key())
					}
				}
				continue
			}
			if same(before[c.Key()], m.entities[c.Key()]) {
				continue // its code is as before
			}
			seen := map[panther.Key]bool{}
			var check func(k panther.Key)
			check = func(k panther.Key) {
				for _, g := range uses(wanted[k]) {
					if live, ok := m.entities[g]; !seen[g] && (!ok || !same(live, wanted[g])) {
						rt.Errorf("%s was written, and %s, which it uses, is not live as in the repository", c.Key(), g)
					}
					if !seen[g] {
						seen[g] = true
						check(g)
					}
				}
			}
			check(c.Key())
		}
	})
}
