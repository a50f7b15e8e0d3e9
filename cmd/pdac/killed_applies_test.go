package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"syscall"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// newest is what a commit after that of fifty makes of it: some changes are changed
// again, some reverted, some left, and so it is for what was new and what was gone.
func newest(before, after synth.Files) synth.Files {
	out := after.Clone()
	n := 0
	for _, p := range slices.Sorted(maps.Keys(after)) {
		text := after[p]
		was, existed := before[p]
		switch {
		case !strings.HasSuffix(p, ".yml") || text == was:
		case !existed:
			switch n++; n % 3 {
			case 0:
				delete(out, p)
			case 1:
				out[p] = strings.Replace(text, "Severity: ", "Threshold: 3\nSeverity: ", 1)
			}
		default:
			switch n++; n % 3 {
			case 0:
				out[p] = was
			case 1:
				out[p] = strings.Replace(text, "Threshold: 7", "Threshold: 9", 1)
			}
		}
	}
	for _, p := range slices.Sorted(maps.Keys(before)) {
		text := before[p]
		if _, stays := after[p]; !stays && strings.HasSuffix(p, ".yml") {
			if n++; n%3 == 0 {
				out[p] = text
				if body := strings.TrimSuffix(p, ".yml") + ".py"; before[body] != "" {
					out[body] = before[body]
				}
			}
		}
	}
	return out
}

