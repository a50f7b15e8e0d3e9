package report_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/report"
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
