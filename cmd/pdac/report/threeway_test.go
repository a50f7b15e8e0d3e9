package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

func at(day, hour int) *time.Time {
	t := time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC)
	return &t
}

var (
	byAda   = sync.Commit{Hash: "abc12345" + strings.Repeat("0", 32), Author: "Ada Lovelace", Email: "ada@acme.example", Time: at(2, 9), Subject: "Raise what the | pager `hears` of"}
	byGrace = sync.Commit{Hash: "def67890" + strings.Repeat("1", 32), Author: "Grace Hopper", Email: "grace@acme.example", Time: at(3, 17),
		Subject: "Remove what nobody has looked at for a year, and say in the runbook of each that is left what is to be done about it"}
	pending = sync.Commit{Uncommitted: true}
)

func in(path string, c sync.Commit) sync.Commit {
	c.Path = path
	return c
}

func base() *sync.BaseInfo {
	return &sync.BaseInfo{
		Record: strings.Repeat("5", 40), Revision: "1111111111111111111111111111111111111111", Actor: "Ada Lovelace <ada@acme.example>", Time: at(1, 8),
	}
}

// threeWay has every cause with every action that it goes with, changed and kept.
func threeWay() *sync.Plan {
	edited := &sync.Edit{At: at(2, 9), CreatedBy: "u-7", ChangedBy: &panther.Actor{ID: "u-7", Type: panther.ActorUser}}
	body := "def rule(event):\n    return event.get(\"a\")\n"
	p := &sync.Plan{
		FormatVersion: sync.FormatVersion, Tenant: "acme.runpanther.net", Revision: "3f2a9c1d0b7e4f5a6b7c8d9e0f1a2b3c4d5e6f70", Base: base(),
		Policies: sync.Policies{OnDrift: sync.Revert, OnConflict: sync.Fail},
		Summary: sync.Summary{Create: 4, Update: 5, Delete: 3, Unchanged: 1204, Unmanaged: 9, NotDeployable: 40, Excluded: 16, Drifted: 7, Conflicts: 7,
			Kept: 8, Converged: 2, Live: 1230},
		Changes: []sync.Change{
			{Kind: panther.Rule, ID: "Create.Committed", Action: sync.Create, Path: "rules/create_committed.yml", Cause: sync.CauseCommit,
				Commits: []sync.Commit{in("rules/create_committed.yml", byAda), in("rules/create_committed.py", byGrace)},
				Fields:  []sync.FieldChange{{Name: "severity", After: "HIGH"}, {Name: "body", After: body}}},
			{Kind: panther.Rule, ID: "Create.Pending", Action: sync.Create, Path: "rules/create_pending.yml", Cause: sync.CauseCommit,
				Commits: []sync.Commit{in("rules/create_pending.yml", pending), in("rules/create_pending.py", pending)}, Fields: []sync.FieldChange{{Name: "severity", After: "LOW"}}},
			{Kind: panther.Policy, ID: "Create.Drift", Action: sync.Create, Path: "policies/create_drift.yml", Cause: sync.CauseDrift,
				Fields: []sync.FieldChange{{Name: "severity", After: "LOW", Deployed: "LOW"}}},
			{Kind: panther.Policy, ID: "Create.Conflict", Action: sync.Create, Path: "policies/create_conflict.yml", Cause: sync.CauseConflict,
				Commits: []sync.Commit{in("policies/create_conflict.yml", byAda)}, Fields: []sync.FieldChange{{Name: "severity", After: "HIGH", Deployed: "LOW"}}},

			{Kind: panther.Rule, ID: "Update.Committed", Action: sync.Update, Path: "rules/update_committed.yml", Cause: sync.CauseCommit,
				Commits: []sync.Commit{in("rules/update_committed.yml", byAda), in("rules/update_committed.py", byGrace)},
				Fields: []sync.FieldChange{
					{Name: "severity", Before: "LOW", After: "HIGH", Cause: sync.CauseCommit, Deployed: "LOW"},
					{Name: "body", Before: body, After: strings.Replace(body, `"a"`, `"b"`, 1), Cause: sync.CauseCommit, Deployed: body},
				}},
			{Kind: panther.Rule, ID: "Update.Drift", Action: sync.Update, Path: "rules/update_drift.yml", Cause: sync.CauseDrift, Edited: edited,
				Fields: []sync.FieldChange{
					{Name: "enabled", Before: false, After: true, Cause: sync.CauseDrift, Deployed: true},
					{Name: "severity", Before: "INFO", After: "HIGH", Cause: sync.CauseDrift, Deployed: "HIGH"},
				}},
			{Kind: panther.Rule, ID: "Update.Conflict", Action: sync.Update, Path: "rules/update_conflict.yml", Cause: sync.CauseConflict, Edited: edited,
				Commits: []sync.Commit{in("rules/update_conflict.yml", byAda)},
				Fields: []sync.FieldChange{
					{Name: "severity", Before: "INFO", After: "CRITICAL", Cause: sync.CauseConflict, Deployed: "HIGH"},
					{Name: "tags", Before: words("Console"), After: words("AWS", "Mine"), Cause: sync.CauseConflict, Deployed: words("AWS")},
					{Name: "reports", Before: map[string]any{"CIS": words("1")}, After: map[string]any{"CIS": words("3")}, Cause: sync.CauseConflict, Deployed: map[string]any{"CIS": words("2")}},
					{Name: "tests", Before: words(map[string]any{"name": "t", "expectedResult": false}), After: words(map[string]any{"name": "u", "expectedResult": true}),
						Cause: sync.CauseConflict, Deployed: words(map[string]any{"name": "t", "expectedResult": true})},
					{Name: "body", Before: strings.Replace(body, `"a"`, `"console"`, 1), After: strings.Replace(body, `"a"`, `"here"`, 1), Cause: sync.CauseConflict, Deployed: body},
				}},
			{Kind: panther.Rule, ID: "Update.Mixed", Action: sync.Update, Path: "rules/update_mixed.yml", Cause: sync.CauseMixed, Edited: edited,
				Commits: []sync.Commit{in("rules/update_mixed.yml", byAda), in("rules/update_mixed.py", pending)},
				Fields: []sync.FieldChange{
					{Name: "severity", Before: "INFO", After: "HIGH", Cause: sync.CauseDrift, Deployed: "HIGH"},
					{Name: "threshold", Before: num(1), After: num(5), Cause: sync.CauseCommit, Deployed: num(1)},
					{Name: "body", Before: body, After: strings.Replace(body, `"a"`, `"b"`, 1), Cause: sync.CauseCommit, Deployed: body},
				}},
			{Kind: panther.SimpleRule, ID: "Update.Adopted", Action: sync.Update, Path: "rules/update_adopted.yml", Cause: sync.CauseAdopt, Edited: edited,
				Fields: []sync.FieldChange{{Name: "severity", Before: "LOW", After: "HIGH", Cause: sync.CauseAdopt}}},

			{Kind: panther.Rule, ID: "Delete.Committed", Action: sync.Delete, Path: "rules/delete_committed.yml", Cause: sync.CauseCommit,
				Commits: []sync.Commit{in("rules/delete_committed.yml", byGrace)}, Fields: []sync.FieldChange{{Name: "severity", Before: "LOW", Deployed: "LOW"}}},
			{Kind: panther.Rule, ID: "Delete.Conflict", Action: sync.Delete, Path: "rules/delete_conflict.yml", Cause: sync.CauseConflict, Edited: edited,
				Commits: []sync.Commit{in("rules/delete_conflict.yml", byGrace)}, Fields: []sync.FieldChange{{Name: "severity", Before: "INFO", Deployed: "LOW", Cause: sync.CauseConflict}}},
			{Kind: panther.Rule, ID: "Delete.Pending", Action: sync.Delete, Path: "rules/delete_pending.yml", Cause: sync.CauseCommit,
				Commits: []sync.Commit{in("rules/delete_pending.yml", pending)}, Fields: []sync.FieldChange{{Name: "severity", Before: "LOW", Deployed: "LOW"}}},
		},
		Gone: []string{"rule/Gone"},
		Unmanaged: []sync.Unmanaged{
			{Kind: panther.Global, ID: "console_helper", Edited: &sync.Edit{At: at(4, 12), CreatedBy: "u-9"}},
			{Kind: panther.Query, ID: "Made, by hand", Edited: &sync.Edit{CreatedBy: "u-9"}},
			{Kind: panther.Rule, ID: "Pack.One", Managed: true, Edited: &sync.Edit{At: at(4, 12)}},
			{Kind: panther.Rule, ID: "Pack.Two", Managed: true},
		},
		Diagnostics: []repo.Diagnostic{
			{Severity: repo.SeverityError, Message: "conflict: severity of rule/Update.Conflict changed in both the repository and the console", Path: "rules/update_conflict.yml", Kind: "rule", ID: "Update.Conflict"},
		},
	}
	for i := range 5 {
		p.Unmanaged = append(p.Unmanaged, sync.Unmanaged{Kind: panther.Rule, ID: "Console." + string(rune('A'+i))})
	}
	return judged(p)
}

