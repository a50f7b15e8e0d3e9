package git

import (
	"container/heap"
	"context"
	"math"
	"slices"
)

// exclude finds out which commits don't count: those that the revision since
// stands for and leads back to, as far as they can be met from start. It goes
// back in time on both sides until only such commits are left. Like git it looks
// a few commits further, for clocks that went wrong.
func (w *lastWalk) exclude(ctx context.Context, start, since string) error {
	const further = 5
	w.old, w.bottom = map[string]bool{}, since
	seen := map[string]bool{}
	var q visits
	young := 0 // how many of q count
	push := func(hash string) error {
		if seen[hash] {
			return nil
		}
		seen[hash] = true
		c, err := w.commit(hash)
		if err != nil {
			return err
		}
		if !w.old[hash] {
			young++
		}
		heap.Push(&q, &visit{commitObject: c, turn: len(seen)})
		return nil
	}
	// age marks a commit, and what was already reached from it.
	waiting := func(hash string) bool {
		return slices.ContainsFunc(q, func(v *visit) bool { return v.hash == hash })
	}
	age := func(hash string) {
		for list := []string{hash}; len(list) > 0; {
			hash, list = list[len(list)-1], list[:len(list)-1]
			if w.old[hash] {
				continue
			}
			w.old[hash] = true
			if !seen[hash] {
				continue
			}
			if waiting(hash) {
				young--
			} else if !w.edge[hash] {
				list = append(list, w.commits[hash].parents...)
			}
		}
	}
	age(since)
	for _, hash := range []string{start, since} {
		if err := push(hash); err != nil {
			return err
		}
	}
	oldest := int64(math.MaxInt64)
	for left := further; q.Len() > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		v := heap.Pop(&q).(*visit)
		if !w.old[v.hash] {
			young--
			oldest = min(oldest, v.when)
		}
		if young > 0 || v.when >= oldest {
			left = further
		} else if left--; left < 0 {
			return nil
		}
		if w.edge[v.hash] {
			continue
		}
		for _, p := range v.parents {
			if w.old[v.hash] {
				age(p)
			}
			if err := push(p); err != nil {
				return err
			}
		}
	}
	return nil
}
