package record

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
)

const (
	// busyTries is how often something is tried that another git process prevents for a
	// moment, and the waits between are random parts of firstBusyWait and its doubles up
	// to longestBusyWait: 7 s in all at most.
	busyTries       = 8
	firstBusyWait   = 100 * time.Millisecond
	longestBusyWait = 2 * time.Second
)

// patience is how a Store waits for other git processes.
type patience struct {
	// sleep waits, until the context ends at most, and random returns a part of a
	// duration.
	sleep  func(context.Context, time.Duration) error
	random func(time.Duration) time.Duration
}

func newPatience() patience {
	return patience{sleep: sleep, random: func(d time.Duration) time.Duration { return rand.N(d) + 1 }}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait repeats what another git process prevents: it holds the lock of a ref, or has
// moved it since git looked.
func (p patience) wait(ctx context.Context, try func() error) error {
	most := firstBusyWait
	for n := 1; ; n++ {
		err := try()
		var failed *git.RemoteError
		if !errors.As(err, &failed) || !failed.Busy || n == busyTries {
			return err
		}
		if p.sleep(ctx, p.random(most)) != nil {
			return err
		}
		most = min(2*most, longestBusyWait)
	}
}
