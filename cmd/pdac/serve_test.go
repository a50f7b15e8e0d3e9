package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// process is a run of the program inside the test.
func process(out io.Writer, env map[string]string, args ...string) Process {
	return Process{
		Args: args, In: strings.NewReader(""), Out: out, Err: io.Discard,
		Getenv: func(k string) string { return env[k] }, Now: time.Now, Width: func() int { return 0 },
	}
}

// TestServe plans and applies against "pdac sandbox serve", as against any
// other Panther, asks it with plain HTTP, and stops it.
func TestServe(t *testing.T) {
	db := filepath.Join(t.TempDir(), "panther.db")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- Main(ctx, process(w, nil, "sandbox", "serve", "--db", db, "--token", "sesame"))
		w.Close()
	}()
	url, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url = strings.TrimSpace(url)
	env := map[string]string{"PANTHER_API_HOST": url, "PANTHER_API_TOKEN": "sesame"}
	var out bytes.Buffer
	if code := Main(t.Context(), process(&out, env, "apply", "-C", "../../testdata/acme", "--auto-approve", "--no-record", "-q")); code != exitOK {
		t.Fatalf("apply ended with %d:\n%s", code, &out)
	}
	req, err := http.NewRequest(http.MethodGet, url+"/rules/Acme.AWS.TrailStopped", nil)
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{"sesame": 200, "wrong": 401} {
		req.Header.Set("X-API-Key", token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want || want == 200 && !bytes.Contains(body, []byte(`"Acme.AWS.TrailStopped"`)) {
			t.Errorf("with the token %q: %d %s", token, resp.StatusCode, body)
		}
	}
	// The file is in use: a second one says so.
	var second bytes.Buffer
	p := process(io.Discard, nil, "plan", "-C", "../../testdata/acme", "--sandbox-db", db)
	p.Err = &second
	if code := Main(t.Context(), p); code != exitError || !strings.Contains(second.String(), "panther.db") {
		t.Errorf("a second program on the same file: %d %s", code, &second)
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("it ended with %d", code)
	}
	// What was applied over HTTP is in the file.
	out.Reset()
	if code := Main(t.Context(), process(&out, nil, "plan", "-C", "../../testdata/acme", "--sandbox-db", db, "--detailed-exitcode")); code != exitOK {
		t.Errorf("the plan on its file ended with %d:\n%s", code, &out)
	}
}

// serving starts "pdac sandbox serve", and returns the environment that leads to it
// and a function that stops it and returns its exit code.
func serving(t *testing.T, args ...string) (env map[string]string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, w := io.Pipe()
	ended := make(chan int, 1)
	var said bytes.Buffer
	go func() {
		p := process(w, nil, append([]string{"sandbox", "serve", "--db", filepath.Join(t.TempDir(), "panther.db")}, args...)...)
		p.Err = &said
		code := Main(ctx, p)
		w.CloseWithError(errors.New(said.String()))
		ended <- code
	}()
	url, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"PANTHER_API_HOST": strings.TrimSpace(url), "PANTHER_API_TOKEN": sandboxToken},
		func() int { cancel(); return <-ended }
}

