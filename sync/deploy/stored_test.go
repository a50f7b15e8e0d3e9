package deploy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/pdac-dev/pdac/sync/record"
)

const formRule = `AnalysisType: rule
RuleID: A
DisplayName: A
Enabled: true
Severity: Low
Description: "ends with a space "
Reference: https://example.com/a
Tags: [Okta, Cafe` + "\u0301" + `]
DedupPeriodMinutes: 9000
Detection: [{Key: k, Condition: Exists}]
`

// formed is a repository with one rule, deployed to a Panther.
func formed(t *testing.T, o sandbox.Options) (*race, string) {
	t.Helper()
	r := newRaceOn(t, o)
	dir := gittest.New(t, nil, map[string]string{"rules/a.yml": formRule})
	s := r.open(dir)
	if res := r.apply(s, r.plan(s)); len(res.Changes) != 1 {
		t.Fatalf("%+v", res.Changes)
	}
	return r, dir
}

// again commits a change of the rule, and returns the plan.
func (r *race) again(dir string, replace ...string) *sync.Plan {
	r.Helper()
	if len(replace) > 0 {
		gittest.Write(r, dir, map[string]string{"rules/a.yml": strings.NewReplacer(replace...).Replace(formRule)})
		gittest.Run(r, dir, "commit", "-q", "-a", "-m", "change")
	}
	return r.plan(r.open(dir))
}

func (r *race) drift(dir string) *sync.Drift {
	r.Helper()
	d, err := r.open(dir).Drift(r.Context(), r.client, deploy.DriftOptions{})
	check(r, err)
	return d
}

// causes lists the fields of a plan with their causes.
func causes(p *sync.Plan) string {
	var out []string
	for _, list := range [][]sync.Change{p.Changes, p.Kept} {
		for _, c := range list {
			for _, f := range c.Fields {
				out = append(out, fmt.Sprintf("%s %s %s: %s", c.Action, c.ID, f.Name, f.Cause))
			}
		}
	}
	return strings.Join(out, ", ")
}

// TestWhatPantherStoresInAnotherFormIsNoDrift: neither a plan nor a drift report
// shows it, a later commit to that field is no conflict, and a real edit in the
// console is drift as before.
func TestWhatPantherStoresInAnotherFormIsNoDrift(t *testing.T) {
	r, dir := formed(t, sandbox.Options{Lossy: true})
	if got := causes(r.again(dir)); got != "" {
		t.Errorf("the next plan shows %s", got)
	}
	if d := r.drift(dir); d.Any(sync.DriftStates()) {
		t.Errorf("drift reports %+v", d.Entities)
	}
	if got := causes(r.again(dir, "a space ", "two spaces  ")); got != "update A description: commit" {
		t.Errorf("after a commit the plan shows %s", got)
	}
	// It is known after an apply of another field too.
	s := r.open(dir)
	r.apply(s, r.plan(s))
	if got := causes(r.again(dir, "a space ", "two spaces  ", "Severity: Low", "Severity: High")); got != "update A severity: commit" {
		t.Errorf("after a commit of another field the plan shows %s", got)
	}
	s = r.open(dir)
	r.apply(s, r.plan(s))
	if got := causes(r.again(dir)); got != "" {
		t.Errorf("after another apply the plan shows %s", got)
	}
	check(t, r.server.Edit(t.Context(), sandbox.SimpleRules, "A", func(m map[string]any) { m["tags"] = []any{"mine"} }))
	if got := causes(r.again(dir)); got != "update A tags: drift" {
		t.Errorf("after an edit in the console the plan shows %s", got)
	}
	if d := r.drift(dir); d.Summary.Edited != 1 || len(d.Entities[0].Fields) != 1 {
		t.Errorf("drift reports %+v", d.Entities)
	}
	// The deployed form of a removed entity is no conflict.
	check(t, r.server.Edit(t.Context(), sandbox.SimpleRules, "A", func(m map[string]any) { m["tags"] = []any{"okta", "caf\u00e9"} }))
	gittest.Run(t, dir, "rm", "-q", "rules/a.yml")
	gittest.Write(t, dir, map[string]string{"rules/b.yml": strings.Replace(formRule, "RuleID: A", "RuleID: B", 1)})
	gittest.Run(t, dir, "add", "-A")
	if p := r.again(dir); p.Summary.Delete != 1 || p.Summary.Conflicts != 0 {
		t.Errorf("a removed rule: %+v: %s", p.Summary, causes(p))
	}
}

