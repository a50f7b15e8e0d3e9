package deploy_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// held is what is live, read before, so that no network is measured.
type held map[panther.Kind][]panther.Entity

func (h held) List(_ context.Context, k panther.Kind) ([]panther.Entity, error) { return h[k], nil }

// deployed is a repository all of which was deployed.
type deployed struct {
	dir  string
	live held
}

func newDeployed(b *testing.B, dir string, content repo.Options) *deployed {
	b.Helper()
	s, err := sandbox.Open(b.Context(), sandbox.Options{Token: "secret"})
	check(b, err)
	defer s.Close()
	c, err := panther.NewClient(panther.Options{Host: "localhost", Token: "secret", Transport: s.Transport()})
	check(b, err)
	d := &deployed{dir: dir, live: held{}}
	ds := d.session(b, content)
	p, err := ds.Plan(b.Context(), c, deploy.PlanOptions{})
	check(b, err)
	r := ds.Apply(b.Context(), c, p, deploy.ApplyOptions{ApplyOptions: sync.ApplyOptions{SkipTests: true}})
	if !r.OK() || r.Record == nil || r.Record.Problem != "" {
		b.Fatalf("the apply failed: %+v", r.Record)
	}
	for _, k := range panther.Kinds() {
		d.live[k], err = c.List(b.Context(), k)
		check(b, err)
	}
	return d
}

func (d *deployed) session(b *testing.B, content repo.Options) *deploy.Session {
	b.Helper()
	s, err := deploy.Open(b.Context(), deploy.Options{Root: d.dir, Content: content, Git: git.Options{Env: gittest.Env()}, Tenant: "bench", Actor: "Ada <ada@example.com>", Now: time.Now})
	check(b, err)
	return s
}

func (d *deployed) measure(b *testing.B, name string, content repo.Options) {
	b.Run("plan/"+name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p, err := d.session(b, content).Plan(b.Context(), d.live, deploy.PlanOptions{})
			check(b, err)
			if !p.Empty() || p.Base == nil {
				b.Fatalf("the plan holds %d changes", len(p.Changes))
			}
		}
	})
	// A drift reads the record and nothing else.
	b.Run("base/"+name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, err := d.session(b, content).Drift(b.Context(), d.live, deploy.DriftOptions{})
			check(b, err)
			if len(r.Entities) > 0 {
				b.Fatalf("%d entities drift", len(r.Entities))
			}
		}
	})
}

// BenchmarkSession plans three-way from git: it loads the working tree, reads the
// last deployment from its record, and compares both with what is live.
func BenchmarkSession(b *testing.B) {
	gittest.Need(b)
	for _, n := range []int{100, 1_000, 10_000} {
		dir := b.TempDir()
		check(b, synth.Repo(n, 1).Write(dir))
		gittest.Run(b, dir, "init", "-q", "-b", "main")
		gittest.Run(b, dir, "add", "-A")
		gittest.Run(b, dir, "commit", "-q", "-m", "all")
		newDeployed(b, dir, repo.Options{}).measure(b, fmt.Sprint(n), repo.Options{})
	}
}

// BenchmarkCorpus does the same in a clone of a real repository, whose path
// PDAC_CORPUS names. It writes a record to the tenant "bench" there.
func BenchmarkCorpus(b *testing.B) {
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		b.Skip("PDAC_CORPUS names no repository")
	}
	content := repo.Options{ExcludeStatus: []string{"Experimental", "Deprecated"}}
	newDeployed(b, dir, content).measure(b, "corpus", content)
}
