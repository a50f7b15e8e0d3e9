package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestServeEndedAtRandom: what "pdac sandbox serve" has answered is in its file, whatever
// ended it, and nothing is beside the file.
func TestServeEndedAtRandom(t *testing.T) {
	n := rounds(t)
	dir := t.TempDir()
	db := filepath.Join(dir, "panther.db")
	want := map[string]bool{}
	for _, signal := range signalsToEnd {
		written, open := 0, 0
		for round := range n {
			cmd, url := startServe(t, db)
			moment := rand.N(60 * time.Millisecond)
			killed := make(chan struct{})
			go func() {
				time.Sleep(moment) // the moment is what the test is about
				_ = cmd.Process.Signal(signal)
				close(killed)
				// Without this a program that the signal does not end would answer for ever.
				time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
			}()
			for i := 0; ; i++ {
				id := fmt.Sprintf("g_%d_%d_%d", signal, round, i)
				status, err := post(url+"/globals", fmt.Sprintf(`{"id":%q,"body":"x = 1"}`, id))
				if err != nil {
					want[id] = false // it may be there or not
					open++
					break
				}
				if status != http.StatusOK {
					t.Fatalf("%s: %d", id, status)
				}
				want[id] = true
				written++
			}
			<-killed
			err := cmd.Wait()
			if signal != syscall.SIGKILL && err != nil {
				t.Errorf("%s: it ended with %v", signal, err)
			}
			if got := filesOf(t, dir); got != "panther.db" {
				t.Fatalf("%s: there are %s", signal, got)
			}
		}
		cmd, url := startServe(t, db)
		for id, sure := range want {
			resp, err := statusOf(url + "/globals/" + id)
			if err != nil || sure && resp != http.StatusOK || resp != http.StatusOK && resp != http.StatusNotFound {
				t.Errorf("%s: after %s: %d (%v)", id, signal, resp, err)
			}
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("TERM: %v", err)
		}
		t.Logf("%s: %d rounds, %d writes answered, %d cut off", signal, n, written, open)
	}
}

func startServe(t *testing.T, db string) (cmd *exec.Cmd, url string) {
	t.Helper()
	cmd = exec.Command("pdac", "sandbox", "serve", "--db", db, "-q")
	cmd.Env = cleanEnv()
	out := newSaid()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if !out.waitFor("\n") || !strings.HasPrefix(out.String(), "http://") {
		_ = cmd.Process.Kill()
		t.Fatalf("it did not start: %s", out)
	}
	return cmd, strings.TrimSpace(out.String())
}

func post(url, body string) (int, error) {
	return send(http.MethodPost, url, strings.NewReader(body))
}

func statusOf(url string) (int, error) { return send(http.MethodGet, url, nil) }

func send(method, url string, body io.Reader) (int, error) {
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("X-API-Key", sandboxToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}
