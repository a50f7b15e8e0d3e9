package record_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
)

var engines = map[string]git.Engine{"library": git.EngineLibrary, "program": git.EngineProgram}

func TestLostRace(t *testing.T) {
	t.Parallel()
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newRepo(t, content())
			s := open(t, dir, options(e))
			d1 := mustWrite(t, s, next(1, "", content()))
			n := next(2, "", content())
			n.Actor = bob
			_, err := s.Write(t.Context(), n)
			wantError(t, err, `another deployment to "acme.runpanther.net" was recorded in the meantime: there was none, and now there is `+d1.Hash[:12]+` (revision 3f2a9c1 by Ada <ada@example.com> at 2026-11-02 09:01:00 UTC); plan again`)
			n.Parent = d1.Hash
			d2 := mustWrite(t, s, n)
			_, err = s.Write(t.Context(), next(3, d1.Hash, content()))
			wantError(t, err, `another deployment to "acme.runpanther.net" was recorded in the meantime: the last one was `+d1.Hash[:12]+`, and now it is `+d2.Hash[:12]+` (revision 3f2a9c1 by Bob <bob@example.com> at 2026-11-02 09:02:00 UTC); plan again`)
			var race *record.RaceError
			if !errors.As(err, &race) || race.Expected != d1.Hash || race.Found != d2.Hash || race.Theirs == nil {
				t.Fatalf("%#v", err)
			}
			same(t, "theirs", *race.Theirs, d2)
			gittest.Run(t, dir, "update-ref", "-d", ref)
			_, err = s.Write(t.Context(), next(3, d2.Hash, content()))
			wantError(t, err, `the deployment record of "acme.runpanther.net" was deleted: the last deployment was `+d2.Hash[:12]+`, but `+ref+` no longer exists; plan again`)
		})
	}
}

// The ref moves after Write has looked at it first.
func TestLostRaceAtTheLastMoment(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	for name, e := range engines {
		for _, first := range []bool{true, false} {
			dir := newRepo(t, content())
			s, other := open(t, dir, options(e)), open(t, dir, options(git.EngineAuto))
			parent := ""
			if !first {
				parent = mustWrite(t, s, next(1, "", content())).Hash
				gittest.Run(t, dir, "pack-refs", "--all", "--prune")
			}
			var won record.Deployment
			s.Pause(func() { won = mustWrite(t, other, next(5, parent, content())) })
			_, err := s.Write(t.Context(), next(2, parent, files{"x": "y"}))
			var race *record.RaceError
			if !errors.As(err, &race) || race.Expected != parent || race.Found != won.Hash {
				t.Errorf("%s, first %v: %v", name, first, err)
			}
			same(t, name, history(t, s)[0], won.Hash)
			gittest.Fsck(t, dir)
			// The ref goes.
			s.Pause(func() { gittest.Run(t, dir, "update-ref", "-d", ref) })
			_, err = s.Write(t.Context(), next(2, won.Hash, files{"x": "z"}))
			if !errors.As(err, &race) || race.Expected != won.Hash || race.Found != "" {
				t.Errorf("%s, gone: %v", name, err)
			}
		}
	}
}

// Many writers with and without the git program: each record follows another one,
// and none is lost.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, content())
	var wg sync.WaitGroup
	var mu sync.Mutex
	written := map[string]bool{}
	for w, o := range []git.Options{options(git.EngineAuto), noGit(), noGit()} {
		s := open(t, dir, o)
		wg.Go(func() {
			for done := 0; done < 3; {
				last, err := s.Latest(t.Context(), tenant)
				if err != nil {
					t.Error(err)
					return
				}
				parent := ""
				if last != nil {
					parent = last.Hash
				}
				n := next(done, parent, content().with(files{"by": string(rune('a' + w))}))
				n.Revision = strings.Repeat("x", w+1)
				d, err := s.Write(t.Context(), n)
				var race *record.RaceError
				var locked *record.LockedError
				if errors.As(err, &race) || errors.As(err, &locked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				written[d.Hash] = true
				mu.Unlock()
				done++
			}
		})
	}
	wg.Wait()
	got := history(t, open(t, dir, noGit()))
	if len(got) != 9 || len(written) != 9 {
		t.Errorf("%d records are there of %d written, want 9", len(got), len(written))
	}
	for _, h := range got {
		if !written[h] {
			t.Errorf("%s was never said to be written", h)
		}
	}
	gittest.Fsck(t, dir)
}