// kept is the same with policies by which what others changed stays.
func kept() *sync.Plan {
	p := threeWay()
	p.Policies = sync.Policies{OnDrift: sync.Keep, OnConflict: sync.Keep}
	p.Diagnostics = nil
	var changes []sync.Change
	for _, c := range p.Changes {
		switch c.Cause {
		case sync.CauseCommit:
			changes = append(changes, c)
			continue
		case sync.CauseMixed:
			here := c
			here.Cause, here.Fields = sync.CauseCommit, c.Fields[1:]
			changes = append(changes, here)
			c.Cause, c.Fields = sync.CauseDrift, c.Fields[:1]
		}
		c.Reason = "changed in the console, and on_drift is keep"
		p.Kept = append(p.Kept, c)
	}
	p.Kept = append(p.Kept, sync.Change{Kind: panther.Rule, ID: "Delete.Pack", Action: sync.Delete, Path: "rules/delete_pack.yml", Cause: sync.CauseCommit,
		Commits: []sync.Commit{in("rules/delete_pack.yml", byGrace)}, Reason: "it is maintained by one of Panther's packs, and pdac never deletes those",
		Fields: []sync.FieldChange{{Name: "severity", Before: "LOW", Deployed: "LOW"}}})
	p.Changes = changes
	p.Summary.Create, p.Summary.Update, p.Summary.Delete = 2, 2, 2
	return p
}

