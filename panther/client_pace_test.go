package panther_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// The clock of a bubble stands still while calls are made, so a call that isn't
// held back comes at the very same time as the one before it.

// since reports how long ago a moment was. The limiter counts in floating point,
// which may be off by a nanosecond.
func since(start time.Time) time.Duration { return time.Since(start).Round(time.Microsecond) }

func TestPacing(t *testing.T) {
	const remote = "api.acme.runpanther.net"
	for _, tc := range []struct {
		name, host string
		rate       float64
		calls      int
		want       time.Duration
	}{
		{"a burst is as large as a second's worth", remote, 0, 20, 0},
		{"twenty a second by default", remote, 0, 20 + 40, 2 * time.Second},
		{"fewer", remote, 2, 2 + 6, 3 * time.Second},
		{"one in two seconds", remote, 0.5, 1 + 3, 6 * time.Second},
		{"more", remote, 100, 100 + 50, time.Second / 2},
		{"none", remote, -1, 500, 0},
		{"none on loopback", "127.0.0.1:1", 0, 500, 0},
		{"none on localhost", "localhost", 0, 500, 0},
		{"on loopback if asked for", "[::1]:1", 2, 2 + 6, 3 * time.Second},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			r := connectForOps(t, func(o *panther.Options) { o.Host, o.RequestsPerSecond = tc.host, tc.rate })
			start := time.Now()
			for range tc.calls {
				if _, err := r.client.Get(t.Context(), ruleKey, ""); err != nil {
					t.Fatal(err)
				}
			}
			if got := since(start); got != tc.want {
				t.Errorf("%d calls took %s, want %s", tc.calls, got, tc.want)
			}
		})
	}
}

// TestPacingCountsPagesAndTries: it is requests that are paced, not calls.
func TestPacingCountsPagesAndTries(t *testing.T) {
	slowly := func(o *panther.Options) { o.RequestsPerSecond, o.PageSize = 1, 1 }
	bubble(t, "pages", func(t *testing.T) {
		r := connect(t, sandbox.Options{}, slowly)
		r.seed(panther.Policy, numbered(5)...)
		start := time.Now()
		if _, err := r.client.List(t.Context(), panther.Policy); err != nil || since(start) != 4*time.Second {
			t.Errorf("it took %s: %v", since(start), err)
		}
	})
	bubble(t, "tries", func(t *testing.T) {
		r := connectForOps(t, slowly)
		r.fault(sandbox.Fault{Status: 503, Times: 4})
		start := time.Now()
		if _, err := r.client.Get(t.Context(), ruleKey, ""); err != nil || since(start) != 4*time.Second {
			t.Errorf("it took %s: %v", since(start), err)
		}
	})
}

func TestPacingAndTheContext(t *testing.T) {
	hourly := func(o *panther.Options) { o.RequestsPerSecond = 1.0 / 3600 }
	for _, o := range ops {
		bubble(t, "a deadline that can't be met "+o.name, func(t *testing.T) {
			r := connectForOps(t, hourly)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := r.client.Get(ctx, ruleKey, ""); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			err := o.call(ctx, r.client)
			if err == nil || !strings.Contains(err.Error(), " was not sent: ") || !strings.Contains(err.Error(), "requests per second leave no time for it") ||
				!errors.Is(err, context.DeadlineExceeded) || panther.Uncertain(err) {
				t.Errorf("got %v", err)
			}
			if time.Since(start) != 0 || r.server.Faults().Requests() != 1 {
				t.Errorf("after %s and %d requests", time.Since(start), r.server.Faults().Requests())
			}
		})
		bubble(t, "somebody stops it "+o.name, func(t *testing.T) {
			r := connectForOps(t, hourly)
			ctx, cancel := context.WithCancel(t.Context())
			if _, err := r.client.Get(ctx, ruleKey, ""); err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(3*time.Second, cancel)
			start := time.Now()
			err := o.call(ctx, r.client)
			if err == nil || !strings.Contains(err.Error(), " was not sent: ") || !errors.Is(err, context.Canceled) || panther.Uncertain(err) {
				t.Errorf("got %v", err)
			}
			if time.Since(start) != 3*time.Second || r.server.Faults().Requests() != 1 {
				t.Errorf("after %s and %d requests", time.Since(start), r.server.Faults().Requests())
			}
		})
	}
	// The second try isn't sent, but the first one was.
	bubble(t, "no time for another try", func(t *testing.T) {
		r := connectForOps(t, hourly)
		r.fault(sandbox.Fault{Status: 504, After: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := ops[5].call(ctx, r.client)
		if err == nil || !strings.Contains(err.Error(), "PUT /rules/R was not sent: ") || !panther.Uncertain(err) || r.server.Faults().Requests() != 1 {
			t.Errorf("%d requests, %v", r.server.Faults().Requests(), err)
		}
	})
}
