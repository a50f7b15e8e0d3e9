package unittest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/lint/unittest"
)

// bench is a repository on disk with a number of detections, and one of its Python files.
func bench(b *testing.B, n int) (dir, one string) {
	b.Helper()
	dir = b.TempDir()
	files := synth.Repo(n, 1)
	if err := files.Write(dir); err != nil {
		b.Fatal(err)
	}
	for p := range files {
		if strings.HasPrefix(p, "rules/") && strings.HasSuffix(p, ".py") && p > one {
			one = p
		}
	}
	return dir, one
}

func benchRun(b *testing.B, dir string, o unittest.Options) {
	b.Helper()
	t, err := git.Worktree(b.Context(), dir, git.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	res, err := unittest.Run(b.Context(), unittest.Input{Tree: t}, o)
	if err != nil || len(res.Tests) == 0 {
		b.Fatalf("%v, %d tests", err, len(res.Tests))
	}
}

// benchSizes runs a benchmark for repositories of several sizes.
func benchSizes(b *testing.B, run func(b *testing.B, dir, one string)) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir, one := bench(b, n)
			b.ReportAllocs()
			run(b, dir, one)
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapInuse)/(1<<20), "MB-heap")
		})
	}
}

// BenchmarkCold runs every test.
func BenchmarkCold(b *testing.B) {
	benchSizes(b, func(b *testing.B, dir, _ string) {
		o := options(b)
		for b.Loop() {
			benchRun(b, dir, o)
		}
	})
}

// BenchmarkUnchanged has all results from the run before.
func BenchmarkUnchanged(b *testing.B) {
	benchSizes(b, func(b *testing.B, dir, _ string) {
		o := cached(b, dir)
		benchRun(b, dir, o)
		for b.Loop() {
			benchRun(b, dir, o)
		}
	})
}

// BenchmarkOneChanged has a rule that changes each time.
func BenchmarkOneChanged(b *testing.B) {
	benchSizes(b, func(b *testing.B, dir, one string) {
		o := cached(b, dir)
		benchRun(b, dir, o)
		text := "def rule(event):\n    return False\n"
		for b.Loop() {
			text += "# more\n"
			if err := (synth.Files{one: text}).Write(dir); err != nil {
				b.Fatal(err)
			}
			benchRun(b, dir, o)
		}
	})
}
