package panther_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

func TestErrorTexts(t *testing.T) {
	for _, tc := range []struct {
		name    string
		status  int
		body    string
		headers []string
		want    string
	}{
		{"a message", 400, `{"message":"the id is taken"}`, nil, "Panther answered 400 bad request to GET /rules/R: the id is taken"},
		{"a message of AWS", 403, `{"Message":"Forbidden"}`, nil, "Panther answered 403 forbidden to GET /rules/R: Forbidden; the token lacks the permission for /rules (RuleRead), or this address is outside its allowed networks (pdac auth status shows both)"},
		{"no body", 404, ``, nil, "Panther answered 404 not found to GET /rules/R"},
		{"plain text", 400, "  no\n", []string{"Content-Type", "text/plain"}, "Panther answered 400 bad request to GET /rules/R: no"},
		{"other JSON", 400, `{"error":"no"}`, nil, `Panther answered 400 bad request to GET /rules/R: {"error":"no"}`},
		{"long text", 400, strings.Repeat("lorem ipsum ", 1000), nil, "Panther answered 400 bad request to GET /rules/R: lorem ipsum lorem ipsum lorem ipsum lore…"},
		{"text cut inside a letter", 400, "x" + strings.Repeat("ü", 1000), nil, "Panther answered 400 bad request to GET /rules/R: x" + strings.Repeat("ü", 39) + "…"},
		{"a page", 404, "<!DOCTYPE html><html><body>nginx</body></html>", []string{"Content-Type", "text/html"}, "Panther answered 404 not found to GET /rules/R"},
		{"a page that doesn't say so", 500, "\n <html><body>nginx</body></html>", nil, "Panther answered 500 internal server error to GET /rules/R"},
		{"a page that begins oddly", 500, "\ufeffWelcome <b>here</b>", []string{"Content-Type", "text/html; charset=utf-8"}, "Panther answered 500 internal server error to GET /rules/R"},
		{"broken JSON", 400, `{"message":"no`, nil, `Panther answered 400 bad request to GET /rules/R: {"message":"no`},
		{"a message among odd parts", 400, `{"message":"no","testResults":"none"}`, nil, "Panther answered 400 bad request to GET /rules/R: no"},
		{"an unknown status", 799, `{"message":"no"}`, nil, "Panther answered 799  to GET /rules/R: no"},
		{"a login page", 302, "<a>", []string{"Location", "https://sso.acme.example/?a=\"b\""}, `Panther answered 302 found to GET /rules/R: it redirects to "https://sso.acme.example/?a=\"b\""; pdac sends the token only to the configured host; check the host`},
		{"no answer yet", 103, "", nil, "Panther answered 103 early hints to GET /rules/R"},
		{"not modified", 304, "", nil, "Panther answered 304 not modified to GET /rules/R"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var n atomic.Int64
			c, _ := dialOdd(t, always(&n, tc.status, tc.body, tc.headers...))
			_, err := c.Get(t.Context(), ruleKey, "")
			if want := "read rule/R: " + tc.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			var api *panther.APIError
			if !errors.As(err, &api) || api.Status != tc.status || api.Method != "GET" || api.Path != "/rules/R" {
				t.Errorf("got %+v", api)
			}
		})
	}
}

func TestAdviceOnPassingFaults(t *testing.T) {
	for status, want := range map[int]string{
		429: ": slowly; Panther is limiting requests; lower api.requests_per_second in pdac.yaml, or try again later",
		503: "; Panther did not recover while pdac retried; run the command again later",
	} {
		r := connectForOps(t)
		r.fault(sandbox.Fault{Status: status, HTML: status == 503, Message: "slowly"})
		_, err := r.client.List(t.Context(), panther.Rule)
		if err == nil || !strings.HasSuffix(err.Error(), " to GET /rules"+want) {
			t.Errorf("got %v", err)
		}
	}
}

