package sync_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// liveOf is a Panther that holds just what the files say.
func liveOf(t fataler, files synth.Files) sync.Live {
	t.Helper()
	out := sync.Live{}
	for _, it := range loaded(t, files).Items {
		if it.Deployable() {
			out[it.Key()] = it.Entity().Entity
		}
	}
	return out
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

func loaded(t fataler, files synth.Files) *repo.Repo {
	t.Helper()
	r, err := repo.Load(context.Background(), files, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func planned(t fataler, files synth.Files, live sync.Live, o sync.PlanOptions) *sync.Plan {
	t.Helper()
	p, err := sync.BuildPlan(context.Background(), loaded(t, files), live, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// kindsOfOneID are specs of the same id: four types of rules, which share their ids,
// and a policy, which doesn't.
func kindsOfOneID() map[panther.Kind]string {
	return map[panther.Kind]string{
		panther.Rule:            "AnalysisType: rule\nRuleID: One\nEnabled: true\nSeverity: Low\nFilename: one.py\n",
		panther.SimpleRule:      "AnalysisType: rule\nRuleID: One\nEnabled: true\nSeverity: Low\nDetection: [{Key: a, Condition: Exists}]\n",
		panther.ScheduledRule:   "AnalysisType: scheduled_rule\nRuleID: One\nEnabled: true\nSeverity: Low\nFilename: one.py\nScheduledQueries: [Q]\n",
		panther.CorrelationRule: "AnalysisType: correlation_rule\nRuleID: One\nEnabled: true\nSeverity: Low\nDetection:\n  - Group: [{ID: One, RuleID: R.A}]\n    LookbackWindowMinutes: 60\n",
		panther.Policy:          "AnalysisType: policy\nPolicyID: One\nEnabled: true\nSeverity: Low\nFilename: one.py\nResourceTypes: [AWS.S3.Bucket]\n",
	}
}

// TestAChangedTypeIsReplaced: where a rule changes its kind, the old one is deleted
// and the new one created as one step. A policy of the same id is another thing.
func TestAChangedTypeIsReplaced(t *testing.T) {
	specs := kindsOfOneID()
	for _, from := range slices.Sorted(maps.Keys(specs)) {
		for _, to := range slices.Sorted(maps.Keys(specs)) {
			if from == to {
				continue
			}
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				was := synth.Files{"rules/one.yml": specs[from], "rules/one.py": "def rule(e):\n    return True\n"}
				is := synth.Files{"rules/one.yml": specs[to], "rules/one.py": was["rules/one.py"]}
				live := liveOf(t, was)
				want := "replace " + string(to) + "/One\n"
				if from == panther.Policy || to == panther.Policy {
					want = "create " + string(to) + "/One\ndelete " + string(from) + "/One\n"
				}
				for name, o := range map[string]sync.PlanOptions{"without a record": {Delete: true}, "with a record": {Base: baseOf(t, was)}} {
					m := &memory{entities: maps.Clone(live)}
					p := saved(t, planned(t, is, live, o))
					if got := lines(p); got != want {
						t.Fatalf("%s: planned %q", name, got)
					}
					if r := sync.Apply(t.Context(), m, p, sync.ApplyOptions{}); !r.OK() || r.Count(sync.Done) != len(p.Changes) {
						t.Fatalf("%s: %v", name, r.Changes)
					}
					if diff := cmp.Diff((&memory{entities: liveOf(t, is)}).snapshot(), m.snapshot()); diff != "" {
						t.Errorf("%s: live (-want +got):\n%s", name, diff)
					}
				}
			})
		}
	}
}

// TestWhatIsLiveAlreadyIsNoSuccessor: a delete doesn't wait for the mere update of
// another kind of the same id.
func TestWhatIsLiveAlreadyIsNoSuccessor(t *testing.T) {
	specs := kindsOfOneID()
	live := liveOf(t, synth.Files{"rules/one.yml": specs[panther.SimpleRule]})
	maps.Copy(live, liveOf(t, synth.Files{"rules/one.yml": specs[panther.Rule], "rules/one.py": "def rule(e):\n    return True\n"}))
	files := synth.Files{"rules/one.yml": strings.Replace(specs[panther.SimpleRule], "Low", "High", 1)}
	p := planned(t, files, live, sync.PlanOptions{Delete: true})
	if got := lines(p); got != "update simple_rule/One severity\ndelete rule/One\n" {
		t.Fatalf("planned %q", got)
	}
	if deps := p.Changes[1].DependsOn; len(deps) > 0 {
		t.Errorf("the delete depends on %v", deps)
	}
}

// TestPropertyNothingGoesBeforeWhatItNeeds: whatever is created, changed and deleted,
// each change comes after all that it depends on, and a saved plan has the same
// order.
func TestPropertyNothingGoesBeforeWhatItNeeds(t *testing.T) {
	all := small()
	all["rules/one.py"] = "import a_top\ndef rule(e):\n    return True\n"
	for kind, text := range kindsOfOneID() {
		all["one/"+string(kind)+".yml"] = strings.ReplaceAll(text, "Filename: one.py", "Filename: ../rules/one.py")
	}
	all["data_models/e.yml"] = strings.ReplaceAll(all["data_models/d.yml"], "DataModelID: D", "DataModelID: E")
	paths := slices.Sorted(maps.Keys(all))
	side := func(t *rapid.T, name string) synth.Files {
		out := synth.Files{}
		for _, p := range paths {
			if strings.HasSuffix(p, ".py") || rapid.Bool().Draw(t, p+" is "+name) {
				out[p] = all[p]
			}
		}
		for _, k := range slices.Sorted(maps.Keys(out)) {
			if strings.HasSuffix(k, ".yml") && rapid.IntRange(0, 3).Draw(t, k+" changes") == 0 {
				out[k] += "Description: other " + name + "\n"
			}
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		live := liveOf(t, side(t, "live"))
		p := planned(t, side(t, "wanted"), live, sync.PlanOptions{Delete: true})
		at := map[string]int{}
		for n, layer := range sync.Layers(p.Changes) {
			for _, i := range layer {
				at[p.Changes[i].Key().String()] = n
			}
		}
		if len(at) != len(p.Changes) {
			t.Fatalf("%d of %d changes are in a layer", len(at), len(p.Changes))
		}
		last := 0
		for _, c := range p.Changes {
			mine := at[c.Key().String()]
			if mine < last {
				t.Fatalf("%s is listed after what goes later:\n%s", c.Key(), lines(p))
			}
			last = mine
			for _, dep := range c.DependsOn {
				if theirs, ok := at[dep]; !ok || theirs >= mine {
					t.Fatalf("%s of %s goes in layer %d, and needs %s of layer %d:\n%s", c.Action, c.Key(), mine, dep, theirs, lines(p))
				}
			}
			if c.Action != sync.Update && c.Action != sync.Delete && c.ID == "One" && c.Kind != panther.Policy {
				for _, other := range p.Changes {
					if other.Action == sync.Delete && other.ID == "One" && other.Kind != panther.Policy && at[other.Key().String()] >= mine {
						t.Fatalf("%s is made before %s is gone:\n%s", c.Key(), other.Key(), lines(p))
					}
				}
			}
		}
	})
}
