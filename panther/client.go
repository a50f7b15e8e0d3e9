package panther

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"
)

// Options says how to reach Panther. Zero fields mean the default, and negative
// ones are refused, but for RequestsPerSecond.
type Options struct {
	// Host is the deployment's address, as ParseHost reads it.
	Host string
	// Token goes into the X-API-Key header of every request to Host, and
	// nowhere else.
	Token string
	// Transport carries the requests (http.DefaultTransport's settings).
	Transport http.RoundTripper
	// RequestsPerSecond paces all calls together: default 20, none for a
	// loopback host; negative for none.
	RequestsPerSecond float64
	// Timeout bounds each attempt, the reading of the answer included (60 s).
	Timeout time.Duration
	// Tries is how often a call that is safe to repeat is made at most (6).
	Tries int
	// FirstWait and LongestWait are the bounds between which the wait between
	// tries doubles (500 ms, 30 s); jitter then adds or takes up to half.
	FirstWait, LongestWait time.Duration
	// LongestRetryAfter is the longest Retry-After that is waited for (2 min); a
	// longer one ends the call.
	LongestRetryAfter time.Duration
	// PageSize is the limit asked for in lists (100).
	PageSize int
	// AnswerLimit bounds the bytes of one answer (64 MiB).
	AnswerLimit int64
	// UserAgent names the program ("pdac").
	UserAgent string
	// Logger hears each attempt at debug level and each wait at info level.
	Logger *slog.Logger
	// Now is the clock that reads Retry-After dates (time.Now).
	Now func() time.Time
}

const (
	defaultRate       = 20
	defaultTimeout    = 60 * time.Second
	defaultTries      = 6
	defaultFirstWait  = 500 * time.Millisecond
	defaultLongest    = 30 * time.Second
	defaultRetryAfter = 2 * time.Minute
	defaultPageSize   = 100
	defaultAnswer     = 64 << 20
)

// Client calls Panther's REST API. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	http    *http.Client
	limiter *rate.Limiter
	opts    Options
}

// NewClient checks the options and makes a client; it sends nothing.
func NewClient(o Options) (*Client, error) {
	base, err := ParseHost(o.Host)
	if err != nil {
		return nil, err
	}
	o.Token = strings.TrimSpace(o.Token)
	if o.Token == "" {
		return nil, errors.New("the Panther API token is empty")
	}
	if strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the Panther API token contains spaces or characters that a token can't have; pass only the token")
	}
	if err := defaults(&o); err != nil {
		return nil, err
	}
	limit := rate.Limit(o.RequestsPerSecond)
	if o.RequestsPerSecond == 0 {
		limit = defaultRate
		if Loopback(base.Hostname()) {
			limit = rate.Inf
		}
	}
	if limit < 0 {
		limit = rate.Inf
	}
	return &Client{
		base:    base,
		limiter: rate.NewLimiter(limit, max(1, int(min(limit, 1000)))),
		opts:    o,
		http: &http.Client{
			Transport:     o.Transport,
			Timeout:       o.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func defaults(o *Options) error {
	switch {
	case min(o.Timeout, o.FirstWait, o.LongestWait, o.LongestRetryAfter) < 0:
		return errors.New("the timeout and the waits for Panther must not be negative")
	case min(int64(o.Tries), int64(o.PageSize), o.AnswerLimit) < 0:
		return errors.New("the number of tries, the page size and the response size limit must not be negative")
	case math.IsNaN(o.RequestsPerSecond):
		return errors.New("the requests per second must be a number")
	}
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.Timeout, defaultTimeout)
	set(&o.FirstWait, defaultFirstWait)
	set(&o.LongestWait, defaultLongest)
	o.FirstWait = min(o.FirstWait, o.LongestWait)
	set(&o.LongestRetryAfter, defaultRetryAfter)
	if o.Tries == 0 {
		o.Tries = defaultTries
	}
	if o.PageSize == 0 {
		o.PageSize = defaultPageSize
	}
	if o.AnswerLimit == 0 {
		o.AnswerLimit = defaultAnswer
	}
	if o.UserAgent == "" {
		o.UserAgent = "pdac"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 16
		o.Transport = t
	}
	return nil
}

// Tenant names the deployment that the client talks to, by its host.
func (c *Client) Tenant() string { return c.base.Host }

// call is one request to make.
type call struct {
	method, path string
	query        url.Values
	body         []byte
	// once marks a call that must not be repeated when it may have been done.
	once bool
}

// do makes the call, again where that is safe, and gives the answer's body.
//
// A read ends as soon as ctx does. A write that has gone out is waited for all
// the same, up to the timeout of an attempt, because giving it up would leave
// unknown whether it was done; it isn't tried again then.
func (c *Client) do(ctx context.Context, k call) ([]byte, error) {
	// doubt is the last failure that leaves open whether the work was done.
	var last, doubt error
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval, policy.MaxInterval = c.opts.FirstWait, c.opts.LongestWait
	policy.RandomizationFactor, policy.Multiplier = 0.5, 2
	got, err := backoff.Retry(ctx, func() ([]byte, error) {
		body, wait, err := c.attempt(ctx, k)
		if err == nil {
			return body, nil
		}
		last = err
		if Uncertain(err) {
			doubt = err
		}
		if !repeatable(k, err) {
			return nil, backoff.Permanent(err)
		}
		if wait > c.opts.LongestRetryAfter {
			last = tooLate(err, wait)
			return nil, backoff.Permanent(last)
		}
		if wait > 0 {
			return nil, &backoff.RetryAfterError{Duration: wait}
		}
		return nil, err
	}, backoff.WithBackOff(policy), backoff.WithMaxTries(uint(c.opts.Tries)), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(_ error, wait time.Duration) {
			c.opts.Logger.Info("retrying", "method", k.method, "path", k.path, "wait", wait.Round(time.Millisecond), "why", last)
		}))
	if err == nil {
		return got, nil
	}
	var later *backoff.RetryAfterError
	if errors.Is(err, last) || errors.As(err, &later) {
		err = last
	} else {
		err = fmt.Errorf("gave up on %s %s: %w", k.method, k.path, err)
	}
	// Neither the last failure nor the end of ctx must hide that an earlier try
	// may have been done.
	if doubt != nil && !Uncertain(err) {
		err = &doubtful{err: err, why: fmt.Sprintf("an earlier attempt may have taken effect: %v", doubt)}
	}
	return nil, err
}

