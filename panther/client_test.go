package panther_test

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther"
)

func TestNewClientChecksItsOptions(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*panther.Options)
		want   string
	}{
		{"no host", func(o *panther.Options) { o.Host = " " }, "the Panther host is empty"},
		{"plain http", func(o *panther.Options) { o.Host = "http://api.acme.runpanther.net" }, "would expose the token to the network; use https://"},
		{"plain http to the local network", func(o *panther.Options) { o.Host = "http://192.168.0.7" }, "use https://"},
		{"another scheme", func(o *panther.Options) { o.Host = "unix:///run/panther" }, "is not a valid address"},
		{"a token in the host", func(o *panther.Options) { o.Host = "https://" + secret + "@api.acme.runpanther.net" }, "pass the token separately"},
		{"a token in the query", func(o *panther.Options) { o.Host = "https://api.acme.runpanther.net?key=" + secret }, "pass the token separately"},
		{"a token in what is no address", func(o *panther.Options) { o.Host = "https://x:" + secret + "%zz@api.acme.runpanther.net" }, "pass the token separately"},
		{"no token", func(o *panther.Options) { o.Token = "" }, "the Panther API token is empty"},
		{"a blank token", func(o *panther.Options) { o.Token = " \n\t" }, "the Panther API token is empty"},
		{"a token with a line break", func(o *panther.Options) { o.Token = secret + "\n" + secret }, "pass only the token"},
		{"a token with a return", func(o *panther.Options) { o.Token = secret + "\r\nX-Evil: 1" }, "pass only the token"},
		{"a token with a space", func(o *panther.Options) { o.Token = "Bearer " + secret }, "pass only the token"},
		{"a token with a tab", func(o *panther.Options) { o.Token = secret[:9] + "\t" + secret[9:] }, "pass only the token"},
		{"a token with a quote mark of a word processor", func(o *panther.Options) { o.Token = "“" + secret + "”" }, "pass only the token"},
		{"a token with a NUL", func(o *panther.Options) { o.Token = secret + "\x00" }, "pass only the token"},
		{"a token with a DEL", func(o *panther.Options) { o.Token = secret + "\x7f" }, "pass only the token"},
		{"a negative timeout", func(o *panther.Options) { o.Timeout = -time.Second }, "must not be negative"},
		{"a negative first wait", func(o *panther.Options) { o.FirstWait = -1 }, "must not be negative"},
		{"a negative longest wait", func(o *panther.Options) { o.LongestWait = -1 }, "must not be negative"},
		{"a negative Retry-After", func(o *panther.Options) { o.LongestRetryAfter = -1 }, "must not be negative"},
		{"negative tries", func(o *panther.Options) { o.Tries = -1 }, "must not be negative"},
		{"a negative page size", func(o *panther.Options) { o.PageSize = -1 }, "must not be negative"},
		{"a negative limit of an answer", func(o *panther.Options) { o.AnswerLimit = -1 }, "must not be negative"},
		{"a rate that is no number", func(o *panther.Options) { o.RequestsPerSecond = math.NaN() }, "must be a number"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := panther.Options{Host: "api.acme.runpanther.net", Token: secret, Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				t.Error("a request was sent")
				return nil, http.ErrServerClosed
			})}
			tc.change(&o)
			c, err := panther.NewClient(o)
			if c != nil || err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, %v, want it to say %q", c, err, tc.want)
			}
			noSecret(t, "the error", err.Error())
		})
	}
}

// TestTokenFromAFile: files end in a line break, which is no part of the token.
func TestTokenFromAFile(t *testing.T) {
	var got string
	c, _ := dialOdd(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		got = r.Header.Get("X-API-Key")
		return reply(200, `{"results":[]}`), nil
	}), func(o *panther.Options) { o.Token = "  " + secret + "\r\n" })
	if _, err := c.List(t.Context(), panther.Rule); err != nil || got != secret {
		t.Errorf("sent %q, %v", got, err)
	}
}

// TestWhereRequestsGo: the GraphQL address of Panther's own tool names the base.
func TestWhereRequestsGo(t *testing.T) {
	for host, want := range map[string]string{
		"api.acme.runpanther.net":                                         "https://api.acme.runpanther.net/rules?limit=100",
		"https://API.acme.runpanther.net/public/graphql":                  "https://api.acme.runpanther.net/rules?limit=100",
		"acme.runpanther.net":                                             "https://api.acme.runpanther.net/rules?limit=100",
		"https://acme.runpanther.net":                                     "https://acme.runpanther.net/rules?limit=100",
		"https://a.execute-api.us-west-2.amazonaws.com/v1/public/graphql": "https://a.execute-api.us-west-2.amazonaws.com/v1/rules?limit=100",
		"127.0.0.1:8080":                                                  "http://127.0.0.1:8080/rules?limit=100",
	} {
		var got string
		c, _ := dialWith(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return reply(200, `{"results":[]}`), nil
		}), func(o *panther.Options) { o.Host = host })
		if _, err := c.List(t.Context(), panther.Rule); err != nil || got != want {
			t.Errorf("%s: asked %s, want %s (%v)", host, got, want, err)
		}
		if !strings.Contains(want, "//"+c.Tenant()+"/rules") {
			t.Errorf("%s: the tenant is %s", host, c.Tenant())
		}
	}
}
