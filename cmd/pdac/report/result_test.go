package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	gosync "sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

func result() *sync.Result {
	r := &sync.Result{FormatVersion: sync.FormatVersion, Tenant: "acme.runpanther.net", Revision: "abc", Changes: []sync.ChangeResult{
		{Kind: panther.Global, ID: "helpers", Action: sync.Create, Path: "global_helpers/h.yml", Outcome: sync.Done},
		{Kind: panther.Global, ID: "other", Action: sync.Update, Path: "global_helpers/o.yml", Outcome: sync.Already, Reason: "Panther held it"},
		{Kind: panther.Rule, ID: "AWS.Root", Action: sync.Update, Path: "rules/root.yml", Outcome: sync.Failed,
			Reason: "Panther answered 400 bad request to PUT /rules/AWS.Root: tests failed",
			Tests: []panther.TestResult{
				{Name: "Root \"login\"", Reason: "expected true"}, {Name: "passes", Passed: true},
				{Name: "odd", Errored: true, Reason: "NameError: x\nline 3"}, {Name: "silent"},
			}},
		{Kind: panther.Rule, ID: "Okta", Action: sync.Update, Path: "rules/okta.yml", Outcome: sync.Refused, Reason: "it has changed in Panther since the plan was made: severity"},
		{Kind: panther.Rule, ID: "Warned", Action: sync.Delete, Outcome: sync.Done, Warnings: []string{"Panther stored tags otherwise"},
			Direction: diff.Weaker, Reasons: []diff.Reason{{Direction: diff.Weaker, Text: "removed, severity HIGH"}}},

		{Kind: panther.Policy, ID: "P", Action: sync.Create, Path: "p.yml", Outcome: sync.NotTried, Reason: "global/helpers failed"},
		{Kind: panther.Policy, ID: "Bare", Action: sync.Create, Outcome: sync.NotTried},
		{Kind: panther.Policy, ID: "Curt", Action: sync.Delete, Outcome: sync.Failed},
	}}
	for i := range 12 {
		r.Changes = append(r.Changes, sync.ChangeResult{Kind: panther.Rule, ID: fmt.Sprint("R", i), Action: sync.Create, Outcome: sync.NotTried, Reason: "the apply was interrupted"})
	}
	return r
}

func TestResultGolden(t *testing.T) {
	show := func(r *sync.Result, o report.ResultOptions) string {
		return written(t, func(b *bytes.Buffer) error { return report.Result(b, r, o) })
	}
	interrupted := result()
	interrupted.Interrupted = true
	for name, got := range map[string]string{
		"result.txt":             show(result(), report.ResultOptions{}),
		"result-verbose.txt":     show(result(), report.ResultOptions{Verbose: true}),
		"result-color.txt":       show(result(), report.ResultOptions{Color: true}),
		"result-quiet.txt":       show(result(), report.ResultOptions{Quiet: true, Verbose: true}),
		"result-interrupted.txt": show(interrupted, report.ResultOptions{}),
		"result.md":              show(interrupted, report.ResultOptions{Format: report.Markdown}),
		"result.json":            show(result(), report.ResultOptions{Format: report.JSON}),
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, got) })
	}
}

// ends are results that end in every way beside what the changes tell.
func ends() map[string]*sync.Result {
	ok := func() *sync.Result {
		return &sync.Result{FormatVersion: sync.FormatVersion, Tenant: "acme.runpanther.net", Revision: strings.Repeat("a", 40), Changes: []sync.ChangeResult{
			{Kind: panther.Global, ID: "helpers", Action: sync.Create, Path: "global_helpers/h.yml", Outcome: sync.Done},
			{Kind: panther.Rule, ID: "Okta", Action: sync.Update, Path: "rules/okta.yml", Outcome: sync.Done},
			{Kind: panther.Rule, ID: "Old", Action: sync.Delete, Path: "rules/old.yml", Outcome: sync.Done},
		}}
	}
	failed := func() *sync.Result {
		r := ok()
		r.Changes = append(r.Changes, sync.ChangeResult{Kind: panther.Rule, ID: "AWS.Root", Action: sync.Update, Path: "rules/root.yml", Outcome: sync.Failed, Reason: "Panther answered 500"})
		return r
	}
	note := func(r *sync.Result, n sync.RecordNote) *sync.Result {
		n.Ref = "refs/pdac/deployments/acme.runpanther.net"
		r.Record = &n
		return r
	}
	undone := func(outcomes ...sync.Outcome) *sync.Result {
		r := failed()
		r.Undo = &sync.Result{FormatVersion: sync.FormatVersion, Tenant: r.Tenant, Revision: r.Revision}
		back := []sync.ChangeResult{
			{Kind: panther.Rule, ID: "Old", Action: sync.Create, Path: "rules/old.yml"},
			{Kind: panther.Rule, ID: "Okta", Action: sync.Update, Path: "rules/okta.yml"},
			{Kind: panther.Global, ID: "helpers", Action: sync.Delete, Path: "global_helpers/h.yml"},
		}
		for i, o := range outcomes {
			c := back[i]
			c.Outcome = o
			if o == sync.Refused {
				c.Reason = "it was changed in Panther since the plan was made: severity was \"LOW\" and is now \"HIGH\"; plan again"
			}
			r.Undo.Changes = append(r.Undo.Changes, c)
		}
		return note(r, sync.RecordNote{})
	}
	none := undone()
	none.Changes = none.Changes[3:]
	held := ok()
	held.Changes[2].Outcome, held.Changes[2].Reason = sync.Held, "deletes are carried out only with --allow-delete, or deletes: allow in pdac.yaml"
	hash := strings.Repeat("5", 40)
	return map[string]*sync.Result{
		"recorded":       note(ok(), sync.RecordNote{Hash: hash}),
		"shared":         note(ok(), sync.RecordNote{Hash: hash, Remote: "origin", Pushed: true}),
		"raced":          note(ok(), sync.RecordNote{Hash: hash, Remote: "origin", Pushed: true, Raced: true}),
		"raced-both":     note(ok(), sync.RecordNote{Hash: hash, Remote: "origin", Pushed: true, Raced: true, Both: []string{"global/helpers", "rule/Okta"}}),
		"not-recorded":   note(ok(), sync.RecordNote{Remote: "origin", Problem: "the repository's folder can't be written to\ngive it back to yourself"}),
		"not-shared":     note(ok(), sync.RecordNote{Hash: hash, Remote: "origin", Problem: "git push origin: permission denied"}),
		"held":           note(held, sync.RecordNote{Hash: hash}),
		"failed":         note(failed(), sync.RecordNote{Hash: hash}),
		"put-back":       undone(sync.Done, sync.Done, sync.Already),
		"put-back-part":  undone(sync.Done, sync.Refused, sync.NotTried),
		"put-back-none":  none,
		"nothing-to-say": note(&sync.Result{}, sync.RecordNote{}),
	}
}

