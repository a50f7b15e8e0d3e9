package sandbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// maxGroup is the maximum number of writes in a commit, so that the first one does not wait forever.
const maxGroup = 64

// maxPatience is the maximum time that a write waits for others to share its commit.
const maxPatience = 5 * time.Millisecond

// commits groups concurrent writes into one commit, and so one wait for the disk. A write waits only for the commit
// before it.
type commits struct {
	db    *bbolt.DB
	queue chan *pendingWrite
	ended chan struct{}

	mu     sync.RWMutex // held for reading while adding to queue
	closed bool
}

type pendingWrite struct {
	ctx  context.Context
	do   func(*bbolt.Tx) error
	done chan error
}

func startCommits(db *bbolt.DB) *commits {
	c := &commits{db: db, queue: make(chan *pendingWrite, maxGroup), ended: make(chan struct{})}
	go c.run()
	return c
}

// write runs do inside a transaction and returns once it is on disk. do may run more than once, each time from the
// previous state. If do fails, nothing of it is stored, and the other writes of the group are unaffected.
func (c *commits) write(ctx context.Context, do func(*bbolt.Tx) error) error {
	w := &pendingWrite{ctx: ctx, do: do, done: make(chan error, 1)}
	c.mu.RLock()
	if c.closed {
		c.mu.RUnlock()
		return ErrClosed
	}
	c.queue <- w
	c.mu.RUnlock()
	return <-w.done
}

// stop commits the queued writes and refuses later ones.
func (c *commits) stop() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.queue)
	}
	c.mu.Unlock()
	<-c.ended
}

func (c *commits) run() {
	defer close(c.ended)
	group := make([]*pendingWrite, 0, maxGroup)
	expected, patience := 1, time.Duration(0)
	for first := range c.queue {
		group = c.gather(append(group[:0], first), expected, patience)
		start := time.Now()
		c.commit(group)
		// Clients that just got a response are likely to return at once. A short wait for them, never longer than a
		// commit, halves the number of commits on a slow disk. A single writer never waits.
		expected = min(len(group)+len(c.queue), maxGroup)
		patience = min(time.Since(start), maxPatience)
	}
}

// gather takes the queued writes, and waits for more while there are fewer than expected.
func (c *commits) gather(group []*pendingWrite, expected int, patience time.Duration) []*pendingWrite {
	var late <-chan time.Time
	for len(group) < maxGroup {
		select {
		case w, more := <-c.queue:
			if !more {
				return group
			}
			group = append(group, w)
			continue
		default:
		}
		if len(group) >= expected {
			break
		}
		if late == nil {
			late = time.After(patience)
		}
		select {
		case w, more := <-c.queue:
			if !more {
				return group
			}
			group = append(group, w)
		case <-late:
			return group
		}
	}
	return group
}

// errAlone asks for a retry with each write in its own transaction.
var errAlone = errors.New("a write of the group failed")

func (c *commits) commit(group []*pendingWrite) {
	err := guardOpen(c.db, func() error { return c.update(group) })
	for _, w := range group {
		switch {
		case errors.Is(err, errAlone):
			w.done <- c.alone(w)
		case err == nil && w.ctx.Err() != nil:
			// The context may have ended before or after the write; the client is no longer waiting.
			w.done <- w.ctx.Err()
		default:
			w.done <- err
		}
	}
}

// update runs the whole group in one transaction.
func (c *commits) update(group []*pendingWrite) error {
	return c.db.Update(func(tx *bbolt.Tx) error {
		for _, w := range group {
			if w.ctx.Err() != nil {
				continue
			}
			if err := w.do(tx); err != nil {
				return errAlone
			}
		}
		return nil
	})
}

func (c *commits) alone(w *pendingWrite) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	return guardOpen(c.db, func() error { return c.db.Update(w.do) })
}
