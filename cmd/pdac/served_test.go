package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// served finds the "pdac sandbox serve" of a script.
type served struct{ byScript sync.Map }

var serves served

// serveSandbox starts "pdac sandbox serve" with flags, in place of the one that ran
// before, and points the environment at it. Without --addr it keeps the address of
// that one, as one Panther that is upgraded.
func serveSandbox(ts *testscript.TestScript, _ bool, args []string) {
	addr := "127.0.0.1:0"
	if stop, ok := serves.byScript.Load(ts); ok {
		stop.(func())()
		addr = strings.TrimPrefix(ts.Getenv("PANTHER_API_HOST"), "http://")
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan struct{})
	var said bytes.Buffer
	p := process(w, nil, append([]string{"sandbox", "serve", "--addr", addr, "--db", ts.MkAbs("served.db"), "--token", "sesame"}, args...)...)
	p.Err = &said
	python, own := ts.Getenv("PDAC_PYTHON"), p.Getenv
	p.Getenv = func(name string) string {
		if name == "PDAC_PYTHON" {
			return python
		}
		return own(name)
	}
	go func() {
		defer close(ended)
		Main(ctx, p)
		w.Close()
	}()
	stop := func() { cancel(); <-ended }
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		stop()
		ts.Fatalf("it did not start: %s", &said)
	}
	ts.Defer(stop)
	serves.byScript.Store(ts, stop)
	ts.Setenv("PANTHER_API_HOST", strings.TrimSpace(line))
	ts.Setenv("PANTHER_API_TOKEN", "sesame")
}

// put edits an entity as a person in the console does: it reads it over HTTP,
// changes fields, and writes it back whole. An entity that is missing is created.
func put(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 || neg {
		ts.Fatalf("usage: put COLLECTION ID JSON")
	}
	path := ts.Getenv("PANTHER_API_HOST") + "/" + args[0] + "/" + url.PathEscape(args[1])
	entity := map[string]any{}
	if status, body := request(ts, http.MethodGet, path, nil); status == http.StatusOK {
		ts.Check(json.Unmarshal(body, &entity))
	}
	ts.Check(json.Unmarshal([]byte(args[2]), &entity))
	entity["id"] = args[1]
	text, err := json.Marshal(entity)
	ts.Check(err)
	if status, body := request(ts, http.MethodPut, path, text); status >= 300 {
		ts.Fatalf("PUT %s: %d %s", path, status, body)
	}
}

// ask writes what GET answers to standard output.
func ask(ts *testscript.TestScript, _ bool, args []string) {
	status, body := request(ts, http.MethodGet, ts.Getenv("PANTHER_API_HOST")+args[0], nil)
	fmt.Fprintf(ts.Stdout(), "%d %s\n", status, body)
}

func request(ts *testscript.TestScript, method, url string, body []byte) (int, []byte) {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	ts.Check(err)
	req.Header.Set("X-API-Key", ts.Getenv("PANTHER_API_TOKEN"))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	ts.Check(err)
	return resp.StatusCode, out
}
