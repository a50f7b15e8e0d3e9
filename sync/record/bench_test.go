package record_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
)

// many are files of about 3 KB in folders of 50, half specs and half bodies.
func many(n int) files {
	out := files{}
	for i := range n {
		ext := ".yml"
		if i%2 == 1 {
			ext = ".py"
		}
		var b strings.Builder
		for line := range uint32(60) {
			fmt.Fprintf(&b, "line %d of %d: %x, and some more words\n", line, i, (uint32(i)+line)*2654435761)
		}
		out[fmt.Sprintf("rules/folder_%d/rule_%d%s", i/50, i/2, ext)] = b.String()
	}
	return out
}

func each(b *testing.B, run func(b *testing.B, n int, o git.Options)) {
	for _, n := range []int{100, 1000, 10_000} {
		for _, e := range []struct {
			name string
			o    git.Options
		}{{"go-git", options(git.EngineAuto)}, {"git", options(git.EngineProgram)}} {
			b.Run(fmt.Sprintf("files=%d/%s", n, e.name), func(b *testing.B) { run(b, n, e.o) })
		}
	}
}

// BenchmarkFirstWrite records files that git doesn't store yet.
func BenchmarkFirstWrite(b *testing.B) {
	each(b, func(b *testing.B, n int, o git.Options) {
		f := many(n)
		for b.Loop() {
			b.StopTimer()
			dir := newRepo(b, content())
			s := open(b, dir, o)
			b.StartTimer()
			mustWrite(b, s, next(1, "", f))
			b.StopTimer()
			check(b, os.RemoveAll(dir))
			b.StartTimer()
		}
	})
}

// BenchmarkWriteOfHead records files that are all in HEAD, packed, as after a clone.
func BenchmarkWriteOfHead(b *testing.B) {
	each(b, func(b *testing.B, n int, o git.Options) {
		f := many(n)
		dir := newRepo(b, f)
		gittest.Run(b, dir, "gc", "--quiet")
		s := open(b, dir, o)
		before := objects(b, dir)
		for b.Loop() {
			mustWrite(b, s, next(1, "", f))
			b.StopTimer()
			forget(b, dir, ref, before)
			b.StartTimer()
		}
	})
}

// forget removes a record with its objects, so that the next one is new again.
func forget(b *testing.B, dir, name string, before []string) {
	gittest.Run(b, dir, "update-ref", "-d", name)
	known := map[string]bool{}
	for _, o := range before {
		known[o] = true
	}
	for _, o := range objects(b, dir) {
		if !known[o] {
			check(b, os.Remove(filepath.Join(dir, ".git", "objects", filepath.FromSlash(o))))
		}
	}
}

// BenchmarkWriteOneChanged follows a record in which one file was different.
func BenchmarkWriteOneChanged(b *testing.B) {
	each(b, func(b *testing.B, n int, o git.Options) {
		f := many(n)
		dir := newRepo(b, content())
		s := open(b, dir, o)
		last := mustWrite(b, s, next(1, "", f)).Hash
		f = maps.Clone(f)
		for i := 0; b.Loop(); i++ {
			f["rules/folder_0/rule_0.yml"] = fmt.Sprint("changed ", i)
			last = mustWrite(b, s, next(1, last, f)).Hash
		}
	})
}

// BenchmarkRead reads the last record with all of its files.
func BenchmarkRead(b *testing.B) {
	each(b, func(b *testing.B, n int, o git.Options) {
		dir := newRepo(b, content())
		s := open(b, dir, o)
		mustWrite(b, s, next(1, "", many(n)))
		for b.Loop() {
			got, err := s.Files(b.Context(), *latest(b, s))
			check(b, err)
			if len(got) != n {
				b.Fatalf("%d files, want %d", len(got), n)
			}
		}
	})
}

// BenchmarkRepository does the same with a real repository's HEAD: set
// PDAC_BENCH_REPO to a clone, which gets records of a tenant that does not exist.
func BenchmarkRepository(b *testing.B) {
	dir := os.Getenv("PDAC_BENCH_REPO")
	if dir == "" {
		b.Skip("set PDAC_BENCH_REPO to a git clone that may be written to")
	}
	const nobody = "benchmark.invalid"
	name, err := record.RefName(nobody)
	check(b, err)
	c, err := git.Commit(b.Context(), dir, "HEAD", options(git.EngineAuto))
	check(b, err)
	entries, err := c.Entries(b.Context())
	check(b, err)
	f := map[string][]byte{}
	size := 0
	for _, e := range entries {
		if ext := filepath.Ext(e.Path); e.Link || ext != ".yml" && ext != ".py" {
			continue
		}
		f[e.Path], err = c.Read(b.Context(), e.Path, 64<<20)
		check(b, err)
		size += len(f[e.Path])
	}
	b.Logf("%d files, %d bytes", len(f), size)
	n := next(1, "", nil)
	n.Tenant, n.Files = nobody, f
	for _, e := range []git.Engine{git.EngineAuto, git.EngineProgram} {
		s, by := open(b, dir, options(e)), "go-git"
		if e == git.EngineProgram {
			by = "git"
		}
		b.Run("write/"+by, func(b *testing.B) {
			before := objects(b, dir)
			for b.Loop() {
				mustWrite(b, s, n)
				b.StopTimer()
				forget(b, dir, name, before)
				b.StartTimer()
			}
		})
		b.Run("read/"+by, func(b *testing.B) {
			mustWrite(b, s, n)
			for b.Loop() {
				d, err := s.Latest(b.Context(), nobody)
				check(b, err)
				got, err := s.Files(b.Context(), *d)
				check(b, err)
				if len(got) != len(f) {
					b.Fatalf("%d files, want %d", len(got), len(f))
				}
			}
			gittest.Run(b, dir, "update-ref", "-d", name)
		})
	}
}