func TestFailedUnitTests(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       []panther.TestResult
		text       string
	}{
		{"those that passed are left out", `{"message":"2 failed","testResults":[{"name":"a","passed":true},{"name":"b","passed":false},{"name":"c","passed":false,"errored":true,"error":{"message":"boom"}}]}`,
			[]panther.TestResult{{Name: "b"}, {Name: "c", Errored: true, Reason: "boom"}},
			`: 2 failed; unit test "b" failed; unit test "c" could not run (boom)`},
		{"a test may pass and break", `{"message":"m","testResults":[{"name":"a","passed":true,"errored":true,"error":{"code":"Timeout"}}]}`,
			[]panther.TestResult{{Name: "a", Passed: true, Errored: true, Reason: "Timeout"}}, `: m; unit test "a" could not run (Timeout)`},
		{"the first function that says something", `{"message":"m","testResults":[{"name":"a","passed":false,"functions":{"title":{"error":{"message":"t"}},"detection":{"output":"false","error":null},"dedup":null,"runbook":{}}}]}`,
			[]panther.TestResult{{Name: "a", Reason: "title: t"}}, `unit test "a" failed (title: t)`},
		{"in the order of their names", `{"message":"m","testResults":[{"name":"a","passed":false,"functions":{"title":{"error":{"message":"t"}},"dedup":{"error":{"code":"D"}}}}]}`,
			[]panther.TestResult{{Name: "a", Reason: "dedup: D"}}, `unit test "a" failed (dedup: D)`},
		{"the test's own error comes first", `{"message":"m","testResults":[{"name":"a","passed":false,"error":{"message":"own"},"functions":{"dedup":{"error":{"message":"d"}}}}]}`,
			[]panther.TestResult{{Name: "a", Reason: "own"}}, `(own)`},
		{"a traceback in one line", `{"message":"m","testResults":[{"name":"a","passed":false,"error":{"message":"Traceback:\n  File \"x\"\r\n\tboom"}}]}`,
			[]panther.TestResult{{Name: "a", Reason: `Traceback: File "x" boom`}}, `(Traceback: File "x" boom)`},
		{"an output of another shape", `{"message":"m","testResults":[{"name":"a","passed":false,"functions":{"detection":{"output":false,"error":{"message":"d"}}}}]}`,
			[]panther.TestResult{{Name: "a", Reason: "detection: d"}}, `: m; unit test "a" failed (detection: d)`},
		{"nulls", `{"message":"m","testResults":[{"name":"a","passed":false,"errored":false,"error":null,"functions":null}]}`,
			[]panther.TestResult{{Name: "a"}}, `: m; unit test "a" failed`},
		{"no results", `{"message":"m","testResults":null}`, nil, `: m`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var n atomic.Int64
			c, _ := dialOdd(t, always(&n, 400, tc.body))
			_, err := c.Update(t.Context(), sample(panther.Rule, "R"), panther.WriteOptions{})
			var api *panther.APIError
			if !errors.As(err, &api) || !strings.HasSuffix(err.Error(), tc.text) {
				t.Fatalf("got %v, want it to end in %s", err, tc.text)
			}
			if diff := cmp.Diff(tc.want, api.Tests); diff != "" || panther.Uncertain(err) {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSuccessThatCannotBeRead: a write was done whatever its answer looks like,
// and a read gives no half entity.
func TestSuccessThatCannotBeRead(t *testing.T) {
	for _, body := range []string{"", "null", "[]", `"ok"`, "{", "{}", `{"id":""}`, `{"id":5}`, "<html>", `{"id":"R","tags":"x"}`, `{"data":{}}`, `{"data":null}`, `{"id":"R","name":"Q","schedule":5,"severity":[]}`} {
		for _, o := range ops {
			if o.name == "list" || o.name == "alerts" || o.name == "self" || o.name == "delete" {
				continue // they have tests of their own, and a delete's answer says nothing
			}
			var n atomic.Int64
			c, _ := dialOdd(t, always(&n, 200, body))
			err := o.call(t.Context(), c)
			if err == nil || panther.Uncertain(err) != o.write || n.Load() != 1 {
				t.Errorf("%s %q: %d requests, uncertain %v: %v", o.name, body, n.Load(), panther.Uncertain(err), err)
			}
		}
	}
	// 204 is what only a request for a dry run is answered with.
	var n atomic.Int64
	c, _ := dialOdd(t, always(&n, 204, ""))
	_, err := c.Create(t.Context(), sample(panther.Rule, "R"), panther.WriteOptions{})
	if want := "POST /rules: read a rule from Panther's response: it is empty; Panther reported success, so the change may have taken effect"; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// TestGlobalsAreUnwrapped: PUT answers a global inside an object, and a server
// that doesn't is understood too.
func TestGlobalsAreUnwrapped(t *testing.T) {
	for _, body := range []string{`{"data":{"id":"g","body":"x = 1"}}`, `{"id":"g","body":"x = 1"}`} {
		var n atomic.Int64
		c, _ := dialOdd(t, always(&n, 200, body))
		got, err := c.Update(t.Context(), sample(panther.Global, "g"), panther.WriteOptions{})
		if err != nil || got.ID != "g" || got.Fields["body"] != "x = 1" {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
}

// TestGiantAnswers: what is larger than any answer of Panther's isn't read to
// its end, and one of just the limit is.
func TestGiantAnswers(t *testing.T) {
	const limit = 1 << 20
	small := func(o *panther.Options) { o.AnswerLimit = limit }
	for _, o := range []op{ops[1], ops[5]} {
		n := 0
		giant := &counted{}
		// The watch for breaches would read the body whole.
		c, _ := dialWith(t, roundTrip(func(*http.Request) (*http.Response, error) {
			n++
			resp := reply(200, "")
			resp.Body, resp.ContentLength = giant, -1
			return resp, nil
		}), small)
		err := o.call(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), "is larger than 1048576 bytes") || panther.Uncertain(err) != o.write || n != 1 {
			t.Errorf("%s: %d requests, uncertain %v: %v", o.name, n, panther.Uncertain(err), err)
		}
		if giant.read > 2*limit {
			t.Errorf("%d bytes were read", giant.read)
		}
	}
	for size, good := range map[int]bool{limit: true, limit + 1: false} {
		var n atomic.Int64
		c, _ := dial(t, always(&n, 200, `{"results":[]`+strings.Repeat(" ", size-len(`{"results":[]}`))+`}`), small)
		if _, err := c.List(t.Context(), panther.Rule); (err == nil) != good {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	// A failure says what it says, however long it goes on.
	c, _ := dialWith(t, roundTrip(func(*http.Request) (*http.Response, error) {
		resp := reply(400, "", "Content-Type", "text/plain")
		resp.Body, resp.ContentLength = &counted{}, -1
		return resp, nil
	}), small)
	var api *panther.APIError
	if err := ops[1].call(t.Context(), c); !errors.As(err, &api) || api.Status != 400 || len(err.Error()) > 200 {
		t.Errorf("got %.300v", err)
	}
}

// counted is a body without end.
type counted struct{ read int }

func (b *counted) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	b.read += len(p)
	return len(p), nil
}

func (*counted) Close() error { return nil }