func TestResultEnds(t *testing.T) {
	for name, r := range ends() {
		show := func(o report.ResultOptions) string {
			return written(t, func(b *bytes.Buffer) error { return report.Result(b, r, o) })
		}
		t.Run(name, func(t *testing.T) {
			golden(t, "result-"+name+".txt", "---- plain\n"+show(report.ResultOptions{})+"---- quiet\n"+show(report.ResultOptions{Quiet: true})+"---- verbose\n"+show(report.ResultOptions{Verbose: true}))
		})
	}
	golden(t, "result-put-back-part.md", written(t, func(b *bytes.Buffer) error {
		return report.Result(b, ends()["put-back-part"], report.ResultOptions{Format: report.Markdown})
	}))
	golden(t, "result-put-back-part.json", written(t, func(b *bytes.Buffer) error {
		return report.Result(b, ends()["put-back-part"], report.ResultOptions{Format: report.JSON})
	}))
}

func TestResultSummary(t *testing.T) {
	of := func(outcomes ...sync.Outcome) *sync.Result {
		r := &sync.Result{}
		for i, o := range outcomes {
			r.Changes = append(r.Changes, sync.ChangeResult{Kind: panther.Rule, ID: fmt.Sprint(i), Action: []sync.Action{sync.Create, sync.Update, sync.Delete}[i%3], Outcome: o})
		}
		return r
	}
	stopped := of(sync.Done)
	stopped.Interrupted = true
	for _, c := range []struct {
		result *sync.Result
		want   string
	}{
		{of(), "Nothing to apply.\n"},
		{of(sync.Done, sync.Done, sync.Done, sync.Done), "Applied: 2 created, 1 updated, 1 deleted.\n"},
		{of(sync.Done, sync.Already), "Applied: 1 created, 0 updated, 0 deleted; 1 already up to date.\n"},
		{stopped, "Interrupted: writes in progress were finished, and no others were started. Apply again to finish.\nApplied before the interruption: 1 created, 0 updated, 0 deleted.\n"},
	} {
		if got := written(t, func(b *bytes.Buffer) error { return report.Result(b, c.result, report.ResultOptions{}) }); got != c.want {
			t.Errorf("got\n%swant\n%s", got, c.want)
		}
	}
}