// TestServeFaults: what a shell asks for happens to real requests.
func TestServeFaults(t *testing.T) {
	env, stop := serving(t, "--fault", "GET /rules 503 1x retry-after 0", "--fault", "POST /policies 500", "--fault", "GET /alerts timeout",
		"--deny", "LogSourceRead,LogSourceModify", "--era", "2025", "--latency", "1ms")
	run := func(want int, args ...string) string {
		t.Helper()
		var out, said bytes.Buffer
		p := process(&out, env, append(args, "-C", "../../testdata/acme")...)
		p.Err = &said
		if code := Main(t.Context(), p); code != want {
			t.Fatalf("%v ended with %d, want %d:\n%s%s", args, code, want, &out, &said)
		}
		return out.String() + said.String()
	}
	got := run(exitError, "apply", "--auto-approve", "--no-record")
	for _, want := range []string{
		"retrying method=GET path=/rules", "answered 500 internal server error to POST /policies", "data_model: error: Panther refuses to list them",
		"correlation_rule: warning: this Panther has no collection of them, so one of them is not compared or deployed",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it doesn't say %q:\n%s", want, got)
		}
	}
	if got := run(exitError, "auth", "status"); !strings.Contains(got, "data_model of this repository can't be compared or deployed") {
		t.Errorf("auth status: %s", got)
	}
	// A request that never gets a response doesn't keep it from stopping.
	hung := make(chan error, 1)
	go func() {
		req, _ := http.NewRequest(http.MethodGet, env["PANTHER_API_HOST"]+"/alerts", nil)
		req.Header.Set("X-API-Key", sandboxToken)
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		hung <- err
	}()
	select {
	case err := <-hung:
		t.Errorf("it should hang: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	start := time.Now()
	if code := stop(); code != exitOK || time.Since(start) > 4*time.Second {
		t.Errorf("it ended with %d after %s", code, time.Since(start))
	}
	if err := <-hung; err == nil {
		t.Error("the request got a response")
	}
}

// TestAskTakesOnlyYes: on a terminal a person is asked, and anything but the
// word is a no.
func TestAskTakesOnlyYes(t *testing.T) {
	for answer, want := range map[string]int{"yes\n": exitOK, " yes \n": exitOK, "y\n": exitError, "YES\n": exitError, "\n": exitError, "": exitError} {
		db := filepath.Join(t.TempDir(), "panther.db")
		ctx, stop := context.WithCancel(t.Context())
		r, w := io.Pipe()
		ended := make(chan struct{})
		go func() {
			Main(ctx, process(w, nil, "sandbox", "serve", "--db", db))
			w.Close()
			close(ended)
		}()
		url, err := bufio.NewReader(r).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		var asked bytes.Buffer
		p := process(io.Discard, map[string]string{"PANTHER_API_HOST": strings.TrimSpace(url), "PANTHER_API_TOKEN": sandboxToken},
			"apply", "-C", "../../testdata/acme", "--no-record", "-q")
		p.In, p.InTerminal, p.Err = strings.NewReader(answer), true, &asked
		if code := Main(t.Context(), p); code != want {
			t.Errorf("answer %q: ended with %d, want %d (%s)", answer, code, want, &asked)
		}
		if !strings.Contains(asked.String(), `Apply 34 changes to 127.0.0.1:`) || !strings.Contains(asked.String(), `Only "yes" will be accepted: `) {
			t.Errorf("asked: %s", &asked)
		}
		stop()
		<-ended
	}
}

// brokenPipe fails every write, as a closed pipe does.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestARotatedTokenIsNeverLost: when the new value can't be handed over, it is
// kept in a file, and the file is named.
func TestARotatedTokenIsNeverLost(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	db := filepath.Join(t.TempDir(), "panther.db")
	var said bytes.Buffer
	p := process(brokenPipe{}, nil, "auth", "rotate", "--to-stdout", "--auto-approve", "--sandbox-db", db, "-C", t.TempDir())
	p.Err = &said
	if code := Main(t.Context(), p); code != exitError {
		t.Fatalf("ended with %d: %s", code, &said)
	}
	kept, err := filepath.Glob(filepath.Join(tmp, "pdac-token-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v (%v): %s", kept, err, &said)
	}
	value, err := os.ReadFile(kept[0])
	if err != nil || len(bytes.TrimSpace(value)) < 10 {
		t.Errorf("the file holds %q (%v)", value, err)
	}
	if !strings.Contains(said.String(), "the new token is in "+kept[0]+" instead") || strings.Contains(said.String(), strings.TrimSpace(string(value))) {
		t.Errorf("said: %s", &said)
	}
}
