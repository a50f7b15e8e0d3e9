package sync_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// TestPropertyARecordSaysWhatWasDeployed: whatever was planned, held back, refused,
// failed or undone, the record has the wanted entity exactly where the change is live,
// and what was deployed before everywhere else.
func TestPropertyARecordSaysWhatWasDeployed(t *testing.T) {
	all := small()
	delete(all, "rules/exp.yml")
	delete(all, "rules/derived.yml")
	paths := slices.Sorted(maps.Keys(all))
	side := func(t *rapid.T, name string) synth.Files {
		out := synth.Files{}
		for _, p := range paths {
			if strings.HasSuffix(p, ".py") || rapid.IntRange(0, 3).Draw(t, p+" is "+name) > 0 {
				out[p] = all[p]
			}
			if strings.HasSuffix(p, ".yml") && out[p] != "" {
				out[p] += rapid.SampledFrom([]string{"", "Description: " + name + "\n", "Description: both\n"}).Draw(t, p+" differs")
			}
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		deployed, wanted := side(t, "deployed"), side(t, "wanted")
		base, err := sync.NewBase(context.Background(), loaded(t, deployed), sync.BaseInfo{Record: "0123"})
		if err != nil {
			t.Fatal(err)
		}
		m := &memory{entities: liveOf(t, deployed)}
		console := func(when string) {
			for _, k := range slices.SortedFunc(maps.Keys(m.entities), panther.Key.Compare) {
				switch rapid.IntRange(0, 7).Draw(t, k.String()+" in the console, "+when) {
				case 0:
					delete(m.entities, k)
				case 1:
					m.set(k.String(), "description", "by hand, "+when)
				}
			}
		}
		console("before the plan")
		p := planned(t, wanted, m.entities, sync.PlanOptions{Base: base, Policies: sync.Policies{OnDrift: sync.Revert, OnConflict: sync.Revert}})
		console("after the plan")
		broken := rapid.IntRange(0, len(p.Changes)+2).Draw(t, "fails at")
		m.fail = func(call string) *failure {
			if len(m.calls) == broken && !strings.HasPrefix(call, "get") {
				return &failure{err: status(http.StatusForbidden)}
			}
			return nil
		}
		o := sync.ApplyOptions{Parallelism: 1, HoldDeletes: rapid.Bool().Draw(t, "holds deletes")}
		r := sync.Apply(context.Background(), m, p, o)
		m.fail = nil
		if rapid.Bool().Draw(t, "undo") {
			sync.Undo(context.Background(), m, p, r, o)
		}

		files, _, err := sync.Applied{Plan: p, Result: r, Repo: loaded(t, wanted), Base: base}.Recorded(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		text := synth.Files{}
		for path, content := range files {
			text[path] = string(content)
		}
		before, want, got := liveOf(t, deployed), liveOf(t, wanted), liveOf(t, text)
		changes := map[panther.Key]sync.Change{}
		for _, c := range p.Changes {
			changes[c.Key()] = c
		}
		results := map[panther.Key]sync.ChangeResult{}
		for _, c := range r.Changes {
			results[c.Key()] = c
		}
		keys := map[panther.Key]bool{}
		for _, l := range []sync.Live{before, want, got} {
			for k := range l {
				keys[k] = true
			}
		}
		for k := range keys {
			c, changes := changes[k]
			res := results[k]
			live := (res.Outcome == sync.Done || res.Outcome == sync.Already) && !r.Undone(k)
			expect, there := before[k]
			switch {
			case changes && !live:
			case changes && c.Action == sync.Delete, slices.Contains(p.Gone, k.String()):
				there = false
			default:
				if e, ok := want[k]; ok {
					expect, there = e, true
				}
			}
			e, has := got[k]
			if has != there || has && !diff.Same(expect, e) {
				t.Fatalf("%s: recorded %v, %v; want %v, %v (%s, %s, undone %v)\n%s", k, has, e.Fields["description"], there, expect.Fields["description"], c.Action, res.Outcome, r.Undone(k), lines(p))
			}
		}
		for path := range files {
			if strings.HasSuffix(path, ".py") && !slices.ContainsFunc(loaded(t, text).Items, func(it *repo.Item) bool { return it.BodyPath == path }) {
				t.Fatalf("%s is recorded and belongs to nothing", path)
			}
		}
	})
}
