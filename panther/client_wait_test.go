package panther_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// The tests here run in a bubble, whose clock is no real one: it moves only
// when everybody waits, and then to the exact moment that somebody waits for.

func bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func waits(first, longest time.Duration) func(*panther.Options) {
	return func(o *panther.Options) { o.FirstWait, o.LongestWait = first, longest }
}

func TestRetryAfterIsObeyed(t *testing.T) {
	const first = time.Hour // so that it can't be mistaken for what the server asks
	for _, tc := range []struct {
		name, header string
		least, most  time.Duration
	}{
		{"seconds", "7", 7 * time.Second, 7 * time.Second},
		{"a date", "DATE", 90 * time.Second, 90 * time.Second},
		{"as long as we wait", "120", 2 * time.Minute, 2 * time.Minute},
		{"no header", "", first / 2, first * 3 / 2},
		{"nothing", "0", first / 2, first * 3 / 2},
		{"a date that is over", "Sat, 01 Jan 2000 00:00:00 GMT", first / 2, first * 3 / 2},
		{"less than nothing", "-5", first / 2, first * 3 / 2},
		{"some words", "soon", first / 2, first * 3 / 2},
	} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			bubble(t, tc.name+" "+http.StatusText(status), func(t *testing.T) {
				r := connectForOps(t, waits(first, first))
				start := time.Now()
				header := tc.header
				if header == "DATE" {
					header = start.Add(90 * time.Second).UTC().Format(http.TimeFormat)
				}
				r.fault(sandbox.Fault{Status: status, RetryAfter: header, Times: 1})
				if _, err := r.client.Get(t.Context(), ruleKey, ""); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(start); got < tc.least || got > tc.most {
					t.Errorf("it waited %s, want %s to %s", got, tc.least, tc.most)
				}
			})
		}
	}
}

// TestALongRetryAfterEndsTheCall: nobody retries before Retry-After has passed,
// and nobody waits for hours.
func TestALongRetryAfterEndsTheCall(t *testing.T) {
	for _, header := range []string{"121", "86400", "Fri, 31 Dec 9999 23:59:59 GMT", "9223372037", "99999999999999999999"} {
		bubble(t, header, func(t *testing.T) {
			r := connectForOps(t, waits(time.Second, time.Second))
			r.fault(sandbox.Fault{Status: 429, RetryAfter: header, Times: 1})
			start := time.Now()
			_, err := r.client.Get(t.Context(), ruleKey, "")
			if err == nil || !strings.Contains(err.Error(), "Panther asks to wait ") || !strings.HasSuffix(err.Error(), "; run the command again after that") {
				t.Errorf("got %v", err)
			}
			if time.Since(start) != 0 {
				t.Errorf("it waited %s", time.Since(start))
			}
		})
	}
}

// TestRetryAfterDateIsReadByTheGivenClock: the clock of Options, not the
// machine's, says how far off a date is.
func TestRetryAfterDateIsReadByTheGivenClock(t *testing.T) {
	bubble(t, "eleven seconds", func(t *testing.T) {
		now := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
		r := connectForOps(t, waits(time.Hour, time.Hour), func(o *panther.Options) { o.Now = func() time.Time { return now } })
		r.fault(sandbox.Fault{Status: 429, RetryAfter: now.Add(11 * time.Second).Format(http.TimeFormat), Times: 1})
		start := time.Now()
		if _, err := r.client.Get(t.Context(), ruleKey, ""); err != nil || time.Since(start) != 11*time.Second {
			t.Errorf("it waited %s: %v", time.Since(start), err)
		}
	})
}

func TestWaitsGrowUpToTheLongest(t *testing.T) {
	bubble(t, "from one second to four", func(t *testing.T) {
		r := connectForOps(t, waits(time.Second, 4*time.Second), func(o *panther.Options) { o.Tries = 6 })
		r.fault(sandbox.Fault{Status: 503})
		var at []time.Time
		r.server.Faults().OnRequest(func(int, *http.Request) { at = append(at, time.Now()) })
		if _, err := r.client.Get(t.Context(), ruleKey, ""); err == nil || len(at) != 6 {
			t.Fatalf("%d requests, %v", len(at), err)
		}
		for i, want := range []time.Duration{1, 2, 4, 4, 4} {
			want *= time.Second
			if got := at[i+1].Sub(at[i]); got < want/2 || got > want*3/2 {
				t.Errorf("wait %d was %s, want about %s", i, got, want)
			}
		}
	})
	bubble(t, "the longest alone", func(t *testing.T) {
		r := connectForOps(t, func(o *panther.Options) { o.FirstWait, o.LongestWait = 0, 4*time.Millisecond })
		r.fault(sandbox.Fault{Status: 503, Times: 1})
		start := time.Now()
		if _, err := r.client.Get(t.Context(), ruleKey, ""); err != nil || time.Since(start) > 6*time.Millisecond {
			t.Errorf("it waited %s: %v", time.Since(start), err)
		}
	})
}