// keptOnly has nothing to apply.
func keptOnly() *sync.Plan {
	p := kept()
	p.Changes, p.Summary.Create, p.Summary.Update, p.Summary.Delete = nil, 0, 0, 0
	return p
}

// rollback has no commits: what it wants is an older deployment.
func rollback() *sync.Plan {
	p := threeWay()
	for i := range p.Changes {
		p.Changes[i].Commits = nil
	}
	p.Unmanaged, p.Diagnostics, p.Only = nil, nil, []string{"rule/Update.*", "rule/Delete.*"}
	p.Summary.Unmanaged = 0
	return p
}

func driftSample() *sync.Drift {
	d := &sync.Drift{
		FormatVersion: sync.FormatVersion, Drift: true, Tenant: "acme.runpanther.net", Base: base(),
		Summary: sync.DriftSummary{Edited: 2, Deleted: 1, Unmanaged: 2, Managed: 3, InStep: 1204, Live: 1211},
		Entities: []sync.DriftedEntity{
			{Kind: panther.Rule, ID: "Edited.Rule", State: sync.DriftEdited, Path: "rules/edited.yml", Edited: &sync.Edit{At: at(2, 9), CreatedBy: "u-7"}, Fields: []sync.DriftedField{
				{Name: "enabled", Deployed: true, Live: false},
				{Name: "severity", Deployed: "HIGH", Live: "LOW"},
				{Name: "tags", Deployed: words("AWS", "Identity"), Live: words("AWS", "By hand")},
				{Name: "body", Deployed: oldBody, Live: strings.Replace(oldBody, "ConsoleLogin", "AssumeRole", 1)},
			}},
			{Kind: panther.SimpleRule, ID: "Edited.Simple", State: sync.DriftEdited, Path: "rules/simple.yml", Fields: []sync.DriftedField{
				{Name: "detection", Deployed: "- Key: a\n  Condition: Exists\n", Live: "- Key: b\n  Condition: Exists\n"},
			}},
			{Kind: panther.Policy, ID: "Deleted.Policy", State: sync.DriftDeleted, Path: "policies/deleted.yml", Fields: []sync.DriftedField{{Name: "severity", Deployed: "LOW"}}},
			{Kind: panther.Query, ID: "Made, by hand", State: sync.DriftUnmanaged, Edited: &sync.Edit{At: at(4, 12), CreatedBy: "u-9"}, Fields: []sync.DriftedField{{Name: "sql", Live: "SELECT 1"}}},
			{Kind: panther.Rule, ID: "Made.Rule", State: sync.DriftUnmanaged, Edited: &sync.Edit{At: at(4, 12)}, Fields: []sync.DriftedField{{Name: "severity", Live: "LOW"}}},
		},
		Diagnostics: []repo.Diagnostic{{Severity: repo.SeverityWarning, Message: "what others deployed last is not known"}},
	}
	for i, e := range d.Entities {
		d.Entities[i].Direction, d.Entities[i].Reasons = verdict(e.Kind, e.State != sync.DriftUnmanaged, e.State != sync.DriftDeleted, func(before, after map[string]any) {
			for _, f := range e.Fields {
				before[f.Name], after[f.Name] = f.Deployed, f.Live
			}
		})
		if e.State == sync.DriftEdited && d.Entities[i].Direction == "weaker" {
			d.Summary.Weaker++
		}
	}
	return d
}

