// Package forge keeps one comment in a pull request of GitHub or in a merge request of
// GitLab, and one issue. It finds its own by a marker, updates them in place, and removes
// the comment or closes the issue.
package forge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Options are those of both forges. Zero fields mean the default.
type Options struct {
	// API is the address of the API. Token is sent there and nowhere else.
	API, Token string
	// Repository is OWNER/NAME on GitHub; on GitLab, the id or the path of the project.
	Repository string
	// Number is that of the pull request or merge request.
	Number int
	// Transport sends the requests (default: http.DefaultTransport's settings).
	Transport http.RoundTripper
	UserAgent string
	// Tries is the maximum number of attempts for each call (5), and Timeout the limit
	// for each (30 s).
	Tries   int
	Timeout time.Duration
	// FirstWait and LongestWait are the first and the longest wait between attempts (1 s,
	// 30 s). LimitedWait is the wait after a rate limit that names none (1 min), and
	// LongestRetryAfter the longest that is obeyed (5 min).
	FirstWait, LongestWait, LimitedWait, LongestRetryAfter time.Duration
	// Progress is called after each complete response, if it is set.
	Progress func()
	Logger   *slog.Logger
	// Now is the clock for the ends of rate limits (time.Now).
	Now func() time.Time
}

func (o *Options) defaults() {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.Timeout, 30*time.Second)
	set(&o.FirstWait, time.Second)
	set(&o.LongestWait, 30*time.Second)
	set(&o.LimitedWait, time.Minute)
	set(&o.LongestRetryAfter, 5*time.Minute)
	if o.Tries == 0 {
		o.Tries = 5
	}
	if o.Progress == nil {
		o.Progress = func() {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
}

// note is a comment. own says that it is from the owner of the token.
type note struct {
	id        int64
	body, url string
	own       bool
}

// host is what both forges can do.
type host interface {
	// list returns the comments, the oldest first.
	list(ctx context.Context) ([]note, error)
	create(ctx context.Context, body string) (note, error)
	update(ctx context.Context, id int64, body string) (note, error)
	remove(ctx context.Context, id int64) error
	// label adds and removes labels.
	label(ctx context.Context, add, remove []string) error
}

// Comments are those of one pull request or merge request.
type Comments struct {
	host host
	o    Options
}

// Outcome is what became of a comment.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	Removed   Outcome = "removed"
	Nothing   Outcome = "nothing"
)

// maxBytes is more than either forge accepts.
const maxBytes = 1 << 20

// Put makes the comment that begins with one of the markers have this body. An empty
// body removes the comment. Only comments of the owner of the token count: what somebody
// else writes below the same marker is never touched.
func (c *Comments) Put(ctx context.Context, markers []string, body string) (Outcome, string, error) {
	if len(body) > maxBytes {
		return Nothing, "", fmt.Errorf("the comment has %d bytes; the limit is %d", len(body), maxBytes)
	}
	ours, err := c.find(ctx, markers)
	if err != nil {
		return Nothing, "", fmt.Errorf("find the comment: %w", err)
	}
	if body == "" {
		for _, n := range ours {
			if err := c.host.remove(ctx, n.id); err != nil && !gone(err) {
				return Nothing, "", fmt.Errorf("remove the comment: %w", err)
			}
		}
		if len(ours) == 0 {
			return Nothing, "", nil
		}
		return Removed, "", nil
	}
	for i, n := range ours {
		if i > 0 { // two runs at the same time made one each
			if err := c.host.remove(ctx, n.id); err != nil && !gone(err) && !ReadOnly(err) {
				return Nothing, "", fmt.Errorf("remove a second comment: %w", err)
			}
		}
	}
	if len(ours) > 0 {
		n := ours[0]
		if same(n.body, body) {
			return Unchanged, n.url, nil
		}
		n, err := c.host.update(ctx, n.id, body)
		if err == nil {
			return Updated, n.url, nil
		}
		// It may also be of another app, whose comments this one can't edit.
		if !gone(err) && !ReadOnly(err) {
			return Nothing, "", fmt.Errorf("update the comment: %w", err)
		}
	}
	n, err := c.create(ctx, markers, body)
	if err != nil {
		return Nothing, "", fmt.Errorf("create the comment: %w", err)
	}
	return Created, n.url, nil
}

// find returns the own comments that begin with a marker.
func (c *Comments) find(ctx context.Context, markers []string) ([]note, error) {
	all, err := c.host.list(ctx)
	var out []note
	for _, n := range all {
		if n.own && marked(n.body, markers) {
			out = append(out, n)
		}
	}
	return out, err
}

// create makes a comment, once.
func (c *Comments) create(ctx context.Context, markers []string, body string) (note, error) {
	return createOnce(ctx, c.o, func() ([]note, error) { return c.find(ctx, markers) }, func() (note, error) { return c.host.create(ctx, body) })
}

func (o Options) waits() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier, b.RandomizationFactor = o.FirstWait, o.LongestWait, 2, 0.5
	return b
}

// Label adds and removes labels. Labels that it lacks are not removed.
func (c *Comments) Label(ctx context.Context, add, remove []string) error {
	if len(add)+len(remove) == 0 {
		return nil
	}
	if err := c.host.label(ctx, add, remove); err != nil {
		return fmt.Errorf("set the labels: %w", err)
	}
	return nil
}

// same reports whether two bodies are the same comment; forges change line ends.
func same(a, b string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(a) == plain(b)
}

// Error is the answer of a forge that refuses a call.
type Error struct {
	Method, Path string
	Status       int
	// Message is the first line of what the forge says.
	Message string
	// advice is what to do; "" for nothing.
	advice string
}

const limitAdvice = "this is a rate limit; run the command again later"

func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s answered %d", e.Method, e.Path, e.Status)
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.advice != "" {
		text += "; " + e.advice
	}
	return text
}

func status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// gone reports whether a comment does not exist any more.
func gone(err error) bool {
	return status(err) == http.StatusNotFound || status(err) == http.StatusGone
}

// mayHaveHappened reports whether a write that failed may have taken effect.
func mayHaveHappened(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	return status(err) == 0 || status(err) >= 500
}

// ReadOnly reports whether a token may read but not write, as GitHub's for a pull request
// from a fork.
func ReadOnly(err error) bool { return status(err) == http.StatusForbidden }