// TestWaitsEndWithTheContext: nobody who presses Ctrl-C waits for the next try.
func TestWaitsEndWithTheContext(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault sandbox.Fault
		// doubt reports that the fault leaves open whether a write was done.
		doubt bool
	}{
		{"turned away", sandbox.Fault{Status: 429, RetryAfter: "60"}, false},
		{"given up", sandbox.Fault{Status: 503}, true},
		{"given up and when", sandbox.Fault{Status: 503, RetryAfter: "60"}, true},
		{"broken", sandbox.Fault{Break: true}, true},
	} {
		for _, o := range ops {
			if o.once && tc.doubt {
				continue // it isn't tried again, so there is no wait
			}
			bubble(t, tc.name+" "+o.name, func(t *testing.T) {
				r := connectForOps(t, waits(time.Hour, time.Hour))
				r.fault(tc.fault)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(3*time.Second, func() { cancel(stopped{}) })
				start := time.Now()
				err := o.call(ctx, r.client)
				if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "gave up on ") || !strings.Contains(err.Error(), ": somebody pressed Ctrl-C") {
					t.Errorf("got %v", err)
				}
				if got := time.Since(start); got != 3*time.Second {
					t.Errorf("it came back after %s", got)
				}
				if n := r.server.Faults().Requests(); n != 1 {
					t.Errorf("%d requests", n)
				}
				if want := o.write && tc.doubt; panther.Uncertain(err) != want {
					t.Errorf("uncertain is %v, want %v: %v", !want, want, err)
				}
			})
		}
	}
}

// stopped is a cause of the kind that signal.NotifyContext gives.
type stopped struct{}

func (stopped) Error() string        { return "somebody pressed Ctrl-C" }
func (stopped) Is(target error) bool { return target == context.Canceled }

// TestReadsEndWithTheContext and TestWritesAreWaitedFor: a read is given up at
// once, a write that is on its way never.
func TestReadsEndWithTheContext(t *testing.T) {
	for _, o := range ops {
		if o.write {
			continue
		}
		for _, tries := range []int{1, 6} {
			bubble(t, fmt.Sprintf("%s of %d tries", o.name, tries), func(t *testing.T) {
				r := connectForOps(t, func(o *panther.Options) { o.Tries = tries })
				r.fault(sandbox.Fault{Latency: 30 * time.Second})
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				start := time.Now()
				if err := o.call(ctx, r.client); !errors.Is(err, context.DeadlineExceeded) || panther.Uncertain(err) {
					t.Errorf("got %v", err)
				}
				if got := time.Since(start); got != 3*time.Second || r.server.Faults().Requests() != 1 {
					t.Errorf("it came back after %s and %d requests", got, r.server.Faults().Requests())
				}
			})
		}
	}
}

func TestWritesAreWaitedFor(t *testing.T) {
	for _, o := range ops {
		if !o.write {
			continue
		}
		for _, tc := range []struct {
			name  string
			fault sandbox.Fault
			// want is in the error, or there is none.
			want        string
			done, doubt bool
		}{
			{"success", sandbox.Fault{}, "", true, false},
			{"refused", sandbox.Fault{Status: 400, Message: "no rule"}, "no rule", false, false},
			{"turned away", sandbox.Fault{Status: 429}, "", false, false},
			{"given up after the commit", sandbox.Fault{Status: 503, After: true}, "503", true, true},
			{"broken", sandbox.Fault{Break: true}, "the connection was closed early", false, true},
			{"broken after the commit", sandbox.Fault{Break: true, After: true}, "the connection was closed early", true, true},
		} {
			bubble(t, o.name+" "+tc.name, func(t *testing.T) {
				r := connectForOps(t)
				tc.fault.Latency = 30 * time.Second
				r.fault(tc.fault)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(3*time.Second, cancel)
				start := time.Now()
				err := o.call(ctx, r.client)
				if got := time.Since(start); got != 30*time.Second {
					t.Errorf("it came back after %s", got)
				}
				if n := r.server.Faults().Requests(); n != 1 {
					t.Errorf("%d requests", n)
				}
				switch {
				case tc.name == "success" && err != nil:
					t.Errorf("got %v", err)
				case tc.fault.Status == 429 && !errors.Is(err, context.Canceled):
					t.Errorf("got %v", err)
				case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
					t.Errorf("got %v, want it to say %q", err, tc.want)
				}
				if o.done(r) != tc.done || panther.Uncertain(err) != tc.doubt {
					t.Errorf("done %v, uncertain %v: %v", o.done(r), panther.Uncertain(err), err)
				}
			})
		}
	}
}

