package main

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// written is a command that writes files, and where each run of it starts from.
type written struct {
	name string
	args []string
	// start is the folder as it is before a run, and file something that the run
	// creates once it has begun to write.
	start, file string
}

// TestKilledWhileWriting ends commands that write files with signals, at random
// moments of the whole run, or of its writing. Every file is then as it was or as
// it should become, and after the next run everything is as if nothing had
// happened. PDAC_KILL_ROUNDS is how often for each command and signal.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	n, first := rounds(t), rand.N(2)
	c := newCompany(t)
	for _, w := range c.writers(t) {
		t.Run(w.name, func(t *testing.T) {
			dir := w.copy(t)
			began := time.Now()
			mustEnd(t, exitOK, c.pdac("console", dir, w.args...))
			calm := time.Since(began)
			want, before := snapshot(t, dir), snapshot(t, w.start)
			if maps.EqualFunc(want, before, bytes.Equal) {
				t.Fatal("the command changes nothing")
			}
			for s, sig := range signalsToEnd {
				t.Run(sig.String(), func(t *testing.T) {
					halves := 0
					for i := range n {
						if c.killedOnce(t, w, sig, (first+s+i)%2 == 1, calm, before, want) {
							halves++
						}
						if t.Failed() {
							return
						}
					}
					t.Logf("%d rounds, %d of them ended in between", n, halves)
				})
			}
		})
	}
}

func (w written) copy(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "repo")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(w.start)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// killedOnce sends a signal, and reports whether that left some files changed and
// others not.
func (c *company) killedOnce(t *testing.T, w written, sig syscall.Signal, writing bool, calm time.Duration, before, want map[string][]byte) bool {
	t.Helper()
	dir := w.copy(t)
	defer os.RemoveAll(dir)
	cmd := c.pdac("console", dir, w.args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(over)
	}()
	wait := rand.N(calm)
	if writing {
		wait = rand.N(calm / 20)
		for _, err := os.Lstat(filepath.Join(dir, w.file)); err != nil; _, err = os.Lstat(filepath.Join(dir, w.file)) {
			select {
			case <-over:
				err = nil
			case <-time.After(100 * time.Microsecond):
				continue
			}
			break
		}
	}
	select {
	case <-time.After(wait):
	case <-over:
	}
	_ = cmd.Process.Signal(sig)
	<-over
	half := snapshot(t, dir)
	was, is := 0, 0
	for p := range union(before, want, half) {
		now, there := half[p]
		old, existed := before[p]
		will, exists := want[p]
		switch {
		case there == exists && bytes.Equal(now, will) && there == existed && bytes.Equal(now, old):
		case there == exists && bytes.Equal(now, will):
			is++
		case there == existed && bytes.Equal(now, old):
			was++
		case strings.Contains(p, ".pdac-tmp-") && w.name == "plan": // beside the file, and removed below
		case w.name == "plan" && !existed:
			mustEnd(t, exitOK, c.pdac("console", dir, "show", p)) // its time differs
		default:
			t.Errorf("after %s following %v (of %v) %s is neither as it was nor as it should be, but %q", sig, wait, calm, p, now)
		}
	}
	status := gitStatus(t, dir)
	if strings.Contains(status, ".pdac") && w.name != "plan" {
		t.Errorf("git would add: %s", status)
	}
	// An import that has done all is done.
	if said, code := ended(t, c.pdac("console", dir, w.args...)); code != exitOK && !(w.args[0] == "import" && was == 0 && strings.Contains(said, "is not empty")) {
		t.Errorf("after %s following %v (of %v) another run ends with %d:\n%s", sig, wait, calm, code, said)
	}
	got := snapshot(t, dir)
	for p := range union(got, want) {
		now, there := got[p]
		will, exists := want[p]
		if there != exists || !bytes.Equal(now, will) && w.name != "plan" {
			t.Errorf("after %s following %v (of %v) and another run %s is %q, want %q; the first run said:\n%s", sig, wait, calm, p, now, will, out.String())
		}
	}
	noLeftovers(t, dir)
	return was > 0 && is > 0
}

func union(all ...map[string][]byte) map[string]bool {
	out := map[string]bool{}
	for _, m := range all {
		for p := range m {
			out[p] = true
		}
	}
	return out
}

