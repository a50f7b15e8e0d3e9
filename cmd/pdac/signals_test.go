package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	gosync "sync"
	"syscall"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// said is what a program has written so far, which a test can wait for.
type said struct {
	mu   gosync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newSaid() *said { return &said{more: make(chan struct{}, 1)} }

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(b)
	select {
	case s.more <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// waitFor waits until the program has written a text, and reports whether it did.
func (s *said) waitFor(text string) bool {
	late := time.After(20 * time.Second)
	for !strings.Contains(s.String(), text) {
		select {
		case <-s.more:
		case <-late:
			return false
		}
	}
	return true
}

// rotating is a Panther that does something while the program waits for the answer
// to a rotation, and knows the token that works.
type rotating struct {
	panther *sandbox.Server
	during  func()
	mu      gosync.Mutex
	token   string
}

func newRotating(t testing.TB) (*rotating, string) {
	t.Helper()
	s, err := sandbox.Open(t.Context(), sandbox.Options{Token: "first"})
	if err != nil {
		t.Fatal(err)
	}
	r := &rotating{panther: s, token: "first"}
	h := httptest.NewServer(r)
	t.Cleanup(func() { h.Close(); s.Close() })
	return r, h.URL
}

func (r *rotating) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		r.panther.ServeHTTP(w, req)
		return
	}
	answer := httptest.NewRecorder()
	r.panther.ServeHTTP(answer, req)
	var got struct{ Value string }
	if json.Unmarshal(answer.Body.Bytes(), &got) == nil && got.Value != "" {
		r.mu.Lock()
		r.token = got.Value
		r.mu.Unlock()
	}
	if r.during != nil {
		r.during()
	}
	w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (r *rotating) works() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.token
}

// rotateIn prepares "pdac auth rotate" from and to a file of a folder.
func rotateIn(dir, url string, args ...string) *exec.Cmd {
	cmd := exec.Command("pdac", append([]string{"auth", "rotate", "--auto-approve", "--token-file", "token.txt"}, args...)...)
	cmd.Dir, cmd.Env = dir, cleanEnv("PANTHER_API_HOST="+url, "TMPDIR="+dir)
	return cmd
}

func holds(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func filesOf(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestSignalsDuringARotation: once the rotation is on its way, no signal but KILL ends
// the program before the new token is in its place.
func TestSignalsDuringARotation(t *testing.T) {
	needPrograms(t)
	allowHangUp(t)
	for _, signals := range [][]syscall.Signal{
		{syscall.SIGHUP}, {syscall.SIGHUP, syscall.SIGHUP}, {syscall.SIGINT, syscall.SIGINT}, {syscall.SIGTERM, syscall.SIGTERM},
		{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT}, {syscall.SIGQUIT},
	} {
		t.Run(fmt.Sprint(signals), func(t *testing.T) {
			r, url := newRotating(t)
			dir := t.TempDir()
			write(t, filepath.Join(dir, "token.txt"), "first\n", 0o644)
			cmd, out := rotateIn(dir, url, "--to-file", "token.txt"), newSaid()
			cmd.Stdout, cmd.Stderr = out, out
			r.during = func() {
				for i, s := range signals {
					_ = cmd.Process.Signal(s)
					if i == 0 && !out.waitFor("waiting for the end of the rotation, because Panther shows the new token only once") {
						return
					}
				}
			}
			if err := cmd.Run(); err != nil {
				t.Errorf("it ended with %v: %s", err, out)
			}
			if got := holds(t, filepath.Join(dir, "token.txt")); got != r.works() || got == "first" {
				t.Errorf("the file holds %q, and %q works: %s", got, r.works(), out)
			}
			if got := filesOf(t, dir); got != "token.txt" {
				t.Errorf("there are %s", got)
			}
		})
	}
}

// TestTheReaderEndsDuringARotation: the token is in a file that is prepared before.
func TestTheReaderEndsDuringARotation(t *testing.T) {
	needPrograms(t)
	r, url := newRotating(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "token.txt"), "first\n", 0o644)
	cmd := rotateIn(dir, url, "--to-stdout")
	// No other file can be created once the rotation is on its way.
	tmp, moved := filepath.Join(dir, "tmp"), filepath.Join(dir, "moved")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out := newSaid()
	cmd.Stdout, cmd.Stderr = writer, out
	r.during = func() {
		reader.Close()
		if err := os.Rename(tmp, moved); err != nil {
			t.Error(err)
		}
	}
	err = cmd.Run()
	writer.Close()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitError {
		t.Fatalf("it ended with %v: %s", err, out)
	}
	kept, err := filepath.Glob(filepath.Join(moved, "pdac-token-*"))
	if err != nil || len(kept) != 1 || holds(t, kept[0]) != r.works() || !strings.Contains(out.String(), "the new token is in "+filepath.Join(tmp, filepath.Base(kept[0]))+" instead") {
		t.Fatalf("kept %v (%v): %s", kept, err, out)
	}
	// Where it is read, nothing is left behind.
	os.RemoveAll(moved)
	write(t, filepath.Join(dir, "token.txt"), r.works(), 0o644)
	r.during = nil
	cmd = rotateIn(dir, url, "--to-stdout", "-q")
	if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != r.works() || filesOf(t, dir) != "token.txt" {
		t.Errorf("%s (%v); there are %s", out, err, filesOf(t, dir))
	}
}

// allowHangUp lets HUP end the programs that a test starts, also where the tests run under
// nohup: programs inherit that a signal is ignored, but not that it is handled.
func allowHangUp(t testing.TB) {
	t.Helper()
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(handled) })
}

