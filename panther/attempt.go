package panther

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// attempt sends one request. The duration is that of Retry-After.
func (c *Client) attempt(ctx context.Context, k call) (content, time.Duration, error) {
	var none content
	if err := c.limiter.Wait(ctx); err != nil {
		if ctx.Err() == nil {
			err = fmt.Errorf("%w, because %g requests per second leave no time for it", context.DeadlineExceeded, c.limiter.Limit())
		}
		return none, 0, fmt.Errorf("%s %s was not sent: %w", k.method, k.path, err)
	}
	sendCtx := ctx
	if !k.reads() {
		sendCtx = context.WithoutCancel(ctx)
	}
	g := newGuard(sendCtx, c.opts.Timeout, c.opts.SlowAfter)
	defer g.stop()
	u := c.address.String() + k.path
	if len(k.query) > 0 {
		u += "?" + k.query.Encode()
	}
	var way road
	req, err := http.NewRequestWithContext(way.watch(g.ctx), k.method, u, bytes.NewReader(k.body))
	if err != nil {
		return none, 0, fmt.Errorf("make the request %s %s: %w", k.method, k.path, err)
	}
	req.Header.Set("X-API-Key", c.opts.Token)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.opts.UserAgent)
	if k.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return none, 0, c.sendError(ctx, k, err, !way.blocked(), g)
	}
	defer resp.Body.Close()
	c.reached.Store(true)
	limit := c.opts.AnswerLimit
	if !k.list {
		limit = min(limit, maxEntityBytes)
	}
	body, release, err := c.body(resp, limit, g)
	if err != nil {
		return none, 0, c.sendError(ctx, k, err, true, g)
	}
	c.opts.Progress()
	c.opts.Logger.Debug("call", "method", k.method, "path", k.path, "status", resp.StatusCode, "bytes", len(body))
	switch {
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		release()
		return none, c.retryAfter(resp), c.apiError(k, resp, body)
	case int64(len(body)) > limit:
		release()
		return none, 0, c.unread(k.effect(), nil, fmt.Errorf("the response to %s %s is larger than %d bytes", k.method, k.path, limit))
	}
	if isPage(resp.Header, body) && !strings.HasPrefix(k.path, selfPath+"/") {
		release()
		return none, 0, pageAnswer(k)
	}
	return content{body, release}, 0, nil
}

// road tracks how far a request gets.
type road struct{ asked, got atomic.Bool }

func (r *road) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { r.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { r.got.Store(true) },
	})
}

// blocked reports whether no connection was established, including the TLS
// handshake. It is false for a transport that does not report connections.
func (r *road) blocked() bool { return r.asked.Load() && !r.got.Load() }

func (c *Client) sendError(ctx context.Context, k call, err error, sent bool, g *guard) error {
	if ctx.Err() != nil && k.reads() {
		return ctx.Err()
	}
	// url.Error repeats the method and the whole URL, which the message has
	// already.
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	late := g.late()
	if failed := c.unreached(err); !late && failed != nil && c.hide(failed.Error()) == failed.Error() {
		return &SendError{Method: k.method, Path: k.path, Err: failed}
	}
	var dial *net.OpError
	if errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect") {
		sent = false
	}
	if late {
		err = c.late(g)
	} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the connection was closed early")
	}
	if text := c.hide(err.Error()); text != err.Error() {
		err = errors.New(text)
	}
	c.opts.Logger.Debug("call", "method", k.method, "path", k.path, "error", err)
	return &SendError{Method: k.method, Path: k.path, Sent: sent, Err: err, late: late, reads: k.reads()}
}

func (c *Client) retryAfter(resp *http.Response) time.Duration {
	h := resp.Header.Get("Retry-After")
	if h == "" {
		return 0
	}
	if s, err := strconv.ParseInt(h, 10, 64); (err == nil || errors.Is(err, strconv.ErrRange)) && s >= 0 {
		return time.Duration(min(s, math.MaxInt64/int64(time.Second))) * time.Second
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(0, t.Sub(c.opts.Now()))
	}
	return 0
}
