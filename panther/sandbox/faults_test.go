package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

func TestWhichRequestsAFaultTakes(t *testing.T) {
	tests := map[string]struct {
		fault sandbox.Fault
		want  string // one digit a request: is it hit?
		path  string
	}{
		"every":             {sandbox.Fault{}, "1111", "/rules"},
		"first two":         {sandbox.Fault{Times: 2}, "1100", "/rules"},
		"every third":       {sandbox.Fault{Every: 3}, "001001", "/rules"},
		"after two":         {sandbox.Fault{Skip: 2}, "00111", "/rules"},
		"the third":         {sandbox.Fault{Skip: 2, Times: 1}, "00100", "/rules"},
		"mixed":             {sandbox.Fault{Skip: 1, Every: 2, Times: 2}, "0010100", "/rules"},
		"method and path":   {sandbox.Fault{Match: "GET /rules"}, "11", "/rules"},
		"other method":      {sandbox.Fault{Match: "PUT /rules"}, "00", "/rules"},
		"other path":        {sandbox.Fault{Match: "GET /policies"}, "00", "/rules"},
		"any method":        {sandbox.Fault{Match: "* /rules"}, "11", "/rules"},
		"any path":          {sandbox.Fault{Match: "GET *"}, "11", "/rules/a%2Fb"},
		"pattern":           {sandbox.Fault{Match: "GET /rules/*"}, "11", "/rules/a%2Fb"},
		"not deeper":        {sandbox.Fault{Match: "GET /*"}, "00", "/rules/a"},
		"the query is none": {sandbox.Fault{Match: "GET /rules"}, "11", "/rules?limit=1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, sandbox.Options{})
			test.fault.Status = 503
			fault := inject(t, s, test.fault)
			api := connect(t, s)
			var got strings.Builder
			for range test.want {
				if api.do(0, "GET", test.path, nil).status == 503 {
					got.WriteByte('1')
				} else {
					got.WriteByte('0')
				}
			}
			if got.String() != test.want {
				t.Errorf("hits %s, want %s", got.String(), test.want)
			}
			if n := strings.Count(test.want, "1"); fault.Hits() != n {
				t.Errorf("counted %d hits, want %d", fault.Hits(), n)
			}
			fault.Remove()
			if api.do(0, "GET", test.path, nil).status == 503 {
				t.Error("it still hits after Remove")
			}
		})
	}
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	var f sandbox.Faults
	for _, fault := range []sandbox.Fault{
		{Match: "/rules"}, {Match: "GET /rules/["}, {Skip: -1}, {Every: -1}, {Times: -1}, {PageSize: -1}, {Latency: -1}, {Status: 200},
	} {
		if _, err := f.Add(fault); err == nil {
			t.Errorf("%+v was taken", fault)
		}
	}
}

func TestFailuresBeforeAndAfterTheCommit(t *testing.T) {
	for name, test := range map[string]struct {
		fault  sandbox.Fault
		stored bool
	}{
		"status before": {sandbox.Fault{Status: 502}, false},
		"status after":  {sandbox.Fault{Status: 504, After: true}, true},
		"web page":      {sandbox.Fault{Status: 503, HTML: true}, false},
		"busy":          {sandbox.Fault{Status: 429, RetryAfter: "7", Message: "slow down"}, false},
		"break before":  {sandbox.Fault{Break: true}, false},
		"break after":   {sandbox.Fault{Break: true, After: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			test.fault.Match = "PUT /rules/*"
			check := func(t *testing.T, s *sandbox.Server, api *client) {
				inject(t, s, test.fault)
				got, err := api.try("PUT", "/rules/Acme", rule("Acme"))
				if test.fault.Break != (err != nil) || got.status != test.fault.Status {
					t.Fatalf("status %d, error %v", got.status, err)
				}
				if isPage := strings.HasPrefix(got.body, "<html>"); isPage != test.fault.HTML {
					t.Errorf("body %s", got.body)
				}
				if h := got.header.Get("Retry-After"); h != test.fault.RetryAfter {
					t.Errorf("Retry-After %q", h)
				}
				if test.fault.Message != "" && got.message(t) != test.fault.Message {
					t.Errorf("message %q", got.message(t))
				}
				if n, err := s.Count(sandbox.Rules); err != nil || (n == 1) != test.stored {
					t.Errorf("%d rules are stored (%v)", n, err)
				}
			}
			t.Run("in process", func(t *testing.T) {
				s := open(t, sandbox.Options{})
				api := strict(t, s)
				if check(t, s, api); test.fault.Break {
					if _, err := api.try("PUT", "/rules/Acme", rule("Acme")); !errors.Is(err, io.ErrUnexpectedEOF) {
						t.Errorf("error %v", err)
					}
				}
			})
			t.Run("over a socket", func(t *testing.T) {
				s := open(t, sandbox.Options{})
				check(t, s, overSocket(t, s))
			})
		})
	}
}

