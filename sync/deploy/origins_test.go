package deploy_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/pdac-dev/pdac/sync/record"
)

// origins gives what the last record says of the origins, and its bytes.
func (r *race) origins(dir string) (*sync.Origins, int) {
	r.Helper()
	store := r.open(dir).Store()
	last, err := store.Latest(r.Context(), "test")
	check(r, err)
	tree, err := store.Tree(r.Context(), *last)
	check(r, err)
	defer tree.Close()
	text, err := tree.Read(r.Context(), record.StoredPath, record.MaxStored)
	if err != nil {
		text = nil
	}
	stored, err := sync.ReadStored(text, last.Year, last.PantherYear)
	check(r, err)
	return stored.Origins, len(text)
}

func (r *race) commit(dir string, set map[string]string) string {
	r.Helper()
	for id, severity := range set {
		r.set(dir, id, severity)
	}
	gittest.Run(r, dir, "add", "-A")
	gittest.Run(r, dir, "commit", "-q", "--allow-empty", "-m", fmt.Sprint("set ", slices.Sorted(maps.Keys(set))))
	return gittest.Run(r, dir, "rev-parse", "HEAD")
}

func (r *race) deploy(dir string, only ...string) *sync.Plan {
	r.Helper()
	s := r.open(dir)
	p := r.plan(s, only...)
	r.apply(s, p)
	return p
}

// TestOriginsOfParts: a record of a part keeps the revision of the rest, in few bytes
// however much the rest is, and forgets it with the next whole deployment.
func TestOriginsOfParts(t *testing.T) {
	r := newRace(t)
	first := map[string]string{}
	for i := range 60 {
		first[fmt.Sprintf("R.%02d", i)] = "High"
	}
	dir := r.clone(first)
	one := gittest.Run(t, dir, "rev-parse", "HEAD")
	r.deploy(dir)
	if o, _ := r.origins(dir); o != nil {
		t.Errorf("a whole deployment has origins: %+v", o)
	}
	two := r.commit(dir, map[string]string{"R.01": "Low", "R.02": "Low", "R.03": "Low"})
	r.deploy(dir, "simple_rule/R.01")
	o, size := r.origins(dir)
	if o == nil || o.Rest != one || !slices.Equal(o.Entities[two], []string{"simple_rule/R.01"}) || len(o.Entities) != 1 {
		t.Errorf("after a part: %+v", o)
	}
	if size > 400 {
		t.Errorf("it takes %d bytes", size)
	}
	three := r.commit(dir, map[string]string{"R.02": "Info"})
	r.deploy(dir, "simple_rule/R.02")
	o, _ = r.origins(dir)
	if o == nil || o.Rest != one || !slices.Equal(o.Entities[two], []string{"simple_rule/R.01"}) || !slices.Equal(o.Entities[three], []string{"simple_rule/R.02"}) {
		t.Errorf("after two parts: %+v", o)
	}
	// What was removed is from that revision too.
	gittest.Run(t, dir, "rm", "-q", "rules/R.05.yml")
	four := r.commit(dir, nil)
	r.deploy(dir, "simple_rule/R.05")
	if o, _ = r.origins(dir); !slices.Equal(o.Entities[four], []string{"simple_rule/R.05"}) {
		t.Errorf("after a delete: %+v", o)
	}
	r.deploy(dir)
	if o, _ = r.origins(dir); o != nil {
		t.Errorf("after the rest: %+v", o)
	}
}

// TestOriginsOfFailures: what failed stays from where it was.
func TestOriginsOfFailures(t *testing.T) {
	r := newRace(t)
	dir := r.clone(map[string]string{"A": "High", "B": "High"})
	one := gittest.Run(t, dir, "rev-parse", "HEAD")
	r.deploy(dir)
	r.commit(dir, map[string]string{"A": "Low", "B": "Low"})
	s := r.open(dir)
	p := r.plan(s)
	// Somebody edits B before the write.
	e, err := r.client.Get(t.Context(), panther.Key{Kind: panther.SimpleRule, ID: "B"}, "")
	check(t, err)
	_, err = r.client.Update(t.Context(), e.With(map[string]any{"severity": "CRITICAL"}), panther.WriteOptions{})
	check(t, err)
	res := s.Apply(t.Context(), r.client, p, deploy.ApplyOptions{})
	if res.Count(sync.Refused) != 1 {
		t.Fatalf("%+v", res.Changes)
	}
	o, _ := r.origins(dir)
	if o == nil || o.Rest != "" || !slices.Equal(o.Entities[one], []string{"simple_rule/B"}) {
		t.Errorf("%+v", o)
	}
}

