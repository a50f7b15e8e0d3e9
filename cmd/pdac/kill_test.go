package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	gosync "sync"
	"testing"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
	"golang.org/x/sync/errgroup"
)

// needPrograms skips where real processes can't be killed or git is missing.
func needPrograms(t testing.TB) {
	t.Helper()
	gittest.Need(t)
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals here")
	}
}

// cleanEnv is the environment of a program that this test runs, without the
// settings of whoever runs the test.
func cleanEnv(more ...string) []string {
	env := slices.DeleteFunc(gittest.Env(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return strings.HasPrefix(name, "PANTHER_") || strings.HasPrefix(name, "GITHUB_") || name == "CI"
	})
	return append(append(env, "NO_COLOR=1"), more...)
}

// company serves several Panthers on one address, each to the token that it is
// known by, so that all of them are one tenant to pdac.
type company struct {
	*httptest.Server
	mu      gosync.Mutex
	byToken map[string]http.Handler
}

func newCompany(t testing.TB) *company {
	c := &company{byToken: map[string]http.Handler{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		h := c.byToken[r.Header.Get("X-API-Key")]
		c.mu.Unlock()
		if h == nil {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *company) serve(token string, h http.Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byToken[token] = h
}

// tenant is how pdac calls it.
func (c *company) tenant() string { return strings.TrimPrefix(c.URL, "http://") }

// pdac prepares a run of the real program.
func (c *company) pdac(token, dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("pdac", args...)
	cmd.Dir = dir
	cmd.Env = cleanEnv("PANTHER_API_HOST="+c.URL, "PANTHER_API_TOKEN="+token)
	return cmd
}

// ended runs a command and gives what it said and its exit code.
func ended(t testing.TB, cmd *exec.Cmd) (string, int) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// mustEnd runs a command that has to end with a code.
func mustEnd(t testing.TB, code int, cmd *exec.Cmd) string {
	t.Helper()
	out, got := ended(t, cmd)
	if got != code {
		t.Fatalf("%v ended with %d, not %d:\n%s", cmd.Args[1:], got, code, out)
	}
	return out
}

// newPanther opens a Panther that takes any token.
func newPanther(t testing.TB) *sandbox.Server {
	t.Helper()
	s, err := sandbox.Open(context.Background(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func clientOf(t testing.TB, s *sandbox.Server) *panther.Client {
	t.Helper()
	c, err := panther.NewClient(panther.Options{Host: "localhost", Token: "test", Transport: s.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func liveIn(t testing.TB, s *sandbox.Server) sync.Live {
	t.Helper()
	live, err := sync.Fetch(context.Background(), clientOf(t, s), nil)
	if err != nil {
		t.Fatal(err)
	}
	return live.Live
}

// seed gives a new Panther some content without a program running.
func seed(t testing.TB, files synth.Files) *sandbox.Server {
	t.Helper()
	s := newPanther(t)
	r, err := repo.Load(context.Background(), files, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sync.BuildPlan(context.Background(), r, sync.Live{}, sync.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if res := sync.Apply(context.Background(), clientOf(t, s), p, sync.ApplyOptions{}); !res.OK() {
		t.Fatalf("%+v", res)
	}
	return s
}

// recorded reads the entities of a tenant's last record.
func recorded(t testing.TB, dir, tenant string) (string, map[panther.Key]panther.Entity) {
	t.Helper()
	ctx := context.Background()
	store, err := record.Open(ctx, dir, git.Options{Env: cleanEnv()})
	if err != nil {
		t.Fatal(err)
	}
	d, err := store.Latest(ctx, tenant)
	if err != nil {
		t.Fatal(err)
	}
	if d == nil {
		return "", nil
	}
	files, err := store.Tree(ctx, *d)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	r, err := repo.Load(ctx, files, repo.Options{Include: []string{"**"}, IDsByKind: true})
	if err != nil {
		t.Fatal(err)
	}
	out := map[panther.Key]panther.Entity{}
	for _, it := range r.Items {
		e := it.Entity()
		if !it.Deployable() || !e.OK() {
			t.Fatalf("%s of the record can't be read: %v", it.Path, e.Diagnostics)
		}
		out[it.Key()] = e.Entity
	}
	return d.Hash, out
}

// fifty is a repository in two states: from one to the other 20 entities are
// changed, 20 are new, and 10 are gone.
func fifty() (before, after synth.Files) {
	before = synth.Repo(80, 1)
	after = before.Clone()
	var rules []string
	for _, p := range slices.Sorted(maps.Keys(before)) {
		if strings.HasSuffix(p, ".yml") && strings.Contains(p, "group_") {
			rules = append(rules, p)
		}
	}
	for i := range 20 {
		p := rules[i]
		after[p] += "Threshold: 7\n"
		after[fmt.Sprintf("rules/new_%02d.yml", i)] = strings.Replace(before[rules[20]], "RuleID: Synth", fmt.Sprintf("RuleID: New%02d", i), 1)
	}
	after["rules/"+filepath.Base(strings.TrimSuffix(rules[20], ".yml")+".py")] = before[strings.TrimSuffix(rules[20], ".yml")+".py"]
	for _, p := range rules[30:40] {
		delete(after, p)
	}
	return before, after
}

// killer passes requests on to a Panther until it is time to kill the program
// that sends them.
type killer struct {
	panther http.Handler
	// at counts all requests, or only writes; 0 is never.
	at, atWrite int
	cmd         *exec.Cmd
	dead        chan struct{}
	mu          gosync.Mutex
	all, writes int
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	k.all++
	write := r.Method != http.MethodGet
	if write {
		k.writes++
	}
	before, after := k.all == k.at, write && k.writes == k.atWrite
	k.mu.Unlock()
	switch {
	case before:
		k.kill()
		panic(http.ErrAbortHandler)
	case after:
		k.panther.ServeHTTP(httptest.NewRecorder(), r)
		k.kill()
		panic(http.ErrAbortHandler)
	}
	k.panther.ServeHTTP(w, r)
}

// spare ends the killing. Requests of the dead may still be on their way.
func (k *killer) spare() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at, k.atWrite = 0, 0
}

func (k *killer) kill() {
	if k.cmd != nil {
		_ = k.cmd.Process.Kill()
		<-k.dead
	}
}

// run starts the program, and waits for its end.
func (k *killer) run(t testing.TB, cmd *exec.Cmd) (said string, code int) {
	t.Helper()
	k.dead = make(chan struct{})
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	k.mu.Lock()
	k.cmd = cmd
	err := cmd.Start()
	k.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	close(k.dead)
	return out.String(), cmd.ProcessState.ExitCode()
}

// stage is what each run of a kill test starts from: a repository whose first
// state was deployed, and whose second one is committed.
type stage struct {
	*company
	dir           string
	before, after synth.Files
	wanted        map[panther.Key]panther.Entity
	record        string
}

func newStage(t testing.TB) *stage {
	needPrograms(t)
	st := &stage{company: newCompany(t), dir: t.TempDir()}
	st.before, st.after = fifty()
	st.lay(t, st.before, nil)
	gittest.Run(t, st.dir, "init", "-q", "-b", "main")
	gittest.Run(t, st.dir, "add", "-A")
	gittest.Run(t, st.dir, "commit", "-q", "-m", "first")
	first := newPanther(t)
	st.serve("first", first)
	mustEnd(t, exitOK, st.pdac("first", st.dir, "apply", "--auto-approve", "-q"))
	st.lay(t, st.after, st.before)
	gittest.Run(t, st.dir, "add", "-A")
	gittest.Run(t, st.dir, "commit", "-q", "-m", "second")
	out := mustEnd(t, exitOK, st.pdac("first", st.dir, "plan"))
	if !strings.Contains(out, "20 to create, 20 to update, ") || !strings.Contains(out, "10 to delete; 50 unchanged") {
		t.Fatalf("the plan isn't one of fifty changes:\n%s", out)
	}
	st.record, _ = recorded(t, st.dir, st.tenant())
	r, err := repo.Load(context.Background(), st.after, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	st.wanted = map[panther.Key]panther.Entity{}
	for _, it := range r.Items {
		st.wanted[it.Key()] = it.Entity().Entity
	}
	return st
}

func (st *stage) lay(t testing.TB, files, was synth.Files) {
	t.Helper()
	for p := range was {
		if _, stays := files[p]; !stays {
			if err := os.Remove(filepath.Join(st.dir, p)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := files.Write(st.dir); err != nil {
		t.Fatal(err)
	}
}

// scene is a copy of the stage with a Panther of its own.
type scene struct {
	*stage
	token, dir string
	server     *sandbox.Server
	killer     *killer
}

func (st *stage) scene(t testing.TB, token string) *scene {
	t.Helper()
	sc := &scene{stage: st, token: token, dir: filepath.Join(t.TempDir(), "repo"), server: seed(t, st.before)}
	if err := os.CopyFS(sc.dir, os.DirFS(st.dir)); err != nil {
		t.Fatal(err)
	}
	sc.killer = &killer{panther: sc.server}
	st.serve(token, sc.killer)
	return sc
}

func (sc *scene) apply() *exec.Cmd {
	return sc.pdac(sc.token, sc.dir, "apply", "--auto-approve", "--allow-delete", "-q")
}

// behind: a record never says of an entity what is not live, but where it is
// live as it is wanted now, because nobody could write that down any more.
func (sc *scene) behind(t testing.TB) {
	t.Helper()
	hash, entities := recorded(t, sc.dir, sc.tenant())
	live := liveIn(t, sc.server)
	for key, e := range entities {
		l, there := live[key]
		w, wanted := sc.wanted[key]
		switch {
		case there && diff.Same(e, l):
		case hash != sc.record:
			t.Errorf("the new record says that %s is live as it isn't", key)
		case there && wanted && diff.Same(w, l), !there && !wanted:
		default:
			t.Errorf("%s is neither as it was recorded nor as it is wanted", key)
		}
	}
	gittest.Run(t, sc.dir, "fsck", "--strict", "--no-dangling")
}

// converges runs the same command again, after which all is well.
func (sc *scene) converges(t testing.TB) {
	t.Helper()
	mustEnd(t, exitOK, sc.apply())
	out := mustEnd(t, exitOK, sc.pdac(sc.token, sc.dir, "plan", "--detailed-exitcode", "--on-drift", "fail"))
	if strings.Contains(out, "drift") || strings.Contains(out, "conflict") {
		t.Errorf("the plan after the second run:\n%s", out)
	}
	hash, entities := recorded(t, sc.dir, sc.tenant())
	live := liveIn(t, sc.server)
	if hash == sc.record || len(entities) != len(sc.wanted) || len(live) != len(sc.wanted) {
		t.Errorf("the record holds %d, Panther %d, and %d are wanted", len(entities), len(live), len(sc.wanted))
	}
	for key, w := range sc.wanted {
		if e, ok := entities[key]; !ok || !diff.Same(w, e) || !diff.Same(w, live[key]) {
			t.Errorf("%s isn't as it is wanted", key)
		}
	}
}

// TestKilledAtEveryRequest kills the program with SIGKILL at each request of an
// apply of fifty changes, before it is done, and at each write, after it is done
// and before the answer. The next run finishes the job. Without PDAC_KILL_ALL
// every twenty-ninth is taken.
func TestKilledAtEveryRequest(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	st := newStage(t)
	calm := st.scene(t, "calm")
	if said, code := calm.killer.run(t, calm.apply()); code != exitOK {
		t.Fatalf("%d: %s", code, said)
	}
	all, writes := calm.killer.all, calm.killer.writes
	if writes != 50 {
		t.Fatalf("%d writes", writes)
	}
	calm.behind(t)
	calm.rests(t)
	step := 29
	if os.Getenv("PDAC_KILL_ALL") != "" {
		step = 1
	}
	var g errgroup.Group
	g.SetLimit(2 * runtime.GOMAXPROCS(0))
	killed := 0
	kill := func(at, atWrite int) {
		killed++
		g.Go(func() error {
			t.Run(fmt.Sprintf("request %d write %d", at, atWrite), func(t *testing.T) {
				sc := st.scene(t, fmt.Sprintf("%d-%d", at, atWrite))
				sc.killer.at, sc.killer.atWrite = at, atWrite
				if said, code := sc.killer.run(t, sc.apply()); code != -1 {
					t.Fatalf("it was not killed, and ended with %d: %s", code, said)
				}
				sc.killer.spare()
				sc.behind(t)
				sc.converges(t)
			})
			return nil
		})
	}
	for n := 1; n <= all; n += step {
		kill(n, 0)
	}
	for n := 1; n <= writes; n += step {
		kill(0, n)
	}
	_ = g.Wait()
	t.Logf("killed %d times: %d requests, %d writes", killed, all, writes)
}

// rests is what holds after a run that nobody disturbed.
func (sc *scene) rests(t testing.TB) {
	t.Helper()
	mustEnd(t, exitOK, sc.pdac(sc.token, sc.dir, "plan", "--detailed-exitcode"))
	mustEnd(t, exitOK, sc.pdac(sc.token, sc.dir, "drift"))
}

// TestKilledWhileRecording kills the program while it writes the record: once
// it has begun to, and once all is written and only the ref has to move, which
// somebody else's lock keeps from it. Nothing is damaged, and the next run
// finishes the job. What happens while it holds the lock itself is proven in
// package record.
func TestKilledWhileRecording(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	st := newStage(t)
	ref, err := record.RefName(st.tenant())
	if err != nil {
		t.Fatal(err)
	}
	calm := st.scene(t, "calm")
	old := objects(calm.dir)
	mustEnd(t, exitOK, calm.apply())
	fresh := objects(calm.dir) - old
	for _, n := range []int{1, fresh} {
		t.Run(fmt.Sprintf("%d of %d objects", n, fresh), func(t *testing.T) {
			sc := st.scene(t, fmt.Sprint(n))
			lock := filepath.Join(sc.dir, ".git", filepath.FromSlash(ref)+".lock")
			write(t, lock, "", 0o644)
			over, watched := make(chan struct{}), make(chan struct{})
			cmd := sc.apply()
			go func() {
				defer close(watched)
				for objects(sc.dir) < old+n {
					select {
					case <-over:
						return
					default:
						runtime.Gosched()
					}
				}
				sc.killer.kill()
			}()
			said, code := sc.killer.run(t, cmd)
			close(over)
			<-watched
			if code != -1 {
				t.Fatalf("it was not killed, and ended with %d: %s", code, said)
			}
			sc.behind(t)
			if hash, _ := recorded(t, sc.dir, sc.tenant()); hash != sc.record {
				t.Errorf("the record moved to %s", hash)
			}
			out := mustEnd(t, exitError, sc.apply())
			if !strings.Contains(out, "is locked by another git or pdac process; try again, or delete "+lock) {
				t.Errorf("a lock that was left over isn't reported:\n%s", out)
			}
			if err := os.Remove(lock); err != nil {
				t.Fatal(err)
			}
			sc.converges(t)
		})
	}
}

// objects counts the files of git's store.
func objects(dir string) int {
	n := 0
	_ = filepath.WalkDir(filepath.Join(dir, ".git", "objects"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// TestKilledWhileSharing kills the program from within the git that it runs, as
// it fetches and as it pushes, before and after that is done. It pushes what it is about
// to write, then the record, and at last that the former is over. Without PDAC_KILL_ALL
// it is before and after by turns.
func TestKilledWhileSharing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	st := newStage(t)
	ref, err := record.RefName(st.tenant())
	if err != nil {
		t.Fatal(err)
	}
	real, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	for n, op := range []string{"fetch", "push", "push", "push"} {
		whens := []string{"before", "after"}
		if os.Getenv("PDAC_KILL_ALL") == "" {
			whens = whens[n%2 : n%2+1] // by turns
		}
		n = max(n, 1)
		for _, when := range whens {
			t.Run(fmt.Sprintf("%s %s %d", when, op, n), func(t *testing.T) {
				sc := st.scene(t, fmt.Sprint(op, when, n))
				origin := filepath.Join(t.TempDir(), "origin.git")
				gittest.Run(t, sc.dir, "init", "-q", "--bare", origin)
				gittest.Run(t, sc.dir, "remote", "add", "origin", origin)
				gittest.Run(t, sc.dir, "push", "-q", "origin", "main", ref)
				write(t, filepath.Join(sc.dir, "pdac.yaml"), "version: 1\ndeployments:\n  remote: origin\n", 0o644)
				bin := t.TempDir()
				write(t, filepath.Join(bin, "git"), `#!/bin/sh
for a; do
	if [ "$a" = `+op+` ]; then
		echo >>"$0.done"
		[ $(wc -l <"$0.done") = `+strconv.Itoa(n)+` ] || break
		[ `+when+` = before ] || "`+real+`" "$@"
		kill -9 $PPID
		exit 1
	fi
done
exec "`+real+`" "$@"
`, 0o755)
				cmd := sc.apply()
				cmd.Env = append(cmd.Env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
				if said, code := sc.killer.run(t, cmd); code != -1 {
					t.Fatalf("it was not killed, and ended with %d: %s", code, said)
				}
				sc.behind(t)
				if hash, _ := recorded(t, sc.dir, sc.tenant()); (hash != sc.record) != (op == "push" && n > 1) {
					t.Errorf("killed %s the %s, the record is %s and was %s", when, op, hash, sc.record)
				}
				sc.converges(t)
				here, there := gittest.Run(t, sc.dir, "rev-parse", ref), gittest.Run(t, origin, "rev-parse", ref)
				if here != there {
					t.Errorf("the record is %s here and %s there", here, there)
				}
				for _, dir := range []string{sc.dir, origin} {
					if refs := gittest.Run(t, dir, "for-each-ref", "--format=%(refname)"); strings.Contains(refs, "intents") {
						t.Errorf("left behind: %s", refs)
					}
				}
			})
		}
	}
}

func write(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
