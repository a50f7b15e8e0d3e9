package report_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// large has n changes, half creates and half updates of a few fields.
func large(n int) *sync.Plan {
	p := &sync.Plan{Tenant: "acme", Revision: "worktree"}
	of := sample().Changes
	for i := range n {
		c := of[1]
		if i%2 == 1 {
			c = of[3]
		}
		c.Kind, c.ID, c.Path = panther.Rule, fmt.Sprintf("Rule.%05d", i), fmt.Sprintf("rules/rule_%05d.yml", i)
		p.Changes = append(p.Changes, c)
	}
	return p
}

// drifting has n edited entities.
func drifting(n int) *sync.Drift {
	d := &sync.Drift{Drift: true, Tenant: "acme", Base: base(), Summary: sync.DriftSummary{Edited: n}}
	for i := range n {
		e := driftSample().Entities[0]
		e.ID, e.Path = fmt.Sprintf("Rule.%05d", i), fmt.Sprintf("rules/rule_%05d.yml", i)
		d.Entities = append(d.Entities, e)
	}
	return d
}

func BenchmarkDrift(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		d := drifting(n)
		for _, f := range []report.Format{report.Text, report.Markdown, report.JSON, report.JUnit} {
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := report.Drift(io.Discard, d, report.DriftOptions{PlanOptions: report.PlanOptions{Format: f}}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// mixed has n entities of which some fields were committed, some drifted, and
// some changed on both sides.
func mixed(n int) *sync.Plan {
	of := threeWay()
	p := *of
	p.Changes, p.Kept = nil, nil
	for i := range n {
		c := of.Changes[6+i%2]
		c.ID, c.Path = fmt.Sprintf("Rule.%05d", i), fmt.Sprintf("rules/rule_%05d.yml", i)
		p.Changes = append(p.Changes, c)
	}
	return &p
}

func BenchmarkThreeWay(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		p := mixed(n)
		for _, f := range []report.Format{report.Text, report.Markdown, report.JSON} {
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := report.Plan(io.Discard, p, report.PlanOptions{Format: f}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		p := large(n)
		for _, f := range []report.Format{report.Text, report.Markdown, report.JSON} {
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := report.Plan(io.Discard, p, report.PlanOptions{Format: f}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
