package report_test

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/report"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

func driftJUnit(t testing.TB, d *sync.Drift) string {
	return written(t, func(b *bytes.Buffer) error {
		return report.Drift(b, d, report.PlanOptions{Format: report.JUnit})
	})
}

// A case an entity, which fails with what was deployed and what is live.
func TestDriftAsJUnit(t *testing.T) {
	d := &sync.Drift{
		Tenant: "acme.runpanther.net", Summary: sync.DriftSummary{Edited: 1, Deleted: 1, Unmanaged: 1, InStep: 7},
		Entities: []sync.DriftedEntity{
			{Kind: panther.Rule, ID: "Acme.One", State: sync.Edited, Path: "rules/one.yml", Fields: []sync.DriftedField{
				{Name: "severity", Deployed: "HIGH", Live: "LOW"}, {Name: "body", Deployed: "a\nb\n", Live: "a\nc ]]> d\n"},
			}},
			{Kind: panther.Global, ID: "acme_text", State: sync.Deleted, Path: "global_helpers/acme_text.yml"},
			{Kind: panther.Query, ID: "Not ours", State: sync.NotOurs, Fields: []sync.DriftedField{{Name: "description", Live: "x"}}},
		},
		Diagnostics: []repo.Diagnostic{{Severity: repo.SeverityError, Message: "it can't be read", Path: "rules/broken.yml", Line: 3}, {Severity: repo.SeverityWarning, Message: "a warning"}},
	}
	golden(t, "drift.junit", driftJUnit(t, d))
	golden(t, "nodrift.junit", driftJUnit(t, &sync.Drift{Tenant: "acme", Summary: sync.DriftSummary{InStep: 32}}))
}

func TestHostileDriftAsJUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := hostilePlan().Draw(t, "plan")
		d := drifted(p)
		out := drawn(t, func(b *bytes.Buffer) error {
			return report.Drift(b, d, report.PlanOptions{Format: report.JUnit})
		})
		var suites struct {
			Failures int `xml:"failures,attr"`
		}
		if err := xml.Unmarshal([]byte(out), &suites); err != nil || suites.Failures != len(d.Entities) {
			t.Fatalf("%d failures for %d entities (%v)\n%s", suites.Failures, len(d.Entities), err, out)
		}
		for line := range strings.Lines(out) {
			if why := unsafe(strings.TrimSuffix(line, "\n")); why != "" {
				t.Fatalf("%q: %s", line, why)
			}
		}
	})
}
