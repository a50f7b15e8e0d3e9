package lint_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

var sizes = []int{100, 1_000, 10_000}

func benchOptions(b *testing.B, sel string) lint.Options {
	b.Helper()
	return lint.Options{Select: []string{sel}, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
}

func runBench(b *testing.B, in lint.Input, o lint.Options) {
	b.Helper()
	if _, err := lint.Run(b.Context(), in, o); err != nil {
		b.Fatal(err)
	}
}

// heap returns what a run leaves reachable or not yet collected at its end.
func heap(b *testing.B) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys)/(1<<20), "MB-heap")
}

// BenchmarkCold looks at whole repositories with all rules.
func BenchmarkCold(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in, o := lint.Input{Tree: repo.Overlay{Files: byteFiles(synth.Repo(n, 1))}}, benchOptions(b, "all")
			b.ReportAllocs()
			for b.Loop() {
				runBench(b, in, o)
			}
			heap(b)
		})
	}
}

// BenchmarkFamily looks with one family of rules at a time. "PD101" alone is
// about what reading costs.
func BenchmarkFamily(b *testing.B) {
	families := []string{"PD101"}
	seen := map[string]bool{}
	for _, r := range lint.Rules() {
		if f := r.ID[:3]; !seen[f] {
			seen[f] = true
			families = append(families, f)
		}
	}
	for _, f := range families {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				in, o := lint.Input{Tree: repo.Overlay{Files: byteFiles(synth.Repo(n, 1))}}, benchOptions(b, f)
				b.ReportAllocs()
				for b.Loop() {
					runBench(b, in, o)
				}
			})
		}
	}
}

// BenchmarkOneFile is a run over one file that changes each time, of a repository
// that is known otherwise, compared with the state before: what happens before a
// commit.
func BenchmarkOneFile(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			files := byteFiles(synth.Repo(n, 1))
			o := benchOptions(b, "default")
			o.Cache = lint.Cache{Root: b.TempDir(), Build: "bench", Key: []byte("bench")}
			before := hashedTree{repo.Overlay{Files: files}}
			runBench(b, lint.Input{Tree: before}, o)
			one := ""
			for _, p := range sorted(files) {
				if strings.HasSuffix(p, ".py") {
					one = p
				}
			}
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				i++
				now := hashedTree{repo.Overlay{Base: before, Files: map[string][]byte{one: fmt.Appendf(nil, "%s# %d\n", files[one], i)}}}
				runBench(b, lint.Input{Tree: now, Before: before}, o)
			}
		})
	}
}

// BenchmarkCorpus looks at a checkout of real content, named by PDAC_CORPUS:
//
//	PDAC_CORPUS=~/panther-analysis go test ./lint -run - -bench Corpus
func BenchmarkCorpus(b *testing.B) {
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		b.Skip("PDAC_CORPUS names no checkout")
	}
	t, err := git.Worktree(b.Context(), dir, git.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	o := benchOptions(b, "default")
	b.ReportAllocs()
	for b.Loop() {
		runBench(b, lint.Input{Tree: t}, o)
	}
	heap(b)
}