// signalsToEnd are the signals of the rounds below.
var signalsToEnd = []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}

// rounds is how often each signal comes at a random moment.
func rounds(t *testing.T) int {
	t.Helper()
	needPrograms(t)
	allowHangUp(t)
	if n, err := strconv.Atoi(os.Getenv("PDAC_KILL_ROUNDS")); err == nil {
		return n
	}
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	return 1
}

// TestRotationsEndedAtRandom: at any moment the token that works is in the file, or in
// one beside it that the next run puts in place. Only KILL between Panther's rotation
// and the write of its answer loses it, which no client can avoid.
func TestRotationsEndedAtRandom(t *testing.T) {
	n := rounds(t)
	r, url := newRotating(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "token.txt")
	write(t, file, "first\n", 0o644)
	start := time.Now()
	mustEnd(t, exitOK, rotateIn(dir, url, "--to-file", "token.txt"))
	calm := time.Since(start)
	for _, signal := range signalsToEnd {
		lost, left, ended, before := 0, 0, 0, 0
		for range n {
			cmd, out := rotateIn(dir, url, "--to-file", "token.txt"), newSaid()
			cmd.Stdout, cmd.Stderr = out, out
			was := r.works()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(rand.N(calm + calm/4)) // the moment is what the test is about
			_ = cmd.Process.Signal(signal)
			err := cmd.Wait()
			if err != nil {
				ended++
			}
			if r.works() == was {
				before++
			}
			beside, err := filepath.Glob(filepath.Join(dir, ".pdac-token-*"))
			if err != nil {
				t.Fatal(err)
			}
			saved := holds(t, file) == r.works()
			for _, b := range beside {
				left++
				saved = saved || strings.Trim(holds(t, b), "\x00") == r.works()
			}
			switch {
			case signal != syscall.SIGKILL && (!saved || cmd.ProcessState.ExitCode() >= 0 && len(beside) > 0):
				t.Errorf("%s: saved is %v, and there are %s: %s", signal, saved, filesOf(t, dir), out)
			case !saved:
				lost++
				write(t, file, r.works(), 0o600) // as a new token from the console
			}
			mustEnd(t, exitOK, rotateIn(dir, url, "--to-file", "token.txt"))
			if got := filesOf(t, dir); holds(t, file) != r.works() || got != "token.txt" {
				t.Fatalf("%s: after the next run there are %s", signal, got)
			}
		}
		t.Logf("%s: %d rounds, %d ended early, %d before the rotation, %d with a file left for the next run, %d without the answer", signal, n, ended, before, left, lost)
	}
}

// TestHangUpEndsGracefully: a terminal that closes sends HUP, and its shell another one.
// What was sent is waited for and recorded, and nothing is left behind.
func TestHangUpEndsGracefully(t *testing.T) {
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	allowHangUp(t)
	st := newStage(t)
	for _, command := range [][]string{{"apply", "--auto-approve", "--allow-delete"}, {"pull"}, {"import", "copy"}} {
		t.Run(command[0], func(t *testing.T) {
			sc := st.scene(t, command[0])
			cmd := sc.pdac(sc.token, sc.dir, command...)
			var once gosync.Once
			writes := 0
			var mu gosync.Mutex
			st.serve(sc.token, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				if r.Method != http.MethodGet {
					writes++
				}
				now := writes == 3 || command[0] != "apply"
				mu.Unlock()
				if now {
					once.Do(func() {
						_ = cmd.Process.Signal(syscall.SIGHUP)
						_ = cmd.Process.Signal(syscall.SIGHUP)
					})
				}
				sc.server.ServeHTTP(w, r)
			}))
			out := mustEnd(t, exitError, cmd)
			if command[0] != "apply" {
				if !strings.Contains(out, "pdac: interrupted; nothing was written") {
					t.Errorf("it says %s", out)
				}
			} else {
				if !strings.Contains(out, "not tried") || !strings.Contains(out, "Recorded as") {
					t.Errorf("it says %s", out)
				}
				sc.behind(t)
				sc.converges(t)
			}
			if got := gittest.Run(t, sc.dir, "status", "--porcelain", "--ignored"); strings.TrimSpace(got) != "" {
				t.Errorf("left behind: %s", got)
			}
		})
	}
}

// TestNoHangUp: under nohup, a terminal that closes ends nothing.
func TestNoHangUp(t *testing.T) {
	needPrograms(t)
	st := newStage(t)
	sc := st.scene(t, "nohup")
	cmd := sc.pdac(sc.token, sc.dir, "apply", "--auto-approve", "--allow-delete")
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Args = shell, append([]string{"sh", "-c", `trap "" HUP; exec "$@"`, "sh"}, cmd.Args...)
	var once gosync.Once
	st.serve(sc.token, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { _ = cmd.Process.Signal(syscall.SIGHUP) })
		sc.server.ServeHTTP(w, r)
	}))
	if out := mustEnd(t, exitOK, cmd); !strings.Contains(out, "Recorded as") {
		t.Errorf("it says %s", out)
	}
}
