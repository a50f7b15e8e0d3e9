package git_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// newLong makes a packed repository of 3,000 files, of which one changes with each
// of 2,000 commits, all over the place.
func newLong(b *testing.B) string {
	b.Helper()
	dir := filepath.Join(gittest.Dir(b), "repo")
	gittest.Run(b, filepath.Dir(dir), "init", "--quiet", "--initial-branch=main", dir)
	var in strings.Builder
	put := func(i int, text string) {
		fmt.Fprintf(&in, "M 644 inline rules/group_%d/rule_%d.yml\ndata %d\n%s\n", i/25, i, len(text), text)
	}
	for c := range 2000 {
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\ndata 1\nx\n", 1_700_000_000+c)
		if c == 0 {
			for i := range 3000 {
				put(i, fmt.Sprint("rule ", i))
			}
		}
		put(c*7919%3000, fmt.Sprint("version ", c))
	}
	gittest.Import(b, dir, in.String())
	gittest.Run(b, dir, "gc", "--quiet")
	return dir
}

// BenchmarkLastChanges looks for paths all over a history of 2,000 commits, and
// over that of the clone that PDAC_CORPUS names.
func BenchmarkLastChanges(b *testing.B) {
	gittest.Need(b)
	benchmarkLastChanges(b, "synthetic", newLong(b))
	if dir := os.Getenv("PDAC_CORPUS"); dir != "" {
		benchmarkLastChanges(b, "corpus", dir)
	}
}

func benchmarkLastChanges(b *testing.B, name, dir string) {
	c := commitTree(b, dir, "HEAD", options(git.EngineAuto))
	entries, err := c.Entries(b.Context())
	check(b, err)
	for _, n := range []int{1, 10, 100, 250, 1000} {
		var paths []string
		for i := range n {
			paths = append(paths, entries[i*len(entries)/n].Path)
		}
		for _, engine := range []string{"library", "program"} {
			b.Run(fmt.Sprintf("%s/paths=%d/%s", name, n, engine), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, err := git.LastChanges(b.Context(), dir, paths, git.LastChangesOptions{}, options(engines[engine]))
					check(b, err)
				}
			})
		}
	}
}
