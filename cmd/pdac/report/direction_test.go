package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// TestAResultSaysWhatWasWeakened: a saved plan is applied without being shown, so the
// result lists what it weakened.
func TestAResultSaysWhatWasWeakened(t *testing.T) {
	r := &sync.Result{}
	lower := []diff.Reason{
		{Field: "severity", Direction: diff.Weaker, Text: "severity HIGH → LOW"}, {Field: "logTypes", Direction: diff.Stronger, Text: "log type added: A"},
		{Field: "tests", Direction: diff.Neutral, Text: "2 unit tests removed"}, {Field: "tags", Direction: diff.Neutral, Text: "tags"},
	}
	for i := range 12 {
		r.Changes = append(r.Changes, sync.ChangeResult{Kind: panther.Rule, ID: fmt.Sprint("R", i), Action: sync.Update, Outcome: sync.Done, Direction: diff.Weaker, Reasons: lower})
	}
	r.Changes[0].Outcome = sync.Already
	show := func(o report.ResultOptions) string {
		return written(t, func(b *bytes.Buffer) error { return report.Result(b, r, o) })
	}
	text := show(report.ResultOptions{})
	for _, want := range []string{
		"▼ weaker: updated rule R1: severity HIGH → LOW, 2 unit tests removed\n", "▼ weaker: 1 more\n", "0 created, 11 updated, 11 weaker, 0 deleted; 1 already up to date",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "R0") || strings.Contains(text, "R11") {
		t.Errorf("one too many is listed:\n%s", text)
	}
	if quiet := show(report.ResultOptions{Quiet: true}); strings.Contains(quiet, "▼") {
		t.Errorf("quiet lists them:\n%s", quiet)
	}
	if md := show(report.ResultOptions{Format: report.Markdown}); !strings.Contains(md, "**▼ weaker:** `severity HIGH → LOW, 2 unit tests removed`") {
		t.Errorf("not in Markdown:\n%s", md)
	}
}

// TestADriftSaysWhoWeakened names the console only if a person edited there.
func TestADriftSaysWhoWeakened(t *testing.T) {
	entity := func(k panther.Kind, by string) sync.DriftedEntity {
		return sync.DriftedEntity{
			Kind: k, ID: "X", State: sync.DriftEdited, Path: "x.yml", Direction: diff.Weaker, Reasons: []diff.Reason{{Direction: diff.Weaker, Text: "disabled"}},
			Fields: []sync.DriftedField{{Name: "enabled", Deployed: true, Live: false}}, Edited: &sync.Edit{ChangedBy: &panther.Actor{Type: by}},
		}
	}
	for want, entities := range map[string][]sync.DriftedEntity{
		"Someone weakened 1 rule in the console.":       {entity(panther.Rule, panther.ActorUser)},
		"Someone weakened 2 policies in the console.":   {entity(panther.Policy, panther.ActorUser), entity(panther.Policy, panther.ActorUser)},
		"Someone weakened 2 detections in the console.": {entity(panther.Rule, panther.ActorUser), entity(panther.Policy, panther.ActorUser)},
		"2 rules were weakened in Panther.":             {entity(panther.Rule, panther.ActorUser), entity(panther.Rule, panther.ActorToken)},
	} {
		d := &sync.Drift{Entities: entities, Summary: sync.DriftSummary{Edited: len(entities), Weaker: len(entities)}}
		for _, f := range []report.Format{report.Text, report.Markdown} {
			got := written(t, func(b *bytes.Buffer) error {
				return report.Drift(b, d, report.DriftOptions{PlanOptions: report.PlanOptions{Format: f}})
			})
			if !strings.Contains(got, want+"\n") || !strings.Contains(got, " weaker, ") {
				t.Errorf("%s: no %q in\n%s", f, want, got)
			}
		}
	}
}