// TestTheLastTryCounts: what the try in flight gave is reported, not what came
// before it, nor that somebody lost patience meanwhile.
func TestTheLastTryCounts(t *testing.T) {
	stopIn := func(r *rig, cancel func()) {
		r.server.Faults().OnRequest(func(n int, _ *http.Request) {
			if n == 2 {
				cancel()
			}
		})
	}
	bubble(t, "a create that breaks after it was turned away", func(t *testing.T) {
		r := connectForOps(t)
		ctx, cancel := context.WithCancel(t.Context())
		stopIn(r, cancel)
		r.fault(sandbox.Fault{Status: 429, Times: 1})
		r.fault(sandbox.Fault{Break: true, After: true, Skip: 1})
		_, err := r.client.Create(ctx, sample(panther.Rule, "New"), panther.WriteOptions{})
		if !panther.Uncertain(err) || r.server.Faults().Requests() != 2 {
			t.Errorf("%d requests, %v", r.server.Faults().Requests(), err)
		}
	})
	bubble(t, "an update that is refused after a server gave up", func(t *testing.T) {
		r := connectForOps(t)
		ctx, cancel := context.WithCancel(t.Context())
		stopIn(r, cancel)
		r.fault(sandbox.Fault{Status: 503, Times: 1})
		r.fault(sandbox.Fault{Status: 400, Message: "no rule", Skip: 1})
		var api *panther.APIError
		if err := ops[5].call(ctx, r.client); !errors.As(err, &api) || api.Status != 400 || !panther.Uncertain(err) {
			t.Errorf("got %v", err)
		}
	})
	bubble(t, "a single try that is turned away", func(t *testing.T) {
		r := connectForOps(t, func(o *panther.Options) { o.Tries = 1 })
		ctx, cancel := context.WithCancel(t.Context())
		r.server.Faults().OnRequest(func(int, *http.Request) { cancel() })
		r.fault(sandbox.Fault{Status: 429, RetryAfter: "5"})
		var api *panther.APIError
		if err := ops[5].call(ctx, r.client); !errors.As(err, &api) || api.Status != 429 || panther.Uncertain(err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNothingIsSentForAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	eachOp(t, func(t *testing.T, o op) {
		r := connectForOps(t)
		err := o.call(ctx, r.client)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "was not sent: context canceled") || panther.Uncertain(err) {
			t.Errorf("got %v", err)
		}
		if n := r.server.Faults().Requests(); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestEachTryHasATimeout(t *testing.T) {
	for _, o := range ops {
		bubble(t, o.name, func(t *testing.T) {
			r := connectForOps(t, func(o *panther.Options) { o.Timeout, o.Tries = 5*time.Second, 3 })
			r.fault(sandbox.Fault{Latency: time.Hour})
			want := 3
			if o.once {
				want = 1
			}
			var err error
			n := r.requests(func() { err = o.call(t.Context(), r.client) })
			if err == nil || !strings.Contains(err.Error(), "no complete response within 5s") || n != want || panther.Uncertain(err) != o.write {
				t.Errorf("%d requests, uncertain %v: %v", n, panther.Uncertain(err), err)
			}
			var send *panther.SendError
			if !errors.As(err, &send) || !send.Sent {
				t.Errorf("it is not known that it was sent: %v", err)
			}
		})
	}
	// One slow try is no reason to give up.
	bubble(t, "then fast", func(t *testing.T) {
		r := connectForOps(t, func(o *panther.Options) { o.Timeout = 5 * time.Second })
		r.fault(sandbox.Fault{Latency: time.Hour, Times: 1})
		ops[5].check(t, r, 2, false, true, false)
	})
	// A minute is the default.
	bubble(t, "by default", func(t *testing.T) {
		r := connectForOps(t, func(o *panther.Options) { o.Tries = 1 })
		r.fault(sandbox.Fault{Latency: time.Hour})
		if err := ops[0].call(t.Context(), r.client); err == nil || !strings.Contains(err.Error(), "no complete response within 1m0s") {
			t.Errorf("got %v", err)
		}
	})
}

// TestTheTimeoutCoversTheBody: an answer that begins and never ends is no answer.
func TestTheTimeoutCoversTheBody(t *testing.T) {
	bubble(t, "five seconds", func(t *testing.T) {
		n := 0
		// The watch for breaches reads bodies itself, so it can't be in
		// between.
		c, _ := dialWith(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			n++
			resp := reply(200, "")
			resp.Body, resp.ContentLength = endless{r.Context()}, -1
			return resp, nil
		}), func(o *panther.Options) { o.Timeout, o.Tries = 5*time.Second, 2 })
		_, err := c.List(t.Context(), panther.Rule)
		if err == nil || !strings.Contains(err.Error(), "no complete response within 5s") || n != 2 {
			t.Errorf("%d requests, %v", n, err)
		}
	})
}

// endless is a body that gives nothing until its request ends.
type endless struct{ ctx context.Context }

func (b endless) Read([]byte) (int, error) { <-b.ctx.Done(); return 0, b.ctx.Err() }
func (endless) Close() error               { return nil }