func noDrift() *sync.Drift {
	return &sync.Drift{FormatVersion: sync.FormatVersion, Drift: true, Tenant: "acme.runpanther.net", Base: base(), Summary: sync.DriftSummary{InStep: 1204, Managed: 3}}
}

func TestThreeWayGolden(t *testing.T) {
	held := report.PlanOptions{HoldDeletes: true}
	markdown := report.PlanOptions{Format: report.Markdown, HoldDeletes: true}
	for name, got := range map[string]string{
		"threeway.txt":         plan(t, threeWay(), held),
		"threeway-color.txt":   plan(t, threeWay(), report.PlanOptions{Color: true}),
		"threeway-narrow.txt":  plan(t, threeWay(), report.PlanOptions{Width: 70}),
		"threeway-verbose.txt": plan(t, threeWay(), report.PlanOptions{Verbose: true}),
		"threeway-quiet.txt":   plan(t, threeWay(), report.PlanOptions{Quiet: true, HoldDeletes: true}),
		"threeway.json":        plan(t, threeWay(), report.PlanOptions{Format: report.JSON}),
		"threeway.md":          plan(t, threeWay(), markdown),
		"kept.txt":             plan(t, kept(), held),
		"kept.md":              plan(t, kept(), markdown),
		"kept-only.txt":        plan(t, keptOnly(), held),
		"kept-only.md":         plan(t, keptOnly(), markdown),
		"rollback.txt":         plan(t, rollback(), held),
		"rollback.md":          plan(t, rollback(), markdown),
		"drift.txt":            drift(t, driftSample(), report.PlanOptions{}),
		"drift-verbose.txt":    drift(t, driftSample(), report.PlanOptions{Verbose: true}),
		"drift-quiet.txt":      drift(t, driftSample(), report.PlanOptions{Quiet: true}),
		"drift.json":           drift(t, driftSample(), report.PlanOptions{Format: report.JSON}),
		"drift.md":             drift(t, driftSample(), markdown),
		"drift.xml":            drift(t, driftSample(), report.PlanOptions{Format: report.JUnit}),
		"drift-none.txt":       drift(t, noDrift(), report.PlanOptions{}),
		"drift-none.md":        drift(t, noDrift(), markdown),
		"drift-none.xml":       drift(t, noDrift(), report.PlanOptions{Format: report.JUnit}),
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, got) })
	}
}