// tooLate says when to come back, where Panther asks for more patience than a
// run has.
func tooLate(err error, wait time.Duration) error {
	var api *APIError
	if !errors.As(err, &api) {
		return err
	}
	later := *api
	later.Advice = fmt.Sprintf("Panther asks to wait %s; run the command again after that", wait.Round(time.Second))
	return &later
}

// repeatable tells whether a failed call may be made again. A 429 was turned
// away, so anything may; a broken connection or a server that gave up may have
// done the work, so only what can be done twice.
func repeatable(k call, err error) bool {
	var api *APIError
	if errors.As(err, &api) {
		switch api.Status {
		case http.StatusTooManyRequests:
			return true
		case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return !k.once
		}
		return false
	}
	// A certificate that isn't trusted now isn't trusted a second later.
	var certificate *tls.CertificateVerificationError
	var unknown *noHost
	if errors.As(err, &unknown) {
		return false
	}
	var send *SendError
	return errors.As(err, &send) && (!send.Sent || !k.once) && !errors.As(err, &certificate)
}

// attempt makes one request. The duration is what Retry-After asks for.
func (c *Client) attempt(ctx context.Context, k call) ([]byte, time.Duration, error) {
	if err := c.limiter.Wait(ctx); err != nil {
		if ctx.Err() == nil {
			err = fmt.Errorf("%w, because %g requests per second leave no time for it", context.DeadlineExceeded, c.limiter.Limit())
		}
		return nil, 0, fmt.Errorf("%s %s was not sent: %w", k.method, k.path, err)
	}
	sendCtx := ctx
	if k.method != http.MethodGet {
		sendCtx = context.WithoutCancel(ctx)
	}
	u := c.base.String() + k.path
	if len(k.query) > 0 {
		u += "?" + k.query.Encode()
	}
	var way road
	req, err := http.NewRequestWithContext(way.watch(sendCtx), k.method, u, bytes.NewReader(k.body))
	if err != nil {
		return nil, 0, fmt.Errorf("make the request %s %s: %w", k.method, k.path, err)
	}
	req.Header.Set("X-API-Key", c.opts.Token)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.opts.UserAgent)
	if k.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, 0, c.sendError(ctx, k, err, !way.blocked())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.opts.AnswerLimit+1))
	if err != nil {
		return nil, 0, c.sendError(ctx, k, err, true)
	}
	c.opts.Logger.Debug("call", "method", k.method, "path", k.path, "status", resp.StatusCode, "bytes", len(body))
	switch {
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, c.retryAfter(resp), c.apiError(k, resp, body)
	case int64(len(body)) > c.opts.AnswerLimit:
		return nil, 0, c.unread(k.method, nil, fmt.Errorf("the response to %s %s is larger than %d bytes", k.method, k.path, c.opts.AnswerLimit))
	}
	return body, 0, nil
}

// road watches how far a request gets.
type road struct{ asked, got atomic.Bool }

func (r *road) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { r.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { r.got.Store(true) },
	})
}

// blocked tells that no connection was ever made, the TLS handshake included. A
// transport that says nothing of connections is never blocked.
func (r *road) blocked() bool { return r.asked.Load() && !r.got.Load() }

func (c *Client) sendError(ctx context.Context, k call, err error, sent bool) error {
	if ctx.Err() != nil && k.method == http.MethodGet {
		return ctx.Err()
	}
	// url.Error repeats the method and the whole address, which the message has.
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return &SendError{Method: k.method, Path: k.path, Err: &noHost{dns}}
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		sent = false
	}
	if errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "Client.Timeout") {
		err = fmt.Errorf("no complete response within %s (api.timeout in pdac.yaml)", c.opts.Timeout)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the connection was closed early")
	}
	if text := c.hide(err.Error()); text != err.Error() {
		err = errors.New(text)
	}
	c.opts.Logger.Debug("call", "method", k.method, "path", k.path, "error", err)
	return &SendError{Method: k.method, Path: k.path, Sent: sent, Err: err}
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
