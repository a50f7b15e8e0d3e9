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

// Options configures a Client. Zero fields mean the default. Negative values
// are errors, except for RequestsPerSecond.
type Options struct {
	// Host is the address of the deployment, in any form that ParseAddress
	// accepts.
	Host string
	// Token is sent in the X-API-Key header of every request to Host, and
	// nowhere else.
	Token string
	// Transport sends the requests (default: http.DefaultTransport's settings).
	Transport http.RoundTripper
	// RequestsPerSecond limits the rate of all requests together: default 20,
	// unlimited for a loopback host; negative for unlimited.
	RequestsPerSecond float64
	// Timeout is the limit for each attempt, including reading the response (60
	// s).
	Timeout time.Duration
	// Tries is the maximum number of attempts for a request that is safe to
	// repeat (6).
	Tries int
	// FirstWait and LongestWait are the first and the longest wait between
	// attempts (500 ms, 30 s). The wait doubles each time; jitter changes it by
	// up to half.
	FirstWait, LongestWait time.Duration
	// LongestRetryAfter is the longest Retry-After that is obeyed (2 min). A
	// longer one ends the request.
	LongestRetryAfter time.Duration
	// PageSize is the requested page size of lists (100).
	PageSize int
	// AnswerLimit is the maximum size of a response in bytes (64 MiB).
	AnswerLimit int64
	// UserAgent is the User-Agent header ("pdac").
	UserAgent string
	// Logger receives each attempt at debug level and each wait at info level.
	Logger *slog.Logger
	// Now is the clock for Retry-After dates (time.Now).
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

// Client is a client of Panther's REST API. It is safe for concurrent use.
type Client struct {
	address Address
	http    *http.Client
	limiter *rate.Limiter
	opts    Options
	// reached reports that the last connection attempt that ended got through.
	reached atomic.Bool
}

// NewClient checks the options and returns a client. It sends no request.
func NewClient(o Options) (*Client, error) {
	address, err := ParseAddress(o.Host)
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
		if Loopback(address.base.Hostname()) {
			limit = rate.Inf
		}
	}
	if limit < 0 {
		limit = rate.Inf
	}
	return &Client{
		address: address,
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
		t.OnProxyConnectResponse = proxyAnswer
		o.Transport = t
	}
	return nil
}

// Address returns the address of the deployment.
func (c *Client) Address() Address { return c.address }

// Tenant returns the name of the deployment in plans and records.
func (c *Client) Tenant() string { return c.address.Tenant() }

// call is one request to send.
type call struct {
	method, path string
	query        url.Values
	body         []byte
	// once marks a call that must not be repeated if it may have taken effect.
	once bool
}

// do sends the call, retries it if that is safe, and returns the response body.
//
// A read ends as soon as ctx does. A write that was sent is completed even
// then, up to the timeout of an attempt, because stopping would leave its
// outcome unknown. It is not retried after that.
func (c *Client) do(ctx context.Context, k call) ([]byte, error) {
	// doubt is the last failure after which the call may have taken effect.
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
		// If nothing has ever answered there, the address is wrong.
		if !repeatable(k, err) || refusesConnections(err) && !c.reached.Load() {
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
	if Unreachable(last) && ctx.Err() == nil {
		c.reached.Store(false) // later calls need not wait as long
	}
	var later *backoff.RetryAfterError
	if errors.Is(err, last) || errors.As(err, &later) {
		err = last
	} else {
		err = fmt.Errorf("gave up on %s %s: %w", k.method, k.path, err)
	}
	// Neither the last failure nor the end of ctx may hide that an earlier
	// attempt may have taken effect.
	if doubt != nil && !Uncertain(err) {
		err = &doubtful{err: err, why: fmt.Sprintf("an earlier attempt may have taken effect: %v", doubt)}
	}
	return nil, err
}

// tooLate adds when to try again, if Panther asks for a longer wait than one
// run allows.
func tooLate(err error, wait time.Duration) error {
	var api *APIError
	if !errors.As(err, &api) {
		return err
	}
	later := *api
	later.Advice = fmt.Sprintf("Panther asks to wait %s; run the command again after that", wait.Round(time.Second))
	return &later
}

// repeatable reports whether a failed call may be retried. Any call may be
// after a 429, which refused it. After a broken connection or a gateway error
// the work may have been done, so only idempotent calls may be.
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
	// Retrying doesn't find a host, make a certificate trusted, or change what a
	// proxy allows.
	var certificate *tls.CertificateVerificationError
	var unknown *noHost
	var refused *proxyError
	if errors.As(err, &unknown) || errors.As(err, &certificate) || errors.As(err, &refused) && refused.status < http.StatusInternalServerError {
		return false
	}
	var send *SendError
	return errors.As(err, &send) && (!send.Sent || !k.once)
}

// attempt sends one request. The duration is that of Retry-After.
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
	u := c.address.String() + k.path
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
	c.reached.Store(true)
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
	if isPage(resp.Header, body) && !strings.HasPrefix(k.path, selfPath+"/") {
		return nil, 0, pageAnswer(k)
	}
	return body, 0, nil
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

func (c *Client) sendError(ctx context.Context, k call, err error, sent bool) error {
	if ctx.Err() != nil && k.method == http.MethodGet {
		return ctx.Err()
	}
	// url.Error repeats the method and the whole URL, which the message has
	// already.
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if failed := c.unreached(err); failed != nil && c.hide(failed.Error()) == failed.Error() {
		return &SendError{Method: k.method, Path: k.path, Err: failed}
	}
	var dial *net.OpError
	if errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect") {
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
