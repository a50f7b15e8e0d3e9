package main

import (
	"encoding/binary"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Sizes are doubled twice. If the second doubling adds more than maxGrowth times what the
// first one added, the cost is no longer about linear: 2 is linear, a little more is
// n log n, and 4 is the square. What any run costs has no part in this.
const maxGrowth = 3

// growthCommands are what is run over a kind of repository. The last ones write.
func growthCommands(g growth) [][]string {
	plan, fix := []string{"plan", "--sandbox"}, []string{"lint", "--no-cache", "--fix"}
	switch {
	case strings.HasPrefix(g.name, "python:"):
		return [][]string{fix}
	case strings.HasPrefix(g.name, "init:"):
		return [][]string{{"init", "--dry-run"}}
	case g.small:
		return [][]string{{"apply", "--sandbox", "--auto-approve", "--quiet"}, plan, fix}
	}
	return [][]string{plan, {"fmt", "--diff"}, fix}
}

// work runs the commands of growthCommands over a repository, and returns what each cost.
type work func(t *testing.T, dir string, args []string) float64

// TestGrowthOfMemory measures allocated bytes, which do not depend on the machine's load.
// They miss loops that allocate nothing; see TestGrowthOfSteps.
func TestGrowthOfMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program a thousand times")
	}
	checkGrowth(t, 256, func(t *testing.T, dir string, args []string) float64 {
		t.Helper()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Main(t.Context(), Process{
			Args: append(slices.Clone(args), "-C", dir), In: strings.NewReader(""), Out: io.Discard, Err: io.Discard,
			Getenv: growthEnv(t, dir), Now: time.Now, Width: func() int { return 0 },
		})
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	})
}

// TestGrowthOfSteps counts executed statements: the program is built as for measuring
// coverage.
func TestGrowthOfSteps(t *testing.T) {
	if os.Getenv("PDAC_GROWTH") == "" {
		t.Skip("runs the program a thousand times; set PDAC_GROWTH=1")
	}
	program := os.Getenv("PDAC_COUNTING")
	if program == "" {
		program = filepath.Join(t.TempDir(), "pdac")
		build := exec.CommandContext(t.Context(), "go", "build", "-cover", "-covermode=atomic", "-coverpkg=./...,gopkg.in/yaml.v3", "-o", program, "./cmd/pdac")
		build.Dir = "../.."
		if said, err := build.CombinedOutput(); err != nil {
			t.Skipf("the program can't be built to count statements: %v\n%s", err, said)
		}
	}
	counts := t.TempDir()
	n := 0
	checkGrowth(t, 512, func(t *testing.T, dir string, args []string) float64 {
		t.Helper()
		n++
		into := filepath.Join(counts, strconv.Itoa(n))
		if err := os.Mkdir(into, 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), program, append(slices.Clone(args), "-C", dir)...)
		env := growthEnv(t, dir)
		cmd.Env = []string{"GOCOVERDIR=" + into, "HOME=" + env("HOME"), "XDG_CACHE_HOME=" + env("XDG_CACHE_HOME"), "PATH=" + os.Getenv("PATH")}
		_ = cmd.Run() // findings are no matter here
		files, err := filepath.Glob(filepath.Join(into, "covcounters.*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("the counts of %v are in %d files (%v)", args, len(files), err)
		}
		counted, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		return steps(t, counted)
	})
}

// steps adds the counters of a file that a program built with -cover leaves. Its format
// is that of Go's internal/coverage: a header, strings, and a list of counters for each
// function.
func steps(t *testing.T, file []byte) float64 {
	t.Helper()
	const header, segment = 32, 16
	if len(file) < header+segment || file[24] != 1 && file[24] != 2 || file[25] != 0 {
		t.Skipf("this version of Go writes counts that the test can't read: % x", file[:min(len(file), header)])
	}
	uleb := file[24] == 2
	functions := binary.LittleEndian.Uint64(file[header:])
	texts := binary.LittleEndian.Uint32(file[header+8:]) + binary.LittleEndian.Uint32(file[header+12:])
	rest := file[(header+segment+int(texts)+3)/4*4:]
	next := func() uint64 {
		if !uleb {
			v := binary.LittleEndian.Uint32(rest)
			rest = rest[4:]
			return uint64(v)
		}
		v, n := binary.Uvarint(rest)
		rest = rest[n:]
		return v
	}
	sum := 0.0
	for range functions {
		counters := next()
		next() // the package
		next() // the function
		for range counters {
			sum += float64(next())
		}
	}
	return sum
}

func growthEnv(t *testing.T, dir string) func(string) string {
	t.Helper()
	env := map[string]string{"HOME": dir + "-home", "XDG_CACHE_HOME": dir + "-home", "PATH": os.Getenv("PATH"), "NO_COLOR": "1"}
	return func(name string) string { return env[name] }
}

// checkGrowth runs the commands over each kind of repository in three sizes. A kind whose
// units are files has a quarter of them.
func checkGrowth(t *testing.T, size int, run work) {
	t.Helper()
	for _, g := range growths() {
		t.Run(g.name, func(t *testing.T) {
			n := size
			if g.small {
				n /= 4
			}
			commands := growthCommands(g)
			costs := make([][]float64, len(commands))
			measure := func(times int) {
				dir := filepath.Join(t.TempDir(), "r")
				if err := g.of(n << times).Write(dir); err != nil {
					t.Fatal(err)
				}
				for i, args := range commands {
					costs[i] = append(costs[i], run(t, dir, args))
				}
			}
			for times := range 3 {
				measure(times)
			}
			if !slices.ContainsFunc(costs, grows) {
				return
			}
			measure(3) // a buffer that grew once is no growth
			for i, args := range commands {
				if c := costs[i]; grows(c[:3]) && grows(c[1:]) {
					t.Errorf("pdac %s: the millions that %d, %d, %d and %d cost are %.1f", strings.Join(args, " "), n, 2*n, 4*n, 8*n, []float64{c[0] / 1e6, c[1] / 1e6, c[2] / 1e6, c[3] / 1e6})
				}
			}
		})
	}
}

// grows reports whether the second doubling added too much. What adds little to a run says
// nothing.
func grows(c []float64) bool {
	more := c[2] - c[1]
	return more > c[0]/4 && more > maxGrowth*(c[1]-c[0])
}

// TestGrowthsAreKinds: the kinds have names of their own, and grow.
func TestGrowthsAreKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range growths() {
		if seen[g.name] {
			t.Errorf("two kinds are named %q", g.name)
		}
		seen[g.name] = true
		size := func(n int) int {
			sum := 0
			for text := range maps.Values(g.of(n)) {
				sum += len(text)
			}
			return sum
		}
		if few, lots := size(100), size(400); lots < 2*few {
			t.Errorf("%s: 100 are %d bytes and 400 are %d", g.name, few, lots)
		}
	}
}