func TestLocked(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]git.Options{"auto": options(git.EngineAuto), "library": noGit()} {
		for _, first := range []bool{true, false} {
			dir := newRepo(t, content())
			s := open(t, dir, o)
			parent := ""
			if !first {
				parent = mustWrite(t, s, next(1, "", content())).Hash
			}
			lock := filepath.Join(dir, ".git", filepath.FromSlash(ref)+".lock")
			check(t, os.MkdirAll(filepath.Dir(lock), 0o755))
			check(t, os.WriteFile(lock, nil, 0o644))
			_, err := s.Write(t.Context(), next(2, parent, content()))
			wantError(t, err, ref+" is locked by another git or pdac process; try again, or delete "+lock+" if none is running")
			var typed *record.LockedError
			if !errors.As(err, &typed) {
				t.Errorf("%s: %#v", name, err)
			}
			check(t, os.Remove(lock))
			mustWrite(t, s, next(2, parent, content()))
			if _, err := os.Stat(lock); err == nil {
				t.Errorf("%s: the lock is left over", name)
			}
		}
	}
}

// A ref that can't be read is not the same as no record: the next one would start
// a history of its own, or go back to an older one in the packed refs.
func TestDamagedRef(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	const damaged = "the ref " + ref + " is damaged: it names no commit; delete the file " + ref +
		` in git's folder, then fetch the ref again, or find its commit with "git fsck --unreachable" and set it with "git update-ref"`
	const indirect = ref + ` names another ref or nothing at all, not a commit; delete it with "git update-ref --no-deref -d ` + ref + `"`
	texts := map[string]string{"": damaged, "0123\n": damaged, "ref: refs/heads/none\n": indirect}
	dir := newRepo(t, content())
	s := open(t, dir, options(git.EngineAuto))
	d1 := mustWrite(t, s, next(1, "", content()))
	file := filepath.Join(dir, ".git", filepath.FromSlash(ref))
	for _, pack := range []bool{false, true} {
		if pack {
			check(t, os.WriteFile(file, []byte(d1.Hash+"\n"), 0o644))
			gittest.Run(t, dir, "pack-refs", "--all", "--no-prune")
		}
		for text, want := range texts {
			for _, o := range []git.Options{options(git.EngineAuto), options(git.EngineProgram), noGit()} {
				check(t, os.WriteFile(file, []byte(text), 0o644))
				s := open(t, dir, o)
				_, err := s.Latest(t.Context(), tenant)
				wantError(t, err, want)
				for _, parent := range []string{"", d1.Hash} {
					_, err = s.Write(t.Context(), next(3, parent, content()))
					wantError(t, err, want)
				}
				if now, err := os.ReadFile(file); err != nil || string(now) != text {
					t.Errorf("the ref was %q and is now %q (%v)", text, now, err)
				}
			}
		}
	}
}

func TestRefInTheWay(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	for name, e := range engines {
		for _, pack := range []bool{false, true} {
			dir := newRepo(t, content())
			gittest.Run(t, dir, "update-ref", "refs/pdac/deployments", "HEAD")
			if pack {
				gittest.Run(t, dir, "pack-refs", "--all", "--prune")
			}
			_, err := open(t, dir, options(e)).Write(t.Context(), next(1, "", content()))
			if err == nil {
				t.Errorf("%s, packed %v: no error", name, pack)
			}
			wantError(t, err, "the ref refs/pdac/deployments prevents creating "+ref+`; rename it, or delete it with "git update-ref -d refs/pdac/deployments"`)
		}
		dir := newRepo(t, content())
		gittest.Run(t, dir, "symbolic-ref", ref, "refs/heads/main")
		s := open(t, dir, options(e))
		_, err := s.Latest(t.Context(), tenant)
		wantError(t, err, ref+` names another ref or nothing at all, not a commit; delete it with "git update-ref --no-deref -d `+ref+`"`)
	}
}

