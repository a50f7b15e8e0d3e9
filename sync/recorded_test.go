package sync_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// TestWhatARecordHoldsAndNobodyReadsStays: this version can't read it, and the one
// that wrote it can.
func TestWhatARecordHoldsAndNobodyReadsStays(t *testing.T) {
	newer := synth.Files{
		"rules/two.yml":    strings.Replace(other, "Other", "Two", 1),
		"rules/other.yml":  strings.Replace(other, "High", "Extreme", 1),
		"rules/third.yml":  strings.Replace(other, "Other\nEnabled: true", "Third\nEnabled: perhaps", 1),
		"rules/syntax.yml": "AnalysisType: rule\nRuleID: [\n",
	}
	base, err := sync.NewBase(t.Context(), load(t, newer), sync.BaseInfo{Record: "0123"})
	if err != nil {
		t.Fatal(err)
	}
	if base.Unreadable != 3 {
		t.Errorf("%d are unreadable", base.Unreadable)
	}
	w := newWorld(t, synth.Files{"rules/other.yml": other}, sandbox.Options{})
	p := w.plan(sync.PlanOptions{Base: base})
	if !slices.ContainsFunc(p.Diagnostics, func(d repo.Diagnostic) bool {
		return d.String() == "warning: 3 of the specs in the record of the last deployment can't be read by this version of pdac; what they deployed is compared with Panther without it"
	}) {
		t.Errorf("not reported: %v", p.Diagnostics)
	}
	files, _, err := sync.Applied{Plan: p, Result: w.apply(p), Repo: w.repo(), Base: base}.Recorded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"rules/other.yml": other, "rules/third.yml": newer["rules/third.yml"], "rules/syntax.yml": newer["rules/syntax.yml"]}
	got := map[string]string{}
	for path, text := range files {
		got[path] = string(text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the record holds %v (-want +got):\n%s", slices.Sorted(maps.Keys(got)), diff)
	}
}
