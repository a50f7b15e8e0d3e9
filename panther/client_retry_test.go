package panther_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// op is one call of the client, made in a sandbox that has the rule R and the
// query Q.
type op struct {
	name string
	// write changes something; once must not be repeated when it may have been done.
	write, once bool
	call        func(context.Context, *panther.Client) error
	// done reports whether the write has been done.
	done func(*rig) bool
}

const queryID = "q-1"

var (
	ruleKey  = panther.Key{Kind: panther.Rule, ID: "R"}
	queryKey = panther.Key{Kind: panther.Query, ID: "Q"}
)

var ops = []op{
	{name: "list", call: func(ctx context.Context, c *panther.Client) error { _, err := c.List(ctx, panther.Rule); return err }},
	{name: "get", call: func(ctx context.Context, c *panther.Client) error { _, err := c.Get(ctx, ruleKey, ""); return err }},
	{name: "get query", call: func(ctx context.Context, c *panther.Client) error {
		_, err := c.Get(ctx, queryKey, queryID)
		return err
	}},
	{name: "self", call: func(ctx context.Context, c *panther.Client) error { _, err := c.Self(ctx); return err }},
	{name: "alerts", call: func(ctx context.Context, c *panther.Client) error {
		_, err := c.CountAlerts(ctx, "R", time.Time{}, 1000)
		return err
	}},
	{name: "update", write: true, call: func(ctx context.Context, c *panther.Client) error {
		_, err := c.Update(ctx, sample(panther.Rule, "R").With(map[string]any{"severity": "LOW"}), panther.WriteOptions{})
		return err
	}, done: func(r *rig) bool { e, _ := r.live(ruleKey); return e.Fields["severity"] == "LOW" }},
	{name: "update query", write: true, call: func(ctx context.Context, c *panther.Client) error {
		e := sample(panther.Query, "Q").With(map[string]any{"sql": "SELECT 2"})
		e.ServerID = queryID
		_, err := c.Update(ctx, e, panther.WriteOptions{})
		return err
	}, done: func(r *rig) bool { e, _ := r.live(queryKey); return e.Fields["sql"] == "SELECT 2" }},
	{name: "delete", write: true, call: func(ctx context.Context, c *panther.Client) error { return c.Delete(ctx, ruleKey, "") },
		done: func(r *rig) bool { _, there := r.live(ruleKey); return !there }},
	{name: "create", write: true, once: true, call: func(ctx context.Context, c *panther.Client) error {
		_, err := c.Create(ctx, sample(panther.Rule, "New"), panther.WriteOptions{})
		return err
	}, done: func(r *rig) bool { _, there := r.live(panther.Key{Kind: panther.Rule, ID: "New"}); return there }},
	{name: "create query", write: true, once: true, call: func(ctx context.Context, c *panther.Client) error {
		_, err := c.Create(ctx, sample(panther.Query, "New"), panther.WriteOptions{})
		return err
	}, done: func(r *rig) bool { _, there := r.live(panther.Key{Kind: panther.Query, ID: "New"}); return there }},
	{name: "metrics", call: func(ctx context.Context, c *panther.Client) error {
		_, err := c.AlertsPerRule(ctx, time.Time{}, time.Now())
		return err
	}},
	{name: "rotate", write: true, once: true, call: func(ctx context.Context, c *panther.Client) error { _, err := c.Rotate(ctx); return err },
		done: func(r *rig) bool { return !r.server.Token().RotatedAt.IsZero() }},
}

// connectForOps opens a sandbox with the rule R and the query Q.
func connectForOps(t testing.TB, change ...func(*panther.Options)) *rig {
	t.Helper()
	n := 0
	r := connect(t, sandbox.Options{NewID: func() string { n++; return fmt.Sprintf("q-%d", n) }}, change...)
	r.seed(panther.Rule, "R")
	r.seed(panther.Query, "Q")
	return r
}