// TestAnUpgradeDoesNotBlameTheConsole: a field that an older pdac did not send, or
// an older Panther dropped, is a change of the repository once it can be sent. A
// value that is live is the console's.
func TestAnUpgradeDoesNotBlameTheConsole(t *testing.T) {
	path := t.TempDir() + "/sandbox.db"
	older := func(t *testing.T) (*race, string) {
		r, dir := formed(t, sandbox.Options{Path: path, Era: sandbox.Era2025})
		if got := causes(r.again(dir)); got != "" {
			t.Fatalf("an older Panther: the plan shows %s", got)
		}
		check(t, r.server.Close())
		r.server, r.client = connectTo(t, sandbox.Options{Path: path})
		return r, dir
	}
	t.Run("a newer Panther", func(t *testing.T) {
		r, dir := older(t)
		if d := r.drift(dir); d.Any(sync.DriftStates()) {
			t.Errorf("drift reports %+v", d.Entities)
		}
		if got := causes(r.again(dir)); got != "update A reference: commit" {
			t.Errorf("the plan shows %s", got)
		}
		s := r.open(dir)
		r.apply(s, r.plan(s))
		check(t, r.server.Edit(t.Context(), sandbox.SimpleRules, "A", func(m map[string]any) { m["reference"] = "" }))
		if got := causes(r.again(dir)); got != "update A reference: drift" {
			t.Errorf("after an edit in the console the plan shows %s", got)
		}
	})
	t.Run("an older record", func(t *testing.T) {
		r, dir := formed(t, sandbox.Options{})
		check(t, r.server.Edit(t.Context(), sandbox.SimpleRules, "A", func(m map[string]any) { m["reference"] = "" }))
		forget(r, dir)
		if got := causes(r.again(dir)); got != "update A reference: commit" {
			t.Errorf("the plan shows %s", got)
		}
		if d := r.drift(dir); d.Any(sync.DriftStates()) {
			t.Errorf("drift reports %+v", d.Entities)
		}
		check(t, r.server.Edit(t.Context(), sandbox.SimpleRules, "A", func(m map[string]any) { m["reference"] = "theirs" }))
		if got := causes(r.again(dir)); got != "update A reference: adopt" {
			t.Errorf("with another live value the plan shows %s", got)
		}
	})
}

// TestAPlanOfAPartKnowsThePanther: a plan of a part may see no newer field. Nothing
// of the rest is then taken for unsent, and a value that was removed in the console
// is drift.
func TestAPlanOfAPartKnowsThePanther(t *testing.T) {
	r, dir := formed(t, sandbox.Options{Verbatim: true})
	gittest.Write(t, dir, map[string]string{"policies/p.yml": "AnalysisType: policy\nPolicyID: P\nEnabled: true\nSeverity: Low\nFilename: p.py\n", "policies/p.py": "def policy(r):\n    return True\n"})
	gittest.Run(t, dir, "add", "-A")
	gittest.Run(t, dir, "commit", "-q", "-m", "policy")
	s := r.open(dir)
	r.apply(s, r.plan(s, "policy/*"))
	check(t, r.server.Edit(t.Context(), sandbox.SimpleRules, "A", func(m map[string]any) { delete(m, "reference") }))
	if got := causes(r.again(dir)); got != "update A reference: drift" {
		t.Errorf("the plan shows %s", got)
	}
	if d := r.drift(dir); d.Summary.Edited != 1 {
		t.Errorf("drift reports %+v", d)
	}
}

// forget writes the record again without what it knows of stored forms, as an older
// pdac did.
func forget(r *race, dir string) {
	r.Helper()
	store := r.open(dir).Store()
	last, err := store.Latest(r.Context(), "test")
	check(r, err)
	files, err := store.Files(r.Context(), *last)
	check(r, err)
	_, err = store.Write(r.Context(), record.New{Tenant: "test", Revision: last.Revision, Actor: last.Actor, Time: last.Time, Parent: last.Hash, Files: files})
	check(r, err)
}

// TestAnApplyOfOtherKindsForgetsNothing: what an apply did not look at stays as
// it is known.
func TestAnApplyOfOtherKindsForgetsNothing(t *testing.T) {
	r, dir := formed(t, sandbox.Options{Lossy: true})
	gittest.Write(t, dir, map[string]string{
		"global_helpers/g.yml": "AnalysisType: global\nGlobalID: g\nFilename: g.py\n", "global_helpers/g.py": "x = 1\n",
	})
	gittest.Run(t, dir, "add", "-A")
	gittest.Run(t, dir, "commit", "-q", "-m", "global")
	s := r.open(dir)
	if res := r.apply(s, r.plan(s, "global/*")); len(res.Changes) != 1 {
		t.Fatalf("%+v", res.Changes)
	}
	if got := causes(r.again(dir)); got != "" {
		t.Errorf("the next plan shows %s", got)
	}
	check(t, r.server.Edit(t.Context(), sandbox.SimpleRules, "A", func(m map[string]any) { m["reference"] = "" }))
	if got := causes(r.again(dir)); got != "update A reference: drift" {
		t.Errorf("after an edit in the console the plan shows %s", got)
	}
	if d := r.drift(dir); d.Summary.Edited != 1 {
		t.Errorf("drift reports %+v", d.Entities)
	}
}

