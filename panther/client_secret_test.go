package panther_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther"
)

// TestTokenIsNeverShown has servers repeat the token in every place that a
// message of ours quotes. The logs of all tests are looked at as well, see dialWith.
func TestTokenIsNeverShown(t *testing.T) {
	filler := strings.Repeat(".", 20) // brings the token to where a text is cut off
	var list []struct {
		name    string
		status  int
		body    string
		headers []string
	}
	add := func(name string, status int, body string, headers ...string) {
		list = append(list, struct {
			name    string
			status  int
			body    string
			headers []string
		}{name, status, body, headers})
	}
	for _, status := range []int{400, 401, 403, 404, 409, 418, 429, 500, 502, 503} {
		add("a message", status, `{"message":"you sent `+secret+`, which is wrong"}`)
		add("a text", status, "X-API-Key: "+secret)
		add("a text that is cut off", status, filler+secret+filler)
		add("JSON that we don't know", status, `{"headers":{"x-api-key":"`+secret+`"}}`)
		add("a page", status, "<html><pre>"+secret+"</pre>", "Content-Type", "text/html")
	}
	add("a text with escapes", 400, `{"headers":"`+strings.ReplaceAll(secret, "-", `\u002d`)+`"}`)
	add("a unit test", 400, `{"message":"m","testResults":[{"name":"`+secret+`","passed":false,"error":{"message":"with `+secret+`"}}]}`)
	add("a function", 400, `{"message":"m","testResults":[{"name":"n","passed":false,"functions":{"title":{"error":{"message":"with `+secret+`"}}}}]}`)
	add("a redirect", 302, "", "Location", "https://evil.example/?key="+secret)
	add("Retry-After", 429, "{}", "Retry-After", secret)
	for _, body := range []string{
		secret, `{"` + secret, `"` + secret + `"`, `{"id":"` + secret + `","tags":5}`, `{"id":{"k":"` + secret + `"}}`, `{"id":["` + filler + secret + `"]}`,
		`{"id":"a","name":"a","enabled":"` + secret + `","schedule":"` + secret + `"}`, `{"id":"a","body":["` + filler + secret + `"],"sql":["` + secret + `"]}`,
		`{"results":[{"id":{"k":"` + secret + `"}}]}`, `{"results":[{"id":"a","severity":["` + filler + secret + `"]}]}`,
		`{"results":[],"next":"` + secret + `"}`, `{"results":"` + secret + `"}`, `{"results":[{"createdAt":"` + secret + `"}]}`,
		`{"message":"` + secret + `"}`, `{"permissions":"` + secret + `"}`, `{"value":["` + secret + `"]}`,
		`{"id":"a","name":"a","tags":"` + secret + `","schedule":"` + strings.Replace(secret, "-", `\u002D`, 1) + `"}`,
		// Written in another way the token is still the token once it is read.
		`{"id":{"k":"\u0074` + secret[1:] + `"}}`,
		`{"results":[],"next":"\u0074` + secret[1:] + `"}`,
	} {
		add("success", 200, body)
	}
	for _, tc := range list {
		for _, o := range ops {
			n := 0
			c, book := dialOdd(t, roundTrip(func(*http.Request) (*http.Response, error) {
				if n++; n > 3 {
					return nil, io.EOF
				}
				return reply(tc.status, tc.body, tc.headers...), nil
			}), func(o *panther.Options) { o.Tries = 2 })
			where := fmt.Sprintf("%s, %d with %s %s", o.name, tc.status, tc.name, tc.body)
			if err := o.call(t.Context(), c); err != nil {
				noSecretIn(t, where, err)
			} else if tc.status >= 300 && (tc.status != 404 || o.name != "delete") {
				t.Errorf("%s: no error", where)
			}
			noSecret(t, where+": the log", book.String())
		}
	}
}

// noSecretIn looks at an error, at all that it wraps, and at their fields.
func noSecretIn(t *testing.T, where string, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		for _, form := range []string{"%v", "%+v", "%#v"} {
			noSecret(t, where, fmt.Sprintf(form, err))
		}
	}
}

// TestTokenInTheTextOfATransport: a transport's error may quote what a server
// that speaks no HTTP has sent back.
func TestTokenInTheTextOfATransport(t *testing.T) {
	for _, o := range ops {
		c, _ := dialOdd(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("malformed HTTP response %q", "ECHO X-API-Key: "+r.Header.Get("X-API-Key"))
		}), func(o *panther.Options) { o.Tries = 2 })
		err := o.call(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), "malformed HTTP response") || !strings.Contains(err.Error(), "[token]") {
			t.Errorf("%s: got %v", o.name, err)
		}
		noSecretIn(t, o.name, err)
	}
}
