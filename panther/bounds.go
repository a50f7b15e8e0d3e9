package panther

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// maxPages is the maximum number of pages of a list, and maxListed that of its
	// entities.
	maxPages  = 10_000
	maxListed = 100_000
	// maxEntityBytes is the maximum size of a response about one entity.
	maxEntityBytes = 16 << 20
	// freeBytes is how much of a response is read at once, whatever else is being
	// read. The rest of a larger response waits for its turn.
	freeBytes = 4 << 20
	// minBytes is what a response must bring in Options.SlowAfter.
	minBytes = 1 << 10
	// maxSlow is how often the timeout may pass in all attempts of a call together.
	maxSlow = 3
)

var (
	errTimeout = errors.New("the timeout has passed")
	errSlow    = errors.New("the response is too slow")
)

// guard ends an attempt after the time that it may take, and when its response comes
// too slowly.
type guard struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	slow   time.Duration

	mu sync.Mutex
	// total ends the attempt at end, and pace checks what got arrived. They stop
	// while the attempt waits for its turn.
	total, pace *time.Timer
	end         time.Time
	got         int64
}

func newGuard(ctx context.Context, timeout, slow time.Duration) *guard {
	g := &guard{slow: slow, end: time.Now().Add(timeout)}
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	g.total = time.AfterFunc(timeout, func() { g.cancel(errTimeout) })
	return g
}

// begin starts to check the pace.
func (g *guard) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pace = time.AfterFunc(g.slow, g.check)
}

func (g *guard) check() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.got < minBytes {
		g.cancel(errSlow)
		return
	}
	g.got = 0
	g.pace.Reset(g.slow)
}

// Write counts what arrives.
func (g *guard) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got += int64(len(p))
	return len(p), nil
}

// pause stops the clocks during wait.
func (g *guard) pause(wait func(context.Context) error) error {
	g.mu.Lock()
	left := time.Until(g.end)
	g.total.Stop()
	g.pace.Stop()
	g.mu.Unlock()
	err := wait(g.ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.end, g.got = time.Now().Add(left), 0
	g.total.Reset(left)
	g.pace.Reset(g.slow)
	return err
}

func (g *guard) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total.Stop()
	if g.pace != nil {
		g.pace.Stop()
	}
	g.cancel(nil)
}

// late reports whether the guard ended the attempt.
func (g *guard) late() bool {
	cause := context.Cause(g.ctx)
	return errors.Is(cause, errTimeout) || errors.Is(cause, errSlow)
}

// late returns the error of an attempt that the guard ended.
func (c *Client) late(g *guard) error {
	if errors.Is(context.Cause(g.ctx), errSlow) {
		return fmt.Errorf("the response brought less than %d bytes in %s", minBytes, g.slow)
	}
	return fmt.Errorf("no complete response within %s (api.timeout in pdac.yaml)", c.opts.Timeout)
}

// body reads a response of at most limit bytes, and one more if it has more. Few large
// responses are in memory at once: release must be called when the content is no longer
// needed.
func (c *Client) body(resp *http.Response, limit int64, g *guard) (content []byte, release func(), err error) {
	g.begin()
	var all bytes.Buffer
	in := io.TeeReader(resp.Body, g)
	if n := min(resp.ContentLength, limit, freeBytes); n > 0 {
		all.Grow(int(n) + bytes.MinRead)
	}
	if _, err := all.ReadFrom(io.LimitReader(in, min(freeBytes, limit)+1)); err != nil || int64(all.Len()) <= min(freeBytes, limit) || limit <= freeBytes {
		return all.Bytes(), func() {}, err
	}
	if err := g.pause(func(ctx context.Context) error { return c.room.Acquire(ctx, limit) }); err != nil {
		return nil, nil, err
	}
	done := func() { c.room.Release(limit) }
	if _, err := all.ReadFrom(io.LimitReader(in, limit+1-int64(all.Len()))); err != nil {
		done()
		return nil, nil, err
	}
	return all.Bytes(), sync.OnceFunc(done), nil
}

// listing counts the bytes of the lists that are read at the same time. What belongs
// to one comparison is read at the same time, and all of it stays in memory.
type listing struct {
	mu      sync.Mutex
	running int
	bytes   int64
}

func (l *listing) start() (end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.running--; l.running == 0 {
			l.bytes = 0
		}
	}
}

// add returns the bytes of all lists, including n more.
func (l *listing) add(n int) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bytes += int64(n)
	return l.bytes
}

// tooMuch returns an error if a list has more pages, entities or bytes than pdac reads.
func (c *Client) tooMuch(pages, entities, bytes int) error {
	const next = "check that the host is a Panther API"
	switch total := c.lists.add(bytes); {
	case total > c.opts.ListLimit:
		return fmt.Errorf("after %d entities, the lists that are read together have more than %s; %s, or raise limits.max_live_bytes in pdac.yaml", entities, size(c.opts.ListLimit), next)
	case entities > maxListed:
		return fmt.Errorf("the list has more than %d entities; %s", maxListed, next)
	case pages > maxPages:
		return fmt.Errorf("the list has more than %d pages, with %d entities; %s, or raise api.page_size in pdac.yaml", maxPages, entities, next)
	}
	return nil
}

func size(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