// later replaces what the stage wants by a newer commit's content.
func (st *stage) later(t testing.TB, files synth.Files) *stage {
	t.Helper()
	out := *st
	r, err := repo.Load(context.Background(), files, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out.wanted = map[panther.Key]panther.Entity{}
	for _, it := range r.Items {
		out.wanted[it.Key()] = it.Entity().Entity
	}
	return &out
}

// TestAppliesEndedAtRandom ends applies with signals at random moments, and applies a
// newer commit: in the same folder, or, as CI does, in a new clone. It converges, nothing
// counts as somebody's edit, and nothing is left behind.
func TestAppliesEndedAtRandom(t *testing.T) {
	t.Parallel()
	n, first := rounds(t), rand.N(4)
	st := newStage(t)
	next := newest(st.before, st.after)
	later := st.later(t, next)
	calm := st.scene(t, "calm")
	start := time.Now()
	mustEnd(t, exitOK, calm.apply())
	took := time.Since(start)
	for s, signal := range signalsToEnd {
		t.Run(signal.String(), func(t *testing.T) {
			half, unrecorded := 0, 0
			for i := range n {
				kind := first + s + i
				partly, open := st.endedOnce(t, later, next, signal, kind%4 < 2, kind%2 == 1, took, fmt.Sprintf("%s-%d", signal, i))
				if partly {
					half++
				}
				if open {
					unrecorded++
				}
				if t.Failed() {
					t.Logf("it was round %d", i)
					return
				}
			}
			t.Logf("%d rounds, %d of them ended with some of the changes live, %d unrecorded", n, half, unrecorded)
		})
	}
}

// writeTakes is how long the Panther of these tests takes for a write.
const writeTakes = 4 * time.Millisecond

// endedOnce ends one apply, at a moment of all that it takes or once it writes, and reports whether only some of the changes were live then,
// and whether changes were live that are not recorded.
func (st *stage) endedOnce(t *testing.T, later *stage, next synth.Files, signal syscall.Signal, shared, writing bool, took time.Duration, token string) (partly, open bool) {
	t.Helper()
	sc := st.scene(t, token)
	defer sc.server.Close()
	defer os.RemoveAll(filepath.Dir(sc.dir))
	origin := filepath.Join(filepath.Dir(sc.dir), "origin.git")
	command := func(dir string, args ...string) *exec.Cmd {
		cmd := sc.pdac(token, dir, args...)
		if shared {
			cmd.Env = append(cmd.Env, "CI=true")
		}
		return cmd
	}
	if shared {
		gittest.Run(t, sc.dir, "init", "-q", "--bare", "-b", "main", origin)
		gittest.Run(t, sc.dir, "remote", "add", "origin", gittest.URL(origin))
		gittest.Run(t, sc.dir, "push", "-q", "origin", "main", "refs/pdac/*:refs/pdac/*")
	}
	started := liveIn(t, sc.server)
	var once gosync.Once
	writes, wait := make(chan struct{}), rand.N(took)
	st.serve(token, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			once.Do(func() { close(writes) })
			time.Sleep(writeTakes)
		}
		sc.server.ServeHTTP(w, r)
	}))
	cmd := command(sc.dir, "apply", "--auto-approve", "--allow-delete", "-q")
	said := newSaid()
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(over)
	}()
	if writing {
		select {
		case <-writes:
		case <-over:
		}
		wait = rand.N(50 * writeTakes / 4)
	}
	time.Sleep(wait) // the moment is what the test is about
	_ = cmd.Process.Signal(signal)
	<-over
	live := liveIn(t, sc.server)
	done := 0
	for key := range keysOf(started, live, st.wanted) {
		was, existed := started[key]
		is, exists := live[key]
		if existed != exists || exists && was.Fingerprint() != is.Fingerprint() {
			done++
		}
	}
	hash, _ := recorded(t, sc.dir, sc.tenant())
	partly, open = done > 0 && done < 50, done > 0 && hash == st.record

	dir := sc.dir
	if shared {
		dir = filepath.Join(filepath.Dir(sc.dir), "next")
		gittest.Run(t, sc.dir, "clone", "-q", gittest.URL(origin), dir)
	}
	to := *later
	to.dir = dir
	to.lay(t, next, st.after)
	gittest.Run(t, dir, "add", "-A")
	gittest.Run(t, dir, "commit", "-q", "-m", "third")
	if shared {
		gittest.Run(t, dir, "push", "-q", "origin", "main")
	}
	out := mustEnd(t, exitOK, command(dir, "apply", "--auto-approve", "--allow-delete", "--force"))
	for _, wrong := range []string{"drift", "conflict", "edited in the console"} {
		if strings.Contains(out, wrong) {
			t.Errorf("%s after %v: the next run says %s:\n%s\nThe first run said:\n%s", signal, wait, wrong, out, said)
		}
	}
	out = mustEnd(t, exitOK, command(dir, "plan", "--detailed-exitcode"))
	if strings.Contains(out, "interrupted") {
		t.Errorf("%s after %v: a plan after the next run says:\n%s", signal, wait, out)
	}
	_, entities := recorded(t, dir, sc.tenant())
	live = liveIn(t, sc.server)
	for key := range keysOf(entities, live, later.wanted) {
		w, wanted := later.wanted[key]
		e, known := entities[key]
		l, there := live[key]
		if !wanted || !known || !there || w.Fingerprint() != e.Fingerprint() || !diff.Same(w, l) {
			t.Errorf("%s after %v: %s is wanted: %v, recorded: %v, live: %v\n%s", signal, wait, key, wanted, known, there, said)
		}
	}
	dirs := []string{dir}
	if shared {
		// The clone of the ended run follows, and finds nothing to do.
		gittest.Run(t, sc.dir, "pull", "-q", "origin", "main")
		if out := mustEnd(t, exitOK, command(sc.dir, "apply", "--auto-approve")); !strings.Contains(out, "No changes") {
			t.Errorf("%s after %v: in the clone of the ended run another one says:\n%s", signal, wait, out)
		}
		noLeftovers(t, sc.dir)
		dirs = append(dirs, sc.dir, origin)
	}
	for _, d := range dirs {
		if refs := gittest.Run(t, d, "for-each-ref", "--format=%(refname)"); strings.Contains(refs, "intents") {
			t.Errorf("%s after %v: %s has %s", signal, wait, d, refs)
		}
	}
	noLeftovers(t, dir)
	return partly, open
}

func keysOf(all ...map[panther.Key]panther.Entity) map[panther.Key]bool {
	out := map[panther.Key]bool{}
	for _, m := range all {
		for k := range m {
			out[k] = true
		}
	}
	return out
}
