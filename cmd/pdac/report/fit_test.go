package report_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

// TestCutValuesStayOnTheirLine: a value that is cut leaves room for the mark that
// says so, whatever its characters, and whatever else is on its line.
func TestCutValuesStayOnTheirLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-z]{0,9}(日本|é|x){0,48}`)
		width := rapid.IntRange(70, 160).Draw(t, "width")
		f := sync.FieldChange{Name: rapid.SampledFrom([]string{"displayName", "severity"}).Draw(t, "field"), Before: value.Draw(t, "before"), After: value.Draw(t, "after")}
		if rapid.Bool().Draw(t, "conflict") {
			f.Cause, f.Deployed = sync.CauseConflict, value.Draw(t, "deployed")
		}
		c := sync.Change{Kind: panther.Rule, ID: "A", Action: sync.Update, Fields: []sync.FieldChange{f}}
		p := &sync.Plan{FormatVersion: "1.0", Changes: []sync.Change{c}, Summary: sync.Summary{Update: 1}}
		if rapid.Bool().Draw(t, "kept") {
			p.Changes, p.Kept = nil, p.Changes
		}
		var out strings.Builder
		if err := report.Plan(&out, p, report.PlanOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if w := uniseg.StringWidth(strings.TrimSuffix(line, "\n")); w > width && strings.Contains(line, "…") {
				t.Fatalf("%d of %d columns: %s", w, width, line)
			}
		}
	})
}
