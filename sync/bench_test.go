package sync_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

func benchWorld(b *testing.B, n int) (*repo.Repo, *panther.Client) {
	b.Helper()
	s, err := sandbox.Open(b.Context(), sandbox.Options{Token: "secret"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	c, err := panther.NewClient(panther.Options{Host: "localhost", Token: "secret", Transport: s.Transport()})
	if err != nil {
		b.Fatal(err)
	}
	r, err := repo.Load(context.Background(), synth.Repo(n, 1), repo.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return r, c
}

func fetch(b *testing.B, c *panther.Client) sync.Live {
	b.Helper()
	live, err := sync.Fetch(context.Background(), c, nil)
	if err != nil {
		b.Fatal(err)
	}
	return live.Live
}

func build(b *testing.B, r *repo.Repo, live sync.Live) *sync.Plan {
	b.Helper()
	p, err := sync.BuildPlan(context.Background(), r, live, sync.PlanOptions{Tenant: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

var sizes = []int{100, 1_000, 10_000}

// BenchmarkPlan compares a loaded repository with what is live: nothing of it
// there, all of it there.
func BenchmarkPlan(b *testing.B) {
	for _, n := range sizes {
		r, c := benchWorld(b, n)
		b.Run(fmt.Sprintf("empty/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				build(b, r, sync.Live{})
			}
		})
		if res := sync.Apply(context.Background(), c, build(b, r, sync.Live{}), sync.ApplyOptions{}); !res.OK() {
			b.Fatal("the apply failed")
		}
		live := fetch(b, c)
		b.Run(fmt.Sprintf("same/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p := build(b, r, live); !p.Empty() {
					b.Fatal("the plan is not empty")
				}
			}
		})
		b.Run(fmt.Sprintf("fetch/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fetch(b, c)
			}
		})
	}
}

// BenchmarkThreeWay compares a loaded repository with the last deployment and
// the live entities: unchanged, and with a tenth changed here, a tenth in the
// console and a tenth on both sides.
func BenchmarkThreeWay(b *testing.B) {
	for _, n := range sizes {
		r, c := benchWorld(b, n)
		if res := sync.Apply(context.Background(), c, build(b, r, sync.Live{}), sync.ApplyOptions{}); !res.OK() {
			b.Fatal("the apply failed")
		}
		live := fetch(b, c)
		base, err := sync.NewBase(context.Background(), r, sync.BaseInfo{Record: "0123"})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("base/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sync.NewBase(context.Background(), r, sync.BaseInfo{Record: "0123"}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("same/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := sync.BuildPlan(context.Background(), r, live, sync.PlanOptions{Tenant: "bench", Base: base})
				if err != nil || !p.Empty() {
					b.Fatal("the plan is not empty")
				}
			}
		})
		files := synth.Repo(n, 1)
		edited := maps.Clone(live)
		for i, it := range r.Items {
			if _, described := it.Entity().Entity.Fields["description"]; !described {
				continue
			}
			if i%10 == 0 || i%10 == 2 {
				files[it.Path] = strings.Replace(files[it.Path], "Description: ", "Description: changed here ", 1)
			}
			if i%10 == 1 || i%10 == 2 {
				edited[it.Key()] = live[it.Key()].With(map[string]any{"description": "changed there"})
			}
		}
		changed, err := repo.Load(context.Background(), files, repo.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("changed/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := sync.BuildPlan(context.Background(), changed, edited, sync.PlanOptions{Tenant: "bench", Base: base})
				if err != nil || p.Summary.Conflicts == 0 || p.Summary.Drifted == 0 {
					b.Fatal("the plan is not as it should be")
				}
			}
		})
	}
}

// BenchmarkApply creates everything in an embedded Panther.
func BenchmarkApply(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				r, c := benchWorld(b, n)
				p := build(b, r, sync.Live{})
				b.StartTimer()
				if res := sync.Apply(context.Background(), c, p, sync.ApplyOptions{}); !res.OK() {
					b.Fatal("the apply failed")
				}
			}
		})
	}
}
