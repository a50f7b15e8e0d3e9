package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// TestAReplaceIsOneChange: it is counted as one, shows only what differs, and says
// what it deletes.
func TestAReplaceIsOneChange(t *testing.T) {
	p := &sync.Plan{FormatVersion: sync.FormatVersion, Summary: sync.Summary{Delete: 1, Replace: 2}, Changes: []sync.Change{
		{Kind: panther.SimpleRule, ID: "One", Action: sync.Replace, Replaces: panther.Rule, Path: "rules/one.yml", LiveFingerprint: "sha256:00", Fields: []sync.FieldChange{
			{Name: "severity", Before: "LOW", After: "LOW"},
			{Name: "enabled", Before: true, After: true, Carried: true},
			{Name: "description", Before: "old words", After: "new words"},
			{Name: "body", Before: "def rule(e):\n    return True\n"},
		}},
	}}
	for format, want := range map[report.Format][]string{
		report.Text: {"-/+ replace simple_rule One (rules/one.yml), a rule until now\n", "description: \"old words\" → \"new words\"\n", "-def rule(e):\n",
			"1 delete and 2 replaces are only applied with --allow-delete, or deletes: allow in pdac.yaml, because replacing starts with a delete.\n",
			"Plan: 0 to create, 0 to update, 2 to replace, 1 to delete; 0 unchanged.\n"},
		report.Markdown: {"<b>replace</b> <code>simple_rule</code> <code>One</code> in <code>rules/one.yml</code>, a <code>rule</code> until now: <code>description</code>, <code>body</code></summary>\n", "0 to create, 0 to update, 2 to replace, 1 to delete"},
	} {
		got := written(t, func(b *bytes.Buffer) error {
			return report.Plan(b, p, report.PlanOptions{Format: format, HoldDeletes: true})
		})
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %q:\n%s", format, w, got)
			}
		}
		if strings.Contains(got, "severity") || strings.Contains(got, "enabled") {
			t.Errorf("%s shows what is equal:\n%s", format, got)
		}
	}
	if len(p.Changes[0].Fields) != 4 {
		t.Error("a view changed the plan")
	}
}

// TestALostEntityIsShownInAnyCase, also where the text is limited to failures, and
// after an undo.
func TestALostEntityIsShownInAnyCase(t *testing.T) {
	lost := sync.ChangeResult{Kind: panther.SimpleRule, ID: "One", Action: sync.Replace, Replaces: panther.Rule, Outcome: sync.Failed, Reason: "no",
		Lost: &sync.Lost{Kind: panther.Rule, ID: "One", Path: "/rules", Body: json.RawMessage(`{"body":"a\nb","id":"One"}`)}}
	for name, r := range map[string]*sync.Result{
		"apply": {Changes: []sync.ChangeResult{lost}},
		"undo":  {Changes: []sync.ChangeResult{{Kind: panther.Rule, ID: "One", Outcome: sync.Done}}, Undo: &sync.Result{Changes: []sync.ChangeResult{lost}}},
	} {
		got := written(t, func(b *bytes.Buffer) error { return report.Result(b, r, report.ResultOptions{Quiet: true}) })
		for _, w := range []string{"LOST: rule One was deleted, and neither simple_rule One nor the old one could be created", "with POST to /rules:\n    {\"body\":\"a\\nb\",\"id\":\"One\"}\n"} {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %q:\n%s", name, w, got)
			}
		}
	}
}