// overSocket returns a client that talks to the server through a real connection.
func overSocket(t *testing.T, s *sandbox.Server) *client {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	to := strings.TrimPrefix(server.URL, "http://")
	via := roundTrip(func(r *http.Request) (*http.Response, error) {
		r.URL.Scheme, r.URL.Host = "http", to
		return server.Client().Transport.RoundTrip(r)
	})
	return &client{tb: t, token: token, via: sandbox.Contract(via, sandbox.ContractOptions{}, func(err error) { t.Error(err) })}
}

func TestARefusalOutlivesAFailureAfterwards(t *testing.T) {
	s := open(t, sandbox.Options{})
	inject(t, s, sandbox.Fault{Status: 500, After: true})
	connect(t, s).do(404, "GET", "/rules/None", nil)
}

func TestBreakingAnHTTP2Stream(t *testing.T) {
	s := open(t, sandbox.Options{})
	server := httptest.NewUnstartedServer(s)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	inject(t, s, sandbox.Fault{Break: true, Times: 1})
	get := func() (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/rules", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-API-Key", token)
		return server.Client().Transport.RoundTrip(r)
	}
	if response, err := get(); err == nil {
		t.Fatalf("status %d", response.StatusCode)
	}
	response, err := get()
	if err != nil || response.StatusCode != 200 || response.ProtoMajor != 2 {
		t.Fatal(response, err)
	}
	_ = response.Body.Close()
}

// Someone else edits the entity between our reading and our writing.
func TestConcurrentEdit(t *testing.T) {
	s := open(t, sandbox.Options{})
	api := strict(t, s)
	api.do(201, "PUT", "/rules/Acme", rule("Acme"))
	inject(t, s, sandbox.Fault{Match: "GET /rules/*", Skip: 1, Times: 1, Do: func(*http.Request) {
		if err := s.Edit(t.Context(), sandbox.Rules, "Acme", func(e map[string]any) { e["severity"] = "LOW" }); err != nil {
			t.Error(err)
		}
	}})
	for i, want := range []string{"HIGH", "LOW", "LOW"} {
		if got := api.do(200, "GET", "/rules/Acme", nil).entity(t)["severity"]; got != want {
			t.Errorf("reading %d gives %v, want %s", i, got, want)
		}
	}
}

func TestHookAndClear(t *testing.T) {
	faults := &sandbox.Faults{}
	s := open(t, sandbox.Options{Faults: faults})
	if s.Faults() != faults {
		t.Fatal("the server has other faults")
	}
	api := connect(t, s)
	var mu sync.Mutex
	var seen []int
	faults.OnRequest(func(n int, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, n)
	})
	inject(t, s, sandbox.Fault{Status: 503})
	api.do(503, "GET", "/rules", nil)
	api.do(503, "GET", "/rules", nil)
	faults.Clear()
	api.do(200, "GET", "/rules", nil)
	if len(seen) != 2 || seen[1] != 2 || faults.Requests() != 3 {
		t.Errorf("seen %v, requests %d", seen, faults.Requests())
	}
}

func TestFaultsAddUp(t *testing.T) {
	s := open(t, sandbox.Options{})
	fillSmall(t, s, 9)
	inject(t, s, sandbox.Fault{PageSize: 4})
	inject(t, s, sandbox.Fault{PageSize: 2})
	inject(t, s, sandbox.Fault{Skip: 1, Status: 502})
	inject(t, s, sandbox.Fault{Skip: 1, Status: 503})
	api := connect(t, s)
	if n := len(api.page("/rules").Results); n != 2 {
		t.Errorf("a page of %d", n)
	}
	api.do(502, "GET", "/rules", nil)
}

func TestLatencyEndsWithTheContext(t *testing.T) {
	s := open(t, sandbox.Options{})
	inject(t, s, sandbox.Fault{Latency: time.Hour, Times: 1})
	ctx, cancel := context.WithCancel(t.Context())
	s.Faults().OnRequest(func(int, *http.Request) { cancel() })
	r, err := http.NewRequestWithContext(ctx, "GET", "https://panther.test/rules", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Transport().RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