// TestALostRaceKnowsTheForms: the record that follows another one has what this
// apply wrote, also where Panther stored it in another form.
func TestALostRaceKnowsTheForms(t *testing.T) {
	r, dir := formed(t, sandbox.Options{Lossy: true})
	gittest.Write(t, dir, map[string]string{"rules/b.yml": strings.Replace(formRule, "RuleID: A", "RuleID: B", 1)})
	gittest.Run(t, dir, "add", "-A")
	mine := r.open(dir)
	plan := r.plan(mine, "simple_rule/B")
	gittest.Write(t, dir, map[string]string{"rules/a.yml": strings.Replace(formRule, "a space ", "two spaces  ", 1)})
	other := r.open(dir)
	r.apply(other, r.plan(other, "simple_rule/A"))
	if res := r.apply(mine, plan); !res.Record.Raced {
		t.Fatal("no race was lost")
	}
	gittest.Run(t, dir, "add", "-A")
	if got := causes(r.again(dir)); got != "" {
		t.Errorf("the next plan shows %s", got)
	}
	if d := r.drift(dir); d.Any(sync.DriftStates()) {
		t.Errorf("drift reports %+v", d.Entities)
	}
}

// TestTheFirstApplyAfterAnUpgradeRecordsTheNewFields: what is live already as
// wanted counts as deployed from then on.
func TestTheFirstApplyAfterAnUpgradeRecordsTheNewFields(t *testing.T) {
	r, dir := formed(t, sandbox.Options{})
	forget(r, dir)
	s := r.open(dir)
	if res := r.apply(s, r.plan(s)); len(res.Changes) != 0 {
		t.Fatalf("%+v", res.Changes)
	}
	check(t, r.server.Edit(t.Context(), sandbox.SimpleRules, "A", func(m map[string]any) { m["reference"] = "" }))
	if got := causes(r.again(dir)); got != "update A reference: drift" {
		t.Errorf("after an edit in the console the plan shows %s", got)
	}
	if d := r.drift(dir); d.Summary.Edited != 1 {
		t.Errorf("drift reports %+v", d.Entities)
	}
}

// TestALostAnswerIsNotALostRule: the answer to the create of a replace is lost, and
// Panther stored the new rule in another form. It is live, and the result says so.
func TestALostAnswerIsNotALostRule(t *testing.T) {
	faults := &sandbox.Faults{}
	r, dir := formed(t, sandbox.Options{Lossy: true, Faults: faults})
	gittest.Write(t, dir, map[string]string{
		"rules/a.yml": strings.Replace(formRule, "Detection: [{Key: k, Condition: Exists}]", "Filename: a.py\nLogTypes: [X]", 1),
		"rules/a.py":  "def rule(event):\n    return True\n",
	})
	gittest.Run(t, dir, "add", "-A")
	gittest.Run(t, dir, "commit", "-q", "-m", "python")
	_, err := faults.Add(sandbox.Fault{Match: "POST /rules", Skip: 1, Times: 1, After: true, Break: true})
	check(t, err)
	s := r.open(dir)
	res := s.Apply(t.Context(), r.client, r.plan(s), deploy.ApplyOptions{ApplyOptions: sync.ApplyOptions{FirstWait: time.Nanosecond}})
	if c := res.Changes[0]; c.Lost != nil || c.Outcome != sync.Failed || !strings.Contains(c.Reason, "rule/A is live, with other values of description, tags, dedupPeriodMinutes than planned; plan again") {
		t.Errorf("%+v", c)
	}
	if got := causes(r.again(dir)); !strings.HasPrefix(got, "update A description: ") {
		t.Errorf("the next plan shows %s", got)
	}
	s = r.open(dir)
	r.apply(s, r.plan(s))
	if got := causes(r.again(dir)); got != "" {
		t.Errorf("the last plan shows %s", got)
	}
}

// TestAnUpgradeBetweenPlanAndApply: the plan was made before Panther had a field, so
// its apply does not send it, although Panther has it by then.
func TestAnUpgradeBetweenPlanAndApply(t *testing.T) {
	path := t.TempDir() + "/sandbox.db"
	r := newRaceOn(t, sandbox.Options{Path: path, Era: sandbox.Era2025})
	dir := gittest.New(t, nil, map[string]string{})
	// Some of them answer with an empty reference, and others without.
	for _, id := range []string{"A", "B", "C", "D", "E"} {
		gittest.Write(t, dir, map[string]string{"rules/" + id + ".yml": strings.Replace(formRule, "RuleID: A", "RuleID: "+id, 1)})
		_, err := r.server.Put(t.Context(), sandbox.SimpleRules, map[string]any{"id": id, "severity": "HIGH", "detection": "- Key: k\n  Condition: Exists\n"})
		check(t, err)
	}
	gittest.Run(t, dir, "add", "-A")
	gittest.Run(t, dir, "commit", "-q", "-m", "first")
	s := r.open(dir)
	plan := r.plan(s)
	check(t, r.server.Close())
	r.server, r.client = connectTo(t, sandbox.Options{Path: path})
	r.apply(s, plan)
	if d := r.drift(dir); d.Any(sync.DriftStates()) {
		t.Errorf("drift reports %+v", d.Entities)
	}
	if got := causes(r.again(dir)); strings.Count(got, "reference: commit") != 5 || strings.Contains(got, "drift") {
		t.Errorf("the plan shows %s", got)
	}
}
