package panther_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther"
)

// stream is a body that is read in steps, each after a wait.
type stream struct {
	io.Reader
	ctx  context.Context
	wait time.Duration
	step int
}

func (s stream) Read(p []byte) (int, error) {
	select {
	case <-time.After(s.wait):
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
	return s.Reader.Read(p[:min(len(p), s.step)])
}
func (stream) Close() error { return nil }

type spaces struct{}

func (spaces) Read(p []byte) (int, error) { return copy(p, strings.Repeat(" ", len(p))), nil }

// A server that keeps every attempt busy holds a call for less than two minutes, and one
// that is only slow is waited for.
func TestATricklingResponseEnds(t *testing.T) {
	for _, tc := range []struct {
		name     string
		step     int
		wait     time.Duration
		body     io.Reader
		want     string
		attempts int
		most     time.Duration
	}{
		{"a byte a second", 1, time.Second, spaces{}, "the response brought less than 1024 bytes in 30s", 3, 2 * time.Minute},
		{"it stops", 1 << 20, time.Hour, spaces{}, "the response brought less than 1024 bytes in 30s", 3, 2 * time.Minute},
		{"a kilobyte a second", 1 << 10, time.Second, spaces{}, "no complete response within 1m0s", 3, 4 * time.Minute},
		{"slow and complete", 100, time.Second, strings.NewReader(`{"results":[]}` + strings.Repeat(" ", 5000)), "", 1, time.Minute},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			n := 0
			c, _ := dialWith(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				n++
				resp := reply(200, "")
				resp.Body, resp.ContentLength = stream{tc.body, r.Context(), tc.wait, tc.step}, -1
				return resp, nil
			}))
			began := time.Now()
			_, err := c.List(t.Context(), panther.Rule)
			if took := time.Since(began); took > tc.most || n != tc.attempts {
				t.Errorf("%d attempts, %s", n, took)
			}
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// entities returns a page of n entities with new ids and a cursor to the next one.
func entities(page, n, bytes int) string {
	var b strings.Builder
	b.WriteString(`{"results":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"%d-%d","body":%q}`, page, i, strings.Repeat("x", bytes))
	}
	fmt.Fprintf(&b, `],"next":"%d"}`, page+1)
	return b.String()
}

func TestListsThatNeverEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("reads too much for the quick set")
	}
	for _, tc := range []struct {
		name            string
		entities, bytes int
		want            string
	}{
		{"entities", 5000, 1, "the list has more than 100000 entities; check that the host is a Panther API"},
		{"pages", 1, 1, "the list has more than 10000 pages, with 10000 entities; check that the host is a Panther API, or raise api.page_size in pdac.yaml"},
		{"bytes", 1, 900_000, "after 3 entities, the lists that are read together have more than 3 MiB; check that the host is a Panther API, or raise limits.max_live_bytes in pdac.yaml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := 0
			c, _ := dialWith(t, roundTrip(func(*http.Request) (*http.Response, error) {
				n++
				return reply(200, entities(n, tc.entities, tc.bytes)), nil
			}), func(o *panther.Options) { o.ListLimit = 3 << 20 })
			list, err := c.List(t.Context(), panther.Global)
			if list != nil || err == nil || err.Error() != "list /globals: "+tc.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What is compared at once counts together; a list that ended before doesn't count.
func TestListsCountTogether(t *testing.T) {
	c, _ := dialWith(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		return reply(200, strings.Replace(entities(1, 1, 700_000), `"next":"2"`, `"next":""`, 1)), nil
	}), func(o *panther.Options) { o.ListLimit = 1 << 20 })
	for range 5 {
		if _, err := c.List(t.Context(), panther.Global); err != nil {
			t.Fatal(err)
		}
	}
	together := make(chan struct{})
	var begun atomic.Int64
	c, _ = dialWith(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if begun.Add(1) == 2 {
			close(together)
		}
		<-together
		return reply(200, strings.Replace(entities(1, 1, 700_000), `"next":"2"`, `"next":""`, 1)), nil
	}), func(o *panther.Options) { o.ListLimit = 1 << 20 })
	errs := make(chan error, 2)
	for range 2 {
		go func() { _, err := c.List(t.Context(), panther.Global); errs <- err }()
	}
	if a, b := <-errs, <-errs; (a == nil) == (b == nil) {
		t.Errorf("%v, %v", a, b)
	}
}

// Only the first 4 MiB of a response are read while another large one is in memory.
func TestFewLargeResponsesAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("reads too much for the quick set")
	}
	bubble(t, "seven lists", func(t *testing.T) {
		const mib = 1 << 20
		var reading, most atomic.Int64
		c, _ := dialWith(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			text := `{"results":[]}` + strings.Repeat(" ", 8*mib)
			resp := reply(200, "")
			read := 0
			resp.ContentLength = -1
			resp.Body = stream{readFunc(func(p []byte) (int, error) {
				before := read
				n := copy(p, text[read:])
				if read += n; n == 0 {
					reading.Add(-1)
					return 0, io.EOF
				}
				if before < 5*mib && read >= 5*mib {
					most.Store(max(most.Load(), reading.Add(1)))
				}
				return n, nil
			}), r.Context(), time.Millisecond, mib}
			return resp, nil
		}))
		var wg sync.WaitGroup
		for _, kind := range panther.Kinds() {
			wg.Go(func() {
				if _, err := c.List(t.Context(), kind); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most.Load() != 1 {
			t.Errorf("%d large responses were read at once", most.Load())
		}
	})
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// An entity has less room than a list.
func TestOneEntityIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("reads too much for the quick set")
	}
	var n atomic.Int64
	c, _ := dialOdd(t, always(&n, 200, `{"id":"a","body":"`+strings.Repeat("x", 17<<20)+`"}`))
	_, err := c.Get(t.Context(), panther.Key{Kind: panther.Rule, ID: "a"}, "")
	if err == nil || !strings.Contains(err.Error(), "the response to GET /rules/a is larger than 16777216 bytes") || n.Load() != 1 {
		t.Errorf("%d requests, %v", n.Load(), err)
	}
}

// A query is looked for only up to its name, and what was read is not kept.
func TestAQueryIsFoundOnItsPage(t *testing.T) {
	n := 0
	c, _ := dialOdd(t, roundTrip(func(*http.Request) (*http.Response, error) {
		n++
		return reply(200, fmt.Sprintf(`{"results":[{"id":"%d","name":"Q%d","sql":"select 1"}],"next":"%d"}`, n, n, n)), nil
	}))
	e, err := c.Get(t.Context(), panther.Key{Kind: panther.Query, ID: "Q3"}, "")
	if err != nil || e.ServerID != "3" || n != 3 {
		t.Errorf("%v after %d pages, %v", e, n, err)
	}
}
