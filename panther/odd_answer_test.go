package panther_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// TestAnotherEntity: an answer about another entity is a failure that names both.
func TestAnotherEntity(t *testing.T) {
	for _, tc := range []struct {
		name, body, want string
		call             func(*panther.Client) error
		write            bool
	}{
		{"create", `{"id":"Q","body":"x"}`, "Panther answered POST /rules, which is about rule/R, with rule/Q; Panther reported success, so the change may have taken effect", func(c *panther.Client) error {
			_, err := c.Create(t.Context(), sample(panther.Rule, "R"), panther.WriteOptions{})
			return err
		}, true},
		{"update", `{"id":"r","body":"x"}`, "Panther answered PUT /rules/R, which is about rule/R, with rule/r; Panther reported success, so the change may have taken effect", func(c *panther.Client) error {
			_, err := c.Update(t.Context(), sample(panther.Rule, "R"), panther.WriteOptions{})
			return err
		}, true},
		{"update of a global", `{"data":{"id":"h","body":"x"}}`, "Panther answered PUT /globals/g, which is about global/g, with global/h; Panther reported success, so the change may have taken effect", func(c *panther.Client) error {
			_, err := c.Update(t.Context(), sample(panther.Global, "g"), panther.WriteOptions{})
			return err
		}, true},
		{"read", `{"id":"R\u001b[31m\nQ","body":"x"}`, "read rule/R: Panther answered GET /rules/R, which is about rule/R, with rule/R[31m Q", func(c *panther.Client) error {
			_, err := c.Get(t.Context(), ruleKey, "")
			return err
		}, false},
		{"read of a query by the id of the server", `{"id":"2","name":"Q","sql":"SELECT 1"}`, "read query/Q: Panther answered GET /queries/1, which is about query/1, with query/2", func(c *panther.Client) error {
			_, err := c.Get(t.Context(), panther.Key{Kind: panther.Query, ID: "Q"}, "1")
			return err
		}, false},
		{"a query has another name now", `{"id":"1","name":"New","sql":"SELECT 1"}`, "", func(c *panther.Client) error {
			_, err := c.Get(t.Context(), panther.Key{Kind: panther.Query, ID: "Q"}, "1")
			return err
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var n atomic.Int64
			c, _ := dialOdd(t, always(&n, 200, tc.body))
			err := tc.call(c)
			if (err == nil) != (tc.want == "") || err != nil && err.Error() != tc.want {
				t.Fatalf("got  %v\nwant %s", err, tc.want)
			}
			if panther.IsOther(err) != (tc.want != "") || panther.Uncertain(err) != tc.write || n.Load() != 1 {
				t.Errorf("other %v, uncertain %v, %d requests", panther.IsOther(err), panther.Uncertain(err), n.Load())
			}
		})
	}
}

// TestAWebPage: a page in place of an answer is said to be one, and is no success.
func TestAWebPage(t *testing.T) {
	for _, body := range []string{"<!doctype html>", "\n <html>", "Sign in"} {
		for _, o := range ops {
			if o.name == "rotate" {
				continue // whatever it is answered with, the token may be dead
			}
			var n atomic.Int64
			c, _ := dialOdd(t, always(&n, 200, body, "Content-Type", "text/html; charset=utf-8"))
			err := o.call(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), "is a web page and not JSON; a proxy or a login page may have answered in place of Panther, so check the host") {
				t.Errorf("%s %q: %v", o.name, body, err)
			} else if strings.Contains(err.Error(), "reported success") || panther.Uncertain(err) != o.write {
				t.Errorf("%s %q: uncertain %v: %v", o.name, body, panther.Uncertain(err), err)
			}
		}
	}
	// JSON is JSON, whatever its type is called.
	var n atomic.Int64
	c, _ := dialOdd(t, always(&n, 200, `{"id":"R","body":"x"}`, "Content-Type", "text/html"))
	if _, err := c.Get(t.Context(), ruleKey, ""); err != nil {
		t.Error(err)
	}
}

