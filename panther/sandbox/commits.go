package sandbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// maxGroup bounds how many writes share a commit, so that the first of them does not wait for ever.
const maxGroup = 64

// maxPatience bounds how long a write waits for others to share its commit.
const maxPatience = 5 * time.Millisecond

// commits lets writes that arrive together share one commit, and so one wait for the disk. A write waits for
// nothing but the commit before it.
type commits struct {
	db    *bbolt.DB
	queue chan *pendingWrite
	ended chan struct{}

	mu     sync.RWMutex // held for reading while putting into queue
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

// write runs do inside a transaction and returns when it is on disk. do may run more than once, each time from the state
// before; an error of do stores nothing of it and leaves the other writes of the group alone.
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

// stop commits what is queued and refuses what comes later.
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
		// Those who got their answer just now are likely to come back at once: waiting for them a little, and never longer
		// than a commit takes, halves the number of commits on a slow disk. One writer alone never waits.
		expected = min(len(group)+len(c.queue), maxGroup)
		patience = min(time.Since(start), maxPatience)
	}
}

// gather takes what is queued, and waits for more while fewer than expected are there.
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

// errAlone asks for another try with each write in a transaction of its own.
var errAlone = errors.New("a write of the group failed")

func (c *commits) commit(group []*pendingWrite) {
	err := guard(func() error { return c.update(group) })
	for _, w := range group {
		switch {
		case errors.Is(err, errAlone):
			w.done <- c.alone(w)
		case err == nil && w.ctx.Err() != nil:
			// It may have come before the end of the context or after: nobody waits for the answer any more.
			w.done <- w.ctx.Err()
		default:
			w.done <- err
		}
	}
}

// update does the whole group in one transaction.
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
	return guard(func() error { return c.db.Update(w.do) })
}
