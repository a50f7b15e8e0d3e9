package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

const token = "a-token"

// start is the time of every test's clock.
var start = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)

// clock is a clock that only tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: start} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// open opens a sandbox that is closed at the end of the test.
func open(tb testing.TB, options sandbox.Options) *sandbox.Server {
	tb.Helper()
	if options.Now == nil {
		options.Now = newClock().Now
	}
	s, err := sandbox.Open(tb.Context(), options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// client sends requests in the test's name.
type client struct {
	tb    testing.TB
	via   http.RoundTripper
	token string
}

// connect returns a client whose answers are all checked against the description. Its requests are not: many tests send
// wrong ones.
func connect(tb testing.TB, s *sandbox.Server) *client {
	return &client{tb: tb, token: token, via: sandbox.Contract(s.Transport(), sandbox.ContractOptions{}, func(err error) {
		if !strings.HasPrefix(err.Error(), "request ") {
			tb.Error(err)
		}
	})}
}

// strict returns a client whose requests are checked too.
func strict(tb testing.TB, s *sandbox.Server) *client {
	return allowing(tb, s, sandbox.ContractOptions{})
}

// allowing is strict but for some responses that the description doesn't have.
func allowing(tb testing.TB, s *sandbox.Server, o sandbox.ContractOptions) *client {
	return &client{tb: tb, token: token, via: sandbox.Contract(s.Transport(), o, func(err error) { tb.Error(err) })}
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (c *client) try(method, path string, body any) (reply, error) {
	c.tb.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			c.tb.Fatal(err)
		}
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(c.tb.Context(), method, "https://panther.test"+path, content)
	if err != nil {
		c.tb.Fatal(err)
	}
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("X-API-Key", c.token)
	}
	response, err := c.via.RoundTrip(r)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(raw)}, err
}

// do sends a request that has to be answered, with a status unless it is 0.
func (c *client) do(status int, method, path string, body any) reply {
	c.tb.Helper()
	got, err := c.try(method, path, body)
	if err != nil {
		c.tb.Fatalf("%s %s: %v", method, path, err)
	}
	if status != 0 && got.status != status {
		c.tb.Fatalf("%s %s: status %d, want %d: %.500s", method, path, got.status, status, got.body)
	}
	return got
}

// entity reads the answer as one JSON object.
func (r reply) entity(tb testing.TB) map[string]any {
	tb.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		tb.Fatalf("answer %q: %v", r.body, err)
	}
	return out
}

func (r reply) message(tb testing.TB) string {
	tb.Helper()
	text, isText := r.entity(tb)["message"].(string)
	if !isText || text == "" {
		tb.Fatalf("answer %q has no message", r.body)
	}
	return text
}

type listing struct {
	Results []map[string]any `json:"results"`
	Next    *string          `json:"next"`
}

// all reads every page of a list and returns the ids, page by page.
func (c *client) all(path string) [][]string {
	c.tb.Helper()
	var pages [][]string
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	for cursor := ""; ; {
		at := path
		if cursor != "" {
			at += separator + "cursor=" + url.QueryEscape(cursor)
		}
		page := c.page(at)
		pages = append(pages, idsOf(page))
		if page.Next == nil {
			return pages
		}
		if cursor = *page.Next; len(pages) > 10_000 {
			c.tb.Fatal("the list does not end")
		}
	}
}

func (c *client) page(path string) listing {
	c.tb.Helper()
	var page listing
	if err := json.Unmarshal([]byte(c.do(http.StatusOK, "GET", path, nil).body), &page); err != nil {
		c.tb.Fatal(err)
	}
	return page
}

func idsOf(page listing) []string {
	var ids []string
	for _, entity := range page.Results {
		ids = append(ids, fmt.Sprint(entity["id"]))
	}
	return ids
}

func inject(tb testing.TB, s *sandbox.Server, fault sandbox.Fault) *sandbox.Injection {
	tb.Helper()
	i, err := s.Faults().Add(fault)
	if err != nil {
		tb.Fatal(err)
	}
	return i
}

func rule(id string) map[string]any {
	return map[string]any{"id": id, "body": "def rule(event):\n    return True\n", "severity": "HIGH"}
}

// sample returns a small, valid request body for a collection.
func sample(c sandbox.Collection, id string) map[string]any {
	switch c {
	case sandbox.SimpleRules:
		return map[string]any{"id": id, "detection": "- Key: name\n  Condition: Equals\n  Value: yes\n", "severity": "LOW"}
	case sandbox.CorrelationRules:
		return map[string]any{"id": id, "detection": "- Group:\n    - {ID: A, RuleID: Acme.A}\n", "severity": "LOW"}
	case sandbox.Globals:
		return map[string]any{"body": "import re\n"}
	case sandbox.DataModels:
		return map[string]any{"id": id, "enabled": true, "logTypes": []string{"Acme." + id}}
	case sandbox.Queries:
		return map[string]any{"name": id, "sql": "select 1"}
	default:
		return rule(id)
	}
}

// sequence makes ids that tests can foretell.
func sequence(prefix string) func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprint(prefix, n.Add(1)) }
}
