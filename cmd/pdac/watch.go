package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
)

const (
	defaultPatience = 10 * time.Minute
	// minPatience and maxPatience bound --timeout.
	minPatience = time.Second
	maxPatience = 24 * time.Hour
)

// endless marks a command that runs until it is stopped.
const endless = "endless"

// noProgress is why a run was stopped.
type noProgress struct{ after time.Duration }

func (e *noProgress) Error() string {
	return fmt.Sprintf("stopped, because there was no progress for %s (--timeout); nothing was written", e.after)
}

// watch ends a run that makes no progress: no response of Panther was completed, and no
// file was read or checked. It ends the run like Ctrl-C: writes that were sent are
// completed.
type watch struct {
	cancel context.CancelCauseFunc
	now    func() time.Time
	last   atomic.Pointer[time.Time]

	mu    sync.Mutex
	timer *time.Timer
	after time.Duration
	// waits counts what waits for a person.
	waits int
}

func newWatch(cancel context.CancelCauseFunc) *watch {
	return &watch{cancel: cancel, now: time.Now}
}

// start begins to watch. stuck is called before the run is stopped.
func (w *watch) start(after time.Duration, stuck func()) {
	w.tick()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.after = after
	w.timer = time.AfterFunc(after, func() { w.check(stuck) })
}

func (w *watch) check(stuck func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	idle := w.now().Sub(*w.last.Load())
	switch {
	case w.waits > 0:
		w.timer.Reset(w.after)
	case idle < w.after:
		w.timer.Reset(w.after - idle)
	default:
		stuck()
		w.cancel(&noProgress{w.after})
	}
}

// tick reports progress.
func (w *watch) tick() {
	now := w.now()
	w.last.Store(&now)
}

// wait lets a person take any time until the returned function is called.
func (w *watch) wait() (done func()) {
	add := func(n int) {
		w.tick()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.waits += n
	}
	add(1)
	return func() { add(-1) }
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
}

// watchRun starts to watch a command, with --timeout.
func (a *app) watchRun(cmd *cobra.Command) error {
	if a.timeout < minPatience || a.timeout > maxPatience {
		return fmt.Errorf("--timeout %s must be between %s and %s", a.timeout, minPatience, maxPatience)
	}
	for c := cmd; c != nil; c = c.Parent() {
		if c.Annotations[endless] != "" {
			return nil
		}
	}
	a.watch.start(a.timeout, func() {
		a.note("no progress for %s (--timeout), so this run stops; writes in progress are finished", a.timeout)
	})
	return nil
}