func TestResultJSON(t *testing.T) {
	src := written(t, func(b *bytes.Buffer) error {
		return report.Result(b, result(), report.ResultOptions{Format: report.JSON})
	})
	var back sync.Result
	if err := json.Unmarshal([]byte(src), &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(result(), &back, shown); d != "" {
		t.Errorf("what comes back differs:\n%s", d)
	}
	none := written(t, func(b *bytes.Buffer) error {
		return report.Result(b, &sync.Result{}, report.ResultOptions{Format: report.JSON})
	})
	if !strings.Contains(none, `"changes": []`) {
		t.Errorf("the list is null:\n%s", none)
	}
}

func TestProgressLines(t *testing.T) {
	got := written(t, func(b *bytes.Buffer) error {
		p := report.NewProgress(b, report.ProgressOptions{})
		r := result()
		p.Start(len(r.Changes))
		for _, c := range r.Changes {
			p.Step(c)
		}
		p.Finish()
		return nil
	})
	want := `created global helpers (1/20)
already up to date: global other (2/20)
failed to update rule AWS.Root: Panther answered 400 bad request to PUT /rules/AWS.Root: tests failed (3/20)
refused to update rule Okta: it has changed in Panther since the plan was made: severity (4/20)
deleted rule Warned (5/20)
failed to delete policy Curt (8/20)
`
	if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestProgressBar(t *testing.T) {
	got := written(t, func(b *bytes.Buffer) error {
		p := report.NewProgress(b, report.ProgressOptions{Terminal: true})
		r := result()
		p.Start(len(r.Changes))
		for _, c := range r.Changes {
			p.Step(c)
		}
		p.Finish()
		p.Finish()
		return nil
	})
	for _, want := range []string{"applying", "(0/20)", "failed to update rule AWS.Root: ", "refused to update rule Okta"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if strings.Contains(got, "created global helpers") {
		t.Error("what went well is shown beside the bar")
	}
	// The bar is gone at the end: the last thing drawn is blanks.
	parts := strings.Split(strings.TrimRight(got, "\r"), "\r")
	if last := parts[len(parts)-1]; strings.TrimSpace(last) != "" {
		t.Errorf("%q is left on the line", last)
	}
	// A line about a failure begins on an empty line.
	if i := strings.Index(got, "failed to update"); i < 1 || got[i-1] != '\r' {
		t.Errorf("a line is written behind the bar: %q", got)
	}
}

func TestProgressShowsNothing(t *testing.T) {
	for name, o := range map[string]report.ProgressOptions{
		"quiet": {Quiet: true}, "quiet on a terminal": {Quiet: true, Terminal: true},
	} {
		got := written(t, func(b *bytes.Buffer) error {
			p := report.NewProgress(b, o)
			p.Start(1)
			p.Step(sync.ChangeResult{Kind: panther.Rule, ID: "X", Action: sync.Create, Outcome: sync.Failed})
			p.Finish()
			return nil
		})
		if got != "" {
			t.Errorf("%s: wrote %q", name, got)
		}
	}
	got := written(t, func(b *bytes.Buffer) error {
		p := report.NewProgress(b, report.ProgressOptions{Terminal: true})
		p.Start(0)
		p.Finish()
		return nil
	})
	if got != "" {
		t.Errorf("nothing to do: wrote %q", got)
	}
}

func TestProgressConcurrent(t *testing.T) {
	const n = 200
	for _, terminal := range []bool{false, true} {
		got := written(t, func(b *bytes.Buffer) error {
			p := report.NewProgress(b, report.ProgressOptions{Terminal: terminal})
			p.Start(n)
			var wg gosync.WaitGroup
			for i := range n {
				wg.Go(func() {
					p.Step(sync.ChangeResult{Kind: panther.Rule, ID: fmt.Sprint(i), Action: sync.Create, Outcome: sync.Failed})
				})
			}
			wg.Wait()
			p.Finish()
			return nil
		})
		if k := strings.Count(got, "failed to create rule"); k != n {
			t.Errorf("terminal %v: %d lines", terminal, k)
		}
		if !terminal && !strings.Contains(got, fmt.Sprintf("(%d/%d)", n, n)) {
			t.Error("the last step is not counted")
		}
	}
}

func TestDiagnostics(t *testing.T) {
	show := func(ds []repo.Diagnostic, o report.DiagnosticsOptions) string {
		return written(t, func(b *bytes.Buffer) error { return report.Diagnostics(b, ds, o) })
	}
	ds := append(withError(sample()).Diagnostics, repo.Diagnostic{Severity: "odd", Message: "m", Kind: "rule"})
	want := `rules/x.yml:7: error: the key "Severity" stands twice; keep one
rules/okta_admin.yml:3:1: warning: the rule has no unit tests
rule/AWS.Console.Login: warning: it is edited in Panther too
    the edit is overwritten
info: Reference, Status and CreatedBy have no place in Panther and stay in the repository
rule: note: m

1 error, 2 warnings.
`
	if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(show(ds, report.DiagnosticsOptions{}), "\n")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := show(nil, report.DiagnosticsOptions{}); got != "" {
		t.Errorf("nothing is shown as %q", got)
	}
	if got := show(nil, report.DiagnosticsOptions{Format: report.Markdown}); got != "" {
		t.Errorf("nothing is shown as %q", got)
	}
	if got := show(nil, report.DiagnosticsOptions{Format: report.JSON}); got != "[]\n" {
		t.Errorf("nothing is %q in JSON", got)
	}
	if got := show(ds[:1], report.DiagnosticsOptions{}); strings.Contains(got, "0 ") {
		t.Errorf("nothing is counted: %q", got)
	}
	var back []repo.Diagnostic
	if err := json.Unmarshal([]byte(show(ds, report.DiagnosticsOptions{Format: report.JSON})), &back); err != nil || cmp.Diff(ds, back) != "" {
		t.Errorf("what comes back differs: %v", err)
	}
	if got := show(ds, report.DiagnosticsOptions{Color: true}); !strings.Contains(got, "\x1b[31merror\x1b[") {
		t.Errorf("no colour in %q", got)
	}
	golden(t, "diagnostics.md", show(ds, report.DiagnosticsOptions{Format: report.Markdown}))
}
