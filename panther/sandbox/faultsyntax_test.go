package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

func TestParseFault(t *testing.T) {
	for text, want := range map[string]sandbox.Fault{
		"POST /rules 503 3x":                       {Match: "POST /rules", Status: 503, Times: 3},
		"* * 429 2x after 1 retry-after 2":         {Match: "* *", Status: 429, Times: 2, Skip: 1, RetryAfter: "2"},
		"  get  /simple-rules/A*  reset  after 0 ": {Match: "GET /simple-rules/A*", Break: true},
		"DELETE /*-rules timeout 1x":               {Match: "DELETE /*-rules", Hang: true, Times: 1},
		"* /queries/ 1m30s":                        {Match: "* /queries", Latency: 90 * time.Second},
		"GET /api-tokens/self 500 retry-after 0":   {Match: "GET /api-tokens/self", Status: 500, RetryAfter: "0"},
	} {
		want.Below = true
		got, err := sandbox.ParseFault(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
		if _, err := new(sandbox.Faults).Add(got); err != nil {
			t.Errorf("%q can't be added: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"":                                "it needs a method, a path and an outcome",
		"POST 503":                        "it needs a method, a path and an outcome",
		"PSOT /rules 503":                 `"PSOT" is not a method; use GET, POST, PUT, DELETE or *`,
		"POST rules 503":                  `"rules" is not a path of the API; use * or a path that starts with /alerts, /api-tokens, /correlation-rules, `,
		"POST /rule 503":                  `"/rule" is not a path of the API`,
		"POST /rules/[ 503":               `"/rules/[" is not a valid pattern`,
		"POST /rules 200":                 `"200" is not an outcome; use a status from 400 to 599, reset, timeout, other-id, page, blank, garbled, ignored, or a delay such as 2s`,
		"POST /rules rest":                `"rest" is not an outcome`,
		"POST /rules -2s":                 `"-2s" is not an outcome`,
		"POST /rules 503 3":               `"3" is unknown; after the outcome come Nx, after N, or retry-after SECONDS`,
		"POST /rules 503 0x":              `"0x" must be a number of requests, given once, such as 3x`,
		"POST /rules 503 2x 2x":           `"2x" must be a number of requests, given once`,
		"POST /rules 503 after":           `"after" needs a number`,
		"POST /rules 503 after x":         `"x" after "after" is not a number`,
		"POST /rules 503 retry-after -1":  `"-1" after "retry-after" is not a number`,
		"POST /rules reset retry-after 1": `retry-after needs a status, because "reset" has no response of its own`,
	} {
		_, err := sandbox.ParseFault(text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), `; write it like "POST /rules 503 3x after 1 retry-after 2"`) || !strings.Contains(err.Error(), `fault "`+text+`": `) {
			t.Errorf("%q: got %v, want it to say %q", text, err, want)
		}
	}
}

// TestFaultsOfAShell: they hit what they say, below the path too.
func TestFaultsOfAShell(t *testing.T) {
	s := open(t, sandbox.Options{Token: token})
	api := connect(t, s)
	for _, text := range []string{"* /rules 503 2x after 1 retry-after 7", "GET /*-rules/B 502", "GET /queries reset", "GET /globals timeout"} {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Faults().Add(f); err != nil {
			t.Fatal(err)
		}
	}
	api.do(200, "GET", "/rules", nil)
	if got := api.do(503, "GET", "/rules/A", nil); got.header.Get("Retry-After") != "7" {
		t.Errorf("the header is %v", got.header)
	}
	api.do(503, "DELETE", "/rules/A", nil)
	api.do(404, "GET", "/rules/A", nil)
	api.do(200, "GET", "/simple-rules", nil)
	api.do(502, "GET", "/simple-rules/B", nil)
	api.do(404, "GET", "/simple-rules/C", nil)

	send := func(ctx context.Context, path string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://panther"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-API-Key", token)
		resp, err := s.Transport().RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := send(t.Context(), "/queries"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("reset: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if err := send(ctx, "/globals"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("timeout: %v", err)
	}
	// Clearing ends a wait that would never end.
	ended := make(chan error, 1)
	before := s.Faults().Requests()
	go func() { ended <- send(context.Background(), "/globals") }()
	for s.Faults().Requests() == before {
		time.Sleep(time.Millisecond)
	}
	s.Faults().Clear()
	if err := <-ended; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("after clearing: %v", err)
	}
}
