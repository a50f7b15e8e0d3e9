package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

type closable struct {
	io.Reader
	closed int
}

func (c *closable) Close() error { c.closed++; return nil }

func TestTransportLeavesTheRequestAlone(t *testing.T) {
	s := open(t, sandbox.Options{})
	body := &closable{Reader: strings.NewReader(`{"name":"q","sql":""}`)}
	r, err := http.NewRequestWithContext(t.Context(), "POST", "https://panther.test/queries", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", token)
	r.Header.Set("Content-Type", "application/json")
	url := r.URL.String()
	response, err := s.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if response.Request != r || response.StatusCode != 200 || response.ContentLength <= 0 {
		t.Errorf("response %+v", response)
	}
	if body.closed != 1 {
		t.Errorf("the body was closed %d times", body.closed)
	}
	if r.URL.String() != url || r.RemoteAddr != "" || r.Body != io.ReadCloser(body) {
		t.Errorf("the request was changed: %+v", r)
	}
}

func TestTransportWithoutAnAddressOrAfterTheEnd(t *testing.T) {
	s := open(t, sandbox.Options{})
	if _, err := s.Transport().RoundTrip(&http.Request{}); err == nil {
		t.Error("a request without an address went through")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := &closable{Reader: strings.NewReader("{}")}
	r, err := http.NewRequestWithContext(ctx, "PUT", "https://panther.test/rules/a", body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Transport().RoundTrip(r); !errors.Is(err, context.Canceled) || body.closed != 1 {
		t.Errorf("error %v, closed %d times", err, body.closed)
	}
	if s.Faults().Requests() != 0 {
		t.Error("the server saw the request")
	}
}

func TestAnHTTPClientInProcess(t *testing.T) {
	s := open(t, sandbox.Options{})
	c := &http.Client{Transport: s.Transport()}
	r, err := http.NewRequestWithContext(t.Context(), "", "https://anything.example/rules", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", token)
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if raw, err := io.ReadAll(response.Body); err != nil || string(raw) != `{"results":[]}` || response.Status != "200 OK" {
		t.Errorf("%s %s %v", response.Status, raw, err)
	}
}

// Writers and readers at the same time; run with -race.
func TestManyAtOnce(t *testing.T) {
	s := open(t, sandbox.Options{Path: t.TempDir() + "/sandbox.db"})
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			api := strict(t, s)
			for i := range 20 {
				id := fmt.Sprintf("Acme.%d.%d", w, i)
				api.do(201, "PUT", "/rules/"+id, rule(id))
				api.do(201, "PUT", "/data-models/"+id, sample(sandbox.DataModels, id))
				api.page("/rules?limit=10")
				if i%2 == 0 {
					api.do(204, "DELETE", "/rules/"+id, nil)
				}
			}
		})
	}
	// All want the same name; one gets it.
	var wins sync.Map
	for w := range 8 {
		group.Go(func() {
			got, err := strict(t, s).try("POST", "/queries", sample(sandbox.Queries, "The one"))
			if err != nil || got.status != 200 && got.status != 409 {
				t.Error(got, err)
			}
			if got.status == 200 {
				wins.Store(w, true)
			}
		})
	}
	group.Wait()
	n := 0
	wins.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d queries of one name", n)
	}
	for c, want := range map[sandbox.Collection]int{sandbox.Rules: 80, sandbox.DataModels: 160, sandbox.Queries: 1} {
		if got, err := s.Count(c); got != want || err != nil {
			t.Errorf("%d %s, want %d (%v)", got, c, want, err)
		}
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	var log strings.Builder
	var mu sync.Mutex
	s := open(t, sandbox.Options{Token: token, Logger: slog.New(slog.NewTextHandler(&lockedWriter{w: &log, mu: &mu}, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	api := connect(t, s)
	api.do(201, "PUT", "/rules/Acme", rule("Acme"))
	value, _ := api.do(200, "POST", "/api-tokens/self/rotate", nil).entity(t)["value"].(string)
	api.do(401, "GET", "/rules", nil)
	mu.Lock()
	defer mu.Unlock()
	text := log.String()
	for _, secret := range []string{token, value, "def rule"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %q:\n%s", secret, text)
		}
	}
	for _, want := range []string{"method=PUT", "path=/rules/Acme", "status=201", "status=401"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log has no %q:\n%s", want, text)
		}
	}
}

type lockedWriter struct {
	w  io.Writer
	mu *sync.Mutex
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
