package record_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
)

// TestManyPushers: many clones record and push at the same time, to one ref and to refs
// of their own. Every record arrives.
func TestManyPushers(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	origin := filepath.Join(t.TempDir(), "origin.git")
	first := newRepo(t, content())
	gittest.Run(t, first, "init", "-q", "--bare", origin)
	gittest.Run(t, first, "push", "-q", gittest.URL(origin), "HEAD:refs/heads/main")
	const writers, each = 3, 2
	var mu sync.Mutex
	written := map[string]string{}
	var wg sync.WaitGroup
	for w := range writers {
		s := open(t, gittest.Clone(t, origin), options(git.EngineProgram))
		wg.Go(func() {
			for i := range each {
				for _, tenant := range []string{tenant, "own-" + strconv.Itoa(w)} {
					hash, err := pushOne(t.Context(), s, tenant, w*each+i)
					if err != nil {
						t.Errorf("writer %d: %v", w, err)
						return
					}
					mu.Lock()
					written[hash] = tenant
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	there := map[string]bool{}
	for _, hash := range strings.Fields(gittest.Run(t, origin, "rev-list", "--glob=refs/pdac/*")) {
		there[hash] = true
	}
	for hash, tenant := range written {
		if !there[hash] {
			t.Errorf("the record %s of %s did not arrive", hash, tenant)
		}
	}
	if len(written) != 2*writers*each {
		t.Errorf("%d records were written", len(written))
	}
	gittest.Fsck(t, origin)
}

// pushOne records a deployment and pushes it; after a lost race it follows the winner.
func pushOne(ctx context.Context, s *record.Store, tenant string, n int) (string, error) {
	if err := s.Fetch(ctx, "origin", tenant); err != nil {
		return "", err
	}
	last, err := s.Latest(ctx, tenant)
	if err != nil {
		return "", err
	}
	d := next(n%50, "", content().with(files{"by": strconv.Itoa(n)}))
	if d.Tenant = tenant; last != nil {
		d.Parent = last.Hash
	}
	for {
		ours, err := s.Write(ctx, d)
		if err != nil {
			return "", err
		}
		err = s.Push(ctx, "origin", tenant)
		var race *record.RaceError
		if !errors.As(err, &race) {
			return ours.Hash, err
		}
		d.Parent, d.Merge = ours.Hash, race.Found
	}
}

// TestBusy: what another git process prevents is tried again with growing waits, a
// limited number of times; what is wrong for good is not.
func TestBusy(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	encoded := filepath.FromSlash("refs/pdac/deployments/" + tenant)
	for _, tc := range []struct {
		name, lock string
		fetch      bool
	}{
		{"the ref of the record there", encoded + ".lock", false},
		{"packed refs there", "packed-refs.lock", false},
		{"the ref of the record here", encoded + ".lock", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := newRepo(t, content())
			origin := filepath.Join(t.TempDir(), "origin.git")
			gittest.Run(t, dir, "init", "-q", "--bare", origin)
			gittest.Run(t, dir, "remote", "add", "origin", gittest.URL(origin))
			gittest.Run(t, dir, "push", "-q", "origin", "HEAD:refs/heads/main")
			other := open(t, gittest.Clone(t, origin), options(git.EngineProgram))
			s := open(t, dir, options(git.EngineProgram))
			d1 := mustWrite(t, s, next(1, "", content()))
			check(t, s.Push(t.Context(), "origin", tenant))
			check(t, other.Fetch(t.Context(), "origin", tenant))
			d2 := mustWrite(t, other, next(2, d1.Hash, content()))
			do := func() error { return other.Push(t.Context(), "origin", tenant) }
			lock := filepath.Join(origin, tc.lock)
			if tc.fetch {
				check(t, do())
				other = s
				do = func() error { return other.Fetch(t.Context(), "origin", tenant) }
				lock = filepath.Join(dir, ".git", tc.lock)
			}
			if tc.lock == "packed-refs.lock" {
				// Only deletes need it.
				hash, err := other.WriteIntent(t.Context(), tenant, "", at(3), []byte("{}"))
				check(t, err)
				check(t, other.ShareIntents(t.Context(), "origin", tenant, hash))
				gittest.Run(t, origin, "pack-refs", "--all")
				do = func() error { return other.DropIntents(t.Context(), "origin", tenant, hash) }
			}
			check(t, os.WriteFile(lock, nil, 0o644))
			var waits []time.Duration
			other.Patience(func(_ context.Context, d time.Duration) error {
				waits = append(waits, d)
				return nil
			})
			err := do()
			var failed *record.RemoteError
			if !errors.As(err, &failed) || !strings.HasPrefix(failed.Reason, "another git process is changing its refs (") || !strings.Contains(failed.Next, "try again, or delete the lock") {
				t.Fatalf("got %v", err)
			}
			if len(waits) < 7 || waits[0] != 100*time.Millisecond || waits[1] != 200*time.Millisecond || waits[6] != 2*time.Second {
				t.Errorf("it waited %v", waits)
			}
			// The lock is gone after some tries.
			waits = nil
			other.Patience(func(_ context.Context, d time.Duration) error {
				if waits = append(waits, d); len(waits) == 3 {
					return os.Remove(lock)
				}
				return nil
			})
			check(t, do())
			if len(waits) != 3 {
				t.Errorf("it waited %v", waits)
			}
			if got := strings.TrimSpace(gittest.Run(t, origin, "for-each-ref", "--format=%(objectname)", encoded)); got != d2.Hash && tc.lock != "packed-refs.lock" {
				t.Errorf("the remote has %s, want %s", got, d2.Hash)
			}
		})
	}
}