func TestWriteChecks(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, content())
	s := open(t, dir, options(git.EngineAuto))
	some := strings.Repeat("a", 40)
	for want, change := range map[string]func(*record.New){
		"a deployment record needs a tenant; %h":                                                                     func(n *record.New) { n.Tenant = "" },
		`the deployment's parent is "HEAD", which is not a full commit hash of this repository`:                      func(n *record.New) { n.Parent = "HEAD" },
		`the deployment's merge is "-x", which is not a full commit hash of this repository`:                         func(n *record.New) { n.Merge = "-x" },
		"a deployment that continues aaaaaaaaaaaa needs another record as its parent":                                func(n *record.New) { n.Merge = some },
		"the deployment's time is 0001-01-01T00:00:00Z, which git can't store; set it to the time of the deployment": func(n *record.New) { n.Time = time.Time{} },
		"a deployment's counts can't be negative":                                                                    func(n *record.New) { n.Counts.Failed = -1 },
	} {
		n := next(1, "", content())
		change(&n)
		_, err := s.Write(t.Context(), n)
		wantError(t, err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Write(ctx, next(1, "", content())); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if d := latest(t, s); d != nil {
		t.Errorf("something was recorded: %+v", d)
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	for name, e := range engines {
		dir := newRepo(t, content())
		s := open(t, dir, options(e))
		d1 := mustWrite(t, s, next(1, "", content()))
		d2 := mustWrite(t, s, next(2, d1.Hash, content()))
		check(t, os.Remove(filepath.Join(dir, ".git", "objects", d1.Hash[:2], d1.Hash[2:])))
		same(t, name, latest(t, s).Hash, d2.Hash)
		_, err := s.History(t.Context(), tenant, 0)
		wantError(t, err, `the deployment record is damaged (%h); run "git fsck" to see what is missing, or fetch the record again`)
	}
}

const crashEnv = "PDAC_TEST_CRASH"

// TestCrashChild is the process that TestCrash kills; alone it does nothing.
func TestCrashChild(t *testing.T) {
	program := os.Getenv(crashEnv)
	if program == "" {
		t.Skip("only TestCrash runs this, in a process of its own")
	}
	s := open(t, os.Getenv("PDAC_TEST_ROOT"), git.Options{Git: program, Env: gittest.Env()})
	s.Pause(func() {
		if program == noGit().Git {
			_, _ = os.Stdout.WriteString("reached\n")
			time.Sleep(time.Minute)
		}
	})
	mustWrite(t, s, next(2, os.Getenv("PDAC_TEST_PARENT"), crashFiles()))
}

func crashFiles() files {
	f := files{}
	for i := range 150 {
		f["rules/r"+strings.Repeat("x", i)] = "crash" + strings.Repeat("line\n", i)
	}
	return f
}

// Killed at any moment, Write leaves the ref at a record and the repository valid:
// before and after each git that it runs, and without git when everything is
// stored.
func TestCrash(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	check(t, err)
	real, err := exec.LookPath("git")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("this test needs git and a shell")
	}
	type moment struct{ command, when string }
	moments := []moment{{"update-ref", "before"}, {"update-ref", "after"}}
	if !testing.Short() {
		moments = append(moments, moment{"none", ""}, moment{"mktree", "before"}, moment{"cat-file", "before"}, moment{"fast-import", "before"}, moment{"fast-import", "after"}, moment{"mktree", "after"}, moment{"hash-object", "after"})
	}
	for _, m := range moments {
		t.Run(m.when+" "+m.command, func(t *testing.T) {
			t.Parallel()
			dir := newRepo(t, content())
			s := open(t, dir, options(git.EngineAuto))
			d1 := mustWrite(t, s, next(1, "", content()))
			program := noGit().Git
			if m.when != "" {
				program = filepath.Join(gittest.Dir(t), "git")
				check(t, os.WriteFile(program, []byte(`#!/bin/sh
for a; do
	if [ "$a" = `+m.command+` ]; then
		[ `+m.when+` = before ] || "`+real+`" "$@"
		kill -9 $PPID
		exit 1
	fi
done
exec "`+real+`" "$@"
`), 0o755))
			}
			cmd := exec.Command(self, "-test.run=^TestCrashChild$")
			cmd.Env = append(gittest.Env(), crashEnv+"="+program, "PDAC_TEST_ROOT="+dir, "PDAC_TEST_PARENT="+d1.Hash)
			out, err := cmd.StdoutPipe()
			check(t, err)
			check(t, cmd.Start())
			line, _ := bufio.NewReader(out).ReadString('\n')
			if m.when == "" {
				check(t, cmd.Process.Kill())
			}
			if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
				t.Fatalf("the child was not killed: %v", err)
			}
			if m.when == "" && line != "reached\n" {
				t.Fatalf("the child says %q", line)
			}
			want := []string{d1.Hash}
			if m.command == "update-ref" && m.when == "after" {
				want = []string{gittest.Run(t, dir, "rev-parse", ref), d1.Hash}
				same(t, "files", dump(t, s, *latest(t, s)), crashFiles())
			}
			same(t, "history", history(t, s), want)
			gittest.Fsck(t, dir)
			gittest.Run(t, dir, "gc", "--quiet", "--prune=now")
			d2 := mustWrite(t, s, next(3, want[0], content()))
			same(t, "history", history(t, s), append([]string{d2.Hash}, want...))
			left := slices.DeleteFunc(objects(t, dir), func(f string) bool { return !strings.Contains(f, "tmp_") })
			same(t, "left over", left, []string{})
		})
	}
}

// Two packed writes in a row, where git cleans up at the same time.
func TestCleaningWhileWriting(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, content())
	s := open(t, dir, options(git.EngineAuto))
	d1 := mustWrite(t, s, next(1, "", content()))
	// Without --prune=now git keeps what is new.
	s.Pause(func() { gittest.Run(t, dir, "gc", "--quiet") })
	f := files{}
	for i := range 150 {
		f["r"+strings.Repeat("x", i)] = strings.Repeat("line\n", i)
	}
	d2 := mustWrite(t, s, next(2, d1.Hash, f))
	d3 := mustWrite(t, s, next(3, d2.Hash, f.with(files{"new": "one"})))
	same(t, "files", dump(t, s, d3), f.with(files{"new": "one"}))
	same(t, "files", dump(t, s, d2), f)
	gittest.Fsck(t, dir)
}