// snapshot reads all files but git's and pdac's own.
func snapshot(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".git" || d.Name() == ".pdac":
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		rel, _ := filepath.Rel(dir, p)
		text, err := os.ReadFile(p)
		out[filepath.ToSlash(rel)] = text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func gitStatus(t testing.TB, dir string) string {
	t.Helper()
	cmd := exec.Command("git", "-C", dir, "status", "--short", "--untracked-files=all")
	cmd.Env = cleanEnv()
	out, err := cmd.Output()
	if err != nil {
		return "" // import's folder holds the repository
	}
	return string(out)
}

// noLeftovers: of pdac's own files there are only those that a calm run has.
func noLeftovers(t testing.TB, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".git":
			if out, err := exec.Command("git", "-C", filepath.Dir(p), "fsck", "--strict", "--no-dangling").CombinedOutput(); err != nil {
				t.Errorf("git fsck: %v\n%s", err, out)
			}
			return filepath.SkipDir
		case filepath.Base(filepath.Dir(p)) == ".pdac" && !slices.Contains([]string{".gitignore", "cache"}, d.Name()), strings.HasPrefix(d.Name(), ".pdac-"):
			t.Errorf("%s was left", p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// writers lays out the repositories, and a Panther where much was changed since
// the last deployment.
func (c *company) writers(t testing.TB) []written {
	t.Helper()
	before, after := fifty()
	for _, p := range slices.Sorted(maps.Keys(before))[:40] {
		if strings.HasSuffix(p, ".py") && strings.Contains(p, "group_") {
			after[p] += "\n\ndef dedup(event):\n    return \"changed\"\n"
		}
	}
	server := newPanther(t)
	c.serve("console", server)
	commit := func(files synth.Files) string {
		dir := t.TempDir()
		if err := files.Write(dir); err != nil {
			t.Fatal(err)
		}
		gittest.Run(t, dir, "init", "-q", "-b", "main")
		gittest.Run(t, dir, "add", "-A")
		gittest.Run(t, dir, "commit", "-q", "-m", "first")
		return dir
	}
	deployed := commit(before)
	mustEnd(t, exitOK, c.pdac("console", deployed, "apply", "--auto-approve", "-q"))
	if err := os.RemoveAll(filepath.Join(deployed, ".pdac")); err != nil {
		t.Fatal(err)
	}
	r, err := repo.Load(context.Background(), after, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sync.BuildPlan(context.Background(), r, liveIn(t, server), sync.PlanOptions{Delete: true})
	if err != nil {
		t.Fatal(err)
	}
	if res := sync.Apply(context.Background(), clientOf(t, server), p, sync.ApplyOptions{}); !res.OK() {
		t.Fatalf("%+v", res)
	}

	unformatted, faulty := synth.Files{}, synth.Files{}
	for p, text := range before {
		unformatted[p], faulty[p] = text, text
		if strings.HasSuffix(p, ".yml") {
			first, rest, _ := strings.Cut(text, "\n")
			unformatted[p] = rest + first + "\n"
			faulty[p] = strings.Replace(strings.Replace(text, "Severity: High", "Severity: high", 1), "Severity: Low", "Severity: low", 1)
		}
	}
	return []written{
		{name: "pull", args: []string{"pull", "--adopt", "-q"}, start: deployed, file: ".pdac/pull.json"},
		{name: "import", args: []string{"import", "new", "-q"}, start: t.TempDir(), file: "new/.pdac/import.json"},
		{name: "import here", args: []string{"import", ".", "-q"}, start: emptyRepository(t), file: ".pdac/import.json"},
		{name: "fmt", args: []string{"fmt", "-q"}, start: commit(unformatted), file: ".pdac"},
		{name: "lint", args: []string{"lint", "--fix", "--select", "PD107", "-q"}, start: commit(faulty), file: ".pdac"},
		{name: "plan", args: []string{"plan", "--out", "plan.json", "-q", "--no-lint"}, start: deployed, file: "plan.json"},
	}
}

func emptyRepository(t testing.TB) string {
	dir := t.TempDir()
	gittest.Run(t, dir, "init", "-q", "-b", "main")
	return dir
}
