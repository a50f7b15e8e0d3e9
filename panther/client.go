package panther

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/semaphore"
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
	// SlowAfter is how long a response that has begun may bring less than 1 KiB (30
	// s).
	SlowAfter time.Duration
	// AnswerLimit is the maximum size of a response in bytes (64 MiB). ListLimit is
	// the maximum size of all lists that are read at the same time (256 MiB).
	AnswerLimit, ListLimit int64
	// Progress is called after each complete response, if it is set.
	Progress func()
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
	defaultLists      = 256 << 20
	defaultSlow       = 30 * time.Second
)

// Client is a client of Panther's REST API. It is safe for concurrent use.
type Client struct {
	address Address
	http    *http.Client
	limiter *rate.Limiter
	opts    Options
	// room is for the responses that are large, and lists for those of lists.
	room  *semaphore.Weighted
	lists listing
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
		room:    semaphore.NewWeighted(max(o.AnswerLimit, maxEntityBytes)),
		http: &http.Client{
			Transport:     o.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func defaults(o *Options) error {
	switch {
	case min(o.Timeout, o.FirstWait, o.LongestWait, o.LongestRetryAfter, o.SlowAfter) < 0:
		return errors.New("the timeout and the waits for Panther must not be negative")
	case min(int64(o.Tries), int64(o.PageSize), o.AnswerLimit, o.ListLimit) < 0:
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
	set(&o.SlowAfter, defaultSlow)
	if o.Tries == 0 {
		o.Tries = defaultTries
	}
	if o.PageSize == 0 {
		o.PageSize = defaultPageSize
	}
	if o.AnswerLimit == 0 {
		o.AnswerLimit = defaultAnswer
	}
	if o.ListLimit == 0 {
		o.ListLimit = defaultLists
	}
	if o.Progress == nil {
		o.Progress = func() {}
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
	// list marks a call whose response may be as large as responses get.
	list bool
	// read marks a POST that changes nothing.
	read bool
	// about says what is asked for and the permission for it, where the path doesn't.
	about string
}

// effect is the method that a call with its effect has.
func (k call) effect() string {
	if k.reads() {
		return http.MethodGet
	}
	return k.method
}

// reads reports whether the call changes nothing in Panther.
func (k call) reads() bool { return k.method == http.MethodGet || k.read }

// do returns the response body of a call.
func (c *Client) do(ctx context.Context, k call) ([]byte, error) {
	body, release, err := c.answer(ctx, k)
	if err != nil {
		return nil, err
	}
	release()
	return body, nil
}

// content is the body of a response. release makes room for others.
type content struct {
	body    []byte
	release func()
}

// answer sends the call, retries it if that is safe, and returns the response body,
// and what to call when it is no longer needed.
//
// A read ends as soon as ctx does. A write that was sent is completed even
// then, up to the timeout of an attempt, because stopping would leave its
// outcome unknown. It is not retried after that.
func (c *Client) answer(ctx context.Context, k call) (body []byte, release func(), err error) {
	// spent is how long the attempts took; one that was too slow counts as a whole one.
	var spent time.Duration
	// doubt is the last failure after which the call may have taken effect.
	var last, doubt error
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval, policy.MaxInterval = c.opts.FirstWait, c.opts.LongestWait
	policy.RandomizationFactor, policy.Multiplier = 0.5, 2
	got, err := backoff.Retry(ctx, func() (content, error) {
		began := time.Now()
		got, wait, err := c.attempt(ctx, k)
		if err == nil {
			return got, nil
		}
		var slow *SendError
		took := min(time.Since(began), c.opts.Timeout) // without waits for a turn
		if errors.As(err, &slow) && slow.late {
			took = c.opts.Timeout
		}
		spent += took
		last = err
		if Uncertain(err) {
			doubt = err
		}
		// If nothing has ever answered there, the address is wrong.
		if !repeatable(k, err) || refusesConnections(err) && !c.reached.Load() {
			return got, backoff.Permanent(err)
		}
		if spent >= maxSlow*c.opts.Timeout {
			return got, backoff.Permanent(err)
		}
		if wait > c.opts.LongestRetryAfter {
			last = tooLate(err, wait)
			return got, backoff.Permanent(last)
		}
		if wait > 0 {
			return got, &backoff.RetryAfterError{Duration: wait}
		}
		return got, err
	}, backoff.WithBackOff(policy), backoff.WithMaxTries(uint(c.opts.Tries)), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(_ error, wait time.Duration) {
			c.opts.Logger.Info("retrying", "method", k.method, "path", k.path, "wait", wait.Round(time.Millisecond), "why", last)
		}))
	if err == nil {
		return got.body, got.release, nil
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
	return nil, nil, err
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
