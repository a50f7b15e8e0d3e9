package git_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"golang.org/x/sync/errgroup"
)

// newLarge makes a packed repository of about n files, in folders of twenty,
// in two versions so that half of them are stored as differences.
func newLarge(b *testing.B, n int) string {
	b.Helper()
	gittest.Need(b)
	dir := gittest.Dir(b)
	gittest.Run(b, dir, "init", "--quiet", "--initial-branch=main")
	var in strings.Builder
	for version := range 2 {
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter A <a@example.com> 1000000000 +0000\ndata 1\nx\n")
		for i := range n {
			c := strings.Repeat(fmt.Sprintf("Key%d: a value of file %d, which distinguishes it from others\n", i%7, i), 50) + fmt.Sprint(version*(i%2))
			fmt.Fprintf(&in, "M 644 inline rules/group_%d/rule_%d.yml\ndata %d\n%s\n", i/20, i, len(c), c)
		}
	}
	gittest.Import(b, dir, in.String())
	gittest.Run(b, dir, "reset", "--quiet", "--hard", "main")
	return dir
}

// readAll lists and reads with two goroutines, as the loader does on two cores.
func readAll(b *testing.B, r reader, err error) int64 {
	b.Helper()
	check(b, err)
	entries, err := r.Entries(b.Context())
	check(b, err)
	var total atomic.Int64
	var g errgroup.Group
	g.SetLimit(2)
	for _, e := range entries {
		g.Go(func() error {
			c, err := r.Read(b.Context(), e.Path, limit)
			total.Add(int64(len(c)))
			return err
		})
	}
	check(b, g.Wait())
	check(b, r.Close())
	return total.Load()
}

// BenchmarkRead opens a tree, lists it and reads every file.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		dir := newLarge(b, n)
		for _, c := range []struct {
			name string
			open func() (reader, error)
		}{
			{"worktree", func() (reader, error) { return git.Worktree(b.Context(), dir, options(git.EngineAuto)) }},
			{"commit/library", func() (reader, error) { return git.Commit(b.Context(), dir, "HEAD", options(git.EngineLibrary)) }},
			{"commit/program", func() (reader, error) { return git.Commit(b.Context(), dir, "HEAD", options(git.EngineProgram)) }},
			{"index/library", func() (reader, error) { return git.Index(b.Context(), dir, options(git.EngineLibrary)) }},
			{"index/program", func() (reader, error) { return git.Index(b.Context(), dir, options(git.EngineProgram)) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r, err := c.open()
					b.SetBytes(readAll(b, r, err))
				}
			})
		}
	}
}

// BenchmarkHeadHashes finds out what HEAD holds, from opening the folder on.
func BenchmarkHeadHashes(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		dir := newLarge(b, n)
		for _, name := range []string{"library", "program"} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					w, err := git.Worktree(b.Context(), dir, options(engines[name]))
					check(b, err)
					hashes, _, err := w.HeadHashes(b.Context())
					check(b, err)
					if len(hashes) != n {
						b.Fatalf("%d files, want %d", len(hashes), n)
					}
					check(b, w.Close())
				}
			})
		}
	}
}
