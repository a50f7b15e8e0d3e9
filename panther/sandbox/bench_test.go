package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

// eightKB is a rule of about 8 KB, with two unit tests.
func eightKB(tb testing.TB, i int) []byte {
	line := "    if event.get(\"userAgent\", \"\").startswith(\"acme\"):\n        return True\n"
	resource := `{"eventName": "DeleteTrail", "n": 1, "nested": {"list": [1, 2, 3], "user": "` + strings.Repeat("x", 400) + `"}}`
	test := func(name string, want bool) map[string]any {
		return map[string]any{"name": name, "expectedResult": want, "resource": resource}
	}
	raw, err := json.Marshal(map[string]any{
		"id": fmt.Sprintf("Acme.Rule.%06d", i), "severity": "HIGH", "enabled": true, "displayName": fmt.Sprint("Rule ", i),
		"logTypes": []string{"AWS.CloudTrail", "GCP.AuditLog"}, "tags": []string{"b", "a"},
		"reports": map[string]any{"MITRE ATT&CK": []string{"TA0001:T1078"}},
		"body":    "def rule(event):\n" + strings.Repeat(line, 80),
		"tests":   []any{test("one", true), test("two", false)},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func putRule(tb testing.TB, via http.RoundTripper, i int, body []byte) {
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPut, fmt.Sprintf("https://panther.test/rules/Acme.Rule.%06d", i), bytes.NewReader(body))
	if err != nil {
		tb.Error(err)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-API-Key", token)
	response, err := via.RoundTrip(r)
	if err != nil {
		tb.Error(err)
		return
	}
	if response.StatusCode/100 != 2 {
		raw, _ := io.ReadAll(response.Body)
		tb.Errorf("status %d: %s", response.StatusCode, raw)
	}
}

// fill creates n rules, eight at a time.
func fill(tb testing.TB, via http.RoundTripper, n int) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				putRule(tb, via, i, eightKB(tb, i))
			}
		})
	}
	group.Wait()
}

var sizes = []int{100, 1_000, 1_200, 10_000}

// Each round creates all rules in a new file, forced to disk, eight at a time.
func BenchmarkCreate(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s, err := sandbox.Open(b.Context(), sandbox.Options{Path: filepath.Join(b.TempDir(), "sandbox.db")})
				if err != nil {
					b.Fatal(err)
				}
				fill(b, s.Transport(), n)
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Each round reads all pages of 100 rules.
func BenchmarkList(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b, sandbox.Options{})
			fill(b, s.Transport(), n)
			c := &client{tb: b, token: token, via: s.Transport()}
			b.ReportAllocs()
			for b.Loop() {
				pages := 0
				for cursor := ""; ; pages++ {
					got := c.do(http.StatusOK, "GET", "/rules?limit=100&cursor="+url.QueryEscape(cursor), nil)
					i := strings.LastIndex(got.body, `"next":"`)
					if i < 0 || i < len(got.body)-200 {
						break
					}
					cursor = strings.TrimSuffix(got.body[i+len(`"next":"`):], `"}`)
				}
				if pages != n/100-1 {
					b.Fatalf("%d pages", pages+1)
				}
			}
		})
	}
}

// One rule at a time: what a request costs besides the disk.
func BenchmarkPut(b *testing.B) {
	s := open(b, sandbox.Options{})
	body := eightKB(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		putRule(b, s.Transport(), 1, body)
	}
}

func BenchmarkGet(b *testing.B) {
	s := open(b, sandbox.Options{})
	fill(b, s.Transport(), 100)
	c := &client{tb: b, token: token, via: s.Transport()}
	b.ReportAllocs()
	for b.Loop() {
		c.do(http.StatusOK, "GET", "/rules/Acme.Rule.000050", nil)
	}
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "sandbox.db")
	for b.Loop() {
		s, err := sandbox.Open(b.Context(), sandbox.Options{Path: path})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
