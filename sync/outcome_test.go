package sync_test

import (
	"context"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync"
)

// TestOutcome: what a plan will make live is what is live after its apply.
func TestOutcome(t *testing.T) {
	was, is := retyped()
	files := small()
	maps.Copy(files, was)
	w := newWorld(t, files, sandbox.Options{})
	w.mustApply()
	base := baseOf(t, maps.Clone(w.files))
	maps.Copy(w.files, is)
	delete(w.files, "rules/one.py")
	delete(w.files, "rules/free.yml")
	w.files["rules/r.yml"] += "Description: changed\nDedupPeriod: 5\n"
	w.files["policies/new.yml"] = "AnalysisType: policy\nPolicyID: New\nEnabled: true\nSeverity: Low\nFilename: new.py\nResourceTypes: [AWS.S3.Bucket]\n"
	w.files["policies/new.py"] = "def policy(resource):\n    return True\n"
	live := func() sync.Live {
		got, err := sync.Fetch(context.Background(), w.client, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Live
	}
	before := live()
	p := w.plan(sync.PlanOptions{Base: base})
	actions := map[sync.Action]bool{}
	for _, c := range p.Changes {
		actions[c.Action] = true
	}
	if len(actions) != 4 {
		t.Fatalf("the plan has not all actions: %s", lines(p))
	}
	want := p.Outcome(before)
	w.apply(p)
	after := live()
	keys := func(l sync.Live) map[panther.Key]bool {
		out := map[panther.Key]bool{}
		for k := range l {
			out[k] = true
		}
		return out
	}
	if diff := cmp.Diff(keys(after), keys(want)); diff != "" {
		t.Error(diff)
	}
	for k, e := range after {
		for _, f := range k.Kind.Fields() {
			if !f.Equal(e.Fields[f.Name], want[k].Fields[f.Name]) {
				t.Errorf("%s: %s is %v, want %v", k, f.Name, e.Fields[f.Name], want[k].Fields[f.Name])
			}
		}
	}
}