func eachOp(t *testing.T, f func(*testing.T, op)) {
	for _, o := range ops {
		t.Run(o.name, func(t *testing.T) { f(t, o) })
	}
}

// check fails unless a call went as it must: n requests, an outcome, and for
// writes whether it is done and whether the error leaves that open.
func (o op) check(t *testing.T, r *rig, n int, wantErr, wantDone, wantUncertain bool) {
	t.Helper()
	var err error
	got := r.requests(func() { err = o.call(t.Context(), r.client) })
	if (err != nil) != wantErr {
		t.Errorf("got %v, want an error: %v", err, wantErr)
	}
	if got != n {
		t.Errorf("%d requests, want %d (%v)", got, n, err)
	}
	if panther.Uncertain(err) != wantUncertain {
		t.Errorf("uncertain is %v, want %v: %v", panther.Uncertain(err), wantUncertain, err)
	}
	if o.done != nil && o.done(r) != wantDone {
		t.Errorf("it is done: %v, want %v", o.done(r), wantDone)
	}
}

// TestTurnedAway: what is answered 429 wasn't done, so every call is repeated.
func TestTurnedAway(t *testing.T) {
	eachOp(t, func(t *testing.T, o op) {
		r := connectForOps(t)
		r.fault(sandbox.Fault{Status: http.StatusTooManyRequests, Times: 3})
		o.check(t, r, 4, false, true, false)
	})
}

func TestServersInBetweenGiveUp(t *testing.T) {
	for _, status := range []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d after the commit %v", status, after), func(t *testing.T) {
				eachOp(t, func(t *testing.T, o op) {
					r := connectForOps(t)
					hits := r.fault(sandbox.Fault{Status: status, HTML: true, After: after, Times: 2})
					switch {
					case o.once:
						o.check(t, r, 1, true, after, true)
					case o.name == "delete" && after:
						// The first try did it: the second finds nothing, and that is success.
						o.check(t, r, 2, false, true, false)
						return
					default:
						o.check(t, r, 3, false, true, false)
					}
					if want := map[bool]int{true: 1, false: 2}[o.once]; hits.Hits() != want {
						t.Errorf("%d faults, want %d", hits.Hits(), want)
					}
				})
			})
		}
	}
}

func TestConnectionsBreak(t *testing.T) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after the commit %v", after), func(t *testing.T) {
			eachOp(t, func(t *testing.T, o op) {
				r := connectForOps(t)
				r.fault(sandbox.Fault{Break: true, After: after, Times: 1})
				if !o.once {
					o.check(t, r, 2, false, true, false)
					return
				}
				o.check(t, r, 1, true, after, true)
			})
		})
	}
}

func TestBrokenConnectionIsSaidPlainly(t *testing.T) {
	r := connectForOps(t)
	r.fault(sandbox.Fault{Break: true})
	_, err := r.client.Create(t.Context(), sample(panther.Rule, "A/B"), panther.WriteOptions{})
	if err == nil || err.Error() != "no response from Panther to POST /rules: the connection was closed early" {
		t.Errorf("got %v", err)
	}
	_, err = r.client.Get(t.Context(), panther.Key{Kind: panther.Rule, ID: "A/B"}, "")
	if err == nil || err.Error() != "read rule/A/B: no response from Panther to GET /rules/A%2FB: the connection was closed early" {
		t.Errorf("got %v", err)
	}
}