// TestOlderFollowsOrigins: the work of another branch is still known after a part of
// this one was deployed on top of it, also what it removed, and after a rollback.
func TestOlderFollowsOrigins(t *testing.T) {
	r := newRace(t)
	dir := r.clone(map[string]string{"A": "High", "B": "High", "C": "High"})
	gittest.Run(t, dir, "branch", "other")
	r.deploy(dir)
	gittest.Run(t, dir, "rm", "-q", "rules/C.yml")
	newer := r.commit(dir, map[string]string{"A": "Low"})
	r.deploy(dir)
	gittest.Run(t, dir, "checkout", "-q", "other")
	r.commit(dir, map[string]string{"B": "Medium"})
	want := "simple_rule/A (severity), simple_rule/C (create)"
	takes := func(when string, p *sync.Plan) {
		t.Helper()
		if p.Older == nil || len(p.Older.Unclear) > 0 || sync.Some(p.Older.TakesBack) != want {
			t.Errorf("%s: %+v, want %s", when, p.Older, want)
			return
		}
		for _, b := range p.Older.TakesBack {
			if b.Revision != newer || b.Both || b.Uncommitted {
				t.Errorf("%s: %+v", when, b)
			}
		}
		err := p.CheckOlder(sync.OlderOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", when, err)
		}
		check(t, p.CheckOlder(sync.OlderOptions{Allow: true}))
	}
	takes("before", r.plan(r.open(dir)))
	if p := r.deploy(dir, "simple_rule/B"); p.Older != nil {
		t.Errorf("a part takes nothing back: %+v", p.Older)
	}
	takes("after a part", r.plan(r.open(dir)))
	r.commit(dir, map[string]string{"B": "Info"})
	r.deploy(dir, "simple_rule/B")
	takes("after two parts", r.plan(r.open(dir)))
	// A rollback brings back also where everything was from.
	s := r.open(dir)
	to, err := s.Before(t.Context(), "", sync.Policies{})
	check(t, err)
	p, err := s.Plan(t.Context(), r.client, deploy.PlanOptions{Source: deploy.Source{Record: to}, Strict: true})
	check(t, err)
	if p.Older != nil {
		t.Errorf("a rollback is intended: %+v", p.Older)
	}
	r.apply(s, p)
	takes("after a rollback", r.plan(r.open(dir)))
}

// TestOlderKinds: a changed type, and what one side removed and the other changed.
func TestOlderKinds(t *testing.T) {
	r := newRace(t)
	dir := r.clone(map[string]string{"A": "High", "B": "High", "C": "High", "D": "High"})
	gittest.Run(t, dir, "branch", "other")
	r.deploy(dir)
	check(t, synth.Files{
		"rules/A.yml": "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: High\nFilename: A.py\nLogTypes: [AWS.CloudTrail]\n",
		"rules/A.py":  "def rule(event):\n    return True\n",
	}.Write(dir))
	r.commit(dir, map[string]string{"B": "Low"})
	r.deploy(dir)
	gittest.Run(t, dir, "checkout", "-q", "other")
	gittest.Run(t, dir, "rm", "-q", "rules/B.yml", "rules/C.yml")
	r.commit(dir, map[string]string{"D": "Low"})
	p := r.plan(r.open(dir))
	if len(p.Changes) != 4 || p.Older == nil || len(p.Older.Unclear) > 0 {
		t.Fatalf("%+v %+v", p.Changes, p.Older)
	}
	var got []string
	for _, b := range p.Older.TakesBack {
		got = append(got, fmt.Sprint(b, " ", b.Both))
	}
	// C and D were changed only here.
	if want := []string{"simple_rule/A (replace) false", "simple_rule/B (severity) true"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// The merge settles it.
	gittest.Run(t, dir, "merge", "-q", "-s", "ours", "--no-edit", "-")
	if p := r.plan(r.open(dir)); p.Older != nil {
		t.Errorf("after the merge: %+v", p.Older)
	}
}