// TestGarbledTexts: what is no UTF-8 is marked, and never sent back.
func TestGarbledTexts(t *testing.T) {
	for src, bad := range map[string]bool{
		"a\xffb": true, "\xc3": true, `\ud800`: true, `\udc00`: true, `\ud83d\ud83d`: true, `\uD83Dx`: true, `\ud83d\ude00\udbff`: true,
		"\uFFFD": false, `\ufffd`: false, `\ud83d\ude00`: false, `\\ud800`: false, `\\\ud800`: true, `\n\u00e9`: false, `x\\`: false,
	} {
		e, err := panther.UnmarshalEntity(panther.Rule, []byte(`{"id":"R","body":"x","tags":["`+src+`"],"description":"fine"}`))
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		if got := slices.Equal(e.Garbled, []string{"tags"}); got != bad || !bad && e.GarbledReason() != "" {
			t.Errorf("%q: %q are garbled", src, e.Garbled)
		}
		_, err = e.Request(true)
		if want := `rule/R can't be sent back as it is: its tags in Panther contains bytes that are not UTF-8, shown here as "` + "\uFFFD" + `"; correct it in the console, or set it in the spec`; bad && (err == nil || err.Error() != want) || !bad && err != nil {
			t.Errorf("%q: %v", src, err)
		}
		if _, err := e.With(map[string]any{"tags": []any{"a"}}).Request(true); err != nil {
			t.Errorf("%q: a new value is refused: %v", src, err)
		}
	}
	_, err := panther.UnmarshalEntity(panther.Rule, []byte("{\"id\":\"R\xff\"}"))
	if err == nil || !strings.Contains(err.Error(), "which contains bytes that are not UTF-8; correct it in the console") || !utf8.ValidString(err.Error()) {
		t.Errorf("an id: %v", err)
	}
}

// TestLongWordsOfTheServer are cut, and are one line without control characters.
func TestLongWordsOfTheServer(t *testing.T) {
	if testing.Short() {
		t.Skip("reads too much for the quick set")
	}
	long := strings.Repeat("é", 10_000)
	for name, body := range map[string]string{
		"a message":   `{"message":"` + long + `"}`,
		"lines":       `{"message":"` + strings.Repeat(`no\r\n\u2028\u0085`, 5000) + `"}`,
		"controls":    `{"message":"` + strings.Repeat(`\u001b]0;x\u0007\u009b\u202e\u200b`, 5000) + `"}`,
		"tests":       `{"message":"no","testResults":[` + strings.TrimSuffix(strings.Repeat(`{"name":"`+long+`","error":{"message":"`+long+`"}},`, 200), ",") + `]}`,
		"other JSON":  `{"error":"` + long + `"}`,
		"broken UTF8": `{"message":"` + strings.Repeat("\xff", 5000) + `"}`,
	} {
		var n atomic.Int64
		c, _ := dialOdd(t, always(&n, 400, body))
		_, err := c.Update(t.Context(), sample(panther.Rule, "R"), panther.WriteOptions{})
		var api *panther.APIError
		if !errors.As(err, &api) {
			t.Fatalf("%s: %v", name, err)
		}
		if got := []rune(api.Message); len(got) > 501 || len(api.Tests) > 50 || len(err.Error()) > 100_000 {
			t.Errorf("%s: the message has %d characters, %d tests, and %d bytes in all", name, len(got), len(api.Tests), len(err.Error()))
		}
		if s := err.Error(); !utf8.ValidString(s) || strings.ContainsAny(s, "\x1b\x07\n\r\u0085\u2028\u009b\u202e\u200b") {
			t.Errorf("%s: got %q", name, s)
		}
	}
}

// TestOddFaults: each odd success of the sandbox is found.
func TestOddFaults(t *testing.T) {
	for _, odd := range sandbox.Oddities() {
		r := connectForOps(t)
		c, _ := dialOdd(t, r.server.Transport()) // its answers are not as described
		r.fault(sandbox.Fault{Match: "PUT /rules/*", Odd: odd})
		r.fault(sandbox.Fault{Match: "GET /rules/*", Odd: odd})
		e, err := c.Update(t.Context(), sample(panther.Rule, "R"), panther.WriteOptions{})
		got, readErr := c.Get(t.Context(), ruleKey, "")
		switch odd {
		case sandbox.Ignored:
			if err != nil || e.ID != "R" || readErr != nil {
				t.Errorf("%s: %v, %v", odd, err, readErr)
			}
		case sandbox.Garbled:
			if err != nil || readErr != nil || !slices.Equal(got.Garbled, []string{"description"}) {
				t.Errorf("%s: %v, %v, %v", odd, err, readErr, got.Garbled)
			}
		default:
			if !panther.Uncertain(err) || readErr == nil {
				t.Errorf("%s: %v, %v", odd, err, readErr)
			}
		}
	}
}
