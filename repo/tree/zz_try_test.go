package tree_test

import (
	"context"
	"fmt"
	"github.com/pdac-dev/pdac/repo/tree"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

type rt interface {
	Entries(context.Context) ([]tree.Entry, error)
	Read(context.Context, string, int64) ([]byte, error)
	Describe() tree.Revision
}

func all(t *testing.T, x rt, filter bool) (n int, b int64) {
	ctx := context.Background()
	es, err := x.Entries(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	for g := 0; g < 2; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := g; i < len(es); i += 2 {
				if filter && !strings.HasSuffix(es[i].Path, ".yml") && !strings.HasSuffix(es[i].Path, ".py") {
					continue
				}
				c, err := x.Read(ctx, es[i].Path, 10<<20)
				if err != nil {
					fmt.Println(err)
					continue
				}
				mu.Lock()
				n++
				b += int64(len(c))
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	return
}
func TestTry(t *testing.T) {
	root := os.Getenv("TRY")
	if root == "" {
		t.Skip("no TRY")
	}
	rev := os.Getenv("REV")
	if rev == "" {
		rev = "HEAD"
	}
	ctx := context.Background()
	for _, e := range []tree.Engine{0, 1, 2} {
		for range 3 {
			o := tree.Options{Engine: e}
			t0 := time.Now()
			w, err := tree.Worktree(ctx, root, o)
			if err != nil {
				fmt.Println(e, "worktree", err)
				break
			}
			n, b := all(t, w, true)
			t1 := time.Now()
			h, c, err := w.HeadHashes(ctx)
			t2 := time.Now()
			fmt.Println(e, "worktree", n, b, t1.Sub(t0), "head", len(h), c, err, t2.Sub(t1))
			w.Close()
			t0 = time.Now()
			g, err := tree.Commit(ctx, root, rev, o)
			if err != nil {
				fmt.Println(e, "commit", err)
			} else {
				t1 = time.Now()
				n, b = all(t, g, false)
				fmt.Println(e, "commit", n, b, t1.Sub(t0), time.Since(t1), g.Describe())
				g.Close()
			}
			t0 = time.Now()
			g, err = tree.Index(ctx, root, o)
			if err != nil {
				fmt.Println(e, "index", err)
			} else {
				t1 = time.Now()
				n, b = all(t, g, false)
				fmt.Println(e, "index", n, b, t1.Sub(t0), time.Since(t1), g.Describe())
				g.Close()
			}
		}
	}
}
