package panther_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther"
)

// FuzzAnswer: whatever a server answers, each call gives a value or an error,
// in a bounded number of requests, and never shows the token.
func FuzzAnswer(f *testing.F) {
	for i, body := range []string{
		``, `{}`, `null`, `[]`, `{"results":[]}`, `{"results":[{"id":"a","body":"b"}],"next":"x"}`, liveRule, `{"message":"no"}`,
		`{"data":{"id":"g","body":"x"}}`, `{"id":"q","name":"Q","sql":"select 1","schedule":{"cron":"x","rateMinutes":1e2}}`,
		`{"message":"m","testResults":[{"name":"a","functions":{"title":{"error":{"message":"x"}},"b":null}},null]}`,
		`{"value":"v","expiresAt":"2026-01-02T03:04:05Z"}`, `{"results":[{"id":"a","createdAt":"x"}]}`, `<html>`, secret, `{"id":{"k":"` + secret + `"}}`,
		"\xff\xfe", `{"results":null,"next":5}`, `{"id":"a","tests":[{}],"reports":{"a":null}}`,
	} {
		for _, status := range []int{200, 201, 204, 302, 400, 404, 409, 429, 500, 503} {
			f.Add(uint8(i), status, "application/json", "", "", body, false)
		}
	}
	f.Add(uint8(0), 429, "text/html; charset=x", "99999999999", "https://evil.example", "<html>", false)
	f.Add(uint8(5), 503, "", "Fri, 31 Dec 9999 23:59:59 GMT", secret, `{"message":"x`, true)
	f.Fuzz(func(t *testing.T, which uint8, status int, contentType, retryAfter, location, body string, breaks bool) {
		o := ops[int(which)%len(ops)]
		n := 0
		c, err := panther.NewClient(panther.Options{
			Host: "localhost", Token: secret, Tries: 2, FirstWait: 1, LongestWait: 1, LongestRetryAfter: 1,
			Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				n++
				resp := reply(status, body, "Content-Type", contentType, "Retry-After", retryAfter, "Location", location)
				if breaks {
					resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), broken{}))
				}
				return resp, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		err = o.call(t.Context(), c)
		// A list reads a second page where there seems to be one, and each page twice at most.
		if n == 0 || n > 4 {
			t.Errorf("%s made %d requests", o.name, n)
		}
		if err == nil {
			if good := status/100 == 2 || status == 404 && o.name == "delete"; !good || breaks {
				t.Errorf("%s takes %d %q for a success", o.name, status, body)
			}
			return
		}
		if panther.Uncertain(err) && !o.write {
			t.Errorf("%s leaves open what it has done: %v", o.name, err)
		}
		if status/100 == 2 && o.write && !panther.Uncertain(err) {
			t.Errorf("%s is sure that nothing was done: %v", o.name, err)
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s shows the token: %v", o.name, err)
		}
	})
}

// broken is where a connection ends.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

// FuzzRetryAfter: whatever the header says, the wait has an end.
func FuzzRetryAfter(f *testing.F) {
	for _, h := range []string{"", "0", "5", "-1", "1.5", "9223372037", "99999999999999999999", "+7", "0x10", "Fri, 31 Dec 9999 23:59:59 GMT", "soon"} {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, header string) {
		n := 0
		c, err := panther.NewClient(panther.Options{
			Host: "localhost", Token: secret, FirstWait: 1, LongestWait: 1, LongestRetryAfter: time.Microsecond,
			Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				if n++; n == 1 {
					return reply(429, "{}", "Retry-After", header), nil
				}
				return reply(200, `{"results":[]}`), nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		// A wait that is longer than any run's ends the call; else it is made again.
		_, err = c.List(t.Context(), panther.Rule)
		var api *panther.APIError
		if tooLong := errors.As(err, &api) && strings.Contains(api.Advice, "Panther asks to wait"); tooLong != (n == 1) || err != nil && !tooLong {
			t.Errorf("%d requests, %v", n, err)
		}
	})
}