// TestRefusalsAreNotRepeated: what Panther said no to stays no. A 500 leaves
// open what a write has done.
func TestRefusalsAreNotRepeated(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 409, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			eachOp(t, func(t *testing.T, o op) {
				if status == 404 && o.name == "delete" {
					return
				}
				// Not every operation is described with every one of these answers.
				s := openSandbox(t, sandbox.Options{NewID: func() string { return queryID }})
				c, book := dialOdd(t, s.Transport())
				r := &rig{t, s, c, book}
				r.seed(panther.Rule, "R")
				r.seed(panther.Query, "Q")
				r.fault(sandbox.Fault{Status: status, Message: "no and no"})
				o.check(t, r, 1, true, false, o.write && status == 500)
				var api *panther.APIError
				if err := o.call(t.Context(), r.client); !errors.As(err, &api) || api.Status != status || api.Message != "no and no" {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestTriesAreBounded(t *testing.T) {
	for want, change := range map[int]func(*panther.Options){
		6: func(*panther.Options) {}, 1: func(o *panther.Options) { o.Tries = 1 }, 4: func(o *panther.Options) { o.Tries = 4 },
	} {
		for name, f := range map[string]sandbox.Fault{
			"503": {Status: 503}, "break": {Break: true}, "429": {Status: 429},
			"429 and when": {Status: 429, RetryAfter: "0"}, "503 and when": {Status: 503, RetryAfter: "Thu, 01 Jan 1970 00:00:00 GMT"},
		} {
			t.Run(fmt.Sprintf("%d times %s", want, name), func(t *testing.T) {
				r := connectForOps(t, change)
				r.fault(f)
				ops[1].check(t, r, want, true, false, false)
				err := ops[1].call(t.Context(), r.client)
				var api *panther.APIError
				var send *panther.SendError
				switch {
				case f.Break && (!errors.As(err, &send) || !send.Sent):
					t.Errorf("got %v, want a broken connection", err)
				case !f.Break && (!errors.As(err, &api) || api.Status != f.Status):
					t.Errorf("got %v, want a %d", err, f.Status)
				}
			})
		}
	}
}

// TestEarlierTriesAreNotForgotten: a write that may have been done by its first
// try stays open, however its last one ended.
func TestEarlierTriesAreNotForgotten(t *testing.T) {
	for name, end := range map[string]sandbox.Fault{
		"refused then":     {Status: 400, Message: "the rule is no rule"},
		"forbidden then":   {Status: 403, Message: "the token is gone"},
		"turned away then": {Status: 429, Message: "slowly"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, o := range []op{ops[5], ops[6]} {
				r := connectForOps(t)
				r.fault(sandbox.Fault{Status: 504, After: true, Times: 1})
				end.Skip = 1
				r.fault(end)
				o.check(t, r, map[bool]int{true: 6, false: 2}[end.Status == 429], true, true, true)
				r.server.Faults().Clear()
				r.fault(sandbox.Fault{Status: 504, Times: 1})
				r.fault(end)
				err := o.call(t.Context(), r.client)
				for _, text := range []string{end.Message, "; an earlier attempt may have taken effect: Panther answered 504 gateway timeout to "} {
					if err == nil || !strings.Contains(err.Error(), text) {
						t.Errorf("%v does not say %q", err, text)
					}
				}
			}
		})
	}
	// A read changes nothing, so it leaves nothing open.
	r := connectForOps(t)
	r.fault(sandbox.Fault{Status: 504, Times: 1})
	r.fault(sandbox.Fault{Status: 403})
	ops[1].check(t, r, 2, true, false, false)
}

// TestRetriesAreLogged: someone who waits can see why.
func TestRetriesAreLogged(t *testing.T) {
	r := connectForOps(t)
	r.fault(sandbox.Fault{Status: 503, Message: "in the garage", Times: 1})
	r.fault(sandbox.Fault{Break: true, Skip: 1, Times: 1})
	ops[1].check(t, r, 3, false, false, false)
	for _, text := range []string{
		`"level":"DEBUG","msg":"call","method":"GET","path":"/rules/R","status":503`,
		`"level":"INFO","msg":"retrying","method":"GET","path":"/rules/R","wait":`,
		`in the garage`,
		`"level":"DEBUG","msg":"call","method":"GET","path":"/rules/R","error":"the connection was closed early"`,
		`"level":"DEBUG","msg":"call","method":"GET","path":"/rules/R","status":200`,
	} {
		if !strings.Contains(r.log.String(), text) {
			t.Errorf("the log does not say %s:\n%s", text, r.log)
		}
	}
}
