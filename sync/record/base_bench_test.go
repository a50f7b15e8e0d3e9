package record_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync/record"
)

// BenchmarkBase reads what the next plan starts from, the last record as items:
// alone, and after the working tree with what the two have in common kept. Of 100
// files one is different. With PDAC_CORPUS the clone of panther-analysis that it
// names is copied and used too.
func BenchmarkBase(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		dir := newRepo(b, files(synth.Repo(n, 1)))
		benchmarkBase(b, fmt.Sprintf("items=%d", n), dir)
	}
	if corpus := os.Getenv("PDAC_CORPUS"); corpus != "" {
		benchmarkBase(b, "corpus", gittest.Clone(b, corpus))
	}
}

func benchmarkBase(b *testing.B, name, dir string) {
	gittest.Run(b, dir, "gc", "--quiet")
	s := open(b, dir, options(git.EngineAuto))
	c, err := git.Commit(b.Context(), dir, "HEAD", options(git.EngineAuto))
	check(b, err)
	entries, err := c.Entries(b.Context())
	check(b, err)
	f := map[string][]byte{}
	for i, e := range entries {
		if ext := filepath.Ext(e.Path); e.Link || ext != ".yml" && ext != ".py" || strings.HasPrefix(e.Path, "templates/") {
			continue
		}
		f[e.Path], err = c.Read(b.Context(), e.Path, 64<<20)
		check(b, err)
		if i%100 == 0 {
			f[e.Path] = append([]byte("# other\n"), f[e.Path]...)
		}
	}
	check(b, c.Close())
	n := next(1, "", nil)
	n.Files = f
	d := mustWrite(b, s, n)
	for _, engine := range []struct {
		name string
		git.Engine
	}{{"go-git", git.EngineAuto}, {"git", git.EngineProgram}} {
		s := open(b, dir, options(engine.Engine))
		b.Run(name+"/alone/"+engine.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				loadBase(b, s, d, repo.Options{})
			}
		})
	}
	b.Run(name+"/after the working tree", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			o := repo.Options{Cache: repo.NewCache()}
			loadWorktree(b, dir, o)
			b.StartTimer()
			loadBase(b, s, d, o)
		}
	})
	b.Run(name+"/both", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o := repo.Options{Cache: repo.NewCache()}
			want := loadWorktree(b, dir, o)
			base := loadBase(b, s, d, o)
			if len(want.Items) != len(base.Items) {
				b.Fatalf("%d items and %d", len(want.Items), len(base.Items))
			}
		}
	})
	b.Run(name+"/worktree", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			loadWorktree(b, dir, repo.Options{})
		}
	})
}

func loadBase(b *testing.B, s *record.Store, d record.Deployment, o repo.Options) *repo.Repo {
	t, err := s.Tree(b.Context(), d)
	check(b, err)
	r, err := repo.Load(b.Context(), t, o)
	check(b, err)
	check(b, t.Close())
	return r
}

func loadWorktree(b *testing.B, dir string, o repo.Options) *repo.Repo {
	t, err := git.Worktree(b.Context(), dir, options(git.EngineAuto))
	check(b, err)
	r, err := repo.Load(b.Context(), t, o)
	check(b, err)
	check(b, t.Close())
	return r
}