// What is tolerated is shown and doesn't fail, and what could not be compared is
// an error.
func TestDriftJUnitTolerates(t *testing.T) {
	d := driftSample()
	d.Diagnostics = append(d.Diagnostics, repo.Diagnostic{Severity: repo.SeverityError, Path: "rules/x.yml", Line: 3, Message: "the key \"Severity\" stands twice; keep one"})
	got := written(t, func(b *bytes.Buffer) error {
		return report.Drift(b, d, report.DriftOptions{PlanOptions: report.PlanOptions{Format: report.JUnit}, Tolerated: []sync.DriftState{sync.DriftUnmanaged}})
	})
	for _, want := range []string{
		`<testsuites name="pdac drift of acme.runpanther.net" tests="6" failures="3" errors="1">`,
		`<testsuite name="unmanaged query" tests="1" failures="0" errors="0">`,
		`<system-out><![CDATA[live, but never deployed from this repository (created by u-9, last changed 2026-11-04 12:00 UTC)]]></system-out>`,
		`<error type="error" message="the key &#34;Severity&#34; stands twice; keep one"></error>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestDriftSummary(t *testing.T) {
	last := func(s string) string {
		lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
		return lines[len(lines)-1]
	}
	fault := []repo.Diagnostic{{Severity: repo.SeverityError, Message: "bad"}}
	one := []sync.DriftedEntity{{Kind: panther.Rule, ID: "X", State: sync.DriftEdited}}
	for want, d := range map[string]*sync.Drift{
		"No drift. Panther matches the last deployment (1,204 entities).":                 {Summary: sync.DriftSummary{InStep: 1204}},
		"No drift. Panther matches the last deployment (1 entity; 3 of Panther's packs).": {Summary: sync.DriftSummary{InStep: 1, Managed: 3}},
		"No drift. 1 error: content with errors was not compared (7 in sync).":            {Summary: sync.DriftSummary{InStep: 7}, Diagnostics: fault},
		"Drift: 1,234 edited, 2 deleted, 3 unmanaged; 4 in sync, 5 of Panther's packs, 1 error.": {Entities: one, Diagnostics: fault,
			Summary: sync.DriftSummary{Edited: 1234, Deleted: 2, Unmanaged: 3, InStep: 4, Managed: 5}},
	} {
		if got := last(drift(t, d, report.PlanOptions{})); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestDriftJSON(t *testing.T) {
	src := drift(t, driftSample(), report.PlanOptions{Format: report.JSON})
	var back sync.Drift
	if err := json.Unmarshal([]byte(src), &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(driftSample(), &back); d != "" {
		t.Errorf("what comes back differs:\n%s", d)
	}
	src = drift(t, &sync.Drift{Entities: []sync.DriftedEntity{{}}}, report.PlanOptions{Format: report.JSON}) + drift(t, &sync.Drift{}, report.PlanOptions{Format: report.JSON})
	for _, want := range []string{`"entities": []`, `"fields": []`, `"diagnostics": []`} {
		if !strings.Contains(src, want) {
			t.Errorf("no %s in\n%s", want, src)
		}
	}
}

// A revision that stands for the last deployment isn't taken for one.
func TestWhatStandsForTheDeployment(t *testing.T) {
	for want, b := range map[string]*sync.BaseInfo{
		"Last deployed: revision 111111111111 by Ada Lovelace, 2026-11-01 08:00 UTC": base(),
		"Last deployed: uncommitted files":                                           {Record: "x"},
		"Used as the last deployment: revision 111111111111":                         {Revision: base().Revision},
		"Used as the last deployment: the working tree":                              {},
	} {
		if got := plan(t, &sync.Plan{Tenant: "t", Base: b}, report.PlanOptions{}); !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// Showing changes nothing.
func TestShowingLeavesWhatIsShown(t *testing.T) {
	p, d := kept(), driftSample()
	for _, f := range []report.Format{report.Text, report.JSON, report.Markdown} {
		plan(t, p, report.PlanOptions{Format: f})
		drift(t, d, report.PlanOptions{Format: f})
	}
	drift(t, d, report.PlanOptions{Format: report.JUnit})
	if d := cmp.Diff(kept(), p, shown); d != "" {
		t.Errorf("the plan was changed:\n%s", d)
	}
	if d := cmp.Diff(driftSample(), d); d != "" {
		t.Errorf("the drift was changed:\n%s", d)
	}
}
